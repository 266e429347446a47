"""Runs every benchmark, prints the tables, and writes them into the generated section of docs/benchmarks.md."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import figures, large_import, pairs, rollout_throughput, start_up, twelve_systems
from tests.benchmarks.measuring import machine, table

BENCHMARKS = (twelve_systems, start_up, large_import, figures, pairs, rollout_throughput)
PAGE = Path(__file__).resolve().parents[2] / "docs/benchmarks.md"
BEGIN, END = "<!-- begin: written by make bench -->", "<!-- end: written by make bench -->"
HEADING = f"# Benchmarks\n\n`make bench` measures these commands as whole processes.\n\n{BEGIN}\n{END}\n"


def write(text: str) -> None:
    """Replace the generated section of the page, and leave the rest of it as it is."""
    page = PAGE.read_text("utf-8") if PAGE.exists() else HEADING
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        sys.exit(f"{PAGE} has no section between {BEGIN} and {END}")
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", "utf-8")


def main() -> None:
    """Measure what was asked for; only a complete set of figures is written to the page."""
    names = {module.__name__.rpartition(".")[2]: module for module in BENCHMARKS}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", choices=[*names, []], help="only these; nothing is written then")
    chosen = parser.parse_args().name or list(names)
    sections = [f"Measured on {datetime.now(UTC):%Y-%m-%d}:\n\n{machine()}"]
    sys.stdout.write(f"{sections[0]}\n")
    for name in chosen:
        title, about = name.replace("_", " ").capitalize(), (names[name].__doc__ or "").strip()
        command = f"Command: `python -m tests.benchmarks.{name}`"
        module = names[name]
        body = module.written() if hasattr(module, "written") else table(module.run())  # more than one table, or one
        sections.append(f"## {title}\n\n{about}\n\n{command}\n\n{body}")
        sys.stdout.write(f"\n{sections[-1]}\n")
        sys.stdout.flush()
    if chosen == list(names):
        write("\n\n".join(sections))


if __name__ == "__main__":
    main()
