"""The command that makes a report over runs."""

import shlex
from typing import Any

_DEFAULTS: dict[str, Any] = {
    "gold_revision": "original", "gate": "exec_ok", "rank_by": "ex", "cluster": "database", "level": 0.95,
    "resamples": 10_000, "seed": 0,
}  # fmt: skip
_OPTIONS = {"level": "interval"}


def command(report: dict[str, Any]) -> str:
    """The command, with what is not the default."""
    options = report["options"]
    parts = ["t2s", "report", "runs", *(options["runs"] or ())]
    for name in ("benchmarks", "comparators", "selectors"):
        for value in options[name] or ():
            parts += [f"--{name[:-1]}", value]
    for name, default in _DEFAULTS.items():
        if options[name] != default:
            parts += [f"--{_OPTIONS.get(name, name).replace('_', '-')}", str(options[name])]
    parts += ["--common"] if options["common"] else []
    parts += [] if options["types"] else ["--no-taxonomy"]
    parts += ["--allow-trained"] if options["allow_trained"] else []
    return shlex.join(parts)
