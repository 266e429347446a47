"""The command that makes a report over stages."""

import shlex
from typing import Any

_DEFAULTS: dict[str, Any] = {
    "comparator": "bird", "gold_revision": "original", "gate": "exec_ok", "cluster": "database", "level": 0.95,
    "resamples": 10_000, "seed": 0, "questions": 10,
}  # fmt: skip


def command(report: dict[str, Any]) -> str:
    """The command, with what is not the default."""
    options = report["options"]
    parts = ["t2s", "report", "trajectory", *options["runs"]]
    for child, parent in options["after"].items():
        parts += ["--after", f"{child}={parent}"]
    for stage, run in options["greedy_runs"].items():
        parts += ["--greedy-run", f"{stage}={run}"]
    for name in options["selectors"]:
        parts += ["--selector", name]
    for name, default in _DEFAULTS.items():
        if options[name] != default:
            parts += [f"--{name.replace('_', '-')}", str(options[name])]
    parts += ["--common"] if options["common"] else []
    parts += ["--allow-trained"] if options["allow_trained"] else []
    return shlex.join(parts)
