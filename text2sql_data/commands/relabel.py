"""Label under a further gold revision or comparator, and say what moved."""

import sys
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.comparators.relabelling import Moved, Relabelled, Relabelling


@click.command()
@click.option("--gold-revision", "gold_revisions", multiple=True, help="Gold revision; repeatable. Default: all that there are.")
@click.option("--comparator", "names", multiple=True, help="Comparator; repeatable. Default: those that have labelled here.")
@click.option("--run", "runs", multiple=True, help="Only this run; repeatable.")
@click.option("--benchmark", "benchmarks", multiple=True, help="Only runs of this benchmark; repeatable.")
@click.option("--processes", type=click.IntRange(1), help="Worker processes; one a processor when not given.")
@click.option("--dry-run", is_flag=True, help="Say what there is to execute and to label, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def relabel(
    address: Address,
    gold_revisions: tuple[str, ...],
    names: tuple[str, ...],
    runs: tuple[str, ...],
    benchmarks: tuple[str, ...],
    processes: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Execute golds that were not executed yet, label what has no label, and say how many verdicts are others than before.

    No candidate is executed. What a new label is compared with is said: an earlier label of the same comparator and gold
    revision where there is one, else the same comparator for the original golds, else bird for the original golds. Which
    questions flipped: t2s report drift.

    \b
    Example:
      t2s relabel --gold-revision 20251106 --comparator strict
    """
    import contextlib
    from collections.abc import Callable

    import store
    from store.progress import bar
    from text2sql_data.comparators import comparator, relabelling

    chosen = [comparator(name) for name in dict.fromkeys(names)]
    with store.open(address, create=False) as lake, contextlib.ExitStack() as stack:

        def started(total: int) -> Callable[[int], None]:
            return stack.enter_context(bar("executing golds", total, unit="SQL"))

        done = relabelling.relabel(
            lake,
            chosen or None,
            gold_revisions=gold_revisions or None,
            runs=runs or None,
            benchmarks=benchmarks or None,
            processes=processes,
            started=started,
            arguments=sys.argv[1:],
            dry_run=dry_run,
        )
    if as_json:
        from store import output

        output.json_line({"dry_run": dry_run, **_plain(done)})
        return
    _say(done, dry_run=dry_run)


def _plain(done: "Relabelling") -> dict[str, object]:
    return {
        "golds_executed": 0 if "pending" in done.executed else sum(done.executed.values()),
        "statuses": done.executed,
        "new_labels": sum(sum(side.labels.values()) for side in done.sides),
        "flipped": sum(moved.flipped for side in done.sides for moved in side.moved),
        "unlabelled": done.unlabelled,
        "runs_without_golds": done.without_golds,
        "unusable": done.unusable,
        "sides": [
            {
                "comparator": side.comparator,
                "gold_revision": side.gold_revision,
                "labels": [
                    {"verdict": verdict, "reason": reason, "count": count} for (verdict, reason), count in side.labels.items()
                ],
                "moved": [
                    {
                        "against": moved.against,
                        "compared": moved.compared,
                        "flipped": moved.flipped,
                        "changes": [change._asdict() for change in moved.changes],
                    }
                    for moved in side.moved
                ],
            }
            for side in done.sides
        ],
    }


def _say(done: "Relabelling", *, dry_run: bool) -> None:
    from store import output

    if dry_run:
        output.note("Dry run: nothing was written.")
    golds = sum(done.executed.values())
    counts = ", ".join(f"{count:,} {status}" for status, count in sorted(done.executed.items(), key=lambda item: -item[1]))
    said = f"{golds:,} gold{'' if golds == 1 else 's'}"
    if golds and dry_run:
        click.echo(f"{said} to execute; labels that wait for them are not counted here")
    elif golds:
        click.echo(f"{said} executed ({counts}); no candidate was executed")
    for side in done.sides:
        if side.labels:
            click.echo(_line(side, dry_run=dry_run))
    if not golds and not any(side.labels for side in done.sides):
        click.echo("Nothing to relabel.")
    for database, reason in done.unusable.items():
        output.note(f"warning: {database} {reason}; what takes its rows is left out. Run t2s benchmark add once it is in place.")
    if done.without_golds:
        output.note(f"{len(done.without_golds):,} runs are left out, for their benchmark has none of these gold revisions.")
    if done.unlabelled:
        output.note(f"{done.unlabelled:,} candidates have no label, for their SQL was not executed. Run: t2s execute")


def _line(side: "Relabelled", *, dry_run: bool) -> str:
    """One line a comparator and gold revision: what was labelled and, against what, what moved."""
    new = sum(side.labels.values())
    counts = ", ".join(
        f"{count:,} {verdict}{f' ({reason})' if reason else ''}" for (verdict, reason), count in side.labels.items()
    )
    said = [f"{side.comparator}@{side.gold_revision}: {new:,} new labels: {counts}", *map(_moved, side.moved)]
    if not side.moved and not dry_run:
        said.append("there is nothing to compare them with")
    return "; ".join(said)


def _moved(moved: "Moved") -> str:
    flips: dict[str, int] = {}
    for change in moved.changes:
        if "unknown" not in {change.was, change.now}:
            kind = f"{change.was} to {change.now}"
        elif change.now == "unknown":
            kind = f"to unknown ({change.reason})"
        else:
            kind = f"unknown to {change.now}"
        if change.was != change.now:
            flips[kind] = flips.get(kind, 0) + change.labels
    said = ", ".join(f"{count:,} {kind}" for kind, count in flips.items())
    return f"against {moved.against}, of {moved.compared:,}: {said or 'nothing moved'}"
