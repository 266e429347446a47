"""Which values are equal under which comparator, pair by pair, against a slow model of the official scripts.

The model reads rows with Python's sqlite3, as the scripts do, and compares them as the scripts do: BIRD's as sets of tuples, the
Spider test suite's by trying every order of the columns. It shares no code with the digests.
"""

import itertools
import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import apsw
import pytest

from text2sql_data.execution import sandbox
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Outcome

Verdict = tuple[str, str | None]
Judge = Callable[[str, Sequence[tuple[str, str | None]]], list[dict[str, Verdict]]]
Rows = list[tuple[Any, ...]]

VALUES = (
    "NULL", "0", "0.0", "-0.0", "1", "1.0", "'1'", "'1.0'", "x'31'", "''", "x''", "' '", "'NULL'", "'None'", "'nan'", "1e999",
    "-1e999", "1e999 - 1e999", "9007199254740992", "9007199254740993", "9007199254740992.0", "9223372036854775807",
    "9223372036854775807.0", "-9223372036854775808", "1e15", "1000000000000000", "1e16", "0.1", "0.1 + 0.2", "0.3", "1e-320",
    "'a'", "'A'", "'\u00e9'", "'e\u0301'", "char(0)", "'\U0001f600'", "TRUE", "'1' + 0",
)  # fmt: skip
EQUAL = (
    {"NULL", "1e999 - 1e999"},  # SQLite has no NaN
    {"0", "0.0", "-0.0"},
    {"1", "1.0", "TRUE", "'1' + 0"},
    {"9007199254740992", "9007199254740992.0"},
    {"1e15", "1000000000000000"},
)
"""What is equal though it is written otherwise; all other values differ from each other."""

SHAPES: dict[str, tuple[str, str]] = {
    "one value": ("SELECT {a}", "SELECT {b}"),
    "beside another": ("SELECT {a}, 7", "SELECT {b}, 7"),
    "columns swapped": ("SELECT {a}, {b}", "SELECT {b}, {a}"),
    "rows swapped": ("SELECT {a} UNION ALL SELECT {b}", "SELECT {b} UNION ALL SELECT {a}"),
    "twice and once": ("SELECT {a} UNION ALL SELECT {a}", "SELECT {a} UNION ALL SELECT {b}"),
    "crosswise": ("SELECT {a}, {b} UNION ALL SELECT {b}, {a}", "SELECT {a}, {a} UNION ALL SELECT {b}, {b}"),
}


def read(database: sqlite3.Connection, sql: str) -> Rows:
    """Rows as the scripts read them."""
    return database.execute(sql).fetchall()


def bird(gold: Rows, answer: Rows) -> bool:
    """BIRD's evaluation_ex.py."""
    return set(answer) == set(gold)


def spider(gold: Rows, answer: Rows, *, ordered: bool) -> bool:
    """The test suite's exec_eval.result_eq, with every order of the columns tried."""
    if not gold and not answer:
        return True
    if len(gold) != len(answer) or len(gold[0]) != len(answer[0]):
        return False

    def unordered(rows: Rows) -> Any:  # noqa: ANN401 - a list or a set
        cells = [tuple(sorted(row, key=lambda x: str(x) + str(type(x)))) for row in rows]
        return cells if ordered else set(cells)

    if unordered(gold) != unordered(answer):
        return False
    for order in itertools.permutations(range(len(gold[0]))):
        moved = [tuple(row[place] for place in order) for row in answer]
        if ordered and gold == moved:
            return True
        if not ordered and set(gold) == set(moved) and counted(gold) == counted(moved):
            return True
    return False


def counted(rows: Rows) -> dict[tuple[Any, ...], int]:
    """How often each row is there."""
    found: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in rows:
        found[row] += 1
    return found


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    """An empty database in memory."""
    with closing(sqlite3.connect(":memory:")) as opened:
        yield opened


@pytest.fixture(scope="module")
def outcomes() -> Callable[[str], Outcome]:
    """Executes a text as a worker does, once."""
    connection = apsw.Connection(":memory:")
    known: dict[str, Outcome] = {}

    def run(sql: str) -> Outcome:
        if sql not in known:
            known[sql] = sandbox.run(connection, sql, Limits())
        return known[sql]

    return run


def test_the_list_of_equal_values(database: sqlite3.Connection) -> None:
    """Of all pairs of values exactly those that are listed are one for Python, which is what the scripts compare with."""
    for one, other in itertools.combinations(VALUES, 2):
        listed = any({one, other} <= group for group in EQUAL)
        assert (read(database, f"SELECT {one}") == read(database, f"SELECT {other}")) == listed, (one, other)
    assert not any(isinstance(cell, float) and math.isnan(cell) for v in VALUES for cell in read(database, f"SELECT {v}")[0])


@pytest.mark.parametrize("shape", SHAPES)
def test_digests_of_every_pair(database: sqlite3.Connection, outcomes: Callable[[str], Outcome], shape: str) -> None:
    """Set, bag and list digests of two results with two of the values are equal exactly when the model says so."""
    for one, other in itertools.product(VALUES, VALUES):
        gold, answer = (text.format(a=one, b=other) for text in SHAPES[shape])
        first, second = outcomes(gold), outcomes(answer)
        rows, others = read(database, gold), read(database, answer)
        said = (
            first.set_digest == second.set_digest,
            first.bag_digest == second.bag_digest,
            first.list_digest == second.list_digest,
        )
        assert said == (set(rows) == set(others), Counter(rows) == Counter(others), rows == others), (gold, answer)
        if spider(rows, others, ordered=False):  # what the comparator asks of digests before it looks at rows
            assert first.unordered_set_digest == second.unordered_set_digest, (gold, answer)
            assert first.columns_digest == second.columns_digest, (gold, answer)
        if spider(rows, others, ordered=True):
            assert first.unordered_list_digest == second.unordered_list_digest, (gold, answer)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ordered", [False, True])
def test_verdicts_of_every_pair(judge: Judge, database: sqlite3.Connection, shape: str, *, ordered: bool) -> None:
    """Every comparator says of every pair what its model says; Spider's looks at the order where the gold's text has one."""
    end = " ORDER BY NULL" if ordered else ""  # orders nothing, and is seen
    pairs: list[tuple[str, str | None]] = []
    for one, other in itertools.product(VALUES, VALUES):
        gold, answer = (f"SELECT * FROM ({text.format(a=one, b=other)})" for text in SHAPES[shape])
        pairs.append((gold + end, answer))
    for (gold, answer), verdicts in zip(pairs, judge("CREATE TABLE t (a)", pairs), strict=True):
        rows, others = read(database, gold), read(database, str(answer))
        expected = {
            "bird": bird(rows, others),
            "spider": spider(rows, others, ordered=ordered),
            "bag": Counter(rows) == Counter(others),
            "strict": rows == others,
        }
        assert {name: verdict == "correct" for name, (verdict, _) in verdicts.items()} == expected, (gold, answer)
