"""Whether two results are equal under some permutation of the columns: for the few pairs that digests do not decide."""

from collections import Counter
from collections.abc import Sequence

from text2sql_data.execution.outcome import Cell, Row, Undecodable


def same_under_permutation(gold: Sequence[Row], candidate: Sequence[Row], *, ordered: bool) -> bool:
    """The relation that the Spider test-suite evaluator tests: some column order makes the two lists (or bags) of rows equal.

    Args:
        gold: Rows of the gold.
        candidate: Rows of the candidate.
        ordered: Whether the order of the rows counts.
    """
    gold, candidate = [_readable(row) for row in gold], [_readable(row) for row in candidate]
    if not gold and not candidate:
        return True
    if len(gold) != len(candidate) or len(gold[0]) != len(candidate[0]):
        return False
    if not _quick(gold, candidate, ordered=ordered):
        return False
    if not ordered and not _same_cells(gold, candidate):
        return False
    return _extend((), list(zip(*gold, strict=True)), list(zip(*candidate, strict=True)), ordered=ordered)


def _same_cells(gold: list[Row], candidate: list[Row]) -> bool:
    """Whether the bags of rows agree when the order of the cells is left out: cheap, and spares a search that may be long."""
    bags = [Counter(frozenset(Counter(row).items()) for row in rows) for rows in (gold, candidate)]
    return bags[0] == bags[1]


Column = tuple[Cell, ...]


def _extend(chosen: tuple[int, ...], gold: list[Column], candidate: list[Column], *, ordered: bool) -> bool:
    """Whether the candidate columns chosen so far, which fit the first columns of the gold, can be completed."""
    if len(chosen) == len(gold):
        return True
    tried: set[Column] = set()
    for index, column in enumerate(candidate):
        if index in chosen or column in tried:  # of equal columns one is as good as the other
            continue
        tried.add(column)
        now = (*chosen, index)
        if _agree(gold[: len(now)], [candidate[i] for i in now], ordered=ordered) and _extend(
            now, gold, candidate, ordered=ordered
        ):
            return True
    return False


def _agree(gold: list[Column], candidate: list[Column], *, ordered: bool) -> bool:
    if ordered:
        return gold[-1] == candidate[-1]
    return Counter(zip(*gold, strict=True)) == Counter(zip(*candidate, strict=True))


def _quick(gold: list[Row], candidate: list[Row], *, ordered: bool) -> bool:
    """The evaluator's first test. It sorts by text and type, so that 1 and 1.0 may sort apart, which is repeated here."""
    sorted_gold, sorted_candidate = ([tuple(sorted(row, key=_text_and_type)) for row in rows] for rows in (gold, candidate))
    return sorted_gold == sorted_candidate if ordered else set(sorted_gold) == set(sorted_candidate)


def _text_and_type(cell: Cell) -> str:
    return str(cell) + str(type(cell))


def _readable(row: Row) -> Row:
    """Broken text as the evaluator reads it: without the bytes that are not UTF-8."""
    return tuple(cell.raw.decode("utf-8", "ignore") if isinstance(cell, Undecodable) else cell for cell in row)
