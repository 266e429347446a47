"""Reading a recipe of a training: YAML to a structure with every default written out, or an error that says what is allowed.

What it names in the lake (the pin, a model) is looked for later, by `planning`.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from store import StoreError
from text2sql_data import structures
from text2sql_train.recipe import RATES, TRAINERS, Dpo, Grpo, Recipe, Reward, trainer

PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")
"""What training needs besides: the extra `train`."""


class TrainingRecipeError(StoreError, ValueError):
    """A recipe of a training says something that cannot be trained."""


def read(path: Path) -> Recipe:
    """The recipe in a YAML file. Paths of a chat template and of a DeepSpeed configuration are taken from its folder.

    Raises:
        TrainingRecipeError: The file cannot be read, or is no recipe; the message says where, the hint what is allowed.
    """
    return decode(structures.read_text(path, "recipe", TrainingRecipeError), where=str(path), folder=path.parent)


def decode(text: str, *, where: str = "the recipe", folder: Path = Path()) -> Recipe:
    """A recipe from the text of YAML, or of JSON.

    Raises:
        TrainingRecipeError: It is no recipe.
    """
    return convert(structures.decode(text, where, TrainingRecipeError), where=where, folder=folder)


def convert(value: object, *, where: str = "the recipe", folder: Path = Path()) -> Recipe:
    """A recipe from what YAML or JSON was read into.

    Raises:
        TrainingRecipeError: It is no recipe.
    """
    if not isinstance(value, dict):
        raise TrainingRecipeError(f"{where} is no recipe: it holds no fields.", "Begin with: name: NAME, and trainer: sft")
    named = value.get("trainer")
    if named not in TRAINERS:
        said = " has no field `trainer`." if named is None else f", field `trainer`: there is no trainer {named!r}."
        raise TrainingRecipeError(f"{where}{said}", f"Choose one of: {', '.join(TRAINERS)}.")
    if "pin" in value and not _is_pin(value["pin"]):
        raise TrainingRecipeError(
            f"{where}, field `pin`: {value['pin']!r} is not a pinned dataset.",
            "Give name@version, such as demo_sft@1: files are not trained on. See: t2s pin list",
        )
    return _complete(structures.convert(value, TRAINERS[str(named)], where, TrainingRecipeError), where, folder)


def plain(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON has it, every default written out: what a model keeps, and what `convert` reads back."""
    return dict(msgspec.to_builtins(recipe, order="deterministic"))


def require_packages(recipe: Recipe) -> None:
    """See that everything is installed that the training needs, without importing it.

    Raises:
        TrainingRecipeError: Something is not.
    """
    if missing := [name for name in PACKAGES if find_spec(name) is None]:
        raise TrainingRecipeError(f"Training needs {', '.join(missing)}.", "Run: pip install 'text2sql-store[train]'")
    wanted: list[str] = [recipe.log] if recipe.log != "none" else []
    wanted += ["deepspeed"] if recipe.deepspeed is not None else []
    for name in wanted:
        if find_spec(name) is None:
            raise TrainingRecipeError(f"The recipe needs {name}, which is not installed.", f"Run: pip install {name}")


def _is_pin(value: object) -> bool:
    name, at, version = str(value).rpartition("@")
    return bool(name and at) and version.isdecimal() and int(version) > 0 and "/" not in name


def _complete(recipe: Recipe, where: str, folder: Path) -> Recipe:
    """Fill the defaults that depend on other fields, and refuse what does not go together."""
    if recipe.format == "plain" and recipe.chat_template is not None:
        raise TrainingRecipeError(f"{where}, field `chat_template`: plain prompts have none.", "Set format: conversational.")
    full = recipe.lora == "none"
    changes: dict[str, Any] = {
        "learning_rate": recipe.learning_rate or RATES[trainer(recipe)] * (0.1 if full else 1.0),
        "eval_batch_size": recipe.eval_batch_size or (recipe.generations if isinstance(recipe, Grpo) else recipe.batch_size),
        "chat_template": _chat_template(recipe, where, folder),
        "deepspeed": _deepspeed(recipe, where, folder),
    }
    if recipe.eval_steps is not None and not recipe.evaluate:
        raise TrainingRecipeError(f"{where}, field `eval_steps`: nothing is evaluated.", "Set evaluate: true, or leave it out.")
    if recipe.device == "cpu" and recipe.deepspeed is not None:
        raise TrainingRecipeError(f"{where}, field `deepspeed`: it is for GPUs.", "Set device: auto, or leave it out.")
    if not recipe.overlap_by and recipe.against:
        raise TrainingRecipeError(f"{where}, field `overlap_by`: nothing would count as an overlap.", "Name at least one.")
    if isinstance(recipe, Dpo):
        _check_losses(recipe, where)
    if isinstance(recipe, Grpo) and (recipe.eval_batch_size or 0) % recipe.generations:
        raise TrainingRecipeError(f"{where}, field `eval_batch_size`: it is no multiple of generations.", "Leave it out.")
    if isinstance(recipe, Grpo) and (recipe.batch_size * recipe.accumulation) % recipe.generations:
        raise TrainingRecipeError(
            f"{where}, field `generations`: {recipe.batch_size} times {recipe.accumulation} completions a step are not divided by"
            f" {recipe.generations}.",
            "Set batch_size times accumulation to a multiple of generations.",
        )
    if isinstance(recipe, Reward) and recipe.lora != "none" and recipe.lora.target_modules == []:
        raise TrainingRecipeError(f"{where}, field `lora.target_modules`: it is empty.", "Name layers, or say all-linear.")
    return msgspec.structs.replace(recipe, **changes)


def _check_losses(recipe: Dpo, where: str) -> None:
    if not recipe.loss:
        raise TrainingRecipeError(
            f"{where}, field `loss`: it is empty.", "Leave it out, or say such as {sigmoid: 1.0, sft: 0.5}."
        )
    if list(recipe.loss) == ["sft"]:
        raise TrainingRecipeError(f"{where}, field `loss`: sft alone prefers nothing.", "Add another loss, or use trainer: sft.")
    if recipe.label_smoothing and "robust" not in recipe.loss and "sigmoid" not in recipe.loss:
        raise TrainingRecipeError(f"{where}, field `label_smoothing`: no loss there uses it.", "Use sigmoid or robust.")


def _chat_template(recipe: Recipe, where: str, folder: Path) -> str | None:
    """The text of the chat template; a text that was read before, which a model keeps, stays as it is."""
    given = recipe.chat_template
    if given is None or "{" in given:
        return given
    return structures.read_text(folder / given, f"chat template of {where},", TrainingRecipeError)


def _deepspeed(recipe: Recipe, where: str, folder: Path) -> str | None:
    """The DeepSpeed configuration as JSON; one that was read before stays as it is."""
    given = recipe.deepspeed
    if given is None or given.startswith("{"):
        return given
    text = structures.read_text(folder / given, f"DeepSpeed configuration of {where},", TrainingRecipeError)
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError as error:
        raise TrainingRecipeError(f"{where}, field `deepspeed`: {given} is not JSON: {error}") from error
