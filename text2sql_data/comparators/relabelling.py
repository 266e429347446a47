"""Relabelling: labels under a further gold revision or comparator, from the executions that are there.

Golds that were not executed yet are executed; a candidate never is. What was labelled is compared with the verdict that each
candidate had before, so that the change is known when the command ends. Which questions and figures moved is for a report.
"""

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import NamedTuple

from store import Lake
from store.scratch import Scratch
from text2sql_data.comparators import COMPARATORS, FURTHER, Comparator
from text2sql_data.comparators.labelling import NotExecutedError, current_limits, label
from text2sql_data.execution import executing
from text2sql_data.execution.limits import engine, settings_id
from text2sql_data.lookups import NameNotFoundError, require

_SQL = files("text2sql_data") / "comparators" / "sql"


class Change(NamedTuple):
    """How many candidates went from one verdict to another, or kept it, with the reason of the new one."""

    was: str
    now: str
    reason: str | None
    labels: int


class Moved(NamedTuple):
    """New labels beside earlier ones, and what they are compared with."""

    against: str
    changes: list[Change]

    @property
    def compared(self) -> int:
        """New labels of candidates that had a verdict before."""
        return sum(change.labels for change in self.changes)

    @property
    def flipped(self) -> int:
        """Those that went from correct to wrong or from wrong to correct; what is or was unknown has not flipped."""
        return sum(change.labels for change in self.changes if {change.was, change.now} == {"correct", "wrong"})


class Relabelled(NamedTuple):
    """What one comparator did for one gold revision: new labels by verdict and reason, and what moved."""

    comparator: str
    gold_revision: str
    labels: dict[tuple[str, str | None], int]
    moved: list[Moved]


class Relabelling(NamedTuple):
    """What a relabelling did, or in a dry run would do.

    Attributes:
        executed: Golds that were executed, by status; in a dry run, how many are `pending`.
        sides: One a comparator and gold revision.
        unlabelled: Candidates that still lack a label, for their SQL was not executed; 0 in a dry run.
        without_golds: Runs whose benchmark revision has none of the gold revisions.
        unusable: Databases that could not be used, with the reason.
    """

    executed: dict[str, int]
    sides: list[Relabelled]
    unlabelled: int
    without_golds: list[str]
    unusable: dict[str, str]


def relabel(
    lake: Lake,
    comparators: Sequence[Comparator] | None = None,
    *,
    gold_revisions: Sequence[str] | None = None,
    runs: Sequence[str] | None = None,
    benchmarks: Sequence[str] | None = None,
    processes: int | None = None,
    started: Callable[[int], Callable[[int], None]] | None = None,
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> Relabelling:
    """Label what has no label yet, under every chosen comparator and gold revision; execute only golds for it.

    Args:
        lake: The lake.
        comparators: The comparators; None is all that have labelled something in this lake.
        gold_revisions: The gold revisions; None is all that the benchmarks have.
        runs: Only these runs.
        benchmarks: Only runs of these benchmarks.
        processes: Worker processes; one a processor when None.
        started: Called with the number of golds to execute; what it returns is called as they are done.
        arguments: Recorded with the snapshots.
        dry_run: Say what there is to do, and write nothing. What moved is not known then, nor labels that wait for golds.

    Raises:
        NotExecutedError: Nothing was executed in this lake, or all of it by another SQLite than this one.
        NameNotFoundError: A run, benchmark or gold revision is not there.
    """
    for column, names in (("run", runs), ("benchmark", benchmarks), ("gold_revision", gold_revisions)):
        require(lake, column, names)
    settings, limits = current_limits(lake)
    if settings_id(limits) != settings:
        raise NotExecutedError(
            f"What this lake has was executed under settings {settings}, and here is {engine()}: golds that are executed here "
            "could not be compared with it.",
            "Relabel where the candidates were executed, or execute all of it here: t2s execute",
        )
    chosen = list(comparators) if comparators else _labelling(lake)
    with lake.scratch() as scratch:
        revisions, names, without = _runs_and_revisions(scratch, gold_revisions, runs, benchmarks)
        if not names:
            return Relabelling({}, [], 0, without, {})
        scope = {"gold_revisions": revisions, "comparators": [one.name for one in chosen]}
        scratch.execute(f"CREATE TEMP TABLE labelled_before AS {_text('labelled_before')}", settings=settings, **scope)
        missing = _missing_golds(scratch, chosen, names, revisions, settings)
        executed: dict[str, int] = {}
        unusable: dict[str, str] = {}
        if missing and dry_run:
            executed = {"pending": sum(missing.values())}
        elif missing:
            done = executing.execute(
                lake,
                limits,
                comparators=chosen,
                golds_of=list(missing),
                processes=processes,
                started=started,
                arguments=arguments,
            )
            executed, unusable = done.statuses, done.unusable
        sides = []
        for revision in revisions:
            found = label(
                lake,
                chosen,
                gold_revision=revision,
                runs=names,
                processes=processes,
                arguments=arguments,
                dry_run=dry_run,
            )
            for one, labelled in zip(chosen, found, strict=True):
                moved = _moved(scratch, one, revision, settings) if labelled.labels and not dry_run else []
                sides.append(Relabelled(one.name, revision, labelled.labels, moved))
                unusable |= labelled.unusable
        unlabelled = 0
        if not dry_run:
            (unlabelled,) = scratch.execute(_text("unlabelled"), runs=names, **scope).fetchone() or (0,)
    return Relabelling(executed, sides, unlabelled, without, unusable)


def _labelling(lake: Lake) -> list[Comparator]:
    """The comparators that have labelled something here, or those that label by default where none has."""
    there = {name for (name,) in lake.sql("SELECT comparator FROM current_comparators").fetchall()}
    return [one for one in (*COMPARATORS, *FURTHER) if one.name in there] or list(COMPARATORS)


def _runs_and_revisions(
    scratch: Scratch, wanted: Sequence[str] | None, runs: Sequence[str] | None, benchmarks: Sequence[str] | None
) -> tuple[list[str], list[str], list[str]]:
    """The gold revisions, the runs that have one of them, and the runs that have none."""
    rows = scratch.execute(
        _text("relabel_runs"),
        runs=None if runs is None else list(runs),
        benchmarks=None if benchmarks is None else list(benchmarks),
    ).fetchall()
    of_run: dict[str, set[str]] = {}
    for run, _, _, revision in rows:
        of_run.setdefault(run, set()).update([revision] if revision is not None else [])
    there = sorted(set().union(*of_run.values()), key=lambda name: (name != "original", name))  # others are compared with it
    for revision in wanted or ():
        if revision not in there and of_run:
            raise NameNotFoundError(
                f"There is no gold of the revision {revision} for these runs.",
                f"They have: {', '.join(there) or 'none'}. Add one with: t2s benchmark golds add",
            )
    revisions = [revision for revision in there if not wanted or revision in wanted]
    with_golds = [run for run, found in of_run.items() if found & set(revisions)]
    return revisions, with_golds, [run for run in of_run if run not in with_golds]


def _missing_golds(
    scratch: Scratch, comparators: Sequence[Comparator], runs: list[str], revisions: list[str], settings: str
) -> dict[str, int]:
    """How many golds were not executed yet, by benchmark; one that several comparators rewrite to the same counts once."""
    for number, comparator in enumerate(comparators):
        scratch.execute(comparator.sql)
        into = "INSERT INTO relabel_golds" if number else "CREATE OR REPLACE TEMP TABLE relabel_golds AS"
        scratch.execute(f"{into} {_text('missing_golds')}", runs=runs, gold_revisions=revisions, settings=settings)
    rows = scratch.execute("SELECT benchmark, count(DISTINCT (database, sql_id)) FROM relabel_golds GROUP BY ALL ORDER BY ALL")
    return dict(rows.fetchall())


def _moved(scratch: Scratch, comparator: Comparator, gold_revision: str, settings: str) -> list[Moved]:
    """The new labels beside what the candidates were before; those that were nothing are left out."""
    rows = scratch.execute(
        _text("relabelled"),
        comparator=comparator.name,
        version=comparator.version,
        gold_revision=gold_revision,
        settings=settings,
    ).fetchall()
    against = (
        f"earlier labels of {comparator.name}@{gold_revision}",
        f"{comparator.name}@original",
        "bird@original",
    )
    found: dict[int, list[Change]] = {}
    for place, was, now, reason, count in rows:
        if place is not None:
            found.setdefault(place, []).append(Change(was, now, reason, count))
    return [Moved(against[place], changes) for place, changes in sorted(found.items())]


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
