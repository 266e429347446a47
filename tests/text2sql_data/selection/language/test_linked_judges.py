"""Selectors whose model is one of the lake: recorded as such, refused over what it was trained on, and marked where allowed."""

import json
from datetime import datetime
from typing import Any

import pytest

import store
from text2sql_data.datasets import reading
from text2sql_data.datasets.pinning import pin_recipe
from text2sql_data.selection.fitting.models import LineageError
from text2sql_data.selection.language.opening import open_language
from text2sql_data.selection.running import run
from text2sql_eval.declared import trained_on

DATABASES = {"assign": {"train": ["bakery"], "validation": ["bike_share"], "test": ["city_library", "hospital_lab"]}}


@pytest.mark.slow
def test_a_judge_of_the_lake_is_guarded(few: store.Lake, judging: Any) -> None:  # noqa: ANN401 - a module
    """Without leave nothing is asked; with it, picks for its training are marked, and those for rows of test are not."""
    pin_recipe(few, reading.convert({"name": "judged", "kind": "grpo", "benchmarks": ["demo"], "split": DATABASES}))
    row = {
        "name": "judge",
        "version": 1,
        "kind": "sft",
        "pin_name": "judged",
        "pin_version": 1,
        "recipe": "{}",
        "seed": 0,
        "versions": "{}",
        "summary": "{}",
        "path": "/models/judge",
        "sha256": "5a" * 32,
        "added": datetime(2026, 1, 1),  # noqa: DTZ001 - as the lake has it
    }
    with few.commit("a model") as commit:
        commit.append("models", [row])
    with judging.JudgeServer(judging.of_one) as server:
        server.name = "judge@1"
        server.models = ["judge@1"]
        parameters = judging.at(server)
        for allow in ("nothing", "databases"):
            with (
                pytest.raises(LineageError, match="judge@1 was trained on judged@1"),
                open_language(few, "pointwise", parameters, runs=["small"], allow=allow),
            ):
                pass
        assert not server.asked
        with open_language(few, "pointwise", parameters, runs=["small"], allow="questions") as (selector, _):
            assert selector.model == "judge@1"
            run(few, selector, ["small"])
    (model, said) = few.sql("SELECT model, parameters FROM selectors").fetchone() or ("", "{}")
    assert (model, json.loads(said)["client"]["lake_models"]) == ("judge@1", {"judge@1": "5a" * 32})
    marked = few.sql(
        "SELECT q.db_id, s.reason FROM current_selections AS s JOIN questions AS q USING (position) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert {db_id for db_id, reason in marked if reason == "trained_on_question"} == {"bakery", "bike_share"}
    assert not any(
        (reason or "").startswith("trained_on") for db_id, reason in marked if db_id in {"city_library", "hospital_lab"}
    )
    (found,) = trained_on(few, ["pointwise"], "exec_ok")
    assert (found.question, found.database) == (7, 1)  # the question whose gold fails is in no pin
