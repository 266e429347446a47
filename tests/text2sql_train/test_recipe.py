"""Recipes of trainings: those of docs/train can be read, every field is documented, and what cannot be meant is refused."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_train import reading
from text2sql_train.reading import TrainingRecipeError
from text2sql_train.recipe import COMMON, KINDS, RATES, TRAINERS, Dpo, Lora, trainer

ROOT = Path(__file__).resolve().parents[2]
RECIPES = sorted((ROOT / "docs" / "train").glob("*.yaml"))
PAGE = (ROOT / "docs" / "training.md").read_text("utf-8")
LEAST: dict[str, Any] = {"name": "tried", "trainer": "sft", "pin": "demo_sft@1", "base": "models/tiny"}


def refused(**fields: object) -> TrainingRecipeError:
    """The error that a recipe with these fields is refused with."""
    with pytest.raises(TrainingRecipeError) as caught:
        reading.convert({name: value for name, value in {**LEAST, **fields}.items() if value is not None})
    return caught.value


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_recipes_of_the_documentation_can_be_read(path: Path) -> None:
    """Each says what it trains, keeps every default when it is written out, and reads back as the same."""
    recipe = reading.read(path)
    plain = reading.plain(recipe)
    assert reading.convert(plain) == recipe
    assert plain["learning_rate"] > 0
    assert path.name in PAGE


def test_there_is_a_recipe_of_each_trainer() -> None:
    """So that nobody has to begin with an empty file."""
    assert {trainer(reading.read(path)) for path in RECIPES} == set(TRAINERS) == set(KINDS) == set(RATES)


@pytest.mark.parametrize("name", TRAINERS)
def test_every_field_is_documented(name: str) -> None:
    """In the docstring of the structure, or of all, and on the page."""
    structure = TRAINERS[name]
    told = COMMON + (structure.__doc__ or "")
    for field in msgspec.structs.fields(structure):
        assert re.search(rf"^\s+{field.encode_name}: ", told, re.MULTILINE), field.encode_name
        assert f"`{field.encode_name}`" in PAGE, field.encode_name
    for field in msgspec.structs.fields(Lora):
        assert re.search(rf"^\s+{field.encode_name}: ", Lora.__doc__ or "", re.MULTILINE), field.encode_name
        assert f"`{field.encode_name}`" in PAGE, field.encode_name


@pytest.mark.parametrize("given_pin", ["data/train.jsonl", "train.json", "demo_sft", "demo_sft@0", "demo_sft@latest", "a/b@1"])
def test_a_recipe_names_a_pin_never_a_file(given_pin: str) -> None:
    """The error says how a pin is named."""
    error = refused(pin=given_pin)
    assert "is not a pinned dataset" in error.message
    assert "name@version" in error.hint


@pytest.mark.parametrize("name", ["../up", "a/b", "/up", ".hidden", "", "a\0b", "a\\b"])
def test_the_name_of_a_model_is_no_path(name: str) -> None:
    """It names folders and files."""
    assert "field `name`" in refused(name=name).message


@pytest.mark.parametrize(
    ("fields", "message", "hint"),
    [
        ({"learning_rte": 1.0}, "field `learning_rte`: there is no such field", "Did you mean learning_rate?"),
        ({"trainer": "ppo"}, "there is no trainer 'ppo'", "sft, dpo, orpo"),
        ({"trainer": None}, "no field `trainer`", "Choose one of"),
        ({"learning_rate": 0}, "field `learning_rate`: expected `float` > 0", ""),
        ({"max_cut_share": 2}, "field `max_cut_share`", ""),
        ({"lora": {"rank": 4}}, "there is no such field", "r, alpha"),
        ({"completion_only": "yes"}, "field `completion_only`", ""),
        ({"trainer": "orpo", "completion_only": True}, "field `completion_only`: there is no such field", ""),
        ({"evaluate": False, "eval_steps": 5}, "nothing is evaluated", "evaluate: true"),
        ({"format": "plain", "chat_template": "x.jinja"}, "plain prompts have none", "conversational"),
        ({"chat_template": "nowhere.jinja"}, "nowhere.jinja cannot be read", ""),
        ({"deepspeed": "nowhere.json"}, "nowhere.json cannot be read", ""),
        ({"against": ["bird_dev"], "overlap_by": []}, "nothing would count as an overlap", "Name at least one"),
        ({"trainer": "dpo", "loss": {}}, "field `loss`: it is empty", "sigmoid"),
        ({"trainer": "dpo", "loss": {"sft": 1.0}}, "sft alone prefers nothing", "trainer: sft"),
        ({"trainer": "grpo", "batch_size": 4, "generations": 8}, "are not divided by 8", "multiple of generations"),
        ({"name": "a b"}, "field `name`", ""),
        ({"log": "wandb"}, "field `log`", "none, tensorboard, trackio"),
    ],
)
def test_what_cannot_be_meant_is_an_error(fields: dict[str, Any], message: str, hint: str) -> None:
    """It names the field and what is allowed there."""
    error = refused(**fields)
    assert message in error.message
    assert hint in error.hint


def test_a_field_that_is_there_twice_is_an_error(tmp_path: Path) -> None:
    """YAML would silently take the last."""
    file = tmp_path / "twice.yaml"
    file.write_text("name: a\nname: b\n", "utf-8")
    with pytest.raises(TrainingRecipeError, match="line 2: the field `name` is there twice"):
        reading.read(file)


def test_files_of_a_recipe_are_read_into_it(tmp_path: Path) -> None:
    """Chat template and DeepSpeed configuration are taken from its folder, and a model keeps their text."""
    (tmp_path / "chat.jinja").write_text("{{ messages }}", "utf-8")
    (tmp_path / "zero.json").write_text('{"zero_optimization": {"stage": 2}}', "utf-8")
    recipe = reading.convert({**LEAST, "chat_template": "chat.jinja", "deepspeed": "zero.json"}, folder=tmp_path)
    assert recipe.chat_template == "{{ messages }}"
    assert reading.convert(reading.plain(recipe)) == recipe


def test_full_training_is_slower_by_default() -> None:
    """A tenth of an adapter's learning rate, unless the recipe says one."""
    adapter, full = reading.convert(LEAST), reading.convert({**LEAST, "lora": "none"})
    assert adapter.learning_rate == pytest.approx(RATES["sft"])
    assert full.learning_rate == pytest.approx(RATES["sft"] / 10)
    assert reading.convert({**LEAST, "lora": "none", "learning_rate": 3e-4}).learning_rate == pytest.approx(3e-4)


@given(st.dictionaries(st.sampled_from(["sigmoid", "ipo", "sft", "hinge"]), st.floats(0.01, 10), min_size=1))
def test_losses_keep_their_order_and_weights(losses: dict[str, float]) -> None:
    """TRL pairs losses with weights by their place."""
    if list(losses) == ["sft"]:
        return
    recipe = reading.convert({**LEAST, "trainer": "dpo", "loss": losses})
    assert isinstance(recipe, Dpo)
    assert list(recipe.loss.items()) == list(losses.items())


def test_nothing_here_needs_torch() -> None:
    """Recipes, guards and commands can be imported where no extra is installed."""
    blocked = "torch", "transformers", "trl", "peft", "datasets", "accelerate", "huggingface_hub"
    modules = "recipe", "reading", "guards", "lineage", "bases", "registry", "training", "card", "serving", "running", "loading"
    text = "import sys\n" + "".join(f"sys.modules[{name!r}] = None\n" for name in blocked)
    text += "".join(f"import text2sql_train.{name}\n" for name in modules)
    text += "import text2sql_train.commands.train, text2sql_train.commands.model\n"
    subprocess.run([sys.executable, "-c", text], check=True, cwd=ROOT)
