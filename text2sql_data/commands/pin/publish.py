"""Publish one pin as a read-only lake that is attached over a path or HTTP."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from store.pins import Pin


@click.command()
@click.argument("ref")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def publish(address: Address, ref: str, folder: Path, as_json: bool) -> None:
    """Write the pin REF, with all that it was built from, as a frozen lake into FOLDER; put that on any web server or bucket.

    Readers give its path or URL as the lake: t2s --lake https://example.org/FOLDER pin verify REF

    \b
    Example:
      t2s pin publish demo_sft@1 public/demo_sft-1
    """
    from store.address import frozen
    from text2sql_data.datasets import lockfile

    pin = copy_pin(address, ref, frozen(folder), as_json=as_json)
    lockfile.add(folder / "pins.lock", [pin])


def copy_pin(address: Address, ref: str, target: Address, *, as_json: bool) -> "Pin":
    """Copy a pin and say so; the pin as it is there."""
    import contextlib
    from collections.abc import Callable

    import store
    from store import output
    from store.progress import bar
    from text2sql_data.datasets.publishing import publish as write

    with store.open(address, create=False) as lake, contextlib.ExitStack() as stack:

        def started(total: int) -> Callable[[int], None]:
            return stack.enter_context(bar("copying", total, unit="bytes"))

        done = write(lake, ref, target, started)
    if as_json:
        output.json_line(
            {"ref": done.pin.ref, "digest": done.pin.digest, "rows": done.pin.n_rows, "lake": str(target)}
            | {"files": done.files, "bytes": done.bytes, "rebuilt": done.rebuilt}
        )
        return done.pin
    click.echo(f"{done.pin.ref}: {done.pin.n_rows:,} rows and what they were built from, {done.bytes:,} bytes in {target.shown}.")
    if not done.rebuilt:
        output.note(f"warning: {done.pin.ref} cannot be built again from what is there; its rows and digest are as pinned.")
    return done.pin
