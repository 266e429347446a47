"""Rows as JSON that gives every SQLite value back: for the preview of a result, and for rows that leave a worker.

NULL, text, REAL and INTEGER up to 2**53 are themselves (a REAL always has a point or an exponent). What JSON has no form for
is an object: {"int": digits}, {"real": "inf"}, {"blob": hex}, {"bytes": hex} for TEXT that is not UTF-8. A shortened value is
{"cut": start, "length": n}, where `start` is in its own form and n counts characters (bytes for {"blob"} and {"bytes"}).
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from text2sql_data.execution.outcome import Cell, Row, Undecodable

_EXACT = 2**53  # beyond it readers that turn every JSON number into a double lose digits

_Start = str | dict[str, str]
_Json = int | float | str | dict[str, str] | dict[str, _Start | int] | None
_Read = int | float | str | dict[str, _Start | int] | None
_DECODER = msgspec.json.Decoder(list[list[_Read]])


class Cut(NamedTuple):
    """The start of a value that was too long for the preview, and the length of the whole."""

    start: Cell
    length: int


def encode_preview(rows: Iterable[Row], chars: int | None = None) -> str:
    """Write rows as a JSON list of lists.

    Args:
        rows: Tuples of cells.
        chars: Characters, or bytes, after which a cell is cut; None keeps every cell whole.
    """
    return msgspec.json.encode([[_encode(cell, chars) for cell in row] for row in rows]).decode()


def decode_preview(text: str) -> list[list[Cell | Cut]]:
    """Read rows that `encode_preview` wrote."""
    return [[_decode(cell) for cell in row] for row in _DECODER.decode(text)]


def decode_rows(text: str) -> list[Row]:
    """Read rows that `encode_preview` wrote without cutting a cell.

    Raises:
        ValueError: A cell was cut.
    """
    rows: list[Row] = []
    for row in decode_preview(text):
        cells = [cell for cell in row if not isinstance(cell, Cut)]
        if len(cells) < len(row):
            raise ValueError("the rows are a preview: some value is cut")
        rows.append(tuple(cells))
    return rows


def _encode(cell: Cell, chars: int | None) -> _Json:
    if cell is None:
        return None
    if isinstance(cell, int):
        return cell if -_EXACT <= cell <= _EXACT else {"int": str(cell)}
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else {"real": repr(cell)}
    if isinstance(cell, Undecodable):
        return _cut({"bytes": cell.raw[:chars].hex()}, len(cell.raw), chars)
    if isinstance(cell, bytes):
        return _cut({"blob": cell[:chars].hex()}, len(cell), chars)
    return _cut(cell[:chars], len(cell), chars)


def _cut(start: _Start, length: int, chars: int | None) -> _Json:
    if chars is None or length <= chars:
        return start
    return {"cut": start, "length": length}


def _decode(cell: object) -> Cell | Cut:
    if not isinstance(cell, dict):
        return cell  # type: ignore[return-value] # the decoder has checked it
    if "cut" in cell:
        return Cut(_whole(cell["cut"]), cell["length"])
    return _whole(cell)


def _whole(cell: str | dict[str, str]) -> Cell:
    if isinstance(cell, str):
        return cell
    ((kind, text),) = cell.items()
    if kind == "int":
        return int(text)
    if kind == "real":
        return float(text)
    return bytes.fromhex(text) if kind == "blob" else Undecodable(bytes.fromhex(text))
