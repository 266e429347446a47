"""Runs benchmarks, all or those that are named, prints their tables, and puts them into the generated part of docs/benchmarks.md.

A section there is one benchmark with its date and machine; those that were not run stay as they are.
"""

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from tests.benchmarks import (
    figures,
    growth,
    heavy,
    large_import,
    more_answers,
    on_ray,
    pairs,
    rollout_throughput,
    selection,
    setups,
    start_up,
    ten_million_on_ray,
    ten_million_shared,
    ten_million_with_one_process,
    twelve_systems,
)
from tests.benchmarks.measuring import machine, table

BENCHMARKS = (
    twelve_systems,
    start_up,
    growth,
    heavy,
    setups,
    ten_million_with_one_process,
    ten_million_on_ray,
    ten_million_shared,
    on_ray,
    large_import,
    more_answers,
    figures,
    pairs,
    selection,
    rollout_throughput,
)
PAGE = Path(__file__).resolve().parents[2] / "docs/benchmarks.md"
BEGIN, END = "<!-- begin: written by make bench -->", "<!-- end: written by make bench -->"
NAMES = {module.__name__.rpartition(".")[2]: module for module in BENCHMARKS}


def title(name: str) -> str:
    """The heading of a section."""
    return f"## {name.replace('_', ' ').capitalize()}"


def heading(name: str) -> str:
    """How a section begins: what is measured, when, on what, and by which command."""
    about = (NAMES[name].__doc__ or "").strip()
    begun = f"Measured on {datetime.now(UTC):%Y-%m-%d} by `python -m tests.benchmarks.{name}`:"
    return f"{title(name)}\n\n{about}\n\n{begun}\n\n{machine()}"


def measured(module: ModuleType) -> str:
    """The tables of a benchmark: one of its measurements, or what it makes of them."""
    return str(module.written()) if hasattr(module, "written") else table(module.run())


def write(name: str, text: str) -> None:
    """Put a section into the page in place of the one that it had; sections come in the order of the benchmarks."""
    before, begin, rest = PAGE.read_text("utf-8").partition(BEGIN)
    inside, end, after = rest.partition(END)
    if not (begin and end):
        sys.exit(f"{PAGE} has no part between {BEGIN} and {END}")
    kept = {part.partition("\n")[0]: part.strip() for part in re.split(r"(?m)^(?=## )", inside) if part.startswith("## ")}
    kept[title(name)] = text
    parts = [kept[title(known)] for known in NAMES if title(known) in kept]
    PAGE.write_text("\n\n".join([f"{before}{BEGIN}", *parts, f"{END}{after}"]), "utf-8")


def main() -> None:
    """Measure what was asked for, and write each section as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", choices=[*NAMES, []], help="only these; all when none is named")
    for name in parser.parse_args().name or list(NAMES):
        begun = heading(name)  # with the load before the start
        text = f"{begun}\n\n{measured(NAMES[name])}"
        sys.stdout.write(f"\n{text}\n")
        sys.stdout.flush()
        write(name, text)


if __name__ == "__main__":
    main()
