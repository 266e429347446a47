"""Pinning a recipe and proving the pin: it holds as long as nothing changed, and says what did when something has."""

import contextlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import store
from store import engine, pins
from text2sql_data import prompts
from text2sql_data.datasets import dataset_dict, pinning
from text2sql_data.datasets.reading import convert
from text2sql_data.datasets.recipe import Recipe

pytestmark = pytest.mark.slow

RECIPES: dict[str, dict[str, Any]] = {
    "sft": {"runs": ["small"]},
    "selector_pointwise": {"runs": ["small", "large"], "negatives": "balanced"},
    "selector_pairwise": {"runs": ["large"], "format": "conversational"},
    "selector_listwise": {"runs": ["large"]},
    "preference": {"pair_sets": ["demo_pairs"], "margin": True, "prompt": "text2sql"},
    "kto": {"runs": ["small"]},
    "grpo": {"benchmarks": ["demo"], "format": "conversational"},
    "verl": {"benchmarks": ["demo"]},
}


def recipe(kind: str, **more: object) -> Recipe:
    """A recipe of a kind, named after it."""
    return convert({"name": kind, "kind": kind, **RECIPES[kind], **more})


def write(lake: store.Lake, statement: str) -> None:
    """Do what no client of ours does."""
    with engine.spill_folder() as spill, contextlib.closing(engine.connect(spill)) as connection:
        engine.attach(connection, lake.address, "lake", read_only=False)
        connection.execute("USE lake")
        connection.execute(statement)


@pytest.mark.slow
@pytest.mark.parametrize("kind", RECIPES)
def test_every_kind_can_be_pinned_and_holds(shared: store.Lake, kind: str) -> None:
    """What is loaded is what building gives, row for row in its order; building it again from the snapshot gives the digest."""
    made = pinning.pin_recipe(shared, recipe(kind))
    built = dataset_dict(shared, recipe(kind))
    loaded = store.load(kind, shared)
    assert {split: list(rows) for split, rows in loaded.items()} == {split: list(rows) for split, rows in built.items()}
    assert pinning.pin_recipe(shared, recipe(kind)) == (made.pin, True)
    done = pinning.verify(shared, kind)
    assert done.holds
    assert (done.stored, done.problem, done.rebuilt, done.differences) == (None, None, made.pin.digest, [])
    assert done.comparison is not None
    assert (done.comparison.same, done.comparison.differ, done.comparison.reordered) == (made.pin.n_rows, False, 0)


def test_a_pin_knows_what_it_was_built_from(shared: store.Lake) -> None:
    """The recipe with its defaults, the templates, the parents with digests of what they hold, and the versions."""
    pin = pinning.pin_recipe(shared, recipe("selector_pointwise"), name="knowing").pin
    assert isinstance(pin.recipe, dict)
    assert convert(pin.recipe) == recipe("selector_pointwise")
    assert pin.templates == {"selector_pointwise": prompts.template("selector_pointwise").sha256}
    assert [(parent["kind"], parent["name"]) for parent in pin.parents] == [
        ("benchmark", "demo"),
        ("run", "large"),
        ("run", "small"),
    ]
    assert len({parent["sha256"] for parent in pin.parents} - {None}) == 3
    assert {"code", "duckdb", "jinja2", "python", "sqlite", "text2sql-store"} <= pin.versions.keys()
    assert pin.summary["rows"] == pin.n_rows


@pytest.mark.slow
def test_a_pin_holds_whatever_becomes_of_the_lake(own: store.Lake) -> None:
    """New labels change what the recipe gives now; the pin is still proven, also once all else was expired and compacted."""
    kept = pinning.pin_recipe(own, recipe("kto")).pin
    with own.commit("another opinion") as commit:
        turned = "SELECT * REPLACE ('correct' AS verdict, version + 1 AS version) FROM lake.labels WHERE comparator = 'bird'"
        commit.append("labels", turned)
        commit.append("comparators", "SELECT * REPLACE (version + 1 AS version) FROM lake.comparators WHERE comparator = 'bird'")
    assert pinning.pin_recipe(own, recipe("kto"), dry_run=True).pin.digest != kept.digest
    own.expire(keep=1, grace=timedelta(0))
    own.compact(grace=timedelta(0))
    own.compact(grace=timedelta(0))
    assert own.check() == []
    done = pinning.verify(own, kept.ref)
    assert done.holds, done
    assert sum(map(len, store.load(kept.ref, own).values())) == kept.n_rows


def test_a_changed_template_is_named(own: store.Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are there as pinned; what the recipe gives now is another prompt, and the template is why."""
    pin = pinning.pin_recipe(own, recipe("selector_pointwise")).pin
    original = prompts.template
    text = original("selector_pointwise").text + "Think first.\n"
    monkeypatch.setattr(prompts, "template", lambda name: original(name)._replace(text=text))
    done = pinning.verify(own, pin.ref, examples=1)
    assert not done.holds
    assert done.stored is None
    assert [(difference.what, difference.name) for difference in done.differences] == [("template", "selector_pointwise")]
    assert done.comparison is not None
    assert done.comparison.reasons == {("re_rendered", "template"): pin.n_rows}
    (example,) = done.comparison.examples
    (field,) = example.fields
    assert field.name == "prompt"
    assert "Think first" in field.after
    assert "Think first" not in field.before


def test_a_template_that_is_gone_is_named(own: store.Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pin whose template is not installed any more cannot be built again, and says so."""
    pin = pinning.pin_recipe(own, recipe("selector_pointwise")).pin
    monkeypatch.setattr(prompts, "names", lambda: ["text2sql"])
    prompts.template.cache_clear()
    done = pinning.verify(own, pin.ref)
    assert not done.holds
    assert done.problem is not None
    assert "cannot be built again" in done.problem
    assert "no prompt template selector_pointwise" in done.problem
    assert done.differences == [pinning.Difference("template", "selector_pointwise", pin.templates["selector_pointwise"], None)]


def test_a_snapshot_that_is_gone_is_said_to_be_gone(own: store.Lake) -> None:
    """Whoever expires past the store loses the proof; the rows are still there, and still checked."""
    pin = pinning.pin_recipe(own, recipe("kto")).pin
    write(own, f"CALL ducklake_expire_snapshots('lake', versions => [{pin.snapshot}])")
    done = pinning.verify(own, pin.ref)
    assert (done.stored, done.rebuilt, done.holds) == (None, None, False)
    assert done.problem == (
        f"{pin.ref} cannot be built again from version {pin.snapshot} of the lake: "
        f"Version {pin.snapshot} of the lake has been expired."
    )


def test_changed_rows_are_found(own: store.Lake) -> None:
    """Of rows that somebody changed in the lake one learns which, and how they were."""
    pin = pinning.pin_recipe(own, recipe("kto")).pin
    (row,) = own.sql("SELECT row FROM pin_rows ORDER BY row LIMIT 1").fetchone() or (None,)
    write(own, f"UPDATE pin_rows SET content = json_merge_patch(content, '{{\"completion\": \"SELECT 0\"}}') WHERE row = '{row}'")
    done = pinning.verify(own, pin.ref)
    assert (done.rebuilt, done.holds) == (pin.digest, False)
    assert done.stored is not None
    assert "1 of them are not what they were" in done.stored
    assert done.comparison is not None
    assert [change.row for change in done.comparison.examples] == [str(row)]
    assert done.comparison.examples[0].fields[0].before == "SELECT 0"


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ('sources = json_merge_patch(sources, \'{"run": "large"}\')', False),
        ("position = position + 1", False),
        ("db_id = 'elsewhere'", False),
        ("place = 1000 - place", True),
    ],
)
def test_what_the_digest_leaves_out_is_compared(own: store.Lake, change: str, holds: bool) -> None:
    """A row that is said to be made from something else does not hold, whatever the digest; another order does."""
    pin = pinning.pin_recipe(own, recipe("selector_pointwise")).pin
    write(own, f"UPDATE pin_rows SET {change}")
    done = pinning.verify(own, pin.ref)
    assert (done.stored, done.rebuilt, done.holds) == (None, pin.digest, holds)
    assert done.comparison is not None
    assert (done.comparison.counts["other_sources"] > 0, done.comparison.reordered > 0) == (not holds, holds)


def test_a_pair_set_has_a_digest_over_its_rewards(own: store.Lake) -> None:
    """The same pairs with another reward are another parent; a set without a pair has a digest too."""

    def digest() -> object:
        parents = pinning.pin_recipe(own, recipe("preference"), dry_run=True).pin.parents
        return next(parent["sha256"] for parent in parents if parent["kind"] == "pair_set")

    before = digest()
    write(own, "UPDATE pairs SET rejected_reward = rejected_reward - 1")
    changed = digest()
    write(own, "DELETE FROM pairs")
    empty = (pinning.files("text2sql_data") / "datasets" / "sql" / "pin_parents.sql").read_text("utf-8")
    (left,) = {sha256 for kind, _, sha256 in own.sql(empty).fetchall() if kind == "pair_set"}
    assert None not in {before, changed, left}
    assert len({before, changed, left}) == 3


def test_the_digest_of_the_code_covers_what_decides_rows() -> None:
    """Modules, statements and templates of every package that a row goes through, and not what only exports."""
    names = {name for name, _ in pinning._code()}
    assert {
        "store/contents.py",
        "store/ids.py",
        "store/sql/views/judged_candidates.sql",
        "text2sql_data/datasets/building.py",
        "text2sql_data/sql_ast/schema.py",
    } <= names
    assert not any("/export/" in name for name in names)


def test_a_dataset_without_rows_says_what_to_do(shared: store.Lake) -> None:
    """The error names the command that says what was left out."""
    with shared.scratch() as scratch:
        scratch.execute((Path(__file__).parents[3] / "store" / "staged" / "pins.sql").read_text("utf-8"))
        with pytest.raises(store.RowsError, match="There are no rows") as caught:
            pins.columns_of(scratch)
    assert "t2s dataset build RECIPE --dry-run" in caught.value.hint


def test_a_dry_run_pins_nothing(own: store.Lake) -> None:
    """It has the digest that the pin then has."""
    tried = pinning.pin_recipe(own, recipe("sft"), dry_run=True)
    assert pins.pins(own) == []
    assert pinning.pin_recipe(own, recipe("sft")).pin.digest == tried.pin.digest
