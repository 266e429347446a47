"""Datasets of every kind over the demo lake: what rows are made, what is left out and why, and that it is the same every time."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import store
from store.ids import content_id
from text2sql_data.datasets.building import MAKERS, Built, EmptyDatasetError, build
from text2sql_data.datasets.overlaps import OverlapError
from text2sql_data.datasets.reading import convert, plain
from text2sql_data.lookups import NameNotFoundError

pytestmark = pytest.mark.slow  # the demo lake takes some seconds to make

RUNS = ["small", "large"]
RECIPES: dict[str, dict[str, Any]] = {
    "sft": {"kind": "sft", "runs": RUNS, "golds": ["demo"]},
    "planner": {"kind": "sft", "agent": "planner", "runs": ["mats_rollouts"], "prompt": "recorded"},
    "fixer": {"kind": "sft", "agent": "fixer", "runs": ["mats_rollouts"]},
    "validator": {"kind": "sft", "agent": "join", "runs": ["mats_rollouts"]},
    "pointwise": {"kind": "selector_pointwise", "runs": [*RUNS, "mats_rollouts"]},
    "pairwise": {"kind": "selector_pairwise", "runs": RUNS},
    "listwise": {"kind": "selector_listwise", "runs": RUNS},
    "preference": {"kind": "preference", "pair_sets": ["demo_pairs"], "margin": True},
    "critiques": {"kind": "preference", "pair_sets": ["demo_critique_pairs"], "prompt": "agent", "two_prompts": "chosen"},
    "kto": {"kind": "kto", "runs": RUNS, "negatives": "balanced"},
    "kto_pairs": {"kind": "kto", "pair_sets": ["demo_pairs", "demo_critique_pairs"], "prompt": "recorded_or:agent"},
    "grpo": {"kind": "grpo", "benchmarks": ["demo"]},
    "verl": {"kind": "verl", "benchmarks": ["demo"]},
}


class Made(NamedTuple):
    """What a build left."""

    built: Built
    rows: list[dict[str, Any]]
    drops: list[dict[str, Any]]


def made(lake: store.Lake, fields: Mapping[str, Any], threads: int | None = None) -> Made:
    """Build a recipe, and read what it left."""
    with lake.at(lake.version) as past, past.scratch() as scratch:
        if threads is not None:
            scratch.execute(f"SET threads = {threads}")
        built = build(past, scratch, convert({"name": "tried", **fields}))
        tables = []
        for order in ("built_rows ORDER BY split, place", "built_drops ORDER BY row"):
            result = scratch.execute(f"FROM {order}")
            names = [name for name, *_ in result.description or ()]
            tables.append([dict(zip(names, row, strict=True)) for row in result.fetchall()])
    for row in tables[0]:
        row["content"] = json.loads(row["content"])
    return Made(built, *tables)


@pytest.mark.parametrize("name", RECIPES)
def test_what_holds_for_every_kind(demo: store.Lake, name: str) -> None:
    """Identities are unique, places count from 0, nothing is both a row and a drop, and the statistics are those of the rows."""
    found = made(demo, RECIPES[name])
    assert found.rows
    rows, drops = [row["row"] for row in found.rows], [drop["row"] for drop in found.drops]
    assert len(set(rows)) == len(rows)
    assert len(set(drops)) == len(drops)
    assert not set(rows) & set(drops)
    for split in {row["split"] for row in found.rows}:
        places = [row["place"] for row in found.rows if row["split"] == split]
        assert places == list(range(len(places)))
    assert all(drop["reason"] and drop["detail"] for drop in found.drops)
    summary: Any = found.built.summary
    assert summary["rows"] == len(rows)
    assert summary["drops"] == dict(Counter(drop["reason"] for drop in found.drops))
    assert {split: told["rows"] for split, told in summary["splits"].items()} == dict(Counter(row["split"] for row in found.rows))
    assert found.built.recipe == plain(convert({"name": "tried", **RECIPES[name]}))
    assert json.loads(json.dumps(found.built._asdict()))
    contents = [json.dumps(row["content"], sort_keys=True) for row in found.rows]
    assert len(set(contents)) == len(contents)


def test_every_kind_is_tried() -> None:
    """The recipes above are of all kinds that there are, but that of features, which renders nothing."""
    assert {recipe["kind"] for recipe in RECIPES.values()} == set(MAKERS) - {"selector_features"}


@pytest.mark.parametrize("name", RECIPES)
def test_no_test_row_is_a_training_row(demo: store.Lake, name: str) -> None:
    """Splits share no question and no database; the first hundred rows of the training list are nobody's test rows."""
    places: dict[tuple[Any, ...], set[str]] = {}
    for row in made(demo, RECIPES[name]).rows:
        places.setdefault(("question", row["benchmark"], row["position"]), set()).add(row["split"])
        places.setdefault(("database", row["db_id"]), set()).add(row["split"])
        places.setdefault(("prompt", json.dumps(row["content"]["prompt"])), set()).add(row["split"])
    assert all(len(splits) == 1 for splits in places.values())


REPEATED = ("pointwise", "listwise", "critiques", "kto")


@pytest.fixture(scope="module")
def elsewhere(demo_folder: Path) -> list[dict[str, str]]:
    """Digests of the rows of some recipes, from two processes with other hash seeds."""
    program = (
        "import json, sys, store\n"
        "from text2sql_data.datasets import build\n"
        "from text2sql_data.datasets.reading import convert\n"
        "line = 'concat_ws(chr(10), split, place, row, content)'\n"
        "whole = f'SELECT sha256(string_agg({line}, chr(10) ORDER BY split, place)) FROM built_rows'\n"
        "digests = {}\n"
        "with store.open(sys.argv[1], create=False) as lake:\n"
        "    for name, recipe in json.loads(sys.argv[2]).items():\n"
        "        with lake.scratch() as scratch:\n"
        "            build(lake, scratch, convert(recipe))\n"
        "            (digests[name],) = scratch.execute(whole).fetchone()\n"
        "print(json.dumps(digests))\n"
    )
    recipes = json.dumps({name: {"name": "tried", **RECIPES[name]} for name in REPEATED})
    return [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", program, str(demo_folder), recipes],
                capture_output=True,
                text=True,
                check=True,
                env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            ).stdout
        )
        for seed in ("1", "2")
    ]


@pytest.mark.parametrize("name", REPEATED)
def test_the_same_rows_with_any_number_of_threads_and_in_another_process(
    demo: store.Lake, elsewhere: list[dict[str, str]], name: str
) -> None:
    """Contents, order, splits and drops depend on the recipe and the snapshot alone."""
    first = made(demo, RECIPES[name], threads=1)
    second = made(demo, RECIPES[name], threads=4)
    assert second == first
    assert len({digests[name] for digests in elsewhere}) == 1


def test_another_seed_is_another_order_of_the_same_questions(demo: store.Lake) -> None:
    """The seed moves what is drawn, and neither a text nor a label."""
    one, other = (made(demo, {**RECIPES["pointwise"], "seed": seed, "duplicates": "none"}) for seed in (0, 1))
    contents = [[json.dumps(row["content"]) for row in found.rows] for found in (one, other)]
    assert contents[0] != contents[1]
    assert sorted(contents[0]) == sorted(contents[1])


def test_an_unknown_label_never_becomes_no(demo: store.Lake) -> None:
    """Every NO is a candidate that the comparator calls wrong, every YES one that it calls correct; unknown ones are drops."""
    found = made(demo, {**RECIPES["pointwise"], "duplicates": "none"})
    verdicts = dict(demo.sql("SELECT candidate, verdict FROM verdicts WHERE comparator = 'bird'").fetchall())
    by_row = {content_id("selector_pointwise", str(candidate)): verdict for candidate, verdict in verdicts.items()}
    for row in found.rows:
        assert {"YES": "correct", "NO": "wrong"}[row["content"]["completion"]] == by_row[row["row"]]
    unknown = {row for row, verdict in by_row.items() if verdict == "unknown"}
    assert unknown
    dropped = {drop["row"] for drop in found.drops if drop["reason"] == "unknown_label"}
    assert {row for row in unknown if row in {drop["row"] for drop in found.drops}} == dropped
    assert not unknown & {row["row"] for row in found.rows}


def test_rewrites_of_an_answer_are_one_example(demo: store.Lake) -> None:
    """Of the candidates of a question with one result and one verdict one is a row; all others are drops that name it."""
    found = made(demo, RECIPES["pointwise"])
    results = {
        content_id("selector_pointwise", str(candidate)): (position, digest)
        for candidate, position, digest in demo.sql(
            "SELECT candidate, position, set_digest FROM candidate_results WHERE status = 'ok'"
        ).fetchall()
    }
    answers = [results[row["row"]] for row in found.rows if row["row"] in results]
    assert len(set(answers)) == len(answers)
    rewrites = [drop for drop in found.drops if drop["reason"] == "rewrite" and drop["row"] in results]
    assert rewrites
    assert all(results[drop["row"]] in set(answers) for drop in rewrites)


def test_balanced_classes_are_equal_in_every_split(demo: store.Lake) -> None:
    """As many NO as YES, every row of the smaller class, and no question without its rows while another has two."""
    natural, balanced = (made(demo, {**RECIPES["pointwise"], "negatives": how}) for how in ("natural", "balanced"))
    counts = Counter((row["split"], row["content"]["completion"]) for row in balanced.rows)
    before = Counter((row["split"], row["content"]["completion"]) for row in natural.rows)
    for split in {row["split"] for row in natural.rows}:
        assert counts[split, "YES"] == counts[split, "NO"] == min(before[split, "YES"], before[split, "NO"])
    dropped = [drop for drop in balanced.drops if drop["reason"] == "balance"]
    assert len(dropped) == len(natural.rows) - len(balanced.rows) > 0


def test_a_place_in_a_list_says_nothing(demo: store.Lake) -> None:
    """Over many seeds the right candidate is as often first as it is last (chi-square, 1 %), and the answer points at it."""
    counts: dict[int, Counter[int]] = {}
    verdicts = dict(demo.sql("SELECT candidate::VARCHAR, verdict FROM verdicts WHERE comparator = 'bird'").fetchall())
    for seed in range(12):
        for row in made(demo, {**RECIPES["listwise"], "seed": seed}).rows:
            listed = json.loads(row["sources"])["candidates"]
            right = [place for place, one in enumerate(listed, 1) if verdicts[one["candidate"]] == "correct"]
            assert 2 <= len(listed) <= 5
            assert len(right) <= 1
            assert row["content"]["completion"] == (str(right[0]) if right else "-1")
            if right:
                counts.setdefault(len(listed), Counter())[right[0]] += 1
    critical = {2: 6.63, 3: 9.21, 4: 11.34, 5: 13.28}
    assert sum(sum(found.values()) for found in counts.values()) > 500
    for size, found in counts.items():
        expected = sum(found.values()) / size
        assert sum((found[place] - expected) ** 2 / expected for place in range(1, size + 1)) < critical[size], (size, found)


def test_a_letter_in_a_pair_says_nothing(demo: store.Lake) -> None:
    """A is right about as often as B, whichever of the two comes first in the lake, and the answer names the right one."""
    rows = [row for seed in range(6) for row in made(demo, {**RECIPES["pairwise"], "seed": seed}).rows]
    firsts = sum(row["content"]["completion"] == "A" for row in rows)
    assert abs(firsts - len(rows) / 2) < 2.6 * (len(rows) / 4) ** 0.5
    for row in rows:
        sides = json.loads(row["sources"])
        assert (sides["right"]["verdict"], sides["wrong"]["verdict"]) == ("correct", "wrong")


def test_chosen_is_never_rejected(demo: store.Lake) -> None:
    """No row prefers a text to itself, and no two rows prefer the opposite of each other."""
    for name in ("preference", "critiques"):
        rows = made(demo, RECIPES[name]).rows
        claims = {(str(row["content"]["prompt"]), row["content"]["chosen"], row["content"]["rejected"]) for row in rows}
        assert all(chosen != rejected for _, chosen, rejected in claims)
        assert not {(prompt, rejected, chosen) for prompt, chosen, rejected in claims} & claims


def test_a_completion_is_the_sql_as_it_was_written(demo: store.Lake) -> None:
    """Not a letter of a SQL is changed on its way into a completion: identifiers and literals may hold any word."""
    known = {sql for (sql,) in demo.sql("SELECT sql FROM candidates UNION SELECT sql FROM golds").fetchall()}
    for name, column in (("sft", "completion"), ("kto", "completion"), ("preference", "chosen"), ("preference", "rejected")):
        assert {row["content"][column] for row in made(demo, RECIPES[name]).rows} <= known


def test_a_fix_stands_after_its_own_critiques(demo: store.Lake) -> None:
    """Each fix is paired with the SQL that it was made from and the critiques of that SQL, not with those of a neighbour."""
    parents = dict(
        demo.sql("SELECT c.candidate, p.sql FROM candidates AS c JOIN candidates AS p ON p.candidate = c.parent").fetchall()
    )
    texts: dict[Any, list[str]] = {}
    for candidate, text in demo.sql(
        "SELECT c.candidate, k.text FROM candidates AS c JOIN critiques AS k ON k.candidate = c.parent"
    ).fetchall():
        texts.setdefault(candidate, []).append(text)
    rows = {row["row"]: row for row in made(demo, RECIPES["fixer"]).rows}
    matched = 0
    for candidate, sql in parents.items():
        row = rows.get(content_id("sft", str(candidate)))
        if row is not None:
            matched += 1
            assert f"SQL:\n{sql}\n" in row["content"]["prompt"]
            assert row["content"]["prompt"].count("Critique (") == len(texts.get(candidate, []))
            assert all(text in row["content"]["prompt"] for text in texts.get(candidate, []))
    assert matched == len(rows)


def test_recorded_prompts_are_what_the_model_saw(demo: store.Lake) -> None:
    """A recorded prompt is taken as it is; without one the row is left out unless the recipe names a template."""
    known = {text for (text,) in demo.sql("SELECT text FROM prompts").fetchall()}
    assert {row["content"]["prompt"] for row in made(demo, RECIPES["planner"]).rows} <= known
    fixes = {"kind": "sft", "agent": "fixer", "runs": ["mats_rollouts"]}
    with_template = made(demo, {**fixes, "prompt": "recorded_or:fixer"})
    with pytest.raises(EmptyDatasetError, match=rf"no_prompt {len(with_template.rows)}\b"):
        made(demo, {**fixes, "prompt": "recorded"})


@pytest.mark.parametrize("by", ["question", "text", "database", "content"])
def test_an_overlap_is_refused_and_listed(demo: store.Lake, by: str) -> None:
    """Each way of being the same is found by itself: every question of the dataset is listed."""
    recipe = {**RECIPES["grpo"], "against": ["demo"], "overlap": {"by": [by]}}
    with pytest.raises(OverlapError, match=f"71 by {by} with demo") as caught:
        made(demo, recipe)
    assert {shared.match for shared in caught.value.shared} == {by}
    assert len(caught.value.shared) == 71
    assert "... and 61 more" in str(caught.value)
    with pytest.raises(EmptyDatasetError, match="Left out are: overlap 71"):
        made(demo, {**recipe, "overlap": {"by": [by], "action": "drop"}})


EMPTY: list[tuple[dict[str, Any], str, str]] = [
    ({**RECIPES["critiques"], "prompt": "recorded"}, "no_prompt", "recorded_or:NAME"),
    ({**RECIPES["preference"], "filters": {"max_margin": 0.5}}, "reward_margin", "Loosen the filters"),
    ({**RECIPES["preference"], "filters": {"caps": [{"by": "origin", "at_most": 0.2}]}}, "cap", "Loosen the filters"),
    ({**RECIPES["grpo"], "against": ["demo"], "overlap": {"action": "drop"}}, "overlap", "overlap.by"),
]


@pytest.mark.parametrize(("recipe", "reason", "hint"), EMPTY, ids=[reason for _, reason, _ in EMPTY])
def test_a_dataset_without_a_row_is_an_error(demo: store.Lake, recipe: dict[str, Any], reason: str, hint: str) -> None:
    """The message counts what was left out by reason, and the hint says what to do about the most frequent one."""
    with pytest.raises(EmptyDatasetError, match=rf"has no row\. Left out are: {reason} \d") as caught:
        made(demo, recipe)
    assert hint in caught.value.hint


@pytest.mark.parametrize("name", ["validator", "validator_all"])
def test_a_critique_of_other_sql_is_no_rewrite(demo: store.Lake, name: str) -> None:
    """The same words about two SQLs of a question are two examples; what is left out has the same words about the same SQL."""
    recipe = {**RECIPES["validator"], "critiques": "all" if name == "validator_all" else "agreeing"}
    about = {
        content_id("sft", str(critique)): (position, text, sql)
        for critique, position, text, sql in demo.sql(
            "SELECT k.critique, c.position, k.text, c.sql_id FROM critiques AS k JOIN candidate_results AS c USING (candidate)"
        ).fetchall()
    }
    found = made(demo, recipe)
    kept = [about[row["row"]] for row in found.rows]
    assert len(set(kept)) == len(kept)
    assert len({(position, text) for position, text, _ in kept}) < len(kept)
    repeated = {about[drop["row"]] for drop in found.drops if drop["reason"] == "rewrite"}
    assert repeated <= {*kept, *(about[drop["row"]] for drop in found.drops if drop["reason"] == "question_in_other_split")}


def test_caps_hold_on_the_rows_that_there_are(demo: store.Lake) -> None:
    """Filters choose last: a cap is a share of the final rows, and what they leave out is a drop with their reason."""
    half = {"filters": {"caps": [{"by": "set", "value": "demo_pairs", "at_most": 0.5}]}}
    recipe = {**RECIPES["critiques"], "pair_sets": ["demo_pairs", "demo_critique_pairs"]}
    everything, found = made(demo, recipe), made(demo, {**recipe, **half})
    sets = Counter(json.loads(row["sources"])["pair_set"] for row in found.rows)
    before = Counter(json.loads(row["sources"])["pair_set"] for row in everything.rows)
    assert before["demo_pairs"] > before["demo_critique_pairs"]
    assert sets == dict.fromkeys(before, before["demo_critique_pairs"])
    assert Counter(drop["reason"] for drop in found.drops)["cap"] == len(everything.rows) - len(found.rows)


def test_misspelt_names_are_errors(demo: store.Lake) -> None:
    """A run, benchmark, comparator or pair set that is not there is never an empty dataset."""
    for field, value in (("runs", ["smal"]), ("comparator", "brid"), ("gold_revision", "orignal"), ("against", ["dmeo"])):
        with pytest.raises(NameNotFoundError):
            made(demo, {**RECIPES["pointwise"], field: value})
    with pytest.raises(store.StoreError, match="no pair set nobody") as caught:
        made(demo, {"kind": "preference", "pair_sets": ["nobody"]})
    assert "demo_pairs" in caught.value.hint
