"""Digests of a whole result in bounded memory, however many rows it has.

A row is encoded as `ascii` of its tuple, integral REALs as integers: equal text means equal rows as Python compares them
(1 = 1.0, exactly; '1', x'31' and NULL are all different). A row's hash is the sha256 of that text. A digest is the first 128 bits
of a sha256: `list` over the hashes in order, `set` over the distinct hashes (their first 128 bits) in ascending order, `bag`
over the number of rows and the sum of the hashes. `unordered_*` are the same with the cells of each row sorted first, `columns`
is over the number of rows and the sorted sums of the columns' cells. No digest depends on names; all empty results are equal.
"""

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from operator import le
from typing import NamedTuple

from text2sql_data.execution.outcome import Cell, Row, Undecodable

_DISTINCT_IN_SET = 200_000  # about 25 MB; what is beyond costs 16 bytes a row
_PREFIX = 16  # bytes of a hash that the set keeps: as many as the digest itself has
_LARGE_RESULT = 50_000  # rows; what is beyond is hardly seen again
_REMEMBERED = 100_000
_REMEMBERED_BYTES = 16_000_000
_TYPE_NAMES: dict[type, str] = {kind: str(kind) for kind in (type(None), int, float, str, bytes)}
_PAIR = 2

_sha256 = hashlib.sha256
_number = int.from_bytes


class Digests(NamedTuple):
    """The six digests of a result, each 32 hex digits."""

    set: str
    bag: str
    list: str
    unordered_set: str
    unordered_list: str
    columns: str


def encode_row(row: Row) -> str:
    """The canonical ASCII text of a row: injective up to the equality of numbers.

    Only a REAL that is integral can need more than `ascii`, and then its text has one of two marks.
    """
    text = ascii(row)
    if ".0" in text or "e+" in text:
        text = ascii(tuple(int(cell) if type(cell) is float and cell.is_integer() else cell for cell in row))
    return text


def _sort_key(cell: Cell) -> str:
    if type(cell) is Undecodable:
        # The script takes what is left for a whole text; what follows only parts those whose remains are equal.
        return f"{cell.raw.decode(errors='ignore')}{_TYPE_NAMES[str]}\0{cell.raw.hex()}"
    return str(cell) + _TYPE_NAMES[type(cell)]


def _sort_keys(column: Sequence[Cell]) -> list[str]:
    """What the Spider test-suite script sorts the cells of a row by: the text and the name of Python's type."""
    kinds = set(map(type, column))
    if len(kinds) == 1 and Undecodable not in kinds:
        name = _TYPE_NAMES[kinds.pop()]
        return [str(cell) + name for cell in column]
    return [_sort_key(cell) for cell in column]


def _rearrange(row: Row, keys: tuple[str, ...]) -> Row:
    if len(row) == _PAIR:
        return row[::-1]  # it is known to be out of order
    return tuple([row[index] for index in sorted(range(len(row)), key=keys.__getitem__)])


class _DistinctHashes:
    """An exact set of hashes: a Python set, and beyond 200,000 entries plain bytes in 256 buckets by first byte."""

    def __init__(self) -> None:
        self._recent: set[bytes] = set()
        self._buckets: list[bytearray] = []

    def update(self, hashes: Sequence[bytes]) -> None:
        self._recent.update(hashes)
        if len(self._recent) > _DISTINCT_IN_SET:
            self._spill()

    def _spill(self) -> None:
        self._buckets = self._buckets or [bytearray() for _ in range(256)]
        buckets = self._buckets
        for row_hash in self._recent:
            buckets[row_hash[0]] += row_hash[:_PREFIX]
        self._recent.clear()

    def digest(self) -> str:
        if not self._buckets:
            return _sha256(b"".join(sorted({row_hash[:_PREFIX] for row_hash in self._recent}))).hexdigest()[:32]
        self._spill()
        running = _sha256()
        for bucket in self._buckets:  # by first byte, so the whole is in ascending order
            running.update(b"".join(sorted({bytes(bucket[i : i + _PREFIX]) for i in range(0, len(bucket), _PREFIX)})))
        return running.hexdigest()[:32]


class _CellHashes(dict[Cell, int]):
    """Hashes of cells as numbers, remembered across results: candidates for one question return the same values.

    1 and 1.0 are one key and one hash, as they must be.
    """

    def __init__(self) -> None:
        super().__init__()
        self._bytes = 0

    def __missing__(self, cell: Cell) -> int:
        text = _cell_text(cell)
        self._bytes += len(text)
        self[cell] = number = _number(_sha256(text.encode()).digest())
        return number

    def sum(self, column: Sequence[Cell], n_rows: int) -> int:
        """Sum of the hashes of a batch of cells, the last of n rows."""
        if n_rows > _LARGE_RESULT and 2 * len(set(column)) > len(column):  # too many values to remember
            return sum([_number(_sha256(_cell_text(cell).encode()).digest()) for cell in column])
        if len(self) > _REMEMBERED or self._bytes > _REMEMBERED_BYTES:
            self.clear()
            self._bytes = 0
        return sum(map(self.__getitem__, column))


def _cell_text(cell: Cell) -> str:
    return ascii(int(cell) if type(cell) is float and cell.is_integer() else cell)


_cell_hashes = _CellHashes()


class Digester:
    """Takes a result in batches of rows and gives its digests."""

    def __init__(self, width: int) -> None:
        """Start with the number of columns; results of one column need half the work."""
        self._n_rows = 0
        self._sum = 0
        self._list = _sha256()
        self._set = _DistinctHashes()
        self._wide = width > 1
        self._unordered_list = _sha256()
        self._unordered_set = _DistinctHashes()
        self._column_sums = [0] * width

    def update(self, rows: Sequence[Row], texts: Sequence[str]) -> None:
        """Add the next rows of the result, with their texts as `encode_row` gives them."""
        hashes = [_sha256(text.encode()).digest() for text in texts]
        self._n_rows += len(hashes)
        self._sum += sum(map(_number, hashes))
        self._list.update(b"".join(hashes))
        self._set.update(hashes)
        if self._wide and rows:
            self._update_wide(rows, hashes)

    def _update_wide(self, rows: Sequence[Row], hashes: Sequence[bytes]) -> None:
        columns = list(zip(*rows, strict=True))
        keys = [_sort_keys(column) for column in columns]
        in_order = map(all, zip(*(map(le, left, right) for left, right in pairwise(keys)), strict=True))
        sorted_hashes = [
            row_hash if as_is else _sha256(encode_row(_rearrange(row, row_keys)).encode()).digest()
            for row, row_keys, row_hash, as_is in zip(rows, zip(*keys, strict=True), hashes, in_order, strict=True)
        ]
        self._unordered_list.update(b"".join(sorted_hashes))
        self._unordered_set.update(sorted_hashes)
        self._column_sums = [
            total + _cell_hashes.sum(column, self._n_rows) for total, column in zip(self._column_sums, columns, strict=True)
        ]

    def finish(self) -> Digests:
        """The digests of all rows so far."""
        bag = _finish_sums(self._n_rows, [self._sum])
        as_set, as_list = self._set.digest(), self._list.hexdigest()[:32]
        if not self._wide or not self._n_rows:
            return Digests(as_set, bag, as_list, as_set, as_list, bag)
        return Digests(
            as_set,
            bag,
            as_list,
            self._unordered_set.digest(),
            self._unordered_list.hexdigest()[:32],
            _finish_sums(self._n_rows, self._column_sums),
        )


def _finish_sums(n_rows: int, sums: list[int]) -> str:
    parts = sorted((total % 2**256).to_bytes(32) for total in sums)
    return _sha256(b"".join([n_rows.to_bytes(8), *parts])).hexdigest()[:32]


def digest_rows(rows: Sequence[Row], width: int) -> Digests:
    """The digests of a result that is in memory."""
    digester = Digester(width)
    digester.update(rows, [encode_row(row) for row in rows])
    return digester.finish()
