"""List the snapshots of the lake."""

import click

from store.address import Address


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with everything that is recorded.")
@click.option("-n", "--limit", type=click.IntRange(1), default=None, help="Only the latest N.")
@click.pass_obj
def log(address: Address, as_json: bool, limit: int | None) -> None:
    """List the snapshots of the lake, the latest first: who did what, when, by which command.

    \b
    Example:
      t2s log -n 10
    """
    import json

    import store
    from store import output

    with store.open(address, create=False) as lake:
        relation = lake.log() if limit is None else lake.log().limit(limit)
        names, rows = relation.columns, relation.fetchall()
    if as_json:
        for *simple, arguments, versions in rows:
            details = [None if text is None else json.loads(text) for text in (arguments, versions)]
            output.json_line(dict(zip(names, [*simple, *details], strict=True)))
        return
    shown = [
        (version, f"{time:%Y-%m-%d %H:%M:%S}", author, message, command) for version, time, author, message, command, *_ in rows
    ]
    output.table(["version", "time (UTC)", "author", "message", "command"], shown, right=[True])
