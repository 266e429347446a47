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

import json
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.benchmarks import scaled
from tests.benchmarks.measuring import Measured, machine, mean, measure, measure_plain, table, total

SIZES = tuple(int(size) for size in os.environ.get("TEXT2SQL_BENCH_SIZES", "12408,1000000,10000000,1000000").split(","))
EVALUATED = 2_000_000
"""Up to how many candidates a plain script evaluates."""
LINEAR = 1.05
"""The exponent up to which growth counts as linear: other work on the machine moves a figure by some per cent."""
RECIPE = "name: pairs\nkind: preference\npair_sets: [pairs]\nprompt: recorded_or:agent\nschema: ddl\n"


def steps(folder: Path, candidates: int) -> Iterator[Measured]:
    """Measure each step of so many candidates, with the plain script beside it."""
    copies = scaled.copies_of(candidates)
    scaled.write(folder, copies)
    (folder / "recipe.yaml").write_text(RECIPE)
    lake = folder / "lake"
    plain = plain_steps(folder, copies)

    def step(name: str, *arguments: str | Path) -> Measured:
        return measure(name, arguments, lake)._replace(plain_s=plain.get(name))

    questions = ["--name", "many", "--databases", scaled.DATABASES]
    read = [
        step("benchmark add", "benchmark", "add", folder / "questions.jsonl", *questions),
        step("import", "import", "jsonl", folder / "rollouts.jsonl", "--benchmark", "many", "--run", "run"),
    ]
    yield from [*read, total("benchmark add and import", read)._replace(plain_s=plain.get("prepare"))]
    judged = [step("execute", "execute"), step("label", "label", "--comparator", "bird")]
    yield from [*judged, total("execute and label", judged)._replace(plain_s=plain.get("evaluate"))]
    yield step("eval", "eval", "--json")
    yield step("pairs mine", "pairs", "mine", "run", "--name", "pairs")
    yield step("dataset build", "dataset", "build", folder / "recipe.yaml", "--output", folder / "dataset")
    yield step("report runs", "report", "runs", "--html", folder / "runs.html")


def plain_steps(folder: Path, copies: int) -> dict[str, float]:
    """Seconds of the plain scripts, by the name of our step. Verdicts of copies are those of the first."""
    took = {"prepare": measure_plain("prepare", folder)}
    if copies * scaled.QUESTIONS * scaled.K <= EVALUATED:
        took["evaluate"] = measure_plain("evaluate", folder, scaled.DATABASES, "2")
    else:
        _repeat_verdicts(folder)
    took["eval"] = measure_plain("figures", folder)
    took["pairs mine"] = measure_plain("pairs", folder)
    took["dataset build"] = measure_plain("dataset", folder, scaled.DATABASES)
    took["report runs"] = measure_plain("report", folder)
    for name in ("joined", "verdicts", "pairs", "train"):
        (folder / f"{name}.jsonl").unlink()
    return took


def _repeat_verdicts(folder: Path) -> None:
    """Write `verdicts.jsonl` as the script would that evaluates: every copy has the verdicts of the first, which is evaluated."""
    with tempfile.TemporaryDirectory() as name:
        scaled.write(Path(name), copies=1)
        measure_plain("prepare", Path(name))
        measure_plain("evaluate", Path(name), scaled.DATABASES, "2")
        known = [json.loads(line)["correct"] for line in (Path(name) / "verdicts.jsonl").open()]
    with (folder / "joined.jsonl").open() as joined, (folder / "verdicts.jsonl").open("w") as verdicts:
        for number, line in enumerate(joined):
            verdicts.write(json.dumps(json.loads(line) | {"correct": known[number % len(known)]}) + "\n")


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
    with tempfile.TemporaryDirectory() as name:
        for size in SIZES:
            folder = Path(name) / str(size)
            folder.mkdir()
            n = scaled.copies_of(size) * scaled.QUESTIONS * scaled.K
            of_size = sizes.setdefault(n, {})
            for one in steps(folder, size):
                of_size[one.what] = mean(of_size[one.what], one) if one.what in of_size else one
                sys.stderr.write(f"{n:,}: {one}\n")  # a figure that took an hour is not lost with what comes after it
            shutil.rmtree(folder)
    named = [one._replace(what=f"{one.what}, {n:,} candidates") for n, steps_of in sizes.items() for one in steps_of.values()]
    return table(named) + (f"\n\n{exponents(sizes)}\n\n{steep(sizes)}" if len(sizes) > 1 else "")


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{written()}\n")
