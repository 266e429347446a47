"""Every step from a file of rollouts to a dataset and a report, at 12 thousand, one million and ten million candidates.

Twelve answers a question, those of twelve published systems on Spider dev, repeated under new questions, each copy with SQL of
its own: 57 % of the statements are different ones. Beside a step stands what a plain script over JSONL files took for the same
work in the same run (tests/benchmarks/plain.py): all in memory, nothing kept; it executes with two processes as we do, and does
all else with one. It is not asked to evaluate ten million candidates, which would take it an hour: there it gets the verdicts of
the first copy. The exponents say how costs grow from one size to the next: 1 is linear. Steps of twelve thousand are mostly the
start of a command, so the exponents from one to ten million are what counts. A machine may become slower in an hour: one million
is measured before and after ten million, and its figures are the mean of both.

TEXT2SQL_BENCH_SIZES, such as `12408,1000000`, names other sizes; ten million take more than an hour and 25 GB of disk.
"""

import math
import os
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from tests.benchmarks import scaled, whole_path
from tests.benchmarks.measuring import Measured, machine, mean, table

SIZES = tuple(int(size) for size in os.environ.get("TEXT2SQL_BENCH_SIZES", "12408,1000000,10000000,1000000").split(","))
LINEAR = 1.05
"""The exponent up to which growth counts as linear: other work on the machine moves a figure by some per cent."""


def exponents(sizes: dict[int, dict[str, Measured]]) -> str:
    """How wall time, processor time and peak of each step grow from one size to the next, as a Markdown table."""
    listed = sorted(sizes)
    steps_between = list(pairwise(listed))
    head = [f"{what}, {small:,} to {large:,}" for small, large in steps_between for what in ("wall", "processor", "peak")]
    lines = [f"| step | {' | '.join(head)} |", "|---|" + "---:|" * len(head)]
    for name in sizes[listed[-1]]:
        grown = []
        for small, large in steps_between:
            before, after = sizes[small].get(name), sizes[large].get(name)
            for field in ("wall_s", "cpu_s", "peak_mb"):
                was, now = getattr(before, field, None), getattr(after, field, None)
                grown.append(f"{math.log(now / was) / math.log(large / small):.2f}" if was and now else "")
        lines.append(f"| {name} | {' | '.join(grown)} |")
    return "\n".join(lines)


def steep(sizes: dict[int, dict[str, Measured]]) -> str:
    """Which steps grow faster than linearly between the two largest sizes, as a sentence."""
    small, large = sorted(sizes)[-2:]
    found = [
        f"{name} ({field} {getattr(after, field) / getattr(before, field):.1f} times)"
        for name, after in sizes[large].items()
        if (before := sizes[small].get(name))
        for field in ("wall_s", "cpu_s")
        if getattr(after, field) / getattr(before, field) > (large / small) ** LINEAR
    ]
    return (
        f"**Steps that grow faster than linearly** (an exponent of wall or processor time above {LINEAR}) from {small:,} to "
        f"{large:,} candidates: {', '.join(found) or 'none'}."
    )


def written() -> str:
    """Measure every size: the table of what each step took, and that of the exponents."""
    sizes: dict[int, dict[str, Measured]] = {}
    for size in SIZES:
        copies = scaled.copies_of(size)
        n = copies * scaled.QUESTIONS * scaled.K
        of_size = sizes.setdefault(n, {})
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            whole_path.write(folder, copies)
            plain = whole_path.plain_steps(folder, copies)
            for one in whole_path.steps(folder, folder / "lake", plain=plain):
                of_size[one.what] = mean(of_size[one.what], one) if one.what in of_size else one
                sys.stderr.write(f"{n:,}: {one}\n")  # a figure that took an hour is not lost with what comes after it
    named = [one._replace(what=f"{one.what}, {n:,} candidates") for n, steps_of in sizes.items() for one in steps_of.values()]
    return table(named) + (f"\n\n{exponents(sizes)}\n\n{steep(sizes)}" if len(sizes) > 1 else "")


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{written()}\n")
