"""Shapes of SQL: style changes nothing of them, what they hold is what a person reads, and no text breaks them."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from text2sql_data.features.shapes import Shape, shape

# In each {a} and {b} stand for aliases and {as} for AS; a text in quotes is a literal.
TEMPLATES = (
    (
        "SELECT {a}.name, count(*) FROM singer{as} {a} JOIN concert{as} {b} ON {a}.id = {b}.singer_id"
        " WHERE {b}.year > 2014 GROUP BY {a}.name"
    ),
    "SELECT DISTINCT {a}.country FROM singer{as} {a} WHERE {a}.age > 20 AND {a}.name LIKE '%Ray%' ORDER BY {a}.age DESC LIMIT 3",
    "SELECT {a}.name FROM singer{as} {a} WHERE {a}.id IN (SELECT {b}.singer_id FROM concert{as} {b} WHERE {b}.year = 2014)",
    "SELECT {a}.name FROM singer{as} {a} EXCEPT SELECT {b}.name FROM concert{as} {b} WHERE NOT {b}.year <> 2015",
    (
        "SELECT max({a}.age), avg({b}.year) FROM singer{as} {a} LEFT JOIN concert{as} {b} ON {b}.singer_id = {a}.id"
        " HAVING count(*) >= 2"
    ),
    "SELECT {a}.* FROM singer{as} {a} WHERE ({a}.age = 1 OR {a}.age = 2) AND {a}.country = 'France'",
)
ALIASES = st.sampled_from(["T1", "t2", "x", "S", "zz_9", "Alias"])
_WORD = re.compile(r"'[^']*'|\w+|\s+|[^\w\s]+")


@st.composite
def styled(draw: st.DrawFn, template: str) -> str:
    """A template in some style: aliases, case and quotes of names and keywords, blanks and comments."""
    a, b = draw(st.lists(ALIASES, min_size=2, max_size=2, unique_by=str.lower))
    sql = template.format_map({"a": a, "b": b, "as": draw(st.sampled_from(["", " AS", " as"]))})
    names = {"name", "singer", "concert", "id", "singer_id", "year", "country", "age"}
    parts = []
    for part in _WORD.findall(sql):
        if part.startswith("'"):
            parts.append(part)
        elif part.isspace():
            comments = [] if parts[-1].lower() in {"order", "group"} else [" /* why */ ", " -- why\n"]
            parts.append(draw(st.sampled_from([" ", "\n", "\t  ", *comments])))
        else:
            cased = draw(st.sampled_from([part, part.upper(), part.lower()]))
            quotes = draw(st.sampled_from(["", '""', "``", "[]"])) if part in names else ""
            parts.append(f"{quotes[:1]}{cased}{quotes[1:]}")
    return "".join(parts) + draw(st.sampled_from(["", ";", " ;\n"]))


@pytest.mark.parametrize("template", TEMPLATES)
@settings(max_examples=25)
@given(data=st.data())
def test_style_changes_nothing(template: str, data: st.DataObject) -> None:
    """Other aliases, case, quotes and blanks give the same shape, but for the number of characters."""
    plain = template.format_map({"a": "a", "b": "b", "as": " AS"})
    sql = data.draw(styled(template))
    found = shape(sql)
    assert found.parsed
    assert found.characters == len(sql)
    assert found._replace(characters=0) == shape(plain)._replace(characters=0)


@pytest.mark.parametrize("template", TEMPLATES)
def test_another_literal_or_table_is_another_shape(template: str) -> None:
    """What is not style is seen, except by the skeleton, which masks names and literals."""
    plain = template.format_map({"a": "a", "b": "b", "as": " AS"})
    found = shape(plain)
    for old, new in (("singer ", "band "), ("2014", "2013"), ("'France'", "'Spain'"), ("name", "title")):
        if old in plain:
            other = shape(plain.replace(old, new))
            assert other._replace(characters=0) != found._replace(characters=0), (old, new)
            assert other.skeleton == found.skeleton


@pytest.mark.parametrize(
    ("sql", "joined", "idle"),
    [
        ("SELECT a.x FROM a JOIN b ON a.id = b.a_id", ("a.id = b.a_id",), 1),
        ("SELECT a.x, b.y FROM a JOIN b ON b.a_id = a.id", ("a.id = b.a_id",), 0),
        ("SELECT T1.x FROM a AS T1 JOIN b AS T2 ON T1.id = T2.a_id JOIN c AS T3 ON T2.c_id = T3.id WHERE T3.y = 1",
         ("a.id = b.a_id", "b.c_id = c.id"), 1),
        ("SELECT x FROM a JOIN b ON a.id = b.a_id", ("a.id = b.a_id",), None),
        ("SELECT x FROM a", (), 0),
        ("SELECT x FROM a WHERE id IN (SELECT a_id FROM b)", ("a.id = b.a_id",), None),
        ("SELECT a.x FROM a WHERE a.id IN (SELECT b.a_id FROM b)", ("a.id = b.a_id",), 0),
        ("SELECT a.x FROM a WHERE a.id IN (1, 2)", (), 0),
        ("SELECT a.x FROM a, b WHERE a.id = b.a_id", ("a.id = b.a_id",), 1),
        ("SELECT count(*) FROM a AS l JOIN a AS r ON l.id = r.parent", ("a.id = a.parent",), 2),
        ("SELECT 1", (), 0),
        ("SELECT s.x FROM (SELECT y AS x FROM a) AS s WHERE s.x = 3", (), 0),
    ],
)  # fmt: skip
def test_joins(sql: str, joined: tuple[str, ...], idle: int | None) -> None:
    """Columns set equal, with the table they belong to; tables that only join; None where names do not say it."""
    found = shape(sql)
    assert (found.joined, found.idle_tables) == (joined, idle)


@pytest.mark.parametrize(
    ("sql", "limit"),
    [
        ("SELECT x FROM a LIMIT 1", 1),
        ("SELECT x FROM a LIMIT 5 OFFSET 2", 5),
        ("SELECT x FROM a LIMIT 2, 5", 5),
        ("SELECT x FROM a WHERE y = (SELECT y FROM a ORDER BY y LIMIT 1)", None),
        ("SELECT x FROM a UNION SELECT x FROM b LIMIT 7", 7),
        ("SELECT x FROM a LIMIT -1", None),
        ("SELECT x FROM a LIMIT 1 + 1", None),
        ("SELECT x FROM a LIMIT ?", None),
        ("SELECT x FROM a LIMIT 99999999999999999999", None),
        ("SELECT x FROM a LIMIT 1.5", None),
        ("SELECT x FROM a LIMIT '3'", None),
    ],
)
def test_limits(sql: str, limit: int | None) -> None:
    """The plain number of the outermost LIMIT; everything else is none."""
    assert shape(sql).limit == limit


def test_set_operations() -> None:
    """Operations are counted; the projection is that of the first SELECT; conditions are those of all."""
    found = shape(
        "SELECT a FROM t WHERE x = 1 INTERSECT SELECT b FROM u WHERE y = 2 UNION ALL SELECT c FROM v EXCEPT SELECT d FROM w"
    )
    assert (found.set_operations, found.selects, found.projection) == (3, 4, ("a",))
    assert found.conditions == ("x = 1", "y = 2")
    assert found.tables == ("t", "u", "v", "w")


def test_measures() -> None:
    """Counts, aggregates, literals and clauses are those that a person reads."""
    found = shape(
        "SELECT DISTINCT T1.Name AS n, COUNT(*), Max(age) FROM Singer AS T1 LEFT JOIN concert ON T1.id = concert.sid"
        " WHERE (T1.age > 20.5 OR T1.name LIKE '%Ray%') AND NOT T1.country != 'It''s' AND concert.year IN (2014, 2015)"
        " GROUP BY T1.name HAVING sum(age) > 3 ORDER BY 2 DESC, T1.name LIMIT 4"
    )
    assert found.projection == ("name", "count(*)", "max(age)")
    assert found.tables == ("concert", "singer")
    assert found.columns == ("age", "country", "id", "name", "sid", "year")
    assert found.aggregates == ("count", "max", "sum")
    assert found.grouping == ("name",)
    assert found.ordering == ("2 DESC", "name")
    assert found.texts == ("%Ray%", "It's")
    assert found.numbers == ("2", "20.5", "2014", "2015", "3")
    assert len(found.conditions) == 4
    assert (found.joins, found.outer_joins, found.ors, found.negations, found.likes, found.limit) == (1, 1, 1, 2, 1, 4)
    assert found.distinct
    assert not found.star
    assert shape("SELECT * FROM a").star
    assert not shape("SELECT count(*) FROM a").star


HOSTILE = {
    "nothing": None,
    "empty": "",
    "blanks": " \n;; ",
    "comment": "-- no SQL here",
    "two statements": "SELECT 1; SELECT 2",
    "an update": "UPDATE a SET x = 1",
    "a table": "CREATE TABLE a (x)",
    "a pragma": "PRAGMA table_info(a)",
    "prose": "I am sorry, but I cannot answer that.",
    "Markdown": "```sql\nSELECT 1\n```",
    "an open quote": "SELECT 'abc FROM t",
    "a NUL": "SELECT \x00 FROM t",
    "half a pair": "SELECT '\ud800' FROM t",
    "an open bracket": "SELECT ((((",
    "deep brackets": "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "deep queries": "SELECT * FROM (" * 800 + "SELECT 1" + ")" * 800,
    "a deep condition": "SELECT 1 WHERE " + " AND ".join(["x = 1"] * 5_000),
    "a deep sum": "SELECT " + " + ".join(["1"] * 5_000),
    "deep unions": " UNION ".join(["SELECT 1"] * 3_000),
    "100 kB": "SELECT " + ", ".join(f"column_{number}" for number in range(7_000)) + " FROM t",
    "a list of 100 kB": "SELECT x FROM t WHERE x IN (" + ", ".join(map(str, range(17_000))) + ")",
    "a text of 100 kB": "SELECT '" + "x" * 100_000 + "'",
    "a window": "SELECT rank() OVER (PARTITION BY a ORDER BY b) FROM t WINDOW w AS (PARTITION BY c)",
    "values": "VALUES (1, 2), (3, 4)",
    "a CTE": "WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 9) SELECT max(n) FROM c",
    "a query in brackets": "(SELECT 1)",
    "an IN without a column": "SELECT x FROM t WHERE 1 IN (SELECT 2)",
    "an IN of a union": "SELECT x FROM t WHERE x IN (SELECT y FROM u UNION SELECT z FROM v)",
}


@pytest.mark.parametrize("sql", HOSTILE.values(), ids=HOSTILE)
def test_no_text_breaks_it(sql: str | None) -> None:
    """Whatever a model wrote has a shape, and its length is kept."""
    found = shape(sql)
    assert found.characters == len(sql or "")
    if not found.parsed:
        assert found == Shape(parsed=False, characters=len(sql or ""))


@pytest.mark.parametrize("name", ["nothing", "two statements", "an update", "a pragma", "prose", "an open quote"])
def test_what_is_no_query_has_no_shape(name: str) -> None:
    """Nothing, several statements, and statements that give no rows."""
    assert not shape(HOSTILE[name]).parsed


_WORDS = """
SELECT FROM WHERE GROUP BY ORDER LIMIT UNION EXCEPT JOIN ON AND OR NOT IN EXISTS CASE WHEN THEN END WITH AS ( ) , . * = <> 1 2.5
'x' "y" `z` [w] t a.b count( max( CAST( INTEGER ) NULL LIKE BETWEEN ; -- /* */ ? :p || % VALUES USING NATURAL
"""
WORDS = st.sampled_from(_WORDS.split())


@given(st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=60))
@example("SELECT a FROM t JOIN u USING ( id )")
def test_no_word_salad_breaks_it(sql: str) -> None:
    """Words of SQL in any order, and any text at all."""
    assert shape(sql).characters == len(sql)
