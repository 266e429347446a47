"""How long the commands take to say how they are used: what every start costs."""

import sys
from importlib.metadata import entry_points

from store.cli import GROUP
from tests.benchmarks.measuring import Measured, machine, measure, table

REPEATS = 3


def run() -> list[Measured]:
    """The help of `t2s` and of every command, the quickest of three starts each."""
    commands: list[list[str]] = [[], *([entry.name] for entry in entry_points(group=GROUP))]
    return [
        min(
            (measure(f"t2s {' '.join([*command, '--help'])}", [*command, "--help"]) for _ in range(REPEATS)),
            key=lambda m: m.wall_s,
        )
        for command in commands
    ]


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{table(run())}\n")
