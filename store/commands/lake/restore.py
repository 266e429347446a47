"""Make a lake from a back-up."""

from pathlib import Path

import click

from store.address import parse


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("target", required=False)
@click.option("--name", help="Which back-up; the latest when not given.")
@click.option("--data", help="Where the data are to be, when TARGET is in PostgreSQL.")
@click.option("--list", "only_list", is_flag=True, help="Only list the back-ups in FOLDER.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a back-up.")
def restore(folder: Path, target: str | None, name: str | None, data: str | None, only_list: bool, as_json: bool) -> None:
    """Make the lake TARGET, where there is none, from a back-up in FOLDER.

    \b
    Example:
      t2s lake restore /backups/lake restored
      t2s lake restore /backups/team 'postgres://lake@db.example.org/research?schema=team' --data s3://research-lake/again
    """
    import contextlib
    from collections.abc import Callable

    from store import backups, output
    from store.progress import bar

    if only_list:
        found = backups.backups(folder)
        if as_json:
            output.json_lines(backups.Backup._fields, found)
        else:
            columns = ("name", "version", "lake", "files", "bytes")
            rows = [tuple(getattr(one, column) for column in columns) for one in found]
            output.table(columns, rows, right=[False, True, False, True, True])
        return
    if target is None:
        raise click.UsageError("Say where the lake is to be: t2s lake restore FOLDER TARGET")
    with contextlib.ExitStack() as stack:

        def started(total: int) -> Callable[[int], None]:
            return stack.enter_context(bar("copying", total, unit="bytes"))

        done = backups.restore(folder, parse(target, data), name, started)
    if as_json:
        output.json_line({**done._asdict(), "restored": target})
        return
    click.echo(f"{target}: version {done.version} of {done.lake}, as backed up at {done.name}; {done.files:,} files.")
