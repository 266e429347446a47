"""Execute every distinct SQL once, in a sandbox."""

import sys
from pathlib import Path

import click


@click.command()
@click.option("--run", "runs", multiple=True, help="Only the candidates of this run, and the golds of its benchmark; repeatable.")
@click.option("--seconds", type=float, default=30.0, show_default=True, help="Wall time that a statement may take.")
@click.option("--heap-mb", type=int, default=512, show_default=True, help="Memory that SQLite may use for it, in MiB.")
@click.option("--max-rows", type=int, default=5_000_000, show_default=True, help="Rows that a result may have.")
@click.option("--max-cell-bytes", type=int, default=10_000_000, show_default=True, help="Bytes that one value may have.")
@click.option("--max-result-bytes", type=int, default=1_000_000_000, show_default=True, help="Bytes that a result may have.")
@click.option("--preview-rows", type=int, default=10, show_default=True, help="Rows that are kept to be looked at.")
@click.option("--processes", type=click.IntRange(1), help="Worker processes; one a processor when not given.")
@click.option("--dry-run", is_flag=True, help="Only say how much there is to execute.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def execute(
    path: Path,
    runs: tuple[str, ...],
    seconds: float,
    heap_mb: int,
    max_rows: int,
    max_cell_bytes: int,
    max_result_bytes: int,
    preview_rows: int,
    processes: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Execute every distinct SQL of candidates and golds that was not executed yet, read-only, in confined processes.

    Stopped at any point, it does only what is missing when it is started again. Other limits are other facts: they are
    executed anew, beside the old ones.

    \b
    Example:
      t2s execute --seconds 10
    """
    import contextlib
    from collections.abc import Callable

    import store
    from store.progress import bar
    from text2sql_data.execution import executing
    from text2sql_data.execution.limits import Limits

    limits = Limits(
        seconds=seconds,
        heap_mb=heap_mb,
        max_rows=max_rows,
        max_cell_bytes=max_cell_bytes,
        max_result_bytes=max_result_bytes,
        preview_rows=preview_rows,
    )
    if dry_run:
        with store.open(path, create=False) as lake:
            wanted = executing.pending(lake, limits, runs=runs or None)
        _say(wanted.settings, {"pending": wanted.total}, wanted.unusable, as_json=as_json)
        return
    with store.open(path, create=False) as lake, contextlib.ExitStack() as stack:

        def started(total: int) -> Callable[[int], None]:
            return stack.enter_context(bar("executing", total, unit="SQL"))

        done = executing.execute(lake, limits, runs=runs or None, processes=processes, started=started, arguments=sys.argv[1:])
    _say(*done, as_json=as_json)


def _say(settings: str, statuses: dict[str, int], unusable: dict[str, str], *, as_json: bool) -> None:
    """Print what was done, or what there is to do."""
    from store import output

    if as_json:
        output.json_line({"settings": settings, "statuses": statuses, "unusable": unusable})
        return
    total = sum(statuses.values())
    counts = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items(), key=lambda item: -item[1]))
    if statuses.keys() == {"pending"}:
        click.echo(f"{total} SQL to execute under settings {settings}.")
    else:
        click.echo(f"{total} SQL executed under settings {settings}: {counts}" if total else "Nothing to execute.")
    for database, reason in unusable.items():
        output.note(f"warning: {database} {reason}; its SQL was not executed. Run t2s benchmark add again once it is in place.")
