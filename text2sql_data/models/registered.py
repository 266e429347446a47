"""Models as they are registered in the lake: found by name@version, with their folder, their files and their lineage.

Weights of language models stay in their folder; a row never changes. Rows are written by who trains.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from store import Lake, StoreError
from text2sql_data.models.folders import ModelFilesError, folder_digest, same_weights

_SQL = files("text2sql_data.models") / "sql"

REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*@[1-9][0-9]*")
"""How a model of the lake is cited."""

LANGUAGE_MODELS = ("sft", "dpo", "orpo", "kto", "reward", "grpo")
"""The kinds of models whose weights are in a folder."""


class ModelNotFoundError(StoreError, LookupError):
    """There is no such model in the lake."""


class Model(NamedTuple):
    """A model of the lake.

    Attributes:
        name: Its name.
        version: Its version, from 1.
        kind: The trainer, or feature_selector.
        pin: What it was trained on, as name@version.
        base: What training began with; None when with nothing.
        recipe: How, with every default written out.
        seed: Seed of the training.
        versions: Versions of code and libraries, and the hardware.
        summary: Metrics, curve, counts of rows.
        path: Folder of its weights; None when they are in the lake.
        sha256: Over the files of the folder, or of the weights.
        added: When it was registered, in UTC.
    """

    name: str
    version: int
    kind: str
    pin: str | None
    base: Mapping[str, Any] | None
    recipe: Mapping[str, Any]
    seed: int
    versions: Mapping[str, Any]
    summary: Mapping[str, Any]
    path: str | None
    sha256: str
    added: datetime

    @property
    def ref(self) -> str:
        """How it is cited: name@version."""
        return f"{self.name}@{self.version}"


def models(lake: Lake) -> list[Model]:
    """All models, by name and version."""
    rows = lake.sql((_SQL / "models.sql").read_text("utf-8")).fetchall()
    return [_model(row) for row in rows]


def find(lake: Lake, ref: str) -> Model:
    """The model of a reference: `name@version`, or the latest version of `name`.

    Raises:
        ModelNotFoundError: There is none; the hint says which there are.
    """
    name, at, number = ref.partition("@")
    known = models(lake)
    versions = [one for one in known if one.name == name]
    if not at and versions:
        return versions[-1]
    for one in versions:
        if str(one.version) == number:
            return one
    listed = ", ".join(one.ref for one in versions or known)
    hint = f"There {'is' if len(versions or known) == 1 else 'are'}: {listed}." if known else "There is none yet."
    raise ModelNotFoundError(f"There is no model {ref} in the lake.", f"{hint} Make one with: t2s train RECIPE")


def folder(model: Model) -> Path:
    """The folder of a model's weights.

    Raises:
        ModelFilesError: It has none, or it is gone.
    """
    if model.path is None:
        raise ModelFilesError(f"{model.ref} has no folder: its weights are in the lake.", "It is used by: t2s select run")
    path = Path(model.path)
    if not path.is_dir():
        raise ModelFilesError(
            f"The folder of {model.ref} is gone: {path}.", "Move it back, or train again: t2s train RECIPE --force"
        )
    return path


def verified(model: Model) -> Path:
    """The folder of a model, whose files are those that were registered.

    Raises:
        ModelFilesError: It has none, it is gone, or a file of it is another one.
    """
    path = folder(model)
    if folder_digest(path) != model.sha256:
        raise ModelFilesError(
            f"The files in {path} are not those of {model.ref} any more.",
            "Restore them, or train it again: t2s train RECIPE --force",
        )
    return path


def in_folder(lake: Lake, folder: Path, sha256: str | None = None) -> list[Model]:
    """The language models that a folder holds, wherever it lies: by all its files, or else by its weights alone.

    Weights are compared with those in the folders of models that are still there. Nothing is read where no model is registered.
    A training that changed no weight, as GRPO without a reward, does not make its base a model that was trained.

    Args:
        lake: The lake.
        folder: The folder.
        sha256: Over its files, where that is known already.
    """
    known = [one for one in models(lake) if one.kind in LANGUAGE_MODELS]
    if not known:
        return []
    digest = sha256 or folder_digest(folder)
    trained = [one for one in known if one.path is not None and one.summary.get("weights_changed", True)]
    return [one for one in known if one.sha256 == digest] or [
        one for one in trained if Path(str(one.path)).is_dir() and same_weights(folder, Path(str(one.path)))
    ]


def lineage(model: Model) -> list[str]:
    """The pins that a model and the models before it learnt from, as name@version, its own first."""
    before = (model.base or {}).get("pins") or []
    return list(dict.fromkeys([*([model.pin] if model.pin else []), *before]))


def base_digest(lake: Lake, model: Model) -> str | None:
    """The sha256 over the files of the model under an adapter; None where it is not known.

    An adapter that was trained further has the adapter before it as its base, which knows the model under both.
    """
    base = model.base or {}
    if base.get("adapter_of") is None:
        return base.get("sha256")
    name = str(base.get("name"))
    return base_digest(lake, find(lake, name)) if REF.fullmatch(name) else None


def _model(row: tuple[Any, ...]) -> Model:
    values = dict(zip(Model._fields, row, strict=True))
    for name in ("base", "recipe", "versions", "summary"):
        values[name] = None if values[name] is None else json.loads(values[name])
    return Model(**values)
