"""The first difference between two results under each comparator, in words; and results as short texts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import permutations

from text2sql_data.comparators.permutation import same_under_permutation
from text2sql_data.execution.outcome import Row, Undecodable
from text2sql_data.execution.preview import Cut

_PERMUTED_COLUMNS = 6
_CELL_CHARS = 60


def difference(comparator: str, gold: Sequence[Row], candidate: Sequence[Row], *, ordered: bool) -> str | None:
    """The first difference between two results, as a comparator sees them; None where they are the same to it.

    Args:
        comparator: bird, spider, strict or bag.
        gold: Rows of the gold.
        candidate: Rows of the candidate.
        ordered: Whether the gold says ORDER BY, which is what makes the order count for spider.
    """
    if comparator == "spider":
        return _spider_difference(gold, candidate, ordered=ordered)
    if comparator == "bird" and not gold and not candidate:
        return None  # rows that are not there have no columns either
    find = {"bird": _set_difference, "strict": _list_difference, "bag": _bag_difference}[comparator]
    return _width_difference(gold, candidate) or find(gold, candidate)


def permutation_note(gold: Sequence[Row], candidate: Sequence[Row], *, ordered: bool) -> str | None:
    """Which order of the candidate's columns makes it equal to the gold, where it is not equal as it stands."""
    if not gold or len(gold[0]) > _PERMUTED_COLUMNS:
        return None
    compared = list if ordered else Counter
    orders = permutations(range(len(candidate[0]))) if candidate else iter(())
    for order in orders:
        if compared(gold) == compared([tuple(row[place] for place in order) for row in candidate]):
            changed = order != tuple(range(len(order)))
            return f"equal with the candidate's columns in the order {', '.join(str(p + 1) for p in order)}" if changed else None
    return None


def shown(row: Iterable[object]) -> list[str]:
    """The cells of a row as short texts."""
    return [_cell(value) for value in row]


def _spider_difference(gold: Sequence[Row], candidate: Sequence[Row], *, ordered: bool) -> str | None:
    if same_under_permutation(gold, candidate, ordered=ordered):
        return None
    if width := _width_difference(gold, candidate):
        return width
    found = (_list_difference if ordered else _bag_difference)(gold, candidate)
    if found is None:
        return "equal, but the evaluator sorts the values of a row by text, where 1 and 1.0 may change places"
    return f"{found}; no order of the columns makes them equal" if gold and candidate else found


def _width_difference(gold: Sequence[Row], candidate: Sequence[Row]) -> str | None:
    if gold and candidate and len(gold[0]) != len(candidate[0]):
        return f"the gold has {counted(len(gold[0]), 'column')}, the candidate {len(candidate[0])}"
    return None


def _set_difference(gold: Sequence[Row], candidate: Sequence[Row]) -> str | None:
    in_gold, in_candidate = set(gold), set(candidate)
    parts = []
    for rows, others, name in ((gold, in_candidate, "gold"), (candidate, in_gold, "candidate")):
        only = [row for row in dict.fromkeys(rows) if row not in others]
        if only:
            parts.append(f"{counted(len(only), 'row')} only in the {name}, the first {_row(only[0])}")
    return "; ".join(parts) or None


def _bag_difference(gold: Sequence[Row], candidate: Sequence[Row]) -> str | None:
    in_gold, in_candidate = Counter(gold), Counter(candidate)
    for row in dict.fromkeys([*gold, *candidate]):
        if in_gold[row] != in_candidate[row]:
            times = counted(in_gold[row], "time")
            return f"{_row(row)} is {times} in the gold, {counted(in_candidate[row], 'time')} in the candidate"
    return None


def _list_difference(gold: Sequence[Row], candidate: Sequence[Row]) -> str | None:
    for number, (left, right) in enumerate(zip(gold, candidate, strict=False), 1):
        if left != right:
            return f"row {number} is {_row(left)} in the gold, {_row(right)} in the candidate"
    if len(gold) == len(candidate):
        return None
    shorter, longer = ("gold", candidate) if len(gold) < len(candidate) else ("candidate", gold)
    n_rows = min(len(gold), len(candidate))
    return f"the {shorter} ends after {counted(n_rows, 'row')}, where the other goes on with {_row(longer[n_rows])}"


def _row(row: Row) -> str:
    return f"({', '.join(shown(row))})"


def _cell(value: object) -> str:
    if isinstance(value, Cut):
        return f"{_cell(value.start)}... ({value.length} long)"
    if value is None:
        return "NULL"
    text = repr(value.raw if isinstance(value, Undecodable) else value)
    return text if len(text) <= _CELL_CHARS else f"{text[:_CELL_CHARS]}..."


def counted(count: int, noun: str) -> str:
    """A number with its noun: 1 row, 2 rows."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
