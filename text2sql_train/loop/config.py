"""Configurations of the loop, read from YAML: the task, the model, and what each training is told."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from store import StoreError
from text2sql_data import structures
from text2sql_train.scratch_model import Shape

Positive = Annotated[int, msgspec.Meta(ge=1)]
Natural = Annotated[int, msgspec.Meta(ge=0)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Fields = dict[str, Any]

_TAKEN = frozenset({"name", "trainer", "pin", "base", "output"})

PREFERENCE = ("dpo", "orpo")
"""The trainers that learn from pairs of completions."""


class LoopConfigError(StoreError, ValueError):
    """A configuration of the loop says something that cannot be done."""


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A task that is generated (see `text2sql_data.tasks`): how many questions there are for each use.

    Attributes:
        sft: Questions whose golds are learnt from.
        rollout: Questions that are rolled out, for pairs and the selector.
        test: Held-out questions, of which every figure is.
        databases: Folder of databases, from the configuration's folder; those of the demo when it is left out.
    """

    sft: Positive = 1500
    rollout: Positive = 1200
    test: Positive = 500
    databases: str | None = None


class Benchmarks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Question files of your own, instead of a generated task, from the configuration's folder; uses as in `Task`.

    Attributes:
        sft: A question file, as `t2s benchmark add` takes it.
        rollout: Another one.
        test: Another one.
        databases: Folder of their databases.
    """

    sft: str
    rollout: str
    test: str
    databases: str


class Samples(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How answers are drawn.

    Attributes:
        k: Samples a question.
        temperature: Their temperature.
        top_p: Share of the probability that is drawn from.
        max_tokens: Tokens of an answer, at most.
        batch: Answers that are written at a time.
    """

    k: Annotated[int, msgspec.Meta(ge=2)] = 8
    temperature: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    top_p: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    max_tokens: Positive = 96
    batch: Positive = 64


class Loop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole loop.

    Attributes:
        name: Begins the names of benchmarks, pins, models and runs.
        seed: Seed of everything that is drawn.
        task: The generated task.
        benchmarks: Question files of your own instead.
        model: Shape of a model that begins with random weights.
        base: A model to begin with instead: a folder, or a name of the hub.
        prompt: Name of a prompt template, or a .j2 file from the configuration's folder. Default: the question
            alone for a model that begins with nothing, which learns the schemas by heart; text2sql for a base.
        format: plain, or conversational for a base with a chat template.
        samples: How answers are drawn.
        pairs: Pairs of one question, at most.
        sft: Fields of the training `sft`, as in recipes of `t2s train`.
        preference: Fields of the trainings that learn from pairs, by trainer: dpo, orpo. Each begins with the model of SFT.
        iterations: How often the loop is gone through: each further one begins with the model of the first of `preference` in the
            one before, and with its new rollouts.
        comparator: Whose verdicts count.
    """

    name: Name = "loop"
    seed: Natural = 0
    task: Task | None = None
    benchmarks: Benchmarks | None = None
    model: Shape | None = None
    base: str | None = None
    prompt: str | None = None
    format: Literal["plain", "conversational"] = "plain"
    samples: Samples = Samples()
    pairs: Positive = 4
    sft: Fields = {}
    preference: dict[str, Fields] = msgspec.field(default_factory=lambda: {"dpo": {}})
    iterations: Positive = 1
    comparator: str = "bird"


def read(path: Path) -> Loop:
    """The configuration in a YAML file.

    Raises:
        LoopConfigError: It cannot be read, or is none; the message says where, the hint what is allowed.
    """
    value = structures.decode(structures.read_text(path, "loop", LoopConfigError), str(path), LoopConfigError)
    config: Loop = structures.convert(value, Loop, str(path), LoopConfigError)
    if (config.task is None) == (config.benchmarks is None):
        raise LoopConfigError(
            f"{path}: give either `task` or `benchmarks`.", "Begin with: task: {sft: 1500, rollout: 1200, test: 500}"
        )
    if (config.model is None) == (config.base is None):
        raise LoopConfigError(f"{path}: give either `model` or `base`.", "Begin with: model: {layers: 4, hidden: 192}")
    for within, fields in {"sft": config.sft, **{f"preference.{name}": said for name, said in config.preference.items()}}.items():
        if taken := sorted(fields.keys() & _TAKEN):
            raise LoopConfigError(f"{path}, field `{within}.{taken[0]}`: the loop sets it.", f"Leave out: {', '.join(taken)}.")
    if not config.preference or not config.preference.keys() <= set(PREFERENCE):
        said = ", ".join(config.preference) or "empty"
        raise LoopConfigError(f"{path}, field `preference`: it is {said}.", f"Name one or more of: {', '.join(PREFERENCE)}.")
    return config
