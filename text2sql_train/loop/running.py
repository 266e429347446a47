"""Runs the loop: each step is a command of `t2s`, shown as it runs, so that anybody can run it alone.

Every command does only what is missing. A loop that was interrupted goes on with the same command; steps that were done before
say so in moments. What was done and how long it took is in `steps.jsonl`.
"""

import json
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec
import yaml

from store.ids import file_sha256
from text2sql_data.comparators import comparator
from text2sql_data.datasets import reading as pin_reading
from text2sql_data.rollouts import agents
from text2sql_train import reading
from text2sql_train.loop.config import Loop, LoopConfigError
from text2sql_train.loop.steps import PROMPT, Stage, Step, prompt, rollout, stages, steps, training
from text2sql_train.scratch_model import require_shape

RECORD = "loop.json"
QUESTIONS = "questions.json"


class StepError(click.ClickException):
    """A step said no: the loop ends with its exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.exit_code: int = code  # type: ignore[misc]  # click has one for the class


def check(config: Loop, folder: Path, beside: Path) -> list[Step]:
    """See that every file of every step would be taken by its command, before anything is done.

    Args:
        config: The configuration.
        folder: Folder of the loop.
        beside: Folder of the configuration.

    Returns:
        All steps.

    Raises:
        LoopConfigError: The folder belongs to another configuration, or a file is not there.
        StoreError: A field of a training, or of a sampling, is wrong; the message says which.
    """
    _require_same(config, folder)
    folder.mkdir(parents=True, exist_ok=True)
    if prompt(config, beside) == "prompt.j2":
        (folder / "prompt.j2").write_text(PROMPT, "utf-8")
    _check_names(config, beside)
    found = list(steps(config, folder, beside))
    for step in found:
        if step.words[:2] == ["pin", "create"]:
            pin_reading.convert(step.content, where=f"{step.title}", folder=folder)
    for stage in stages(config):
        reading.convert(training(config, folder, beside, stage), where=f"the training {stage.name}", folder=folder)
        _check_rollouts(config, beside, stage, folder)
    return found


def run(
    config: Loop, path: Path, found: list[Step], folder: Path, invoke: Callable[[list[str]], object]
) -> list[tuple[Step, float]]:
    """Do all steps in order.

    Args:
        config: The configuration.
        path: Folder of the lake.
        found: The steps.
        folder: Folder of the loop.
        invoke: Runs a command of `t2s`, and returns its exit code.

    Returns:
        Each step with its seconds.

    Raises:
        StepError: A step ended with another exit code than 0.
    """
    took: list[tuple[Step, float]] = []
    _write(folder / RECORD, json.dumps(_said(config), indent=1) + "\n")
    for number, step in enumerate(found, 1):
        if step.file is not None:
            _write(folder / step.file, yaml.safe_dump(step.content, sort_keys=False, allow_unicode=True))
        words = ["--lake", str(path), *step.words]
        click.secho(f"\n[{number}/{len(found)}] {step.title}", bold=True, err=True)
        click.secho(f"$ t2s {shlex.join(words)}", dim=True, err=True)
        begun = time.monotonic()
        sys.argv = ["t2s", *words]  # what is recorded with the snapshot is the command as shown
        code = invoke(words)
        took.append((step, time.monotonic() - begun))
        with (folder / "steps.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"command": step.words, "seconds": round(took[-1][1], 2), "exit_code": code or 0}) + "\n")
        if isinstance(code, int) and code:
            raise StepError(f"The step {number} of {len(found)} ended with exit code {code}: {step.title}.", code)
        if step.words[:2] == ["benchmark", "generate"]:
            _require_same_questions(folder)
    return took


def _check_names(config: Loop, beside: Path) -> None:
    """The comparator is there, and so are the files."""
    comparator(config.comparator)
    if config.model is not None:
        require_shape(config.model)
    said = [config.task.databases] if config.task else []
    said += list(msgspec.structs.astuple(config.benchmarks)) if config.benchmarks else []
    for name in said:
        if name is not None and not (beside / name).exists():
            raise LoopConfigError(f"There is no {beside / name}.", "Paths begin at the configuration's folder.")


def _said(config: Loop) -> dict[str, Any]:
    """A configuration but for the number of iterations: more may be added."""
    return dict(msgspec.to_builtins(config)) | {"iterations": None}


def _require_same(config: Loop, folder: Path) -> None:
    """One folder is for one configuration."""
    said, record = _said(config), folder / RECORD
    if not record.is_file():
        return
    try:
        before = json.loads(record.read_text("utf-8"))
    except ValueError as error:
        raise LoopConfigError(f"{record} cannot be read: {error}", "Remove it, if the folder is that of this loop.") from error
    if changed := sorted(name for name in said if said[name] != before.get(name)):
        raise LoopConfigError(
            f"{folder} belongs to a loop with another configuration: {', '.join(changed)} changed.",
            "Give another folder with --folder, or remove that one.",
        )


def _require_same_questions(folder: Path) -> None:
    """The questions of a loop stay: another version of the templates would make others, and a mixture of both."""
    files = sorted((folder / "task").glob("*.json"))
    said = {file.name: file_sha256(file) for file in files}
    record = folder / QUESTIONS
    if record.is_file() and json.loads(record.read_text("utf-8")) != said:
        raise LoopConfigError(
            f"The questions in {folder / 'task'} are not those that this loop began with.",
            "They were made by another version. Begin again in another folder: --folder",
        )
    _write(record, json.dumps(said, indent=1) + "\n")


def _check_rollouts(config: Loop, beside: Path, stage: Stage, folder: Path) -> None:
    for what in ("test", "greedy", "rollout"):
        file = folder / f"{stage.name}.{what}.yaml"
        _write(file, yaml.safe_dump(rollout(config, beside, stage, what), sort_keys=False, allow_unicode=True))
        agents.askers(agents.read(file), folder)


def _write(file: Path, text: str) -> None:
    """A file appears whole, or not at all."""
    partial = file.with_name(f".{file.name}.partial")
    partial.write_text(text, "utf-8")
    partial.replace(file)
