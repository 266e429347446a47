"""From a recipe to a registered model: what is wrong is found before the model is loaded, and nothing is trained twice.

A training has a folder of its own, named after what it is. One that was killed goes on there, from its last whole checkpoint; one
that is done is reused. One process at a time trains there; under `accelerate launch` every process comes here, and the first one
holds the lock, cleans up and registers.
"""

import json
import os
import shutil
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from store import pins
from store.ids import JSON
from store.loading import load
from text2sql_data.datasets import auditing
from text2sql_train import bases, card, guards, lineage, locking, provenance, reading, registry
from text2sql_train.bases import Base
from text2sql_train.locking import TrainingRunningError
from text2sql_train.reading import TrainingRecipeError
from text2sql_train.recipe import KINDS, Dpo, Grpo, Kto, Orpo, Recipe, Reward, Sft, trainer
from text2sql_train.settings import CHECKPOINTS, LOGS

if TYPE_CHECKING:
    from store import Lake
    from store.pins import Pin
    from text2sql_train.loading import Hardware
    from text2sql_train.registry import Model
    from text2sql_train.running import Data, Trained

RECORD = "training.json"
"""Written last into the folder of a model, so that a folder without it is an unfinished training."""


class Plan(NamedTuple):
    """A training that may begin.

    Attributes:
        recipe: The recipe.
        pin: What is learnt.
        base: What it begins with.
        training: What it is, as 12 hex digits: the same recipe, pin and base are the same training.
        rows: For each split what its guard counted.
        lengths: For each split what the trainer does to long rows.
        known: The model that the same training gave before.
        folder: Folder of the model.
        checkpoint: The step from which it goes on; None when it begins anew.
    """

    recipe: Recipe
    pin: "Pin"
    base: Base
    training: str
    rows: dict[str, JSON]
    lengths: dict[str, JSON]
    known: "Model | None"
    folder: Path
    checkpoint: int | None


class Done(NamedTuple):
    """What came of a recipe.

    Attributes:
        plan: The training.
        model: The model; None after a dry run, and in all processes but the first.
        reused: Whether it was there before, so that nothing was trained.
    """

    plan: Plan
    model: "Model | None"
    reused: bool


def plan(lake: "Lake", recipe: Recipe, *, force: bool = False) -> Plan:
    """Look at all that a training needs and may not have; no model is loaded.

    Args:
        lake: The lake.
        recipe: The training.
        force: What was trained before is planned again, in a folder of its own.

    Raises:
        TrainingRecipeError: The pin is of a kind that the trainer does not take, or lacks a split; or a package is missing.
        PinNotFoundError: There is no such pin.
        BaseModelError: There is no such model to begin with.
        TrainingRowsError: Rows are not to be learnt from.
        TrainingLeakError: It would be evaluated on what it learns from.
        TooLongError: More rows are too long than the recipe allows.
    """
    from text2sql_train.running import last_checkpoint, step_of

    pin = _pin(lake, recipe)
    rows = {split: _rows(lake, pin, split) for split in _splits(recipe)}
    counted: dict[str, JSON] = {
        split: dict(guards.look_at_rows(found, split, recipe, pin=pin.ref, kind=pin.kind)) for split, found in rows.items()
    }
    base = bases.find(lake, recipe.base, recipe.revision)
    lineage.require_apart(lake, recipe, pin, base.pins)
    training = registry.identity(recipe, pin, base)
    if not force and (known := registry.same(lake, recipe, pin, base)) is not None:
        path = registry.folder(known)
        return Plan(recipe, pin, base, training, counted, known.summary["lengths"], known, path, None)  # they were counted then
    reading.require_packages(recipe)
    tokenizer: Any = auditing.load(str(base.folder))
    if recipe.chat_template is not None:
        tokenizer.chat_template = recipe.chat_template
    lengths = guards.look_at_lengths(rows, recipe, tokenizer, name=recipe.base)
    folder = _folder(lake, recipe, training)
    checkpoint = last_checkpoint(folder)
    step = None if checkpoint is None else step_of(checkpoint)
    return Plan(recipe, pin, base, training, counted, lengths, None, folder, step)


def train(
    lake: "Lake", recipe: Recipe, *, force: bool = False, dry_run: bool = False, arguments: list[str] | None = None
) -> Done:
    """Train by a recipe, unless it was done before, and register the model.

    Args:
        lake: The lake.
        recipe: The training.
        force: Train again what was trained before; it becomes the next version.
        dry_run: Look at everything, and train nothing.
        arguments: Recorded with the snapshot.

    Raises:
        StoreError: See `plan`.
        TrainingRunningError: Another process does the same training.
    """
    planned = plan(lake, recipe, force=force)
    if planned.known is not None:
        return Done(planned, planned.known, reused=True)
    if dry_run:
        return Done(planned, None, reused=False)
    from text2sql_train import loading, running

    running.be_quiet()
    on = loading.hardware(recipe)
    planned.folder.mkdir(parents=True, exist_ok=True)
    if not is_first():
        _trained(lake, planned, _data(lake, planned), on)
        return Done(planned, None, reused=False)
    with locking.alone(planned.folder):
        return Done(planned, _first(lake, planned, on, arguments), reused=False)


def _first(lake: "Lake", planned: Plan, on: "Hardware", arguments: list[str] | None) -> "Model":
    """What the process that holds the lock does: clean up, train, register."""
    from text2sql_train import running

    if _folder(lake, planned.recipe, planned.training) != planned.folder:
        raise TrainingRunningError(
            f"This training was running until now, in {planned.folder}.", "Give the same command again: it has the model."
        )
    running.remove_unfinished(planned.folder)
    with redirect_stdout(sys.stderr):  # what libraries and loggers print is no data
        trained = _trained(lake, planned, _data(lake, planned), on)
    bases.name_base(planned.folder, planned.base)
    model = registry.register(
        lake,
        kind=trainer(planned.recipe),
        recipe=reading.plain(planned.recipe),
        pin=planned.pin,
        base=planned.base,
        versions=provenance.versions(on),
        summary=_summary(planned, trained),
        path=planned.folder,
        arguments=arguments,
    )
    card.write(model, planned.pin, planned.folder)
    tidy(planned.folder)
    (planned.folder / RECORD).write_text(json.dumps({"ref": model.ref, "training": planned.training}), "utf-8")
    return model


def is_first() -> bool:
    """Whether this is the first of the processes that `accelerate launch` started, or the only one."""
    return int(os.environ.get("RANK", "0")) == 0


def tidy(folder: Path) -> None:
    """Remove the checkpoints of a training that is done; what was logged for TensorBoard lies among them, and is kept."""
    logged = folder / CHECKPOINTS / "runs"
    if logged.is_dir():
        shutil.move(logged, folder / LOGS)
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)


def _trained(lake: "Lake", planned: Plan, data: "Data", on: "Hardware") -> "Trained":
    """The trainer of the recipe, run."""
    recipe, base, folder = planned.recipe, planned.base, planned.folder
    match recipe:
        case Sft():
            from text2sql_train import sft

            return sft.train(recipe, base, data, folder, on)
        case Dpo():
            from text2sql_train import dpo

            return dpo.train(recipe, base, data, folder, on)
        case Orpo():
            from text2sql_train import orpo

            return orpo.train(recipe, base, data, folder, on)
        case Kto():
            from text2sql_train import kto

            return kto.train(recipe, base, data, folder, on)
        case Reward():
            from text2sql_train import reward

            return reward.train(recipe, base, data, folder, on)
        case Grpo():
            from text2sql_train import grpo
            from text2sql_train.execution_reward import ExecutionReward

            judge = ExecutionReward(lake, scale=recipe.reward, comparator_name=recipe.comparator)
            return grpo.train(recipe, base, data, folder, on, judge)


def _pin(lake: "Lake", recipe: Recipe) -> "Pin":
    """The pin of a recipe, which the trainer can take."""
    pin = pins.find(lake, recipe.pin)
    kinds = KINDS[trainer(recipe)]
    if pin.kind not in kinds:
        able = [name for name, taken in KINDS.items() if pin.kind in taken]
        hint = f"{pin.kind} is for: {', '.join(able)}." if able else f"No trainer here takes {pin.kind}."
        raise TrainingRecipeError(f"{trainer(recipe)} does not take {pin.ref}, which is of the kind {pin.kind}.", hint)
    there = pins.splits(lake, pin)
    if "train" not in there:
        raise TrainingRecipeError(f"{pin.ref} has no split train.", f"It has: {', '.join(there) or 'no row'}.")
    if recipe.evaluate and "validation" not in there:
        raise TrainingRecipeError(
            f"{pin.ref} has no split validation, and rows of train are not evaluated instead.",
            "Pin it with split: {fractions: {train: 0.9, validation: 0.1}}, or set evaluate: false.",
        )
    pins.check(lake, pin)
    return pin


def _splits(recipe: Recipe) -> tuple[str, ...]:
    return ("train", "validation") if recipe.evaluate else ("train",)


def _rows(lake: "Lake", pin: "Pin", split: str) -> list[dict[str, Any]]:
    return [row for batch in pins.rows(lake, pin.ref, split) for row in batch.to_pylist()]


def _data(lake: "Lake", planned: Plan) -> "Data":
    """The rows as the trainer takes them."""
    from text2sql_train.running import Data

    loaded = load(planned.pin.ref, lake)
    return Data(loaded["train"], loaded["validation"] if planned.recipe.evaluate else None)


def _folder(lake: "Lake", recipe: Recipe, training: str) -> Path:
    """The folder of a training: that of an unfinished one, or one that is not there yet."""
    taken = {path.resolve() for path in registry.registered_folders(lake)}
    number = 1
    while True:
        folder = Path(recipe.output) / recipe.name / (training if number == 1 else f"{training}-{number}")
        if folder.resolve() not in taken and not (folder / RECORD).exists():
            return folder
        number += 1


def _summary(planned: Plan, trained: "Trained") -> dict[str, JSON]:
    return {
        "training": planned.training,
        "pin": {"ref": planned.pin.ref, "digest": planned.pin.digest, "parents": list(planned.pin.parents)},
        "rows": planned.rows,
        "lengths": planned.lengths,
        **msgspec.to_builtins(trained._asdict()),
    }
