"""What a run holds, as numbers: what decides the defaults of an export, and what no format or only some formats carry."""

from typing import NamedTuple

from store import Lake
from store.scratch import Scratch
from text2sql_data.exporters import reading
from text2sql_data.exporters.model import Left, RunExportError


class Contents(NamedTuple):
    """A run: its system, and numbers by kind and name (see sql/contents.sql)."""

    run: str
    system: str
    numbers: dict[tuple[str, str | None], int]

    def names(self, kind: str) -> dict[str, int]:
        """Of one kind, the numbers by name."""
        return {name or "": number for (one, name), number in self.numbers.items() if one == kind}

    @property
    def candidates(self) -> int:
        """The number of candidates."""
        return sum(self.names("stage").values())


def contents(lake: Lake, scratch: Scratch, run: str, gold_revision: str) -> Contents:
    """Count what a run holds."""
    rows = scratch.execute(reading.text("contents"), run=run, gold_revision=gold_revision).fetchall()
    ((system,),) = lake.sql("SELECT system FROM runs WHERE run = $run", run=run).fetchall()
    return Contents(run, system, {(kind, name): number for kind, name, number in rows})


def comparator(told: str | None, found: Contents) -> str | None:
    """Whose labels are the flags: what was told, else bird, else the run's own flags; None where nobody has labelled it.

    Raises:
        RunExportError: What was told has no verdict on the run.
    """
    labelled = found.names("comparator")
    if told is not None and told not in labelled:
        has = f"There are labels by {', '.join(labelled)}. " if labelled else ""
        raise RunExportError(
            f"{told} has no verdict on any candidate of {found.run}.", f"{has}Label it with: t2s label --comparator {told}"
        )
    return told or next((name for name in ("bird", f"file:{found.run}") if name in labelled), None)


def regime(told: str | None, found: Contents) -> str | None:
    """The regime whose critiques are exported: what was told, else the run's system, else the first; None where there are none.

    Raises:
        RunExportError: The run has no critiques of the regime that was told.
    """
    regimes = found.names("regime")
    if told is not None and told not in regimes:
        raise RunExportError(
            f"The run {found.run} has no critiques of the regime {told}.", f"It has: {', '.join(regimes) or 'none'}."
        )
    return told or next((name for name in (found.system, *regimes) if name in regimes), None)


def count_unheld(left: Left, found: Contents, regime: str | None) -> None:
    """Count what no format of several candidates a question carries."""
    for other, number in found.names("regime").items():
        if other != regime:
            left[f"critiques of the regime {other}"] += number
    for number in found.names("post_hoc").values():
        left["critiques that were written after the rollout"] += number


def count_others(left: Left, found: Contents, taken: int) -> None:
    """Count what a format of one SQL a question leaves out."""
    left["other candidates"] += found.candidates - taken
    left["critiques"] += sum(found.names("regime").values()) + sum(found.names("post_hoc").values())
