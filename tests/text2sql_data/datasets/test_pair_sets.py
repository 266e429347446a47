"""Datasets from pair sets: pairs of two sets or without a question, and the caps of KTO; which rewrite stands for all."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import store
from store.scratch import Scratch
from text2sql_data.datasets.building import EmptyDatasetError, build
from text2sql_data.datasets.overlaps import OverlapError, look
from text2sql_data.datasets.reading import convert
from text2sql_data.datasets.source import text
from text2sql_data.pairs.recording import PairSet, record

FOUND = """
CREATE OR REPLACE TEMP TABLE found_pairs AS
SELECT * EXCLUDE (pair_set, pair, edit_ratio, word_edit_ratio), row_number() OVER (ORDER BY pair) AS place
FROM lake.pairs WHERE pair_set = 'demo_pairs'
"""
UNPLACED = FOUND.replace(
    "* EXCLUDE (pair_set, pair, edit_ratio, word_edit_ratio)",
    "* EXCLUDE (pair_set, pair, edit_ratio, word_edit_ratio) REPLACE (NULL::VARCHAR AS benchmark, NULL::VARCHAR AS revision,"
    " NULL::INTEGER AS position, CASE WHEN db_id <> 'bakery' THEN db_id END AS db_id)",
)
DIFFERING = """
CREATE OR REPLACE TEMP TABLE found_pairs AS
SELECT
    * EXCLUDE (pair_set, pair, edit_ratio, word_edit_ratio) REPLACE ((SELECT min(prompt) FROM lake.prompts) AS rejected_prompt),
    row_number() OVER (ORDER BY pair) AS place
FROM lake.pairs WHERE pair_set = 'demo_pairs' AND prompt <> (SELECT min(prompt) FROM lake.prompts)
"""
BOTH = ["demo_pairs", "demo_critique_pairs"]
KTO = {"kind": "kto", "pair_sets": BOTH, "prompt": "recorded_or:agent"}


@pytest.fixture(scope="module")
def paired(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """The demo lake with the same pairs in a second set, and in a third one without their questions."""
    with store.open(Path(shutil.copytree(demo_folder, tmp_path_factory.mktemp("paired") / "lake")), create=False) as lake:
        for name, found in (("again", FOUND), ("unplaced", UNPLACED), ("differing", DIFFERING)):
            with lake.commit(name) as commit:
                commit.execute(found)
                record(lake, commit, PairSet(name, "mined", {"name": name}, []))
        yield lake


@pytest.fixture(scope="module")
def scratch(template: object) -> Iterator[Scratch]:
    """Temporary tables over an empty lake."""
    with store.open(str(template), create=False) as lake, lake.scratch() as opened:
        yield opened


def made(lake: store.Lake, fields: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]]:
    """The sources of the rows that a recipe gives, each with its row and split; and its drops with reason and detail."""
    with lake.at(lake.version) as past, past.scratch() as opened:
        build(past, opened, convert({"name": "tried", **fields}))
        rows = opened.execute("SELECT row::VARCHAR, split, db_id, sources FROM built_rows ORDER BY split, place").fetchall()
        drops = opened.execute("SELECT row::VARCHAR, reason, detail FROM built_drops ORDER BY row").fetchall()
    return [{"row": row, "split": split, "db_id": db, **json.loads(sources)} for row, split, db, sources in rows], drops


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["preference", "kto"])
def test_a_pair_of_two_sets_is_in_once_and_said(paired: store.Lake, kind: str) -> None:
    """The set that is named first gives the rows; every pair of the other is a drop with an identity of its own."""
    alone, before = made(paired, {"kind": kind, "pair_sets": ["again"]})
    rows, drops = made(paired, {"kind": kind, "pair_sets": ["again", "demo_pairs"]})
    assert rows == alone
    more = [drop for drop in drops if drop not in before]
    assert {drop[1:] for drop in more} == {("duplicate", "the same pair is in a set that was named before")}
    assert len(more) == paired.sql("SELECT count(*) FROM pairs WHERE pair_set = 'demo_pairs'").fetchall()[0][0]
    identities = [row["row"] for row in rows] + [row for row, *_ in drops]
    assert len(set(identities)) == len(identities)


@pytest.mark.slow
def test_sides_that_answer_different_prompts_leave_nothing_for_dpo(paired: store.Lake) -> None:
    """The error says what takes them: KTO, or the prompt of the chosen side; and both do."""
    recipe = {"kind": "preference", "pair_sets": ["differing"]}
    with pytest.raises(EmptyDatasetError, match=r"Left out are: two_prompts \d+\.") as caught:
        made(paired, recipe)
    assert "kind: kto" in caught.value.hint
    assert "two_prompts: chosen" in caught.value.hint
    assert made(paired, {**recipe, "kind": "kto"})[0]
    assert made(paired, {**recipe, "two_prompts": "chosen"})[0]


@pytest.mark.slow
def test_by_question_a_pair_without_a_question_is_left_out(paired: store.Lake) -> None:
    """It could be asked in any split; by database it stays, in the split of its database, where that is known."""
    recipe = {"kind": "preference", "pair_sets": ["unplaced"]}
    with pytest.raises(EmptyDatasetError, match=r"no_group \d+") as caught:
        made(paired, {**recipe, "split": {"by": "question"}})
    assert "split.by" in caught.value.hint
    rows, drops = made(paired, {**recipe, "split": {"fractions": {"train": 0.5, "test": 0.5}}})
    assert rows
    assert len({(row["db_id"], row["split"]) for row in rows}) == len({row["db_id"] for row in rows})
    assert Counter(reason for _, reason, _ in drops)["no_group"] > 0
    assert "bakery" not in {row["db_id"] for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize("by", ["question", "text", "database", "content"])
def test_what_nobody_knows_is_an_overlap(paired: store.Lake, by: str) -> None:
    """Pairs without a question and without a database are found each way by itself."""
    recipe = {"kind": "preference", "pair_sets": ["unplaced"], "against": ["demo"], "overlap": {"by": [by]}}
    with pytest.raises(OverlapError) as caught:
        made(paired, recipe)
    unknown = [one for one in caught.value.shared if one.shared == "nobody knows"]
    assert {one.match for one in unknown} == {by}
    assert {one.db_id is None for one in unknown} == ({True} if by in {"database", "content"} else {True, False})


@given(known=st.booleans(), database=st.sampled_from([None, "d"]))
@settings(deadline=None, max_examples=10)
def test_each_aspect_that_is_unknown_has_its_line(scratch: Scratch, known: bool, database: str | None) -> None:
    """The question gives two lines and the database two, whichever of them is not known."""
    for table, columns in (
        (
            "known_questions",
            "benchmark VARCHAR, revision VARCHAR, position INTEGER, db_id VARCHAR, question VARCHAR, database UUID",
        ),
        ("question_keys", "benchmark VARCHAR, revision VARCHAR, position INTEGER, key VARCHAR"),
        (
            "keyed_rows",
            """row UUID, benchmark VARCHAR, revision VARCHAR, position INTEGER, db_id VARCHAR, database UUID,
            question_key VARCHAR, question_known BOOLEAN""",
        ),
    ):
        scratch.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    scratch.execute("INSERT INTO keyed_rows SELECT uuid(), 'b', 'r', 0, $db, NULL, 'k', $known", db=database, known=known)
    recipe = {"name": "n", "kind": "grpo", "benchmarks": ["b"], "against": ["other"], "overlap": {"action": "drop"}}
    found = look(scratch, convert(recipe))
    unknown = [] if known else ["question", "text"]
    assert [one.match for one in found] == unknown + ([] if database else ["database", "content"])


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
@pytest.mark.parametrize(("by", "value", "column"), [("set", "demo_pairs", "pair_set"), ("database", None, "db_id")])
def test_the_caps_of_kto_hold_on_its_rows(paired: store.Lake, share: float, by: str, value: str | None, column: str) -> None:
    """No share of the rows is above its cap, not one row could be added to what is capped, and the others all stay."""
    cap = {"by": by, "at_most": share, **({"value": value} if value else {})}
    before, _ = made(paired, KTO)
    uneven = Counter(Counter(row["pair"] for row in before).values())
    assert uneven[1] > 0 < uneven[2]  # one side was a repetition: rows are not two a pair
    try:
        rows, drops = made(paired, {**KTO, "filters": {"caps": [cap]}})
    except EmptyDatasetError:
        assert share * len({row[column] for row in before}) < 1  # shares that do not add up to the whole
        return
    counts = Counter(row[column] for row in rows)
    capped = [value] if value else list(counts)
    assert all(counts[name] <= share * len(rows) for name in capped)
    assert len(rows) + Counter(reason for _, reason, _ in drops)["cap"] == len(before)
    if value:
        assert counts[value] + 1 > share * (len(rows) + 1)
        assert [row for row in rows if row[column] != value] == [row for row in before if row[column] != value]


@pytest.mark.slow
def test_filters_of_kto_leave_out_both_sides(paired: store.Lake) -> None:
    """A filter decides about pairs; a cap on what the filters left nothing of is no error."""
    caps = [{"by": "set", "value": "demo_critique_pairs", "at_most": 0.5}]
    rows, drops = made(paired, {**KTO, "filters": {"types": ["first_turn_correct_sample_vs_failed_sample"], "caps": caps}})
    assert {row["pair_set"] for row in rows} == {"demo_pairs"}
    assert {reason for _, reason, _ in drops} <= {"type", "duplicate", "contradiction", "question_in_other_split"}
    before, _ = made(paired, {**KTO, "pair_sets": ["demo_pairs"]})
    assert Counter(row["row"] for row in rows) == Counter(row["row"] for row in before)


candidates = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 2), st.booleans(), st.booleans(), st.integers(0, 99)), min_size=1, max_size=12
)


@given(made_=candidates, prompt=st.booleans(), completion=st.booleans())
@settings(deadline=None, max_examples=30)
def test_what_stands_for_all_has_what_the_recipe_wants(
    scratch: Scratch, made_: list[tuple[int, int, bool, bool, int]], prompt: bool, completion: bool
) -> None:
    """Of the same answers one is taken with the recorded prompt and completion, if any has; else the first in the draw."""
    scratch.execute(
        "CREATE OR REPLACE TEMP TABLE offered_candidates (candidate INTEGER, benchmark VARCHAR, revision VARCHAR,"
        " position INTEGER, sql_id INTEGER, set_digest INTEGER, status VARCHAR, verdict VARCHAR,"
        " prompt INTEGER, completion VARCHAR, draw INTEGER)"
    )
    scratch.execute("CREATE OR REPLACE TEMP TABLE sql_forms (sql_id INTEGER, form INTEGER)")
    for number, (position, answer, has_prompt, has_completion, draw) in enumerate(made_):
        scratch.execute(
            "INSERT INTO offered_candidates VALUES ($n, 'b', 'r', $position, 1, $answer, 'ok', 'correct', $p, $c, $draw)",
            n=number, position=position, answer=answer, p=1 if has_prompt else None, c="c" if has_completion else None, draw=draw,
        )  # fmt: skip
    found = scratch.execute(
        f"SELECT candidate, stands_for, drop FROM ({text('answers')})",
        duplicates="result", recorded_prompt=prompt, recorded_completion=completion,
    ).fetchall()  # fmt: skip

    def order(number: int) -> tuple[bool, int, int]:
        *_, has_prompt, has_completion, draw = made_[number]
        return (prompt and not has_prompt) or (completion and not has_completion), draw, number

    for number, stands_for, drop in found:
        same = [other for other, one in enumerate(made_) if one[:2] == made_[number][:2]]
        assert stands_for == min(same, key=order)
        assert drop == (None if number == stands_for else "rewrite")
