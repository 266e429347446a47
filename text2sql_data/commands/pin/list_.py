"""List the pins of the lake."""

import click

from store.address import Address


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(address: Address, as_json: bool) -> None:
    """List the pins of the lake.

    \b
    Example:
      t2s pin list
    """
    import store
    from store import output, pins

    with store.open(address, create=False) as lake:
        found = pins.pins(lake)
    columns = ("pin", "kind", "rows", "snapshot", "digest", "added")
    rows = [(pin.ref, pin.kind, pin.n_rows, pin.snapshot, pin.digest, pin.added) for pin in found]
    if as_json:
        output.json_lines(columns, rows)
    elif rows:
        shown = [(*row[:4], f"{row[4][:12]}...", f"{row[5]:%Y-%m-%d %H:%M}") for row in rows]
        output.table(columns, shown, right=[False, False, True, True])
    else:
        output.note("There is no pin yet. Make one with: t2s pin create RECIPE")
