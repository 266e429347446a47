"""Recipes: what is wrong with one is said by field, with what is allowed; every default is written out; docs know every field."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from store import StoreError
from text2sql_data.datasets import recipe as recipes
from text2sql_data.datasets.reading import RecipeError, convert, decode, plain, read, with_against
from text2sql_data.datasets.recipe import KINDS

ROOT = Path(__file__).resolve().parents[3]
RECIPES = sorted((ROOT / "docs" / "recipes").glob("*.yaml"))
LEAST: dict[str, dict[str, Any]] = {
    kind: {"name": "n", "kind": kind, **needed}
    for kind, needed in {
        "sft": {"runs": ["r"]},
        "selector_pointwise": {"runs": ["r"]},
        "selector_pairwise": {"runs": ["r"]},
        "selector_listwise": {"runs": ["r"]},
        "selector_features": {"runs": ["r"]},
        "preference": {"pair_sets": ["p"]},
        "kto": {"pair_sets": ["p"]},
        "grpo": {"benchmarks": ["b"]},
        "verl": {"benchmarks": ["b"]},
    }.items()
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_recipe_is_read_back_from_what_a_pin_keeps(kind: str) -> None:
    """With every default written out it is the same recipe, and every field is there."""
    recipe = convert(LEAST[kind])
    kept = plain(recipe)
    assert convert(kept) == recipe
    assert plain(convert(kept)) == kept
    assert decode(msgspec.json.encode(kept).decode()) == recipe
    assert set(kept) == {"kind", *(field.name for field in msgspec.structs.fields(KINDS[kind]))}
    assert kept["prompt"] is not None


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_examples_of_the_docs_are_recipes(path: Path) -> None:
    """Each file is read, and its name is not that of another."""
    recipe = read(path)
    assert sum(read(other).name == recipe.name for other in RECIPES) == 1


WRONG = [
    ("kind: sft", "has no field `name`|missing required field `name`", ""),
    ("name: a", "has no field `kind`", "selector_listwise"),
    ("name: a\nkind: dpo", "there is no kind 'dpo'", "preference"),
    ("name: a\nkind: sft\nruns: [x]\nformt: plain", "field `formt`: there is no such field", "Did you mean format?"),
    ("name: a\nkind: sft\nruns: [x]\nformat: plan", "field `format`: invalid enum value 'plan'", "plain, conversational"),
    ("name: a\nkind: sft\nruns: [x]\nsplit: {by: row}", "field `split.by`", "database, question"),
    ("name: a\nkind: sft\nruns: [x]\nsplit: {fraction: {}}", "field `split.fraction`", "Did you mean fractions?"),
    ("name: a\nkind: sft\nruns: [x]\nsplit: {fractions: {dev: 1}}", "field `split.fractions`", "train, validation, test"),
    ("name: a\nkind: sft\nruns: [x]\nsplit: {fractions: {train: 0.5}}", "they add up to 0.5", "add up to 1"),
    ("name: a\nkind: sft\nruns: [x]\nsplit: {assign: {train: [d], test: [d]}}", "d is named twice", "one split"),
    ("name: a\nkind: sft\nruns: [x]\nsplit: {by: question, assign: {test: [d]}}", "`split.assign`", "by: database"),
    ("name: a\nkind: sft\nruns: [x]\noverlap: {by: [sql]}", "field `overlap.by", "question, text, database, content"),
    ("name: a\nkind: sft\nruns: [x]\nnegatives: balanced", "field `negatives`: there is no such field", "agent"),
    ("name: a\nkind: sft\nruns: [x]\nname: b", "line 4: the field `name` is there twice", "Keep one"),
    ("name: a\nkind: sft", "nothing to read", "runs or golds"),
    ("name: a\nkind: sft\nagent: fixer\ngolds: [b]", "field `golds`", "agent: sql"),
    ("name: a\nkind: sft\nruns: [x]\nsystem: s", "field `system`", "conversational"),
    ("name: a\nkind: sft\nruns: [x]\nprompt: text3sql", "field `prompt`: There is no prompt template text3sql", "text2sql"),
    ("name: a\nkind: sft\nruns: [x]\nprompt: no/such.j2", "field `prompt`: The prompt template no/such.j2 cannot be read", ""),
    ("name: a\nkind: grpo\nbenchmarks: [b]\nprompt: recorded", "field `prompt`", "Name a template"),
    ("name: a\nkind: kto\nruns: [x]\npair_sets: [p]", "either runs or pair_sets", "one of the two"),
    (
        "name: a\nkind: kto\npair_sets: [p]\nnegatives: balanced\nfilters: {caps: [{by: origin, at_most: 0.2}]}",
        "field `filters.caps`",
        "Set negatives: natural",
    ),
    ("name: a\nkind: sft\nruns: [x]\naudit: {tokenizer: t, trainer: dpo}", "field `audit.trainer`", "Choose: sft"),
    ("name: a\nkind: selector_listwise\nruns: [x]\ncandidates: 6", "field `candidates`", ""),
    ("- a", "holds no fields", "Begin with"),
    ("", "holds no fields", "Begin with"),
    ("a: [", "is not YAML", ""),
]


@pytest.mark.parametrize(("text", "message", "hint"), WRONG, ids=[message[:30] for _, message, _ in WRONG])
def test_what_is_wrong_is_said(text: str, message: str, hint: str) -> None:
    """The error names the file and the field, and its hint what is allowed."""
    with pytest.raises(RecipeError, match=message) as caught:
        decode(text, where="r.yaml")
    assert "r.yaml" in caught.value.message
    assert hint in caught.value.hint


def test_a_template_of_ones_own_travels_with_the_recipe(tmp_path: Path) -> None:
    """Its text stands in the recipe, so that a pin does not depend on the file."""
    (tmp_path / "own.j2").write_text("{{ question }}\n")
    (tmp_path / "r.yaml").write_text("name: a\nkind: grpo\nbenchmarks: [b]\nprompt: own.j2\n")
    recipe = read(tmp_path / "r.yaml")
    (tmp_path / "own.j2").unlink()
    assert convert(plain(recipe)) == recipe
    assert plain(recipe)["prompt"] == {"name": "own", "text": "{{ question }}\n", "recorded": False}


def test_a_missing_file_is_an_error_with_its_path(tmp_path: Path) -> None:
    """So is one that is no text."""
    with pytest.raises(StoreError, match=r"gone\.yaml"):
        read(tmp_path / "gone.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreError, match=r"bytes\.yaml"):
        read(tmp_path / "bytes.yaml")


def test_against_is_added_once() -> None:
    """Benchmarks of the command line come after those of the recipe."""
    recipe = convert({**LEAST["grpo"], "against": ["x"]})
    assert with_against(recipe, ["y", "x"]).against == ["x", "y"]


STRUCTURES = [*KINDS.values(), recipes.Split, recipes.Overlap, recipes.Audit, recipes.ResultLimits]


@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda structure: structure.__name__)
def test_every_field_is_documented(structure: type[msgspec.Struct]) -> None:
    """In the docstring, or in the text about the fields of several kinds; and in the table of docs/datasets.md."""
    text = f"{structure.__doc__}{recipes.COMMON}{recipes.JUDGED}"
    page = (ROOT / "docs" / "datasets.md").read_text("utf-8")
    for field in msgspec.structs.fields(structure):
        assert re.search(rf"^\s+{field.name}: ", text, re.MULTILINE), field.name
        assert f"`{field.name}`" in page, field.name
