"""Reading foreign files entry by entry, in constant memory: lines, JSON lines, a JSON list, a JSON object.

An entry knows its place in the file, so that whatever is wrong with it can be reported with file and line.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple, TypeVar

import ijson
import msgspec

from store.errors import StoreError

T = TypeVar("T")
Progress = Callable[[int], None]
"""Told how many more bytes of the file were read."""

LONGEST = 1 << 28
"""Bytes of the largest entry: a file without line ends, or with a text that does not end, must not fill the memory."""

_BOM = b"\xef\xbb\xbf"
_DEEPEST = 500  # levels of nesting; as much as the decoder of JSON lines takes
_OPENING, _CLOSING = frozenset({"start_map", "start_array"}), frozenset({"end_map", "end_array"})


class Entry(NamedTuple):
    """One entry: its place (line from 1, or number of the list's entry from 1), its key in an object, and its content.

    `content` is the raw bytes of a line, or an already parsed JSON value.
    """

    place: int
    key: str | None
    content: object


class EntryError(ValueError):
    """What is wrong with one entry."""


class Reader:
    """Reads a file while hashing it, and leaves out a byte order mark at its start."""

    def __init__(self, file: IO[bytes], progress: Progress | None = None) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._progress = progress
        self._at_start = True
        self._size = 0

    @property
    def sha256(self) -> str:
        """The sha256 of what was read so far, in hex; after the last read, that of the file."""
        return self._digest.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """The next bytes (the interface that ijson reads from)."""
        return self._seen(self._file.read(size))

    def next_entry(self) -> None:
        """Another entry begins about here."""
        self._size = 0

    def skip(self) -> None:
        """Read to the end, for the digest."""
        while self.read(1 << 20):
            self.next_entry()

    def lines(self) -> Iterator[bytes]:
        """The lines, without their ends."""
        while line := self._file.readline(LONGEST + 1):
            yield self._seen(line).rstrip(b"\r\n")
            self.next_entry()

    def _seen(self, chunk: bytes) -> bytes:
        self._size += len(chunk)
        if self._size > LONGEST:
            raise StoreError(
                f"There is an entry of more than {LONGEST:,} bytes.", "Nothing was imported. Is it a file of answers?"
            )
        self._digest.update(chunk)
        if self._progress:
            self._progress(len(chunk))
        if self._at_start and chunk:
            self._at_start = False
            return chunk.removeprefix(_BOM)
        return chunk


def text_lines(reader: Reader) -> Iterator[Entry]:
    """Every line, empty ones too."""
    for number, line in enumerate(reader.lines(), 1):
        yield Entry(number, None, line)


def json_entries(reader: Reader, path: Path) -> Iterator[Entry]:
    """The entries of JSON lines or of a JSON list, whichever the file holds."""
    if _first_byte(path) == b"[":
        yield from _parsed(reader, path)
    else:
        for number, line in enumerate(reader.lines(), 1):
            if line.strip():
                yield Entry(number, None, line)


def json_object(reader: Reader, path: Path) -> Iterator[Entry]:
    """The entries of a JSON object, with their keys."""
    if _first_byte(path) != b"{":
        raise StoreError(
            f'{path}: expected a JSON object such as {{"0": "SELECT ..."}}.', "See docs/importers.md for the formats."
        )
    yield from _parsed(reader, path)


def decode(content: object, kind: type[T]) -> T:
    """An entry's content as a typed record.

    Raises:
        EntryError: It is not JSON, or not of that form; says where in the entry.
    """
    try:
        if isinstance(content, bytes):
            return msgspec.json.decode(content, type=kind)
        return msgspec.convert(content, kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EntryError(str(error)) from error


def raw_text(content: object) -> str:
    """An entry's content as text, for the table of rejects."""
    if isinstance(content, bytes):
        return content.decode("utf-8", "backslashreplace")
    return json.dumps(content, ensure_ascii=False, default=str)


def _parsed(reader: Reader, path: Path) -> Iterator[Entry]:
    """The entries of the list or object that the whole file is."""
    place = 0
    try:
        for place, (key, value) in enumerate(_items(reader), 1):
            yield Entry(place, key, value)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        reason = str(error).removeprefix("b'").partition("\\n")[0].partition("\n")[0].strip()
        raise StoreError(
            f"{path}: after entry {place}: not JSON: {reason}",
            "The file is broken there, and nothing after it can be read. Nothing was imported.",
        ) from error


def _items(reader: Reader) -> Iterator[tuple[str | None, object]]:
    """The items of one JSON list or object, with their keys.

    Not `ijson.items`: it keeps the path to every level, which takes gigabytes when brackets are nested 100,000 deep.
    """
    depth = 0
    key: str | None = None
    builder = ijson.ObjectBuilder()
    for event, value in ijson.basic_parse(reader, use_float=True):
        if event in _CLOSING:
            depth -= 1
        if depth == 1 and event == "map_key":
            key = value
        elif depth:
            builder.event(event, value)
        if event in _OPENING:
            depth += 1
            if depth > _DEEPEST:
                raise ijson.JSONError(f"nested more than {_DEEPEST} deep")
        elif depth == 1 and event != "map_key":
            yield key, builder.value
            reader.next_entry()
            builder = ijson.ObjectBuilder()


def _first_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096).removeprefix(_BOM).lstrip()[:1]
