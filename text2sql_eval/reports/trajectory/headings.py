"""What the figures of stages are called, and which of them are drawn."""

from collections.abc import Sequence

COLOURS = 6
"""Figures that can be told apart by colour."""

_NAMES = {"greedy": "greedy EX", "pipeline": "pipeline EX", "pick_rate": "pick-rate of majority"}
_PREFIXES = {"selector": "EX of {}", "pick_rate": "pick-rate of {}"}


def heading(metric: str, k: int | None = None) -> str:
    """What a metric is called; oracle with its k."""
    what, _, selector = metric.partition(":")
    if selector:
        return _PREFIXES[what].replace("{}", selector)
    return f"oracle@{k}" if metric == "oracle" else _NAMES.get(metric, metric)


def shown_lines(metrics: Sequence[str]) -> list[str]:
    """The metrics that are shares of all questions, so that they can stand on one scale; as many as there are colours."""
    return [metric for metric in metrics if not metric.startswith("pick_rate")][:COLOURS]
