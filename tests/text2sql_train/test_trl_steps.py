"""A dataset of each kind goes through one step of the TRL class that it is for as it is: no column is mapped, none is missing."""

import math
from pathlib import Path
from typing import Any

import pytest

import store
from text2sql_data.datasets import dataset_dict
from text2sql_data.datasets.reading import convert

pytestmark = [
    pytest.mark.slow,
    # Of third parties, and about the machine or their own future.
    pytest.mark.filterwarnings("ignore:'pin_memory' argument is set as true but no accelerator is found"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:You are importing from 'trl.experimental'"),
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning"),
]

FORMATS = ["plain", "conversational"]
RUNS = ["small", "large"]
SFT = {
    "sft": {"kind": "sft", "runs": RUNS},
    "sft_planner": {"kind": "sft", "agent": "planner", "runs": ["mats_rollouts"], "prompt": "recorded"},
    "sft_fixer": {"kind": "sft", "agent": "fixer", "runs": ["mats_rollouts"]},
    "sft_validator": {"kind": "sft", "agent": "select", "runs": ["mats_rollouts"]},
    "selector_pointwise": {"kind": "selector_pointwise", "runs": RUNS},
    "selector_pairwise": {"kind": "selector_pairwise", "runs": RUNS},
    "selector_listwise": {"kind": "selector_listwise", "runs": RUNS},
}


def built(lake: store.Lake, fields: dict[str, Any], form: str) -> Any:  # noqa: ANN401 - datasets has no types
    """The train and test rows of a recipe, a few of each."""
    found = dataset_dict(lake, convert({"name": "tried", "format": form, "schema": "compact", **fields}))
    return found["train"].select(range(8)), found["test"].select(range(4))


def settings(folder: Path) -> dict[str, Any]:
    """One step on the processor, and nothing told to anybody."""
    return {
        "output_dir": str(folder / "out"),
        "max_steps": 1,
        "per_device_train_batch_size": 2,
        "report_to": "none",
        "use_cpu": True,
        "bf16": False,
        "save_strategy": "no",
        "disable_tqdm": True,
        "activation_checkpointing": False,
        "max_length": 6000,
    }


def step(trainer: Any) -> None:  # noqa: ANN401 - any of TRL's
    """Take the step, and see that it was one: every row was kept, and the loss is a number."""
    done = trainer.train()
    assert done.global_step == 1
    assert math.isfinite(done.training_loss)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", SFT)
def test_sft(demo: store.Lake, tiny: Path, tmp_path: Path, name: str, form: str) -> None:
    """SFTTrainer learns the completion of SFT rows and of the three kinds of selectors."""
    from trl import SFTConfig, SFTTrainer

    train, test = built(demo, SFT[name], form)
    trainer = SFTTrainer(str(tiny), SFTConfig(**settings(tmp_path)), train_dataset=train, eval_dataset=test)
    assert len(trainer.train_dataset) == len(train)
    learnt = trainer.train_dataset[0]["labels"]
    assert 0 < sum(label != -100 for label in learnt) < len(learnt)
    step(trainer)


@pytest.mark.parametrize("form", FORMATS)
def test_dpo(demo: store.Lake, tiny: Path, tmp_path: Path, form: str) -> None:
    """DPOTrainer takes preference rows."""
    from trl import DPOConfig, DPOTrainer

    train, test = built(demo, {"kind": "preference", "pair_sets": ["demo_pairs"]}, form)
    step(DPOTrainer(str(tiny), args=DPOConfig(**settings(tmp_path)), train_dataset=train, eval_dataset=test))


@pytest.mark.parametrize("form", FORMATS)
def test_orpo(demo: store.Lake, tiny: Path, tmp_path: Path, form: str) -> None:
    """The experimental ORPOTrainer takes preference rows; here of critiques, with prompts from a template."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer

    recipe = {"kind": "preference", "pair_sets": ["demo_critique_pairs"], "prompt": "recorded_or:agent", "two_prompts": "chosen"}
    train, test = built(demo, recipe, form)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny), AutoTokenizer.from_pretrained(tiny)
    arguments = ORPOConfig(**settings(tmp_path))
    step(ORPOTrainer(model, arguments, train_dataset=train, eval_dataset=test, processing_class=tokenizer))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("margin", [False, True])
def test_reward(demo: store.Lake, tiny: Path, tmp_path: Path, form: str, *, margin: bool) -> None:
    """RewardTrainer takes preference rows, and reads the margin where there is one."""
    from trl import RewardConfig, RewardTrainer

    train, test = built(demo, {"kind": "preference", "pair_sets": ["demo_pairs"], "margin": margin}, form)
    assert ("margin" in train.column_names) is margin
    step(RewardTrainer(str(tiny), RewardConfig(**settings(tmp_path)), train_dataset=train, eval_dataset=test))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("source", [{"runs": RUNS}, {"pair_sets": ["demo_pairs"]}], ids=["runs", "pairs"])
def test_kto(demo: store.Lake, tiny: Path, tmp_path: Path, form: str, source: dict[str, Any]) -> None:
    """KTOTrainer takes rows made of candidates and rows made of pairs."""
    from trl import KTOConfig, KTOTrainer

    train, test = built(demo, {"kind": "kto", **source}, form)
    assert {True, False} >= set(train["label"])
    step(KTOTrainer(str(tiny), args=KTOConfig(**settings(tmp_path)), train_dataset=train, eval_dataset=test))


@pytest.mark.parametrize("form", FORMATS)
def test_grpo(demo: store.Lake, tiny: Path, tmp_path: Path, form: str) -> None:
    """GRPOTrainer hands every column beside the prompt to the reward function, which finds the database and the gold by them."""
    from trl import GRPOConfig, GRPOTrainer

    train, test = built(demo, {"kind": "grpo", "benchmarks": ["demo"]}, form)
    known = dict(demo.sql("SELECT sha256, db_id FROM current_databases WHERE benchmark = 'demo'").fetchall())
    seen: list[str] = []

    def reward(completions: list[Any], gold_sql: list[str], sha256: list[str], db_id: list[str], **more: object) -> list[float]:
        assert {"benchmark", "revision", "position", "gold_revision"} <= set(more)
        assert [known[digest] for digest in sha256] == db_id
        seen.extend(gold_sql)
        return [float(len(str(completion)) % 2) for completion in completions]

    told = {name: value for name, value in settings(tmp_path).items() if name != "max_length"}
    arguments = GRPOConfig(**{**told, "num_generations": 2, "max_completion_length": 4})
    step(GRPOTrainer(str(tiny), reward, args=arguments, train_dataset=train, eval_dataset=test))
    assert set(seen) <= set(train["gold_sql"])
    assert seen
