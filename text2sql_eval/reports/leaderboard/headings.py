"""What metrics are called in reports over runs, and which of them stand in a leaderboard."""

from typing import Any

_NAMES = {
    "ex": "EX",
    "pipeline": "EX",
    "greedy": "greedy@1",
    "any_correct": "oracle",
    "majority": "majority",
    "majority_at_k": "majority",
    "random_pick": "random",
    "pick_rate": "pick-rate",
    "pick_rate_mixed": "mixed",
    "candidate_ex": "candidate EX",
}
_PREFIXES = {
    "selector": "{}",
    "selector_at_k": "{}",
    "pick_rate": "pick-rate of {}",
    "pick_rate_mixed": "pick-rate of {}, mixed",
    "headroom": "lost by {}",
}


def heading(metric: str) -> str:
    """What a metric is called."""
    what, _, selector = metric.partition(":")
    if selector:
        return _PREFIXES.get(what, f"{what} of {{}}").replace("{}", selector)
    return _NAMES.get(metric, metric)


def metrics_of(runs: list[dict[str, Any]]) -> list[str]:
    """The metrics of a leaderboard in their order: what compares samples is there where some run has several."""
    known = {metric for run in runs for metric in run["figures"]}
    if all(run["k"] == 1 for run in runs):
        return ["ex"]
    names = sorted(metric.partition(":")[2] for metric in known if metric.startswith("selector:"))
    return ["ex", "greedy", "any_correct", "majority", *(f"selector:{name}" for name in names), "pick_rate", "pick_rate_mixed"]
