"""Where a report goes: files that are checked before the work, written after it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


def check_folders(files: Sequence[Path]) -> None:
    """Refuse a file whose folder is not there: before the work, not after it.

    Raises:
        StoreError: There is no such folder.
    """
    from store import StoreError

    for file in files:
        if not file.parent.is_dir():
            raise StoreError(f"There is no folder {file.parent} to write {file.name} to.", "Make it, or name another one.")


def as_json(found: dict[str, Any]) -> str:
    """The figures of a report as JSON text."""
    import json

    return json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write(file: Path, text: str) -> None:
    """Write a report to a file, or to standard output for `-`."""
    from store import output

    if str(file) == "-":
        click.echo(text, nl=False)
        return
    file.write_text(text, encoding="utf-8", newline="\n")
    output.note(f"{file}: {len(text.encode()) / 1e6:.1f} MB")
