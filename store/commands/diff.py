"""Count the rows added between two versions."""

import click

from store.address import Address


@click.command()
@click.argument("before", type=click.IntRange(0))
@click.argument("after", type=click.IntRange(0), required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def diff(address: Address, before: int, after: int | None, as_json: bool) -> None:
    """Count the rows that were added to each table from version BEFORE to version AFTER (default: the latest).

    \b
    Example:
      t2s diff 3 7
    """
    import store
    from store import output

    with store.open(address, create=False) as lake:
        differences = lake.diff(before, lake.version if after is None else after)
    if as_json:
        output.json_lines(store.Difference._fields, differences)
    else:
        changed = [difference for difference in differences if difference.added]
        output.table(["table", "rows added", "rows"], changed, right=[False, True, True])
