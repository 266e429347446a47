"""The model card: what a model was trained from, how, what was measured, and how to use it. Written beside the weights.

Everything in it is read from the model's row and its pin; nothing is guessed.
"""

import functools
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import yaml

from text2sql_data.models.folders import ModelFilesError
from text2sql_train import serving
from text2sql_train.bases import CARD, BaseModelError
from text2sql_train.registry import Model

if TYPE_CHECKING:
    from store.pins import Pin

_FIRST = ("loss", "rewards/accuracies", "rewards/margins", "accuracy", "margin", "mean_token_accuracy")
_TAGS = {"dpo": ["dpo"], "orpo": ["orpo"], "kto": ["kto"], "reward": ["reward-trainer"], "grpo": ["grpo"], "sft": ["sft"]}
_POINTS = 12


def write(model: Model, pin: "Pin", folder: Path) -> None:
    """Write the card into the folder of a model."""
    (folder / CARD).write_text(render(model, pin), "utf-8")


def render(model: Model, pin: "Pin") -> str:
    """The card as Markdown."""
    return _template().render(
        header=yaml.safe_dump(_header(model), sort_keys=False).strip(),
        model=model,
        base=model.base or {},
        pin=pin,
        recipe=yaml.safe_dump(
            {name: value for name, value in model.recipe.items() if value is not None}, sort_keys=False
        ).strip(),
        metrics=metrics(model.summary),
        curve=_thinned(model.summary.get("curve", [])),
        rows=model.summary.get("rows", {}),
        lengths=model.summary.get("lengths", {}),
        serve=_served(model),
    )


def metrics(summary: Mapping[str, Any]) -> dict[str, float]:
    """What the last evaluation measured, the figures that people ask for first."""
    found = {name: value for name, value in dict(summary.get("metrics", {})).items() if name not in {"epoch", "step"}}
    return {name: found[name] for name in [*(one for one in _FIRST if one in found), *sorted(found.keys() - set(_FIRST))]}


def _served(model: Model) -> str | None:
    try:
        return serving.shown(serving.command(model))
    except (BaseModelError, ModelFilesError):  # not one that vLLM serves, or its folder is gone
        return None


def _header(model: Model) -> dict[str, Any]:
    """The metadata of the hub; a folder of this machine is no name of a base model."""
    base = model.base or {}
    header: dict[str, Any] = {"library_name": "transformers" if model.recipe["lora"] == "none" else "peft"}
    if base.get("revision"):
        header["base_model"] = base["name"]
    return {**header, "tags": ["text-to-sql", "trl", *_TAGS.get(model.kind, [])]}


def _thinned(curve: list[dict[str, float]]) -> list[dict[str, float]]:
    """Some points of the loss curve, the first and the last among them."""
    points = [point for point in curve if "loss" in point]
    step = max(1, -(-len(points) // _POINTS))
    return [*points[:-1:step], *points[-1:]]


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - Markdown
    return environment.from_string((files("text2sql_train") / "templates" / "card.md.j2").read_text("utf-8"))
