"""Entries of a JSON list or of JSON lines, each with a name ("line 7", "entry 7") that an error can cite.

A list is read whole, lines are streamed. The text must be UTF-8; a byte order mark is accepted.
"""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from store.errors import StoreError
from store.ids import JSON


class Entry(NamedTuple):
    """An object of a file, and where in the file it stands."""

    where: str
    value: dict[str, JSON]


def entries(path: Path) -> Iterator[Entry]:
    """The objects of a file that holds a JSON list, or one JSON object a line.

    Raises:
        StoreError: The file cannot be read, is not UTF-8, is not JSON, or holds something other than objects.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4096).removeprefix(codecs.BOM_UTF8).lstrip()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    if not start:
        raise StoreError(f"{path} is empty", hint="expected a JSON list of objects, or one JSON object a line")
    if start.startswith(b"{"):
        yield from _lines(path)
        return
    value = load_json(path)
    if not isinstance(value, list):
        raise StoreError(f"{path} holds {kind(value)}, expected a JSON list of objects, or one JSON object a line")
    for number, item in enumerate(value, 1):
        yield _entry(path, f"entry {number}", item)


def load_json(path: Path) -> JSON:
    """The value of a JSON file.

    Raises:
        StoreError: The file cannot be read, is not UTF-8, or is not JSON.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    return _parse(path, decode(path, data.removeprefix(codecs.BOM_UTF8), 1), 1)


def kind(value: JSON) -> str:
    """What JSON calls a value, for messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an object" if isinstance(value, dict) else "a list"


def _lines(path: Path) -> Iterator[Entry]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            data = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            if data.strip():
                yield _entry(path, f"line {number}", _parse(path, decode(path, data.rstrip(), number), number))


def _entry(path: Path, where: str, value: JSON) -> Entry:
    if not isinstance(value, dict):
        raise StoreError(f"{path}, {where}: expected an object, found {kind(value)}")
    return Entry(where, value)


def decode(path: Path, data: bytes, first_line: int) -> str:
    """The text of a piece of a file that begins on a given line; raises `StoreError` when it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first_line + data.count(b"\n", 0, error.start)
        raise StoreError(
            f"{path}, line {line}: byte 0x{data[error.start]:02x} is not UTF-8",
            hint="convert the file first, for example: iconv -f UTF-16 -t UTF-8, or -f CP1252",
        ) from error


def _parse(path: Path, text: str, first_line: int) -> JSON:
    try:
        value: JSON = json.loads(text)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        ends = error.msg.startswith("Unterminated") or not text[error.pos :].strip()
        cut = ", for the text ends in the middle of a value" if ends else ""
        raise StoreError(
            f"{path}, line {line}, column {error.colno}: not JSON ({error.msg}){cut}",
            hint="expected a JSON list of objects, or one JSON object a line",
        ) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, a list thousands of levels deep
        raise StoreError(f"{path}, line {first_line}: not JSON that can be read ({error})") from error
    return value
