"""Trained models on their way into the lake: registered once, with all that it takes to trace and to repeat them.

Weights stay in their folder; the lake keeps the sha256 of its files. How they are found is `text2sql_data.models.registered`.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from store.ids import JSON, canonical_json, short_id
from store.turns import turn
from text2sql_data.models.folders import folder_digest, same_weights
from text2sql_data.models.registered import Model, find, folder, lineage, models
from text2sql_train import reading

if TYPE_CHECKING:
    from store import Lake
    from store.pins import Pin
    from text2sql_train.bases import Base
    from text2sql_train.recipe import Recipe

__all__ = ["Model", "find", "folder", "identity", "lineage", "models", "register", "registered_folders", "same"]

_NOT_OF_THE_TRAINING = frozenset({"base", "log", "output", "revision", "save_steps"})


def same(lake: "Lake", recipe: "Recipe", pin: "Pin", base: "Base") -> Model | None:
    """The latest model of the same training that still is what it was in its folder, if there is one."""
    wanted = identity(recipe, pin, base)
    for model in reversed(models(lake)):
        if model.summary.get("training") == wanted and model.path is not None and Path(model.path).is_dir():
            return model if folder_digest(Path(model.path)) == model.sha256 else None
    return None


def identity(recipe: "Recipe", pin: "Pin", base: "Base") -> str:
    """What a training is, as 12 hex digits: recipe, rows and base, but not where the result goes, nor how the base is called."""
    said = {name: value for name, value in reading.plain(recipe).items() if name not in _NOT_OF_THE_TRAINING}
    return short_id({"recipe": said, "pin": pin.ref, "digest": pin.digest, "base": base.sha256})


def register(
    lake: "Lake",
    *,
    kind: str,
    recipe: Mapping[str, JSON],
    pin: "Pin",
    base: "Base",
    versions: Mapping[str, JSON],
    summary: Mapping[str, JSON],
    path: Path,
    arguments: list[str] | None = None,
) -> Model:
    """Put a trained model under the next version of its name, in one commit.

    Args:
        lake: The lake.
        kind: The trainer.
        recipe: With every default written out.
        pin: What it was trained on.
        base: What training began with.
        versions: Of code and libraries, and the hardware.
        summary: Metrics, curve, counts of rows.
        path: Folder of the weights.
        arguments: Recorded with the snapshot.
    """
    name = str(recipe["name"])
    told = {**summary, "weights_changed": not (base.folder.is_dir() and same_weights(base.folder, path))}
    with turn(lake.address, "model"):  # versions are given one after the other
        version = max((one.version for one in models(lake) if one.name == name), default=0) + 1
        row = {
            "name": name,
            "version": version,
            "kind": kind,
            "pin_name": pin.name,
            "pin_version": pin.version,
            "base": canonical_json(base.record()),
            "recipe": canonical_json(dict(recipe)),
            "seed": recipe["seed"],
            "versions": canonical_json(dict(versions)),
            "summary": json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False),
            "path": str(path.resolve()),
            "sha256": folder_digest(path),
            "added": datetime.now(UTC).replace(tzinfo=None),
        }
        with lake.commit(f"model {name}@{version}", command="train", arguments=arguments) as commit:
            commit.append("models", [row])
    return find(lake, f"{name}@{version}")


def registered_folders(lake: "Lake") -> Iterator[Path]:
    """The folders of all models."""
    for model in models(lake):
        if model.path is not None:
            yield Path(model.path)
