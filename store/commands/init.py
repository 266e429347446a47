"""Make a lake."""

import click

from store.address import Address


@click.command()
@click.option("--data", help="Where the data of a lake in PostgreSQL are to be: s3://bucket/prefix, or a folder that all see.")
@click.pass_obj
def init(address: Address, data: str | None) -> None:
    """Make a lake, or do nothing where there is one already.

    \b
    Example:
      t2s --lake experiments/lake init
      t2s --lake postgres://lake@db.example.org/research init --data s3://research-lake/main
    """
    import store
    from store.address import parse

    with store.open(parse(str(address), data)) as lake:
        click.echo(f"{lake.address}: version {lake.version}")
