"""Copy a lake to any other address."""

from typing import cast

import click

from store.address import Address, parse
from store.cli import AddressType, cli


@click.command()
@click.argument("source", type=AddressType())
@click.argument("target")
@click.option("--data", help="Where the data are to be, when TARGET is in PostgreSQL: s3://bucket/prefix, or a folder.")
@click.option("--pin", help="Only this pin, with what it was built from: as `t2s pin copy` does.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def copy(context: click.Context, source: Address, target: str, data: str | None, pin: str | None, as_json: bool) -> None:
    """Copy the lake SOURCE to TARGET, where there is none: every version, every pin, every file; digests are compared at the end.

    Interrupted, the same command goes on.

    \b
    Example:
      t2s lake copy lake 'postgres://lake@db.example.org/research?schema=team' --data s3://research-lake/team
      t2s lake copy https://example.org/demo_sft-1 here
      t2s lake copy lake elsewhere/lake --pin demo_sft@1
    """
    if pin is not None:  # what a pin was built from is known to another package: its command does it
        context.obj = source
        copy_pin = cast("click.Group", cli.get_command(context, "pin")).commands["copy"]
        context.invoke(copy_pin, ref=pin, target=target, data=data, as_json=as_json)
        return

    import contextlib
    from collections.abc import Callable

    from store import copying, output
    from store.progress import bar

    with contextlib.ExitStack() as stack:

        def started(total: int) -> Callable[[int], None]:
            return stack.enter_context(bar("copying", total, unit="bytes"))

        done = copying.copy(source, parse(target, data), started)
    if as_json:
        output.json_line({**done._asdict(), "address": str(done.address)})
        return
    click.echo(
        f"{done.address}: version {done.version}, {done.rows:,} rows in {done.files:,} files ({done.bytes:,} bytes), "
        f"{len(done.pins)} pins. All digests are those of {source}."
    )
