"""Labels decided from digests against the definitions of the comparators, on random tables in real SQLite files."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import permutations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Verdict = tuple[str, str | None]
Judge = Callable[[str, Sequence[tuple[str, str | None]]], list[dict[str, Verdict]]]
Cell = int | float | str | bytes | None
Row = tuple[Cell, ...]

CELLS: st.SearchStrategy[Cell] = st.sampled_from(
    [None, 0, 1, 2, 1.0, 0.5, -0.0, "1", "a", "A", "", b"a", b"", 2**53 + 1, float(2**53), 1e300]
)
SMALL: st.SearchStrategy[Cell] = st.sampled_from([0, 1, "a"])
ROWS = st.sampled_from([CELLS, SMALL]).flatmap(lambda cells: st.lists(st.tuples(cells, cells, cells), max_size=6))
COLUMNS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3)


@st.composite
def query(draw: st.DrawFn) -> str:
    """A query over the table t whose order is determined."""
    columns = ", ".join(draw(COLUMNS))
    distinct = draw(st.sampled_from(["", "", "DISTINCT "]))
    where = draw(st.sampled_from(["", "", " WHERE a = b", " WHERE 0", " WHERE a IS NOT NULL"]))
    order = draw(st.sampled_from(["", "", " ORDER BY rowid", " ORDER BY rowid DESC"]))
    return f"SELECT {distinct}{columns} FROM t{where}{'' if distinct else order}"


def literal(cell: Cell) -> str:
    """A value as SQL."""
    if cell is None:
        return "NULL"
    if isinstance(cell, bytes):
        return f"x'{cell.hex()}'"
    return f"'{cell}'" if isinstance(cell, str) else repr(cell)


def spider(gold: list[Row], answer: list[Row], *, ordered: bool) -> bool:
    """The test-suite's relation, tried on every order of the columns."""
    if not gold and not answer:
        return True
    if len(gold) != len(answer) or len(gold[0]) != len(answer[0]):
        return False

    def sorted_cells(row: Row) -> Row:
        return tuple(sorted(row, key=lambda cell: f"{cell}{type(cell)}"))

    first, second = [sorted_cells(row) for row in gold], [sorted_cells(row) for row in answer]
    if (first != second) if ordered else (set(first) != set(second)):
        return False
    moved = ([tuple(row[i] for i in order) for row in answer] for order in permutations(range(len(gold[0]))))
    return any(rows == gold if ordered else Counter(rows) == Counter(gold) for rows in moved)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=ROWS, queries=st.lists(query(), min_size=4, max_size=8, unique=True))
def test_labels_follow_the_definitions(judge: Judge, rows: list[Row], queries: list[str]) -> None:
    """Every pair of queries gets from each comparator what its definition says about the rows themselves."""
    values = "".join(f"INSERT INTO t VALUES ({', '.join(map(literal, row))});" for row in rows)
    script = f"CREATE TABLE t (a, b, c); {values}"
    pairs = list(product(queries, queries))
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(script)
        results = {sql: database.execute(sql).fetchall() for sql in queries}
        plain = {sql: database.execute(sql.replace("DISTINCT ", "")).fetchall() for sql in queries}
    for (gold, answer), found in zip(pairs, judge(script, pairs), strict=True):
        first, second = results[gold], results[answer]
        wide = gold.partition(" FROM")[0].count(",") == answer.partition(" FROM")[0].count(",")
        expected = {
            "bird": set(first) == set(second),
            "bag": wide and Counter(first) == Counter(second),
            "strict": wide and first == second,
            "spider": spider(plain[gold], plain[answer], ordered="ORDER BY" in gold),
        }
        said = {name: verdict == "correct" for name, (verdict, _) in found.items()}
        assert (rows, gold, answer, said) == (rows, gold, answer, expected)
