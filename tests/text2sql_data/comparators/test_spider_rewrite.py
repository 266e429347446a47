"""What the comparator `spider` executes in place of what was written, against a lexer that knows quotes and comments."""

import json
import re
from pathlib import Path

import duckdb
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from text2sql_data.comparators import comparator

PIECES = [
    "distinct", "DISTINCT", "Distinct ", "distinctly", "_distinct", "distinct(", " ", "\n", ";", "'", '"', "`", "[", "]", "--",
    "/*", "*/", "> =", "< =", "! =", "x", "'distinct'", '"a distinct b"', "''", "-- distinct\n", "/* distinct; */",
    "YEAR(CURDATE())", "year ( curdate ( ) ) ", " value ", "select", "a.b", "1",
]  # fmt: skip
QUOTES = {"'": "'", '"': '"', "`": "`", "[": "]"}
WORD = re.compile(r"\w+", re.ASCII)


def tokens(sql: str) -> list[str]:
    """The text in pieces: quoted texts and comments whole, words whole, everything else character by character."""
    found, at = [], 0
    while at < len(sql):
        end = at + 1
        if sql[at] in QUOTES:
            closing = QUOTES[sql[at]]
            close = sql.find(closing, at + 1)
            while closing in "'\"" and close != -1 and sql[close + 1 : close + 2] == closing:
                close = sql.find(closing, close + 2)
            end = close + 1 or at + 1
        elif sql.startswith("--", at):
            line_end = sql.find("\n", at)
            end = len(sql) if line_end == -1 else line_end
        elif sql.startswith("/*", at):
            end = sql.find("*/", at + 2) + 2
            end = at + 1 if end == 1 else end
        elif word := WORD.match(sql, at):
            end = word.end()
        found.append(sql[at:end])
        at = end
    return found


def oracle(sql: str) -> str:
    """The first statement, with broken operators mended, without the word DISTINCT, and with the year that the evaluator puts."""
    pieces = tokens(sql)
    first = "".join(pieces[: pieces.index(";") + 1] if ";" in pieces else pieces)
    for broken, mended in (("> =", ">="), ("< =", "<="), ("! =", "!=")):
        first = first.replace(broken, mended)
    kept = "".join(piece for piece in tokens(first) if piece.lower() != "distinct")
    return re.sub(r"YEAR\s*\(\s*CURDATE\s*\(\s*\)\s*\)\s*", "2020", kept, flags=re.IGNORECASE | re.ASCII)


@pytest.fixture(scope="module")
def macros() -> duckdb.DuckDBPyConnection:
    """DuckDB with the macros of the comparator."""
    connection = duckdb.connect()
    connection.execute(comparator("spider").sql)
    return connection


def rewritten(macros: duckdb.DuckDBPyConnection, texts: list[str], which: str = "gold") -> list[str]:
    """What the macro makes of each text."""
    found = macros.execute(f"SELECT comparator_{which}(unnest($texts::VARCHAR[]))", {"texts": texts}).fetchall()
    return [text for (text,) in found]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT DISTINCT a FROM t", "SELECT  a FROM t"),
        ("SELECT count(DISTINCT a) FROM t", "SELECT count( a) FROM t"),
        ("SELECT 'distinct' FROM t", "SELECT 'distinct' FROM t"),
        ("SELECT 'it''s distinct', DISTINCT b", "SELECT 'it''s distinct',  b"),
        ('SELECT "distinct" FROM t -- distinct', 'SELECT "distinct" FROM t -- distinct'),
        (
            "SELECT [distinct], `distinct` /* distinct\ndistinct */ FROM t",
            "SELECT [distinct], `distinct` /* distinct\ndistinct */ FROM t",
        ),
        ("SELECT distinct_id FROM indistinct", "SELECT distinct_id FROM indistinct"),
        ("SELECT 1; DROP TABLE t", "SELECT 1;"),
        ("SELECT ';' ; SELECT 2", "SELECT ';' ;"),
        ("SELECT 1 -- a; b\n; SELECT 2", "SELECT 1 -- a; b\n;"),
        ("WHERE a > = 1 AND b < = 2 AND c ! = 3", "WHERE a >= 1 AND b <= 2 AND c != 3"),
        ("WHERE y < YEAR(CURDATE())", "WHERE y < 2020"),
        ("SELECT 1", "SELECT 1"),
    ],
)
def test_cases(macros: duckdb.DuckDBPyConnection, sql: str, expected: str) -> None:
    """DISTINCT goes, but not from quotes, comments and longer words; what follows the first statement goes."""
    assert rewritten(macros, [sql]) == [expected]
    assert oracle(sql) == expected


def test_placeholder_of_a_prediction(macros: duckdb.DuckDBPyConnection) -> None:
    """Only in predictions is ` value ` read as ` 1 `."""
    sql = "SELECT a FROM t WHERE b = value AND c = 'value' LIMIT value "
    assert rewritten(macros, [sql], "candidate") == ["SELECT a FROM t WHERE b = 1 AND c = 'value' LIMIT 1 "]
    assert rewritten(macros, [sql]) == [sql]


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_text(macros: duckdb.DuckDBPyConnection, pieces: list[str]) -> None:
    """The macro and the lexer agree on any text whose quotes are closed; the others are a syntax error whatever is removed."""
    sql = "".join(pieces)
    assume(not any(piece in QUOTES for piece in tokens(sql)))
    assert rewritten(macros, [sql]) == [oracle(sql)]


def test_all_real_statements(macros: duckdb.DuckDBPyConnection, real_data: Path) -> None:
    """And on every real gold and prediction of Spider and BIRD."""
    texts = [question["query"] for question in json.loads((real_data / "spider/dev.json").read_text("utf-8"))]
    texts += [question["query"] for question in json.loads((real_data / "spider/train_spider.json").read_text("utf-8"))]
    for file in sorted((real_data / "spider/predictions").glob("*.sql")):
        texts += [line.split("\t")[0] for line in file.read_text("utf-8").splitlines()]
    for file in sorted((real_data / "bird/predictions").glob("*.json")):
        texts += [str(value).split("\t")[0] for value in json.loads(file.read_text("utf-8")).values()]
    differences = [(sql, found) for sql, found in zip(texts, rewritten(macros, texts), strict=True) if found != oracle(sql)]
    assert differences == []
    assert sum("distinct" in sql.lower() for sql in texts) > 1_000
