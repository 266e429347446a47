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

import click
import msgspec
import yaml

from text2sql_data.datasets import reading as pin_reading
from text2sql_data.rollouts import agents
from text2sql_train import reading
from text2sql_train.loop.config import Loop, LoopConfigError
from text2sql_train.loop.steps import PROMPT, Stage, Step, prompt, rollout, stages, steps, training

RECORD = "loop.json"


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
        LoopConfigError: The folder belongs to another configuration.
        StoreError: A field of a training, or of a sampling, is wrong; the message says which.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _claim(config, folder)
    if prompt(config, beside) == "prompt.j2":
        (folder / "prompt.j2").write_text(PROMPT, "utf-8")
    found = list(steps(config, folder, beside))
    for step in found:
        if step.words[:2] == ["pin", "create"]:
            pin_reading.convert(step.content, where=f"{step.title}", folder=folder)
    for stage in stages(config):
        reading.convert(training(config, folder, stage), where=f"the training {stage.name}", folder=beside)
        _check_rollouts(config, beside, stage, folder)
    return found


def run(path: Path, found: list[Step], folder: Path, invoke: Callable[[list[str]], object]) -> list[tuple[Step, float]]:
    """Do all steps in order.

    Args:
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
    return took


def _claim(config: Loop, folder: Path) -> None:
    """One folder is for one configuration; only further iterations may be added."""
    said = msgspec.to_builtins(config) | {"iterations": None}
    record = folder / RECORD
    if record.is_file() and (before := json.loads(record.read_text("utf-8"))) != said:
        changed = sorted(name for name in said if said[name] != before.get(name))
        raise LoopConfigError(
            f"{folder} belongs to a loop with another configuration: {', '.join(changed)} changed.",
            "Give another folder with --folder, or remove that one.",
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
