"""What the rows of a dataset hold: their columns, found over all rows; their canonical text; and their digests.

A trainer reads columns, so every row of a dataset has the same ones: a key that a row lacks is null, and whole numbers are
floats where another row of the column has a fraction. A pin keeps this form, which Arrow and Parquet give back unchanged.
Nothing here guesses: text beside numbers, numbers beyond 64 bits, NaN and the like are refused.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias, Union
from uuid import UUID

from store.errors import RowsError
from store.ids import JSON

if TYPE_CHECKING:
    import pyarrow as pa

Column: TypeAlias = Union[str, "list[Column]", "dict[str, Column]", None]
"""The type of a column: string, int64, float64 or bool; a list with the type of its elements; a dict of fields; None where there
are only nulls."""

_SCALARS: dict[type, Column] = {type(None): None, str: "string", bool: "bool", int: "int64", float: "float64"}
_NUMBERS = {"int64", "float64"}
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_EXACT = 1 << 53
_NAMES = {"string": "text", "int64": "a whole number", "float64": "a number with a fraction", "bool": "true or false"}


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)

encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
"""Canonical JSON, as `store.ids.canonical_json`; it refuses what JSON cannot say."""


def decode(text: str) -> JSON:
    """The value of a JSON text.

    Raises:
        RowsError: It is not JSON, or has NaN or Infinity in it.
    """
    try:
        return _DECODER.decode(text)  # type: ignore[no-any-return]  # json is untyped
    except ValueError as error:
        raise RowsError(f"Not JSON: {text[:200]!r}: {error}") from error


def column_of(value: JSON, where: str = "the row") -> Column:
    """The type of one value."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return _SCALARS[type(value)]
    if isinstance(value, dict):
        return {key: column_of(item, key) for key, item in value.items()}
    if isinstance(value, list):
        element: Column = None
        for item in value:
            element = merged(element, column_of(item, where), where)
        return [element]
    raise TypeError(f"{type(value).__name__} is not JSON")


def merged(one: Column, other: Column, where: str = "the row") -> Column:
    """The type of a column that has values of both types.

    Raises:
        RowsError: There is none, as for text and numbers.
    """
    if one == other or other is None:
        return one
    if one is None:
        return other
    if isinstance(one, dict) and isinstance(other, dict):
        # In the order of their names, whatever row came first: the columns are a matter of what there is, not of the order.
        return {key: merged(one.get(key), other.get(key), key) for key in sorted(one.keys() | other.keys())}
    if isinstance(one, list) and isinstance(other, list):
        return [merged(one[0], other[0], where)]
    if isinstance(one, str) and isinstance(other, str) and {one, other} == _NUMBERS:
        return "float64"
    raise RowsError(
        f"Column {where} is {_named(one)} in some rows and {_named(other)} in others.",
        "A trainer needs one type a column: change how the rows are made.",
    )


def settled(columns: Column, where: str = "the row") -> Column:
    """The type of a column once every row was seen: where there are only nulls it is text.

    Raises:
        RowsError: A column has objects that never have a field, which Parquet cannot hold.
    """
    if columns is None:
        return "string"
    if isinstance(columns, list):
        return [settled(columns[0], where)]
    if isinstance(columns, dict):
        if not columns:
            raise RowsError(f"Column {where} has only empty objects.", "Leave the column out, or write null.")
        return {key: settled(columns[key], key) for key in sorted(columns)}
    return columns


def conformed(value: JSON, column: Column, where: str = "the row") -> JSON:
    """A value as its column has it: with every field, and as a float where the column is one.

    Raises:
        RowsError: A number is out of range.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(column, dict) and isinstance(value, dict):
        return {key: conformed(value.get(key), inner, key) for key, inner in column.items()}
    if isinstance(column, list) and isinstance(value, list):
        return [conformed(item, column[0], where) for item in value]
    if isinstance(value, int):
        if column == "float64" and abs(value) <= _EXACT:
            return float(value)
        if column == "int64" and _LEAST <= value <= _MOST:
            return value
        raise RowsError(f"Column {where}: {value} does not fit into {column}.", "Write such a number as text.")
    return value


def canonical(text: str, columns: Column) -> str:
    """The content of a row, given as any JSON text, as the canonical text that a pin keeps.

    Raises:
        RowsError: It has something that no column can hold.
    """
    try:
        found = encode(conformed(decode(text), columns))
        found.encode()
    except ValueError as error:  # Infinity, or half of a surrogate pair
        raise error if isinstance(error, RowsError) else RowsError(f"A row cannot be kept: {text[:200]!r}: {error}") from error
    return found


def row_digest(content: JSON) -> UUID:
    """The digest of a row: the first 128 bits of the sha256 of its content as canonical JSON."""
    return text_digest(encode(content))


def text_digest(text: str) -> UUID:
    """The digest of a row whose canonical text is given."""
    return UUID(hex=hashlib.sha256(text.encode()).hexdigest()[:32])


def dataset_digest(rows: Iterable[tuple[str, UUID]]) -> str:
    """The digest of a dataset: sha256, in hex, over its sorted lines "split digest".

    The order of the rows does not count, their number does.
    """
    digest = hashlib.sha256()
    for line in sorted(f"{split} {row}\n" for split, row in rows):
        digest.update(line.encode())
    return digest.hexdigest()


def arrow_type(column: Column) -> "pa.DataType":
    """A column's type for Arrow."""
    import pyarrow as pa

    if isinstance(column, list):
        return pa.list_(arrow_type(column[0]))
    if isinstance(column, dict):
        return pa.struct([(key, arrow_type(inner)) for key, inner in column.items()])
    return {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_()}[column or "string"]


def _named(column: Column) -> str:
    return "a list" if isinstance(column, list) else "an object" if isinstance(column, dict) else _NAMES[column or "string"]
