"""Back up a lake into a folder."""

from pathlib import Path

import click

from store.address import Address


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def backup(address: Address, folder: Path, as_json: bool) -> None:
    """Back up the lake into FOLDER, beside earlier back-ups of it; data files that are there already are not copied again.

    The catalog is copied by SQLite's own back-up, or by pg_dump; others may go on working.

    \b
    Example:
      t2s lake backup /backups/lake && t2s lake restore /backups/lake restored
    """
    import contextlib
    from collections.abc import Callable

    from store import backups, output
    from store.progress import bar

    with contextlib.ExitStack() as stack:

        def started(total: int) -> Callable[[int], None]:
            return stack.enter_context(bar("copying", total, unit="bytes"))

        done = backups.back_up_lake(address, folder, started)
    if as_json:
        output.json_line(done._asdict())
        return
    click.echo(f"{done.name}: version {done.version} of {done.lake}, {done.files:,} files, {done.bytes:,} bytes, in {folder}.")
