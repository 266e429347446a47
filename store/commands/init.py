"""Make a lake."""

from pathlib import Path

import click


@click.command()
@click.pass_obj
def init(path: Path) -> None:
    """Make a lake, or do nothing where there is one already.

    \b
    Example:
      t2s --lake experiments/lake init
    """
    import store

    with store.open(path) as lake:
        click.echo(f"{lake.folder}: version {lake.version}")
