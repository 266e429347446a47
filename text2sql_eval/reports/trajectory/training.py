"""How the models of stages were trained, as the lake has it: trainer, data, base, and what was logged. Nothing is measured."""

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import PurePath
from typing import Any

from store import Lake, QueryError

_SQL = files("text2sql_eval") / "reports" / "trajectory" / "sql"

LOGGED = (
    "loss", "eval_loss", "logps/chosen", "logps/rejected", "rewards/accuracies", "rewards/margins",
    "eval_rewards/accuracies", "eval_rewards/margins",
)  # fmt: skip
"""What is kept of the curve."""


def models_of(lake: Lake, runs: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The models of the lake that the configurations of runs name, by run.

    Args:
        lake: The lake, now or at a version.
        runs: The runs.
    """
    try:
        result = lake.sql((_SQL / "stage_models.sql").read_text("utf-8"), runs=list(runs))
    except QueryError:  # the lake at a version from before runs were linked to models
        return {}
    columns = [column[0] for column in result.description or ()]
    found: dict[str, list[dict[str, Any]]] = {}
    for values in result.fetchall():
        row = dict(zip(columns, values, strict=True))
        found.setdefault(row.pop("run"), []).append(_model(row))
    return found


def differing(stages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Sentences on the stages whose greedy answers are of other models than the rest, as far as the lake knows.

    Args:
        stages: The stages, as they stand in the report, with their models.
    """
    for stage in stages:
        run, source = stage["run"], stage["greedy_run"]
        own, other = ({model["model"] for model in stage["models"] if model["run"] == of} for of in (run, source))
        if own != other:
            yield (
                f"{run}: its greedy answers are those of {source}, which names {_listed(other)}, while {run} names "
                f"{_listed(own)}: its greedy figures and the others may not be of the same model."
            )


def _listed(models: set[str]) -> str:
    return ", ".join(sorted(models)) or "no model of the lake"


def _model(row: Mapping[str, Any]) -> dict[str, Any]:
    """A model as it stands in the report."""
    summary, base = json.loads(row["summary"]), json.loads(row["base"]) if row["base"] else {}
    curve, metrics = summary.get("curve", []), summary.get("metrics", {})
    losses = [point["loss"] for point in curve if "loss" in point]
    return {
        **{name: row[name] for name in ("agent", "model", "trainer", "seed", "pin", "pin_digest")},
        "base": _base(base.get("name")),
        "base_sha256": base.get("sha256"),
        "steps": summary.get("steps"),
        "loss": losses[-1] if losses else None,
        "eval_loss": metrics.get("loss"),
        "reward_accuracy": metrics.get("rewards/accuracies", metrics.get("accuracy")),
        "reward_margin": metrics.get("rewards/margins", metrics.get("margin")),
        "curve": [kept for point in curve if len(kept := _kept(point)) > 1],
    }


def _base(name: str | None) -> str | None:
    """What a model began with; of a folder its name, for where it lies is of one machine."""
    return PurePath(name).name if name and PurePath(name).is_absolute() else name


def _kept(point: Mapping[str, float]) -> dict[str, float]:
    return {name: point[name] for name in ("step", *LOGGED) if name in point}
