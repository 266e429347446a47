"""Write small files together, and remove those that nothing needs."""

import sys

import click

from store.address import Address


@click.command()
@click.option("--grace-hours", type=click.FloatRange(0), default=24.0, show_default=True, help="Keep files for so long.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def compact(address: Address, grace_hours: float, as_json: bool) -> None:
    """Write many small files into few, and delete what no version names any more; every version and pin reads as before.

    A lake in a folder must be closed everywhere else; a shared one is tidied while it is used.

    \b
    Example:
      t2s lake compact
    """
    from datetime import timedelta

    import store
    from store import output
    from store.progress import busy

    with store.open(address, create=False) as lake, busy("compacting"):
        done = lake.compact(grace=timedelta(hours=grace_hours), arguments=sys.argv[1:])
    if as_json:
        output.json_line(done._asdict())
        return
    click.echo(
        f"{done.merged:,} files written into {done.into:,}, {done.flushed:,} rows taken out of the catalog, "
        f"{done.deleted:,} old files deleted, {done.orphans:,} of them never part of the lake."
    )
