"""A trained model answers questions: its run is linked to it, and figures over what it learnt are refused and marked."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest
import yaml

import store
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.datasets import reading as dataset_reading
from text2sql_data.datasets.pinning import pin_recipe
from text2sql_data.rollouts.config import PIPELINES
from text2sql_data.rollouts.questions import Only
from text2sql_data.rollouts.running import run
from text2sql_eval.figures import figures
from text2sql_eval.learnt import TrainedQuestionsError
from text2sql_train import reading, training

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of third parties, about their own future
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning"),
]

RECIPE = Path(__file__).parents[2] / "docs" / "train" / "tiny_sft.yaml"


def test_a_trained_model_is_traced_and_guarded(demo_folder: Path, tiny: Path, tmp_path: Path) -> None:
    """The recipe of the docs is trained, rolled out by reference, and evaluated: refused, then marked; gone, it is missed."""
    with store.open(shutil.copytree(demo_folder, tmp_path / "lake")) as lake:
        split = {"fractions": {"train": 1.0}, "assign": {"validation": ["bakery"], "test": ["hospital_lab"]}}
        fields = {"name": "demo_sft", "kind": "sft", "runs": ["large"], "schema": "compact", "split": split}
        pin_recipe(lake, dataset_reading.convert(fields))
        recipe = {**yaml.safe_load(RECIPE.read_text("utf-8")), "base": str(tiny), "output": str(tmp_path / "models")}
        model = training.train(lake, reading.convert({**recipe, "max_steps": 2, "max_length": 6000})).model
        assert model is not None
        assert model.ref == "tiny_sft@1"
        value = {
            "pipeline": "one_shot",
            "benchmark": "demo",
            "run": "answers",
            "models": {"writer": {"client": "transformers", "model": model.ref, "device": "cpu", "dtype": "float32"}},
            "agent": {"max_tokens": 4},
        }
        config = msgspec.convert(value, PIPELINES["one_shot"])
        assert run(lake, config, processes=1, only=Only(limit=6)).added["candidates"] == 6
        (said,) = lake.sql("SELECT config FROM runs WHERE run = 'answers'").fetchone() or ("",)
        writer = json.loads(said)["models"]["writer"]
        assert (writer["model"], writer["served"]) == (model.ref, model.ref)
        assert writer["lake_models"] == {model.ref: model.sha256}
        assert str(tmp_path) not in json.dumps(writer)
        linked = lake.sql("SELECT agent_model, model, version FROM run_models WHERE run = 'answers'").fetchall()
        assert linked == [("writer", "tiny_sft", 1)]
        label(lake, [comparator("bird")], runs=["answers"], processes=1)
        with pytest.raises(TrainedQuestionsError, match="are in demo_sft@1, of the lineage of its model tiny_sft@1"):
            figures(lake, runs=["answers"])
        (shared,) = figures(lake, runs=["answers"], allow_trained=True).learnt
        assert 0 < shared.questions <= shared.counted
        by_folder = {**value, "models": {"writer": {**value["models"]["writer"], "model": model.path}}}  # type: ignore[dict-item]
        again = run(lake, msgspec.convert(by_folder, PIPELINES["one_shot"]), processes=1, only=Only(limit=6))
        assert (again.missing, again.added) == ({}, {})  # its folder is the same model: nothing is left to do
        shutil.move(str(model.path), tmp_path / "elsewhere")
        with pytest.raises(store.StoreError, match="folder of tiny_sft@1 is gone"):
            run(lake, config, processes=1, only=Only(limit=6))
