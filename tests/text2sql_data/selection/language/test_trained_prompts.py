"""A selector asks with the very prompt that a dataset for training it has: the same candidates give the same text."""

# ruff: noqa: ANN401 - helpers come from a module that a fixture loads

import json
from pathlib import Path
from typing import Any

import pytest

import store
from text2sql_data.datasets.building import build
from text2sql_data.datasets.reading import read
from text2sql_data.prompts import template
from text2sql_data.rollouts.config import SchemaText, ShownResult
from text2sql_data.selection import choices as reading
from text2sql_data.selection.language.rendering import Renderer, Schemas

RECIPE = "kind: selector_{kind}\nname: trained\nruns: [small]\nschema: {form}\nresult: {{rows: {rows}, chars: 90}}\n"


@pytest.mark.parametrize(
    ("kind", "form", "rows"),
    [
        ("pairwise", "typed", 5),
        *(
            pytest.param(kind, form, rows, marks=pytest.mark.slow)
            for kind, form, rows in (
                ("pointwise", "typed", 5),
                ("listwise", "typed", 5),
                ("listwise", "ddl", 2),
                ("pointwise", "rich", 1),
            )
        ),
    ],
)
def test_training_and_use_have_the_same_prompts(demo: store.Lake, tmp_path: Path, kind: str, form: str, rows: int) -> None:
    """Every row of a dataset, whatever its candidates did, is rendered again from what a selector sees."""
    file = tmp_path / "recipe.yaml"
    file.write_text(RECIPE.format(kind=kind, form=form, rows=rows), "utf-8")
    with demo.scratch() as scratch:
        build(demo, scratch, read(file))
        trained = scratch.execute("SELECT sources::VARCHAR, content::VARCHAR FROM built_rows").fetchall()
    with demo.scratch() as scratch:
        reading.stage(scratch, "small", "exec_ok", 0, 1000)
        seen = reading.choices(reading.staged(scratch))
    renderer = Renderer(
        template(f"selector_{kind}"),
        Schemas(demo, SchemaText(form=form)),  # type: ignore[arg-type] - a parameter of the test
        ShownResult(rows, 90),
    )
    answers = {answer["candidate"]: answer for answer in seen.answers.iter_rows(named=True)}
    questions = {question["choice"]: question for question in seen.questions.iter_rows(named=True)}
    statuses = set()
    assert trained
    for sources, content in trained:
        row = json.loads(content)
        told: Any = json.loads(sources)
        listed = candidates(kind, told, row["completion"])
        shown = [answers[one] for one in listed]
        statuses |= {answer["status"] for answer in shown}
        question = questions[shown[0]["choice"]]
        if kind == "pointwise":
            again = renderer.prompt(question, **renderer.fields(shown[0]))
        elif kind == "pairwise":
            again = renderer.prompt(question, candidates=renderer.listed("AB", shown))
        else:
            names = [str(number) for number in range(1, len(shown) + 1)]
            again = renderer.prompt(question, candidates=renderer.listed(names, shown), none_answer="-1")
        assert again == row["prompt"]
    assert {"ok", "error"} <= statuses


def candidates(kind: str, told: Any, completion: str) -> list[str]:
    """The candidates of a row in the order of its prompt."""
    if kind == "pointwise":
        return [told["candidate"]]
    if kind == "listwise":
        return [one["candidate"] for one in told["candidates"]]
    order = ("right", "wrong") if completion == "A" else ("wrong", "right")
    return [told[side]["candidate"] for side in order]
