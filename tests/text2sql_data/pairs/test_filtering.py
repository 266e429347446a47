"""Filters: what each drops, what is not known, near-duplicates, and filters that cannot be meant."""

import uuid
from typing import Any

import msgspec
import pytest
import yaml

import store
from store.scratch import Scratch
from text2sql_data.pairs import filtering
from text2sql_data.pairs.filtering import Cap, FilterError, Filters

PLAIN: dict[str, Any] = {
    "pair_set": "s", "type": "t", "origin": "natural", "agent": "sql", "benchmark": "b", "revision": "r", "position": 0,
    "db_id": "d", "margin": 0.8, "edit_ratio": 0.5, "length_ratio": 1.5, "rejected_executes": True, "rejected_status": "ok",
    "chosen_result": str(uuid.UUID(int=1)), "rejected_result": str(uuid.UUID(int=2)), "chosen": "SELECT 0",
    "chosen_sql": "SELECT 0", "rejected_sql": "SELECT 1",
}  # fmt: skip


def offer(scratch: Scratch, *rows: dict[str, Any]) -> None:
    """Stage pairs that are `PLAIN` but for what is said; their identities count from 1."""
    scratch.execute("CREATE OR REPLACE TEMP TABLE offered_pairs AS SELECT *, 0::BIGINT AS place FROM pair_measures LIMIT 0")
    full = [{"pair": str(uuid.UUID(int=n + 1)), **PLAIN, **row, "place": n} for n, row in enumerate(rows)]
    full = [{"rejected": row["rejected_sql"], **row} for row in full]
    scratch.stage("offered_rows", full)
    scratch.execute(
        "INSERT INTO offered_pairs BY NAME SELECT * REPLACE (pair::UUID AS pair, chosen_result::UUID AS chosen_result,"
        " rejected_result::UUID AS rejected_result) FROM offered_rows"
    )


def dropped(lake: store.Lake, filters: Filters, *rows: dict[str, Any]) -> dict[int, tuple[str, str]]:
    """Which pairs are dropped, by number, with reason and detail; the others are kept."""
    with lake.scratch() as scratch:
        offer(scratch, *rows)
        filtering.apply(scratch, filters, 13)
        found = scratch.execute(
            "SELECT o.place, d.reason, d.detail FROM dropped_pairs AS d JOIN offered_pairs AS o USING (pair_set, pair)"
        ).fetchall()
        kept = scratch.execute("SELECT place FROM kept_pairs ORDER BY place").fetchall()
    assert sorted([place for place, _, _ in found] + [place for (place,) in kept]) == list(range(len(rows)))
    return {place: (reason, detail) for place, reason, detail in found}


@pytest.mark.parametrize(
    ("filters", "row", "reason", "detail"),
    [
        (Filters(min_margin=0.9), {}, "reward_margin", "0.8 is less than 0.9"),
        (Filters(max_margin=0.7), {}, "reward_margin", "0.8 is more than 0.7"),
        (Filters(min_margin=0.9), {"margin": None}, "margin_unknown", "the file states no rewards"),
        (Filters(max_margin=0.7), {"margin": None}, "margin_unknown", "the file states no rewards"),
        (Filters(min_edit_ratio=0.6), {}, "edit_ratio", "0.5 is less than 0.6"),
        (Filters(max_edit_ratio=0.4), {}, "edit_ratio", "0.5 is more than 0.4"),
        (Filters(max_length_ratio=1.2), {}, "length_ratio", "1.5 is more than 1.2"),
        (Filters(types=("other",)), {}, "type", "t is left out"),
        (Filters(exclude_types=("t",)), {}, "type", "t is left out"),
        (Filters(origins=("gold",)), {}, "origin", "natural is left out"),
        (Filters(exclude_origins=("natural",)), {}, "origin", "natural is left out"),
        (
            Filters(executable_rejected_only=True),
            {"rejected_executes": False, "rejected_status": "error"},
            "not_executable",
            "the rejected SQL ends with error",
        ),
        (
            Filters(executable_rejected_only=True),
            {"rejected_executes": None, "rejected_status": None},
            "executability_unknown",
            "the rejected SQL was not executed",
        ),
    ],
)
def test_a_filter_drops_with_value_and_limit(
    lake: store.Lake, filters: Filters, row: dict[str, Any], reason: str, detail: str
) -> None:
    """Each filter drops the pair that it is for, says why, and lets another one pass."""
    passing = {"type": "other", "origin": "gold", "margin": 0.9 if filters.min_margin else 0.7, "length_ratio": 1.0}
    passing["edit_ratio"] = 0.6 if filters.min_edit_ratio else 0.4
    assert dropped(lake, filters, row, {**passing, "position": 1}) == {0: (reason, detail)}


def test_bounds_are_included(lake: store.Lake) -> None:
    """A pair at the limit passes."""
    exact = Filters(min_margin=0.8, max_margin=0.8, min_edit_ratio=0.5, max_edit_ratio=0.5, max_length_ratio=1.5)
    assert dropped(lake, exact, {}) == {}


def test_an_unknown_margin_passes_without_a_bound(lake: store.Lake) -> None:
    """Pairs of a file that states no rewards stay where no margin is asked for."""
    assert dropped(lake, Filters(max_edit_ratio=0.5), {"margin": None}) == {}


def test_the_same_pair_of_two_sets_counts_once(lake: store.Lake) -> None:
    """A pair that two sets have is taken from the one that comes first."""
    same = {"pair": str(uuid.UUID(int=99))}
    assert dropped(lake, Filters(), same, {**same, "pair_set": "later"}) == {
        1: ("duplicate", "the same pair is in a set that was named before")
    }


def test_near_duplicates_have_the_same_two_results(lake: store.Lake) -> None:
    """Of pairs of one question and agent with the same two results one stays; another question, agent or result counts."""
    rows = [{}, {}, {"position": 1}, {"agent": "fixer"}, {"rejected_result": str(uuid.UUID(int=3))}]
    found = dropped(lake, Filters(drop_near_duplicates=True), *rows)
    ((place, (reason, detail)),) = found.items()
    assert place in {0, 1}
    assert reason == "near_duplicate"
    assert detail == f"both results are those of pair {uuid.UUID(int=2 - place)}"
    assert dropped(lake, Filters(), *rows) == {}


def test_a_failing_rejected_query_is_the_same_as_its_text(lake: store.Lake) -> None:
    """Without a result the text decides, but for white space and a semicolon; where nothing was executed nothing is known."""
    failing = {"rejected_result": None, "rejected_status": "error", "rejected_executes": False}
    rows = [{**failing, "rejected_sql": sql} for sql in ("SELECT x", "SELECT  x ;", "SELECT X")]
    unknown = {"rejected_result": None, "rejected_status": None, "rejected_executes": None}
    found = dropped(lake, Filters(drop_near_duplicates=True), *rows, unknown, unknown)
    assert len(found) == 1
    assert set(found) < {0, 1}


def test_critiques_are_no_near_duplicates(lake: store.Lake) -> None:
    """Two critiques that lead to the same SQL are two texts to learn from."""
    assert dropped(lake, Filters(drop_near_duplicates=True), {"agent": "select"}, {"agent": "select"}) == {}


def test_answers_that_other_sql_decided_are_no_near_duplicates(lake: store.Lake) -> None:
    """Where the final SQL decided, as in joint, its results say nothing about the SQL that was answered."""
    for side in ("chosen", "rejected"):
        row = {"agent": "planner", side: "SELECT 9"}
        assert dropped(lake, Filters(drop_near_duplicates=True), row, row) == {}


def test_fixes_of_different_prompts_stay(lake: store.Lake) -> None:
    """A fixer learns from the critique in its prompt: only fixes of one prompt are near-duplicates."""
    with lake.scratch() as scratch:
        offer(scratch, *({"agent": "fixer"} for _ in range(4)))
        for place, prompt in enumerate((1, 1, 2)):
            scratch.execute("UPDATE offered_pairs SET prompt = $p::UUID WHERE place = $n", p=str(uuid.UUID(int=prompt)), n=place)
        filtering.apply(scratch, Filters(drop_near_duplicates=True), 13)
        kept = {place for (place,) in scratch.execute("SELECT place FROM kept_pairs").fetchall()}
    assert kept in ({0, 2, 3}, {1, 2, 3})


@pytest.mark.parametrize(("prefer", "stays"), [("margin", 2), ("similar", 1)])
def test_a_preference_decides_who_stays(lake: store.Lake, prefer: filtering.Preference, stays: int) -> None:
    """Where not all can stay, the larger margin or the smaller distance does."""
    rows = [{}, {"edit_ratio": 0.1, "margin": 0.1}, {"margin": 1.2, "edit_ratio": 0.9}]
    for filters in (Filters(drop_near_duplicates=True, prefer=prefer), Filters(caps=(Cap("question", 1),), prefer=prefer)):
        assert set(dropped(lake, filters, *rows)) == {0, 1, 2} - {stays}


def test_pairs_without_a_question_go_by_prompt(lake: store.Lake) -> None:
    """An imported pair that matched no question counts with those of its prompt."""
    prompts = [str(uuid.UUID(int=7)), str(uuid.UUID(int=7)), str(uuid.UUID(int=8))]
    with lake.scratch() as scratch:
        offer(scratch, *({"position": None} for _ in prompts))
        for place, prompt in enumerate(prompts):
            scratch.execute("UPDATE offered_pairs SET prompt = $p::UUID WHERE place = $n", p=prompt, n=place)
        filtering.apply(scratch, Filters(caps=(Cap("question", 1),)), 13)
        assert scratch.execute("SELECT count(*), count(DISTINCT prompt) FROM kept_pairs").fetchone() == (2, 2)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"max_edit_ratio": 1.0}, "max_edit_ratio 1.0 can drop nothing: the ratio is distance by length, at most 1"),
        ({"min_edit_ratio": 0.0}, "min_edit_ratio 0.0 can drop nothing"),
        ({"max_length_ratio": 0.5}, "keeps nothing"),
        ({"min_margin": float("nan")}, "min_margin is nan"),
        ({"min_margin": 0.5, "max_margin": 0.4}, "keeps nothing"),
        ({"min_edit_ratio": 0.5, "max_edit_ratio": 0.4}, "keeps nothing"),
        ({"types": ("a", "b"), "exclude_types": ("b",)}, "b is in types and in exclude_types"),
        ({"caps": (Cap("type", 3), Cap("type", 0.3))}, "two caps for type"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(fields: dict[str, Any], said: str) -> None:
    """What can drop nothing, or keep nothing, whatever the pairs are, is an error with a hint, not a filter."""
    with pytest.raises(FilterError, match=said) as caught:
        Filters(**fields)
    assert caught.value.hint


@pytest.mark.parametrize(
    "arguments",
    [("type", 0), ("type", 1.0), ("type", 0.0), ("type", -0.2), ("question", 0.2), ("question", 3, "q"), ("type", True)],
)
def test_a_cap_that_cannot_be_meant_is_refused(arguments: tuple[Any, ...]) -> None:
    """A cap is a number of pairs or a share between 0 and 1; of a question it is a number for each."""
    with pytest.raises(FilterError) as caught:
        Cap(*arguments)
    assert caught.value.hint


@pytest.mark.parametrize(
    "filters",
    [Filters(types=("tt",)), Filters(exclude_types=("tt",)), Filters(origins=("tt",)), Filters(caps=(Cap("database", 3, "tt"),)),
     Filters(caps=(Cap("set", 3, "tt"),))],
)  # fmt: skip
def test_a_misspelt_name_is_refused(lake: store.Lake, filters: Filters) -> None:
    """A type, origin, set or database that no offered pair has is an error that lists those that there are."""
    with pytest.raises(FilterError, match=r"No offered pair has the \w+ tt") as caught:
        dropped(lake, filters, {})
    assert "There are: " in caught.value.hint


def test_a_recipe_reads_as_it_is_meant() -> None:
    """The fields are those that one writes in YAML, and a mistake there says what and where."""
    text = """
    min_margin: 0.3
    drop_near_duplicates: true
    caps:
      - {by: origin, value: synthetic, at_most: 0.2}
      - {by: question, at_most: 4}
    """
    caps = (Cap("origin", 0.2, "synthetic"), Cap("question", 4))
    assert msgspec.convert(yaml.safe_load(text), Filters) == Filters(min_margin=0.3, drop_near_duplicates=True, caps=caps)
    with pytest.raises(msgspec.ValidationError, match=r"max_edit_ratio 1\.0 can drop nothing"):
        msgspec.convert({"max_edit_ratio": 1.0}, Filters)
    with pytest.raises(msgspec.ValidationError, match="min_margn"):
        msgspec.convert({"min_margn": 1}, Filters)
