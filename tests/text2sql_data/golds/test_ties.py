"""Probes of LIMIT: which cuts go through a tie that changes the answer, and which rows owe their place to a NULL."""

from itertools import permutations

import apsw
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from text2sql_data.golds import ties

TABLE = "CREATE TABLE t (name TEXT, x INTEGER, y REAL)"
ROWS = [("a", 3, None), ("b", 3, 1.5), ("c", 1, 2.5), ("d", 2, 2.5), ("c", 1, None)]


def looked_at(sql: str, rows: list[tuple[object, ...]] = ROWS) -> tuple[list[str], list[str]]:
    """What is said about the ties and the NULLs of a statement over the table t."""
    connection = apsw.Connection(":memory:")
    connection.execute(TABLE)
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    said: tuple[list[str], list[str]] = [], []
    for query in ties.limited(sqlglot.parse_one(sql, dialect="sqlite")):
        probe = ties.probe(query, {"name", "x", "y"})
        fetched = connection.execute(probe.sql).fetchall()
        for into, detail in zip(said, (ties.tie(probe, fetched), ties.null_first(probe, fetched)), strict=True):
            if detail:
                into.append(detail)
    return said


@pytest.mark.parametrize(
    ("sql", "detail"),
    [
        ("SELECT name FROM t ORDER BY x DESC LIMIT 1", "rows 1 and 2 have the same sort key 3; LIMIT 1 keeps 1 of them"),
        ("SELECT name, x AS k FROM t ORDER BY k DESC LIMIT 1", "same sort key 3"),
        ("SELECT x, name FROM t ORDER BY 1 DESC LIMIT 1", "same sort key 3"),
        ("SELECT * FROM t ORDER BY 2 DESC LIMIT 1", "same sort key 3"),
        ("SELECT name FROM t ORDER BY x + 0 DESC LIMIT 1", "same sort key 3"),
        ("SELECT name FROM t ORDER BY x DESC LIMIT 1 OFFSET 1", "LIMIT 1 OFFSET 1 keeps 1"),
        ("SELECT name FROM t ORDER BY x DESC LIMIT 1, 1", "LIMIT 1 OFFSET 1 keeps 1"),
        ("SELECT x FROM t GROUP BY x ORDER BY count(*) DESC LIMIT 1", "rows 1 and 2 have the same sort key 2"),
        ("SELECT name FROM t LIMIT 2", "there is no ORDER BY, and LIMIT 2 keeps 2 of rows 1 to 5"),
        ("SELECT name FROM t WHERE x = (SELECT x FROM t ORDER BY y DESC LIMIT 1)", "in a subquery, rows 1 and 2"),
        ("SELECT name, x FROM t UNION SELECT 'z', 3 ORDER BY x DESC LIMIT 1", "rows 1 to 3 have the same sort key 3"),
        ("WITH u AS (SELECT * FROM t) SELECT DISTINCT x, name FROM u ORDER BY x DESC LIMIT 1", "same sort key 3"),
        ("SELECT -x AS y, name FROM t ORDER BY y LIMIT 1", "same sort key -3"),
    ],
)
def test_a_tie_at_the_cut_is_found(sql: str, detail: str) -> None:
    """Aliases, ordinals, expressions, groups, set operations, subqueries: the tied rows are seen and named."""
    (said,), _ = looked_at(sql)
    assert detail in said


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM t ORDER BY x LIMIT 1",  # the tied rows show the same name
        "SELECT x FROM t ORDER BY x DESC LIMIT 1",
        "SELECT name FROM t ORDER BY x DESC LIMIT 2",  # both are kept
        "SELECT name FROM t ORDER BY x DESC, name LIMIT 1",
        "SELECT max(x) FROM t LIMIT 1",
        "SELECT name FROM t ORDER BY x DESC LIMIT 100",
        "SELECT name FROM t WHERE EXISTS (SELECT 1 FROM t LIMIT 1)",
        "SELECT name FROM t ORDER BY x DESC",
        "SELECT name FROM t ORDER BY x LIMIT 0",
    ],
)
def test_what_no_tie_decides_is_no_finding(sql: str) -> None:
    """Equal values, a whole tie kept, a full order, and no cut at all are left alone."""
    assert looked_at(sql)[0] == []


def test_only_a_longer_look_shows_that_tied_rows_differ() -> None:
    """The first two tied rows show the same, the third does not: that is a tie that changes the answer."""
    rows: list[tuple[object, ...]] = [("a", 1, None), ("a", 1, None), ("b", 1, None)]
    (said,), _ = looked_at("SELECT name FROM t ORDER BY x LIMIT 1", rows)
    assert "rows 1 to 3" in said


def test_a_long_tie_is_judged_by_its_start() -> None:
    """More tied rows than a probe looks at are said to go on."""
    rows: list[tuple[object, ...]] = [(str(number), 1, None) for number in range(ties.BEYOND + 50)]
    (said,), _ = looked_at("SELECT name FROM t ORDER BY x LIMIT 1", rows)
    assert f"rows 1 to {ties.BEYOND + 1} or beyond" in said


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT name FROM t ORDER BY y LIMIT 3", True),
        ("SELECT name FROM t ORDER BY y ASC, name LIMIT 1", True),
        ("SELECT name FROM t ORDER BY x DESC, y LIMIT 1", True),
        ("SELECT name FROM t ORDER BY y DESC LIMIT 3", False),
        ("SELECT name FROM t ORDER BY y ASC NULLS LAST LIMIT 1", False),
        ("SELECT name FROM t WHERE y IS NOT NULL ORDER BY y LIMIT 1", False),
        ("SELECT name FROM t ORDER BY y LIMIT 2 OFFSET 2", False),
        ("SELECT name FROM t ORDER BY y", False),
    ],
)
def test_a_null_that_sorts_first(sql: str, found: bool) -> None:
    """It counts where it takes the first place that LIMIT keeps, not where it comes last, is left out or is skipped."""
    assert bool(looked_at(sql)[1]) is found


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT DISTINCT name FROM t ORDER BY x LIMIT 1", "DISTINCT"),
        ("SELECT name FROM t UNION SELECT 'z' ORDER BY upper(name) LIMIT 1", "set operation"),
        ("SELECT name FROM t ORDER BY name COLLATE NOCASE LIMIT 1", "COLLATE"),
        ("SELECT name FROM t ORDER BY x LIMIT 1 + 1", "no plain number"),
    ],
)
def test_what_a_probe_would_change_is_not_probed(sql: str, reason: str) -> None:
    """Forms whose meaning the wider query would change are refused, with the reason."""
    with pytest.raises(ties.NotProbedError, match=reason):
        looked_at(sql)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 1), st.sampled_from([None, 0.5])), max_size=5),
    kept=st.integers(1, 3),
    skipped=st.integers(0, 2),
)
def test_a_tie_is_found_exactly_where_another_order_of_insertion_changes_the_answer(
    rows: list[tuple[object, ...]], kept: int, skipped: int
) -> None:
    """Over all orders of insertion the bag of kept rows is one and the same if and only if there is no finding."""
    sql = f"SELECT name, y FROM t ORDER BY x DESC LIMIT {kept} OFFSET {skipped}"
    connection = apsw.Connection(":memory:")
    connection.execute(TABLE)
    answers = set()
    for order in set(permutations(rows)):
        connection.execute("DELETE FROM t")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", order)
        answers.add(tuple(sorted(map(str, connection.execute(sql).fetchall()))))
    assert bool(looked_at(sql, rows)[0]) is (len(answers) > 1)
