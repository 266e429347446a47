"""Running a trainer of TRL: from its last whole checkpoint or from the start, to a folder with weights, curve and metrics."""

import json
import math
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any, NamedTuple

from store.progress import bar
from text2sql_train.settings import CHECKPOINTS

_STATE = "trainer_state.json"
_NOT_A_CURVE = ("total_flos", "runtime", "samples_per_second", "steps_per_second")


class Data(NamedTuple):
    """The rows of a training, as `datasets.Dataset`.

    Attributes:
        train: What is learnt.
        validation: What is evaluated; None when nothing is.
    """

    train: Any
    validation: Any


class Trained(NamedTuple):
    """What came of a training.

    Attributes:
        steps: Steps of the optimizer.
        resumed_from: The step that it went on from; None when it began anew.
        curve: What was logged: for each entry its step, and loss, rewards and the like by name.
        metrics: The last evaluation, by name.
        train_seconds: Wall time of the part that was run now.
        parameters: All parameters, and those that were trained.
    """

    steps: int
    resumed_from: int | None
    curve: list[dict[str, float]]
    metrics: dict[str, float]
    train_seconds: float
    parameters: dict[str, int]


def run(trainer: Any, folder: Path, *, evaluate: bool) -> Trained:  # noqa: ANN401 - any of TRL's
    """Train, evaluate, and save weights and tokenizer into the folder.

    Args:
        trainer: A trainer of TRL.
        folder: Folder of the model.
        evaluate: Whether to evaluate after the last step.
    """
    start = last_checkpoint(folder)
    done = _train(trainer, start)
    metrics = dict(trainer.evaluate()) if evaluate else {}
    if "trackio" in trainer.args.report_to:  # else it would end its run, and print, when the process ends
        sys.modules["trackio"].finish()
    trainer.save_model(str(folder))
    model = trainer.accelerator.unwrap_model(trainer.model)
    return Trained(
        steps=int(done.global_step),
        resumed_from=None if start is None else step_of(start),
        curve=_curve(trainer.state.log_history),
        metrics=_numbers({name.removeprefix("eval_"): value for name, value in metrics.items()}),
        train_seconds=float(done.metrics.get("train_runtime", 0.0)),
        parameters={
            "all": sum(one.numel() for one in model.parameters()),
            "trained": sum(one.numel() for one in model.parameters() if one.requires_grad),
        },
    )


def be_quiet() -> None:
    """Leave no bar of a library on a pipe; a terminal may have them, on standard error. Nobody here can act on what TRL calls."""
    warnings.filterwarnings("ignore", ".*gradient_checkpointing.* is deprecated", FutureWarning)
    if not sys.stderr.isatty():
        import datasets
        import transformers

        datasets.disable_progress_bars()
        said: Any = transformers.utils.logging
        said.disable_progress_bar()


def _train(trainer: Any, start: Path | None) -> Any:  # noqa: ANN401 - any of TRL's
    """Train, with a bar on standard error instead of lines on standard output, which is for data."""
    from transformers import PrinterCallback, TrainerCallback

    shown = {"loss": ""}

    base: Any = TrainerCallback

    class Shown(base):  # type: ignore[misc]  # typed where transformers is installed, and not elsewhere
        """Moves the bar."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401, ARG002 - as it is called
            """At the step from which it goes on."""
            advance(state.global_step)

        def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401, ARG002 - as it is called
            """One more."""
            advance(1)

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **more: Any) -> None:  # noqa: ANN401, ARG002 - as it is called
            """The loss, when it is known."""
            if logs and "loss" in logs:
                shown["loss"] = f"loss {logs['loss']}"

    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Shown())
    total = trainer.args.max_steps if trainer.args.max_steps > 0 else None
    with bar("training", total, unit="steps", note=lambda: shown["loss"]) as advance:
        return trainer.train(resume_from_checkpoint=None if start is None else str(start))


def last_checkpoint(folder: Path) -> Path | None:
    """The last checkpoint that was written to its end; None where there is none. It is only looked for."""
    return max(filter(_is_whole, _checkpoints(folder)), key=step_of, default=None)


def remove_unfinished(folder: Path) -> None:
    """Remove the checkpoints that were not written to their end, as a killed run leaves one. What is gone already is no matter.

    Only for who trains in the folder: what another process is writing is unfinished, too.
    """
    for checkpoint in _checkpoints(folder):
        if not _is_whole(checkpoint):
            shutil.rmtree(checkpoint, ignore_errors=True)


def _checkpoints(folder: Path) -> list[Path]:
    return list((folder / CHECKPOINTS).glob("checkpoint-*"))


def step_of(checkpoint: Path) -> int:
    """The step of a checkpoint, from its name."""
    return int(checkpoint.name.rpartition("-")[2])


def _is_whole(checkpoint: Path) -> bool:
    """The trainer writes its state last."""
    try:
        return bool(json.loads((checkpoint / _STATE).read_text("utf-8")))
    except (OSError, ValueError):
        return False


def _curve(history: list[dict[str, Any]]) -> list[dict[str, float]]:
    return [_numbers(entry) for entry in history if "train_runtime" not in entry]


def _numbers(entry: dict[str, Any]) -> dict[str, float]:
    """What is a finite number, but for times, which differ from run to run."""
    return {
        name: value
        for name, value in entry.items()
        if isinstance(value, int | float) and math.isfinite(value) and not name.endswith(_NOT_A_CURVE)
    }
