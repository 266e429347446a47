"""Numbers that are compared as text: found where it changes something, left alone where it does not."""

import apsw
import pytest
import sqlglot

from text2sql_data.golds import text_numbers

SCHEMA = {
    "t": {"code": "TEXT", "year": "VARCHAR(4)", "name": "TEXT", "n": "INTEGER", "loose": "", "price": "DECIMAL(5,2)"},
    "u": {"code": "TEXT", "m": "INT"},
}
ROWS = [("9", "1999", "x", 9, "9", "9.5"), ("10", "2001", "y", 10, "10", "10"), ("100", "2005", "1", 100, "100", "3")]


def said(sql: str, rows: list[tuple[object, ...]] = ROWS) -> list[str]:
    """What is said about a statement over the tables t and u."""
    connection = apsw.Connection(":memory:")
    for table, columns in SCHEMA.items():
        connection.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.executemany("INSERT INTO u VALUES (?, ?)", [(row[0], row[3]) for row in rows])
    found = []
    for use in text_numbers.uses(sqlglot.parse_one(sql, dialect="sqlite"), SCHEMA):
        (row,) = connection.execute(use.sql).fetchall()
        found += [detail] if (detail := text_numbers.finding(use, row)) else []
    return found


@pytest.mark.parametrize(
    ("sql", "detail"),
    [
        ("SELECT name FROM t ORDER BY code", "ORDER BY t.code: 3 of 3 texts are numbers; '9' comes after '10'"),
        ("SELECT name, code AS c FROM t ORDER BY c DESC LIMIT 1", "ORDER BY t.code"),
        ("SELECT code FROM t ORDER BY 1", "ORDER BY t.code"),
        ("SELECT MAX(code) FROM t", "MAX(t.code)"),
        ("SELECT min(T1.CODE) FROM t AS T1 JOIN u AS T2 ON T1.n = T2.m", "MIN(t.CODE)"),
        ("SELECT name FROM t WHERE code > 10", "t.code > 10: 3 of 3 texts are numbers; 1 of them, such as '9'"),
        ("SELECT name FROM t WHERE code > '10'", "t.code > '10'"),
        ('SELECT name FROM t WHERE code > "10"', "t.code > '10'"),
        ("SELECT name FROM t WHERE 10 < code", "t.code > 10"),
        ("SELECT name FROM t WHERE code BETWEEN 1 AND 50", "t.code BETWEEN 1 AND 50"),
        ("SELECT name FROM t WHERE code > (SELECT avg(code) FROM t)", "t.code > (SELECT AVG(code) FROM t)"),
        ("SELECT name FROM t WHERE code > n OR code < (SELECT u.code FROM u WHERE u.m = t.n)", "t.code < "),
        ("SELECT name FROM t WHERE loose < 50", "t.loose < 50"),
        ("SELECT (SELECT max(code) FROM u WHERE u.m < t.n) FROM t", "MAX(u.code)"),
        ("SELECT name FROM t WHERE code > (SELECT '{}' || max(n) FROM t)", "t.code > "),
    ],
)
def test_numbers_compared_as_text_are_found(sql: str, detail: str) -> None:
    """In ORDER BY, MIN, MAX, <, > and BETWEEN, against literals in either form, subqueries and other text."""
    assert [one for one in said(sql) if detail in one]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM t ORDER BY CAST(code AS INTEGER)",
        "SELECT name FROM t ORDER BY code + 0",
        "SELECT MAX(CAST(code AS REAL)) FROM t",
        "SELECT name FROM t WHERE CAST(code AS REAL) > 10",
        "SELECT name FROM t WHERE code > CAST('10' AS INTEGER)",  # a numeric side makes the comparison numeric
        "SELECT name FROM t WHERE code > n",
        "SELECT name FROM t WHERE code > (SELECT m FROM u)",
        "SELECT name FROM t ORDER BY n",
        "SELECT MAX(price) FROM t",
        "SELECT name FROM t ORDER BY year",  # texts of one length sort as their numbers do
        "SELECT name FROM t WHERE year > 2000",
        "SELECT name FROM t ORDER BY name",
        "SELECT name FROM t WHERE code = 10",
        "SELECT name FROM t WHERE code < '2001-01-01'",
        "SELECT name, n AS code FROM t ORDER BY code",
        "WITH t AS (SELECT 1 AS code) SELECT code FROM t ORDER BY code",
        "SELECT MAX(code, name) FROM t",
    ],
)
def test_what_does_no_harm_is_no_finding(sql: str) -> None:
    """A CAST, arithmetic, a numeric column or side, texts of one length, and words are left alone."""
    assert said(sql) == []


def test_the_word_among_the_numbers_is_named() -> None:
    """A column that is mostly numbers sorts its 'null' first of all from the top."""
    rows: list[tuple[object, ...]] = [(str(number), "", "", number, "", "") for number in range(10, 30)]
    (found,) = said("SELECT name FROM t ORDER BY code DESC LIMIT 1", [*rows, ("null", "", "", 0, "", "")])
    assert found == "ORDER BY t.code: 20 of 21 texts are numbers; 1, such as 'null', are not"
    (found,) = said("SELECT name FROM t WHERE code > 15", [*rows, ("null", "", "", 0, "", "")])
    assert found.endswith("1, such as 'null', are not but pass")


def test_mostly_words_are_no_numbers() -> None:
    """Below nine numbers in ten texts, and in an empty table, nothing is said."""
    rows: list[tuple[object, ...]] = [(word, "", "", 0, "", "") for word in ("9", "10", "one", "two")]
    assert said("SELECT name FROM t ORDER BY code", rows) == []
    assert said("SELECT name FROM t ORDER BY code", []) == []
