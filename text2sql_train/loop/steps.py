"""The steps of the loop, as the commands of `t2s` that do them, and the files that these commands read.

A stage is a model and what it does: SFT, then each training on preferences, then the same again in every further iteration. All
names are made here, so that a step and the one that needs it say the same.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from text2sql_train.loop.config import Benchmarks, Loop, Task

USES = ("sft", "rollout", "test")
SELECTOR = "features"
FILES = frozenset({"chat_template", "deepspeed"})
PROMPT = "{{ question }}\n"

_FILES = (("html", "html"), ("json", "json"), ("markdown", "md"))
_SPLIT = {"by": "question", "fractions": {"train": 0.95, "validation": 0.05}}
_OVERLAP = ["question", "text"]  # the databases are the same: a model that begins with nothing knows no other


class Step(NamedTuple):
    """A command, and the file that it reads.

    Attributes:
        title: What it does, in a few words.
        words: The command, without `t2s --lake LAKE`.
        file: Name of the file in the loop's folder; None where it needs none.
        content: What is in that file: text, or what becomes YAML.
    """

    title: str
    words: list[str]
    file: str | None = None
    content: Any = None


class Stage(NamedTuple):
    """A model and its runs.

    Attributes:
        name: sft, dpo, orpo, dpo_2, ...
        trainer: How the model is trained.
        iteration: From 1; 0 for SFT.
        parent: The stage that it begins with; None for SFT.
    """

    name: str
    trainer: str
    iteration: int
    parent: "Stage | None"


def stages(config: Loop) -> list[Stage]:
    """The stages, in the order of training."""
    found = [Stage("sft", "sft", 0, None)]
    last = found[0]
    for iteration in range(1, config.iterations + 1):
        begun = last
        for place, trainer in enumerate(config.preference):
            stage = Stage(trainer if iteration == 1 else f"{trainer}_{iteration}", trainer, iteration, begun)
            found.append(stage)
            last = stage if place == 0 else last
    return found


def run_name(config: Loop, stage: Stage, what: str = "test") -> str:
    """Name of a stage's run: over the test questions, greedy over them, or over those of rollouts."""
    return f"{config.name}-{stage.name}" + ("" if what == "test" else f"-{what}")


def steps(config: Loop, folder: Path, beside: Path) -> Iterator[Step]:
    """All steps, in order.

    Args:
        config: The configuration.
        folder: Folder of the loop.
        beside: Folder of the configuration, which its paths begin at.
    """
    yield from _questions(config, folder, beside)
    found = stages(config)
    for stage in found:
        if stage.parent is None:
            yield _pin(config, folder, "sft", _sft(config, beside))
            if config.model is not None:
                yield _init(config, folder)
        elif stage.trainer == next(iter(config.preference)):  # the first of an iteration: what its parent writes is learnt from
            yield from _pairs(config, folder, stage.parent)
        yield _training(config, folder, beside, stage)
        yield _rollout(config, folder, beside, stage, "test")
        yield _rollout(config, folder, beside, stage, "greedy")
        if any(one.parent == stage for one in found):
            yield _rollout(config, folder, beside, stage, "rollout")
        yield Step("golds executed", ["execute"])
        yield Step("verdicts", ["label", "--comparator", config.comparator])
        if stage.parent is None:
            yield from _selector(config, folder, stage)
        words = ["select", "run", SELECTOR, "--run", run_name(config, stage), "--model", f"{SELECTOR}@1", "--name", SELECTOR]
        words += ["--allow", "databases"]
        yield Step(f"the selector's choice among the answers of {stage.name}", words)
    yield _report(config, folder, found)


def _questions(config: Loop, folder: Path, beside: Path) -> Iterator[Step]:
    match config.task, config.benchmarks:
        case Task() as task, _:
            words = ["benchmark", "generate", str(folder / "task"), "--seed", str(config.seed)]
            words += [word for use in USES for word in (f"--{use}", str(getattr(task, use)))]
            words += ["--databases", str(beside / task.databases)] if task.databases else []
            yield Step("questions made from templates", words)
            databases = beside / task.databases if task.databases else folder / "task" / "database"
            sources = {use: folder / "task" / f"{use}.json" for use in USES}
        case _, Benchmarks() as named:
            databases = beside / named.databases
            sources = {use: beside / getattr(named, use) for use in USES}
    for use, source in sources.items():
        words = ["benchmark", "add", str(source), "--name", f"{config.name}_{use}", "--databases", str(databases)]
        yield Step(f"the questions for {use}", [*words, "--split", "test" if use == "test" else "train"])


def _pin(config: Loop, folder: Path, name: str, recipe: dict[str, Any]) -> Step:
    """The rows of a recipe, pinned; it may not overlap with the test."""
    file = f"{name}.pin.yaml"
    common = {"format": config.format, "seed": config.seed, "split": _SPLIT | {"seed": config.seed}}
    apart = {"against": [f"{config.name}_test"], "overlap": {"by": _OVERLAP}}
    content = {"name": f"{config.name}_{name}", **common, **apart, **recipe}
    return Step(f"the rows of {name}, pinned", ["pin", "create", str(folder / file)], file, content)


def _sft(config: Loop, beside: Path) -> dict[str, Any]:
    return {"kind": "sft", "golds": [f"{config.name}_sft"], "prompt": prompt(config, beside), "comparator": config.comparator}


def _init(config: Loop, folder: Path) -> Step:
    words = ["model", "init", str(folder / "base"), "--pin", f"{config.name}_sft@1", "--seed", str(config.seed)]
    shape = msgspec.structs.asdict(config.model) if config.model is not None else {}
    words += [word for name, value in shape.items() for word in (f"--{name}", str(value))]
    return Step("a model with random weights", words)


def _selector(config: Loop, folder: Path, stage: Stage) -> Iterator[Step]:
    recipe = {"kind": "selector_features", "runs": [run_name(config, stage, "rollout")], "comparator": config.comparator}
    yield _pin(config, folder, "selector", {**recipe, "split": {"fractions": {"train": 1.0}}})
    words = ["select", "fit", SELECTOR, "--pin", f"{config.name}_selector@1", "--seed", str(config.seed)]
    words += ["--estimator", "gradient_boosting"]  # a third of the time of the blend
    yield Step("a selector that learns from the rollouts", words)


def _pairs(config: Loop, folder: Path, parent: Stage) -> Iterator[Step]:
    run = run_name(config, parent, "rollout")
    words = ["pairs", "mine", run, "--name", run, "--comparator", config.comparator, "--per-group", str(config.pairs)]
    yield Step(f"pairs of the answers of {parent.name}", words)
    yield _pin(config, folder, f"pairs_{parent.name}", {"kind": "preference", "pair_sets": [run]})


def training(config: Loop, folder: Path, beside: Path, stage: Stage) -> dict[str, Any]:
    """The recipe of a stage's training."""
    if stage.parent is None:
        said, pin, base = config.sft, "sft", _absolute(config.base, beside) or str(folder / "base")
    else:
        said, pin = config.preference[stage.trainer], f"pairs_{stage.parent.name}"
        base = f"{config.name}_{stage.parent.name}@1"
    return {
        "seed": config.seed,
        "against": [f"{config.name}_test"],
        "overlap_by": _OVERLAP,
        "lora": "none",
        **said,
        **{name: _absolute(said[name], beside) for name in FILES & said.keys()},
        "name": f"{config.name}_{stage.name}",
        "trainer": stage.trainer,
        "pin": f"{config.name}_{pin}@1",
        "base": base,
        "output": str(folder / "models"),
    }


def _absolute(name: str | None, beside: Path) -> str | None:
    """Something of the configuration's folder, so that it is found from everywhere; a name of the hub stays as it is."""
    return str((beside / name).resolve()) if name is not None and (beside / name).exists() else name


def _training(config: Loop, folder: Path, beside: Path, stage: Stage) -> Step:
    file = f"{stage.name}.train.yaml"
    return Step(f"training: {stage.name}", ["train", str(folder / file)], file, training(config, folder, beside, stage))


def rollout(config: Loop, beside: Path, stage: Stage, what: str) -> dict[str, Any]:
    """The configuration of a stage's rollout."""
    drawn = {"n": config.samples.k, "temperature": config.samples.temperature, "top_p": config.samples.top_p}
    return {
        "pipeline": "one_shot",
        "benchmark": f"{config.name}_{'rollout' if what == 'rollout' else 'test'}",
        "run": run_name(config, stage, what),
        "models": {
            "model": {
                "client": "transformers",
                "model": f"{config.name}_{stage.name}@1",
                "batch": config.samples.batch,
                "chat": config.format == "conversational",
            }
        },
        "agent": {
            "prompt": prompt(config, beside),
            "samples": [{"n": 1, "temperature": 0} if what == "greedy" else drawn],
            "max_tokens": config.samples.max_tokens,
        },
        "seed": config.seed,
    }


def _rollout(config: Loop, folder: Path, beside: Path, stage: Stage, what: str) -> Step:
    file = f"{stage.name}.{what}.yaml"
    words = ["rollout", "run", str(folder / file)]
    of = "the answer of highest probability" if what == "greedy" else f"{config.samples.k} answers"
    on = "those to learn from" if what == "rollout" else "held-out questions"
    return Step(f"{of} of {stage.name} to {on}", words, file, rollout(config, beside, stage, what))


def prompt(config: Loop, beside: Path) -> str:
    """The prompt template, as a file in the loop's folder says it: a name, or the path of a file."""
    if config.prompt is None:
        return "prompt.j2" if config.model is not None else "text2sql"
    return str((beside / config.prompt).resolve()) if config.prompt.endswith(".j2") else config.prompt


def _report(config: Loop, folder: Path, found: list[Stage]) -> Step:
    words = ["report", "trajectory", *(run_name(config, stage) for stage in found)]
    for stage in found:
        words += ["--greedy-run", f"{run_name(config, stage)}={run_name(config, stage, 'greedy')}"]
        words += ["--after", f"{run_name(config, stage)}={run_name(config, stage.parent)}"] if stage.parent else []
    words += ["--selector", SELECTOR, "--comparator", config.comparator, "--cluster", "question", "--title", config.name]
    words += [word for kind, end in _FILES for word in (f"--{kind}", str(folder / f"trajectory.{end}"))]
    return Step("the table of all stages", words)
