"""Trained models in the lake: registered once, found by name@version, with all that it takes to trace and to repeat them.

Weights stay in their folder; the lake keeps the sha256 of its files. A row never changes.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from store.ids import JSON, canonical_json, short_id
from store.maintenance import turn
from text2sql_train import bases, reading
from text2sql_train.bases import BaseModelError

if TYPE_CHECKING:
    from store import Lake
    from store.pins import Pin
    from text2sql_train.bases import Base
    from text2sql_train.recipe import Recipe

_SQL = files("text2sql_train") / "sql"

LANGUAGE_MODELS = ("sft", "dpo", "orpo", "kto", "reward", "grpo")
"""The kinds of models that are trained here."""

_NOT_OF_THE_TRAINING = frozenset({"base", "log", "output", "revision", "save_steps"})


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


def models(lake: "Lake") -> list[Model]:
    """All models, by name and version."""
    rows = lake.sql((_SQL / "models.sql").read_text("utf-8")).fetchall()
    return [_model(row) for row in rows]


def find(lake: "Lake", ref: str) -> Model:
    """The model of a reference: `name@version`, or the latest version of `name`.

    Raises:
        ModelNotFoundError: There is none; the hint says which there are.
    """
    from text2sql_data.selection.fitting.models import ModelNotFoundError

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


def same(lake: "Lake", recipe: "Recipe", pin: "Pin", base: "Base") -> Model | None:
    """The latest model of the same training that still is what it was in its folder, if there is one."""
    wanted = identity(recipe, pin, base)
    for model in reversed(models(lake)):
        if model.summary.get("training") == wanted and model.path is not None and Path(model.path).is_dir():
            return model if bases.folder_digest(Path(model.path)) == model.sha256 else None
    return None


def identity(recipe: "Recipe", pin: "Pin", base: "Base") -> str:
    """What a training is, as 12 hex digits: recipe, rows and base, but not where the result goes, nor how the base is called."""
    said = {name: value for name, value in reading.plain(recipe).items() if name not in _NOT_OF_THE_TRAINING}
    return short_id({"recipe": said, "pin": pin.ref, "digest": pin.digest, "base": base.sha256})


def folder(model: Model) -> Path:
    """The folder of a model's weights.

    Raises:
        BaseModelError: It has none, or it is gone.
    """
    if model.path is None:
        raise BaseModelError(f"{model.ref} has no folder: its weights are in the lake.", "It is used by: t2s select run")
    path = Path(model.path)
    if not path.is_dir():
        raise BaseModelError(
            f"The folder of {model.ref} is gone: {path}.", "Move it back, or train again: t2s train RECIPE --force"
        )
    return path


def lineage(model: Model) -> list[str]:
    """The pins that a model and the models before it learnt from, as name@version, its own first."""
    before = (model.base or {}).get("pins") or []
    return list(dict.fromkeys([*([model.pin] if model.pin else []), *before]))


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
    with turn(lake.folder, "model.lock"):  # versions are given one after the other
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
            "summary": json.dumps(summary, sort_keys=True, separators=(",", ":"), allow_nan=False),
            "path": str(path.resolve()),
            "sha256": bases.folder_digest(path),
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


def _model(row: tuple[Any, ...]) -> Model:
    values = dict(zip(Model._fields, row, strict=True))
    for name in ("base", "recipe", "versions", "summary"):
        values[name] = None if values[name] is None else json.loads(values[name])
    return Model(**values)
