"""How commands print: a table that a person likes to read, or JSON lines, CSV or Markdown for a program."""

import csv
import json
import math
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import click

Cell = object

_PIPE_WIDTH = 100_000

# C0 (but tab and newline), DEL and C1, and the marks that turn the direction of writing.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(value: Cell) -> Cell:
    """A value as JSON can hold it."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    finite = not isinstance(value, float) or math.isfinite(value)  # JSON has no NaN and no infinity
    return value if finite and isinstance(value, (str, int, float, bool, type(None))) else str(value)


def text(value: Cell) -> str:
    """A value as one field of text: a list or a struct as JSON."""
    shown = plain(value)
    return json.dumps(shown, ensure_ascii=False) if isinstance(shown, (list, dict)) else str(shown)


def json_line(row: dict[str, Cell]) -> None:
    """Print one JSON object on a line of its own."""
    click.echo(json.dumps({key: plain(value) for key, value in row.items()}, ensure_ascii=False))


def json_lines(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Print rows as JSON objects, one a line."""
    names: list[str] = []
    for column in columns:  # a join often has a name twice, which an object cannot
        repeated = sum(name == column for name in columns[: len(names)])
        names.append(f"{column}_{repeated}" if repeated else column)
    for row in rows:
        json_line(dict(zip(names, row, strict=True)))


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, header: bool = True) -> None:
    """Print rows as CSV; NULL is an empty field."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if header:
        writer.writerow(columns)
    for row in rows:
        writer.writerow(["" if value is None else text(value) for value in row])


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[bool] = ()) -> None:
    """Print rows as a Markdown table; `right` says which columns are numbers."""
    marks = [*right, *([False] * (len(columns) - len(right)))]
    click.echo("| " + " | ".join(map(_markdown_cell, columns)) + " |")
    click.echo("|" + "|".join("---:" if mark else "---" for mark in marks) + "|")
    for row in rows:
        click.echo("| " + " | ".join(map(_markdown_cell, row)) + " |")


def _markdown_cell(text: str) -> str:
    """Text that is neither a mark of the table nor code, a link or HTML; names keep their underscores."""
    return re.sub(r"([\\`|<>\[\]])", r"\\\1", visible(text).replace("\n", " "))


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str = "", right: Sequence[bool] = ()) -> None:
    """Print rows as a table, wrapped to the width of a terminal; on a pipe no line is wrapped."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    marks = [*right, *([False] * (len(columns) - len(right)))]
    shown = Table(title=Text(visible(title)) if title else None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column, mark in zip(columns, marks, strict=True):
        shown.add_column(Text(visible(column)), justify="right" if mark else "left", overflow="fold", no_wrap=mark)
    for row in rows:
        shown.add_row(*(Text("NULL", style="dim") if value is None else Text(visible(text(value))) for value in row))
    # Captured, so that copied or compared output has no trailing spaces.
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    with console.capture() as capture:
        console.print(shown)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    click.echo("\n".join(lines[1:] if not title and lines and not lines[0] else lines))


def visible(shown: str) -> str:
    """Text from models and files as a terminal may have it: control characters, which could rewrite the screen, are spelt out."""
    return _CONTROL.sub(lambda found: ascii(found.group())[1:-1], shown)


def note(message: str) -> None:
    """Say something to the person, on stderr."""
    click.echo(message, err=True)
