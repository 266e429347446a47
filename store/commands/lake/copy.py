"""Copy a lake to any other address."""

import click

from store.address import Address, parse
from store.cli import AddressType


@click.command()
@click.argument("source", type=AddressType())
@click.argument("target")
@click.option("--data", help="Where the data are to be, when TARGET is in PostgreSQL: s3://bucket/prefix, or a folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def copy(source: Address, target: str, data: str | None, as_json: bool) -> None:
    """Copy the lake SOURCE to TARGET, where there is none: every version, every pin, every file; digests are compared at the end.

    Interrupted, the same command goes on. One pin with what it needs: t2s pin copy.

    \b
    Example:
      t2s lake copy lake 'postgres://lake@db.example.org/research?schema=team' --data s3://research-lake/team
      t2s lake copy https://example.org/demo_sft-1 here
    """
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
