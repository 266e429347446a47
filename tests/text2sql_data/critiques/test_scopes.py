"""Names are resolved as SQLite resolves them: generated SQL is given to both."""

import re
from pathlib import Path

import apsw
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from text2sql_data.critiques.critics import CRITICS
from text2sql_data.critiques.examining import examine
from text2sql_data.critiques.scopes import origin, resolve
from text2sql_data.critiques.stored import Schema

NAMING = ("unknown_table", "unknown_column", "ambiguous_column")

TABLES = st.sampled_from(["branch", "book", "member", "loan", "open_loan", "Branch", "c", "nothing"])
ALIASES = st.sampled_from(["a", "b", "A", "book", ""])
COLUMNS = st.sampled_from(["id", "name", "title", "city", "branch_id", "member_id", "who", "x", "NAME", "nowhere"])
QUOTES = st.sampled_from(["{}", "{}", "{}", '"{}"', "[{}]", "`{}`"])


@st.composite
def references(draw: st.DrawFn) -> str:
    """A column, with or without a qualifier and quotes."""
    qualifier = draw(st.sampled_from(["", "", "a.", "b.", "book.", "member.", "c."]))
    return qualifier + draw(QUOTES).format(draw(COLUMNS))


@st.composite
def sources(draw: st.DrawFn, depth: int) -> str:
    """A table or a subquery, with or without an alias."""
    alias = draw(ALIASES)
    named = f" AS {alias}" if alias else ""
    if depth and draw(st.booleans()):
        return f"({draw(selects(depth - 1))}){named}"
    return draw(TABLES) + named


@st.composite
def selects(draw: st.DrawFn, depth: int) -> str:
    """A SELECT over one to three sources, with subqueries in WHERE."""
    first = draw(sources(depth))
    joins = ""
    for _ in range(draw(st.integers(0, 2))):
        how = draw(st.sampled_from([", {}", " JOIN {}", " JOIN {} ON {} = {}", " JOIN {} USING (id)", " NATURAL JOIN {}"]))
        joins += how.format(draw(sources(depth)), draw(references()), draw(references()))
    items = draw(st.lists(st.one_of(references(), references().map(lambda r: f"{r} AS x"), st.just("*")), min_size=1, max_size=3))
    text = f"SELECT {', '.join(items)} FROM {first}{joins}"
    if draw(st.booleans()):
        inner = draw(selects(depth - 1)) if depth else None
        text += f" WHERE EXISTS ({inner})" if inner else f" WHERE {draw(references())} = {draw(references())}"
    if draw(st.booleans()):
        text += f" ORDER BY {draw(references())}"
    return text


@st.composite
def statements(draw: st.DrawFn) -> str:
    """A SELECT, sometimes behind a CTE."""
    text = draw(selects(2))
    return f"WITH c AS ({draw(selects(0))}) {text}" if draw(st.booleans()) else text


@given(sql=statements())
@settings(max_examples=60, deadline=None)
def test_sqlite_agrees(sql: str, library: Path, schema: Schema) -> None:
    """What SQLite executes has no finding, and a name that SQLite refuses has one, unless something is not certain there."""
    found = examine(sql, schema, NAMING).findings
    refused = _refused(sql, library)
    if refused is None:
        assert found == []
    elif refused and "USING" not in sql and "NATURAL" not in sql:  # of these we know too little to be certain
        named = any(refused in finding.saw.lower() or finding.saw.startswith("*") for _, finding in found)
        assert named or any(critic == "unknown_table" for critic, _ in found) or _has_open_name(sql, schema), (refused, found)


def _refused(sql: str, library: Path) -> str | None:
    """The column that SQLite does not know or not know which; empty for another mistake, None where there is none."""
    connection = apsw.Connection(str(library), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        connection.execute(f"EXPLAIN {sql}").fetchall()
    except apsw.SQLError as error:
        found = re.match(r"no such column: (.*?)(?: - should this|$)|ambiguous column name: (.*)", str(error))
        return (found[1] or found[2]).split(".")[-1].lower() if found else ""
    return None


def _has_open_name(sql: str, schema: Schema) -> bool:
    """Whether some name in a statement was left open on purpose."""
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    assert isinstance(tree, exp.Query)
    return any(use.kind == "open" for use in resolve(tree, schema, sql).uses.values())


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT s.y FROM (SELECT x AS y FROM (SELECT title AS x FROM book)) AS s", ("book", "title")),
        ("WITH c AS (SELECT NAME FROM member) SELECT c.name FROM c", ("member", "name")),
        ("SELECT s.y FROM (SELECT upper(title) AS y FROM book) AS s", None),
        ("SELECT s.name FROM (SELECT name FROM member UNION SELECT title FROM book) AS s", None),
    ],
)
def test_where_a_column_comes_from(sql: str, expected: tuple[str, str] | None, schema: Schema) -> None:
    """A column is followed through subqueries and CTEs as long as nothing is done to it."""
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    assert isinstance(tree, exp.Select)
    scopes, uses = resolve(tree, schema, sql)
    outermost = next(scope for scope in scopes if scope.select is tree)
    use = uses[id(outermost.columns[0])]
    assert use.source is not None
    found = origin(use.source, outermost.columns[0].name, uses)
    assert (found and (found[0].name, found[1])) == expected


def test_every_critic_survives_odd_sql(schema: Schema) -> None:
    """Nesting, sheer length and odd forms are examined, or said to be too deep; nothing raises."""
    texts = [
        "SELECT " + "(" * 2_000 + "1" + ")" * 2_000,
        "SELECT 1" + " + 1" * 3_000,
        "SELECT * FROM " + "(SELECT * FROM " * 40 + "book" + ")" * 40,
        "SELECT (a, b) FROM book WHERE (1, 2) IN (SELECT 1, 2)",
        "SELECT count(*) FILTER (WHERE price > 1) OVER (PARTITION BY title) FROM book",
        "SELECT * FROM (book JOIN branch ON book.branch_id = branch.id) JOIN loan ON book_id = book.id",
        "SELECT CASE WHEN EXISTS (SELECT 1) THEN 1 END FROM book GROUP BY 9 ORDER BY 8 LIMIT 1 OFFSET 2",
        'SELECT \'\u017f\', "é" FROM "book" WHERE "a""b" = \'\'\'\'',
        "",
    ]
    examined = [examine(text, schema, [*CRITICS, "syntax"]) for text in texts]
    assert [number for number, one in enumerate(examined) if one.too_deep] == [0]
    assert [name for name, _ in examined[-1].findings] == ["syntax"]
