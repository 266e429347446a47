"""SQL on one line: it does what it did, or is refused."""

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data.exporters.one_line import SeveralLinesError, one_line

PARTS = st.sampled_from(
    [
        "SELECT", "1", "2", "+", ",", "x", "'a'", "'a''b'", '"x"', "[x]", "`x`", "'--'", "'/*'", "\n", "\r\n", "\t", " ", "--",
        "-",         "-- it's\n", "-- a */ b\n", "--\n", "/* it's\n*/", "/* -- */", "/*/", "*/", "'a\nb'", '"\t"',
        "FROM", "t", "AS", "y", ";",
    ]
)  # fmt: skip
SQL = st.lists(PARTS, max_size=14).map(lambda parts: "SELECT " + "".join(parts)) | st.text("SELECT'\"`[]-/*\n\t\r 1", max_size=30)


@given(sql=SQL)
def test_it_does_the_same(sql: str) -> None:
    """SQLite prepares and answers it as it did the original, to the last value and error."""
    try:
        line = one_line(sql)
    except SeveralLinesError:
        return
    assert not set("\n\r\t") & set(line)
    assert line == line.strip() == one_line(line)
    if not line.endswith("/*"):  # with a space after it, it opened a comment; without one it is an error
        assert answered(line) == answered(sql)


def answered(sql: str) -> object:
    """What SQLite says to a SQL."""
    database = apsw.Connection(":memory:")
    database.execute("CREATE TABLE t (x); INSERT INTO t VALUES (3)")
    try:
        return list(database.execute(sql))
    except apsw.Error as error:
        return type(error)


@given(sql=st.text())
def test_without_breaks_it_is_untouched(sql: str) -> None:
    """A SQL that is on one line already stays as it is, whatever it says."""
    sql = " ".join(sql.split())
    assert one_line(sql) == sql


@pytest.mark.parametrize("sql", ["SELECT 'a\nb'", 'SELECT 1 AS "a\tb"', "SELECT `a\rb`", "SELECT [a\nb]", "SELECT 'open\nx"])
def test_a_break_in_a_literal_is_refused(sql: str) -> None:
    """A literal or a name cannot have a break on a line, and is not changed."""
    with pytest.raises(SeveralLinesError, match="line break or a tab in"):
        one_line(sql)


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("SELECT 1 -- one\nFROM t", "SELECT 1 /* one*/ FROM t"),
        ("SELECT 1\n-- last", "SELECT 1 -- last"),
        ("SELECT '--'\r\nFROM t", "SELECT '--'  FROM t"),
        ("SELECT 1 -- it's */ fine\n, 2", "SELECT 1 /* it's * / fine*/ , 2"),
        ("\nSELECT\t1\n", "SELECT 1"),
    ],
)
def test_examples(sql: str, line: str) -> None:
    """Breaks become spaces, and a comment to the end of its line becomes one that ends."""
    assert one_line(sql) == line
