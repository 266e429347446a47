"""Every step from a file of rollouts to a dataset and a report: as commands, and as plain scripts over JSONL files."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.benchmarks import scaled
from tests.benchmarks.measuring import Measured, measure, measure_plain, total

RECIPE = "name: pairs\nkind: preference\npair_sets: [pairs]\nprompt: recorded_or:agent\nschema: ddl\n"
_EVALUATED = 2_000_000
"""Up to how many candidates a plain script evaluates."""
_BOUNDED = ("benchmark add", "import", "execute")
"""Steps that give DuckDB a bound of their own."""
_TOGETHER = {"import": ("benchmark add and import", 2), "label": ("execute and label", 2)}
"""Steps after which there is a row of so many of them, which a plain script does as one."""


def write(folder: Path, copies: int) -> None:
    """Write what the steps begin with: questions, candidates, and the recipe of the dataset."""
    scaled.write(folder, copies)
    (folder / "recipe.yaml").write_text(RECIPE)


def steps(
    folder: Path,
    lake: str | Path,
    *,
    execute: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    memory: str | None = None,
    plain: Mapping[str, float] | None = None,
    whole_machine: bool = False,
) -> Iterator[Measured]:
    """Measure each step, and all of them.

    Args:
        folder: Where `write` wrote; the dataset and the report go there.
        lake: Where the lake is to be.
        execute: What else to say to `t2s execute`.
        environment: More environment of all steps.
        memory: What DuckDB may have where it has no bound of its own, as TEXT2SQL_MEMORY says it.
        plain: Seconds of the plain scripts by step, as `plain_steps` has them.
        whole_machine: What all processes of the machine take is a step's, see `measure`.
    """
    commands: dict[str, list[str | Path]] = {
        "benchmark add": [folder / "questions.jsonl", "--name", "many", "--databases", scaled.DATABASES],
        "import": ["jsonl", folder / "rollouts.jsonl", "--benchmark", "many", "--run", "run"],
        "execute": [*execute],
        "label": ["--comparator", "bird"],
        "eval": ["--json"],
        "pairs mine": ["run", "--name", "pairs"],
        "dataset build": [folder / "recipe.yaml", "--output", folder / "dataset"],
        "report runs": ["--html", folder / "runs.html"],
    }
    took, done = plain or {}, []
    for step, words in commands.items():
        more = {"TEXT2SQL_MEMORY": memory} if memory and step not in _BOUNDED else {}
        one = measure(step, [*step.split(), *words], lake, {**(environment or {}), **more}, whole_machine=whole_machine)
        done.append(one._replace(plain_s=took.get(step)))
        yield done[-1]
        if step in _TOGETHER:
            name, number = _TOGETHER[step]
            yield total(name, done[-number:])._replace(plain_s=took.get(name))
    whole = sum(took.values()) if "execute and label" in took else None
    yield total("**all**", done)._replace(plain_s=whole)


def plain_steps(folder: Path, copies: int, processes: int = 2) -> dict[str, float]:
    """Seconds of the plain scripts, by our step; so many processes execute.

    Of more candidates than they evaluate, all copies have the verdicts of the first one, and evaluating has no time.
    """
    took = {"benchmark add and import": measure_plain("prepare", folder)}
    if copies * scaled.QUESTIONS * scaled.K <= _EVALUATED:
        took["execute and label"] = measure_plain("evaluate", folder, scaled.DATABASES, str(processes))
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
