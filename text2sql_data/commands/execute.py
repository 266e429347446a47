"""Execute every distinct SQL once, in a sandbox."""

import sys
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.execution.executing import Executed, On, Pending

_MEMORY = "800MB"
"""What DuckDB may take to put together what there is to do: it spills the rest, so the number of candidates does not matter."""


@click.command()
@click.option("--run", "runs", multiple=True, help="Only the candidates of this run, and the golds of its benchmark; repeatable.")
@click.option("--seconds", type=float, default=30.0, show_default=True, help="Wall time that a statement may take.")
@click.option("--heap-mb", type=int, default=512, show_default=True, help="Memory that SQLite may use for it, in MiB.")
@click.option("--max-rows", type=int, default=5_000_000, show_default=True, help="Rows that a result may have.")
@click.option("--max-cell-bytes", type=int, default=10_000_000, show_default=True, help="Bytes that one value may have.")
@click.option("--max-result-bytes", type=int, default=1_000_000_000, show_default=True, help="Bytes that a result may have.")
@click.option("--preview-rows", type=int, default=10, show_default=True, help="Rows that are kept to be looked at.")
@click.option(
    "--processes", type=click.IntRange(1), help="Worker processes; one a processor, of the cluster with Ray, when not given."
)
@click.option("--shard", metavar="I/N", help="Only part I of N, counted from 1; N calls with 1/N to N/N do everything.")
@click.option(
    "--on",
    type=click.Choice(["local", "ray"]),
    envvar="TEXT2SQL_EXECUTE_ON",
    default="local",
    show_default=True,
    help="Processes of this machine, or a Ray cluster (needs the extra [ray]).",
)
@click.option("--ray-address", help="Address of the cluster; RAY_ADDRESS, or else a Ray on this machine, when not given.")
@click.option("--dry-run", is_flag=True, help="Only say how much there is to execute.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def execute(
    address: Address,
    runs: tuple[str, ...],
    seconds: float,
    heap_mb: int,
    max_rows: int,
    max_cell_bytes: int,
    max_result_bytes: int,
    preview_rows: int,
    processes: int | None,
    shard: str | None,
    on: "On",
    ray_address: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Execute every distinct SQL of candidates and golds that was not executed yet, read-only, in confined processes.

    Stopped at any point, it does only what is missing when it is started again. Other limits are other facts: they are
    executed anew, beside the old ones. Shards may run at the same time or one after another, such as in an array of SLURM jobs.

    \b
    Example:
      t2s execute --seconds 10
      t2s execute --shard 3/8
      t2s execute --on ray
    """
    import contextlib
    from collections.abc import Callable

    import store
    from store.progress import bar
    from text2sql_data.execution import executing, shards
    from text2sql_data.execution.limits import Limits

    if ray_address is not None and on != "ray":
        raise click.UsageError("--ray-address goes with --on ray.")
    part = None if shard is None else shards.parse(shard)
    limits = Limits(
        seconds=seconds,
        heap_mb=heap_mb,
        max_rows=max_rows,
        max_cell_bytes=max_cell_bytes,
        max_result_bytes=max_result_bytes,
        preview_rows=preview_rows,
    )
    if dry_run:
        with store.open(address, create=False, memory_limit=_MEMORY) as lake:
            wanted = executing.pending(lake, limits, runs=runs or None, shard=part)
        _say(wanted, as_json=as_json)
        return
    with store.open(address, create=False, memory_limit=_MEMORY) as lake, contextlib.ExitStack() as stack:

        def started(total: int) -> Callable[[int], None]:
            return stack.enter_context(bar("executing", total, unit="SQL"))

        done = executing.execute(
            lake,
            limits,
            runs=runs or None,
            processes=processes,
            shard=part,
            on=on,
            ray_address=ray_address,
            started=started,
            arguments=sys.argv[1:],
        )
    _say(done, as_json=as_json)


def _say(done: "Executed | Pending", *, as_json: bool) -> None:
    """Print what was done, or what there is to do."""
    from store import output
    from text2sql_data.execution import confinement
    from text2sql_data.execution.executing import Pending

    waits = isinstance(done, Pending)
    statuses, lost = ({"pending": done.total}, {}) if isinstance(done, Pending) else (done.statuses, done.lost)
    if as_json:
        confined = {"confinement": confinement.available()}
        output.json_line({"settings": done.settings, "statuses": statuses, "unusable": done.unusable, "lost": lost, **confined})
        return
    if not waits and confinement.available() == "none":
        output.note("note: this kernel has neither Landlock nor seccomp: workers are confined by their limits alone.")
    total = sum(statuses.values())
    counts = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items(), key=lambda item: -item[1]))
    if waits:
        click.echo(f"{total} SQL to execute under settings {done.settings}.")
    else:
        click.echo(f"{total} SQL executed under settings {done.settings}: {counts}" if total else "Nothing to execute.")
    for database, reason in done.unusable.items():
        output.note(f"warning: {database} {reason}; its SQL was not executed. Run t2s benchmark add again once it is in place.")
    for reason, count in lost.items():
        output.note(f"warning: nothing is known of {count} SQL: {reason}. Run t2s execute again to try them once more.")
