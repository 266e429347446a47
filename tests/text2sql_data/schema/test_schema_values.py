"""Values of questions in real and made databases: what is found, how it is shown, and that it is bounded."""

import json
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

import store
from text2sql_data.schema import values as module
from text2sql_data.schema.introspect import introspect
from text2sql_data.schema.mentions import key, mentions, names
from text2sql_data.schema.values import Database, Match, Values, shown, with_values

Find = Callable[..., list[tuple[str, str, str, str]]]


@pytest.fixture(scope="module")
def find(tmp_path_factory: pytest.TempPathFactory) -> Find:
    """Finds the values of a question in a small database."""
    path = tmp_path_factory.mktemp("values") / "some.sqlite"
    connection = apsw.Connection(str(path))
    for statement in (
        "CREATE TABLE city (name TEXT, state VARCHAR(20), code CHAR(2), size INTEGER, kind TEXT)",
        'CREATE TABLE "a b" ("It\'s" TEXT)',
        "CREATE VIEW v AS SELECT name FROM city",
        "INSERT INTO city VALUES ('North Carolina', 'North', 'IN', 1, 'republic'), ('Port Chelsea ', 'carolina', 'in', 2, '=')",
        "INSERT INTO city VALUES ('Timmothy', NULL, 'F', 3, 'the'), (CAST(x'ff41' AS TEXT), 'O''Neil', 'OH', 4, 'other')",
        "INSERT INTO \"a b\" VALUES ('North Carolina'), ('two\nlines'), (x'00'), (7)",
    ):
        connection.execute(statement).fetchall()
    connection.close()
    values = Values(processes=1)
    values.read([Database("d", str(path), introspect(path))])

    def find_(question: str, evidence: str = "", **options: int | list[str]) -> list[tuple[str, str, str, str]]:
        return [tuple(match) for match in values.find("d", question, evidence, **options)]  # type: ignore[misc,arg-type]

    return find_


def test_the_longest_text_that_is_a_value_wins(find: Find) -> None:
    """A value within a longer one is not a match of its own; the columns that hold it come in the order of the database."""
    assert find("Cities called north carolina?") == [
        ("city", "name", "North Carolina", "north carolina"),
        ("a b", "It's", "North Carolina", "north carolina"),
    ]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("in port chelsea's harbour", [("name", "Port Chelsea ", "port chelsea")]),
        ("the city of O'Neil", [("state", "O'Neil", "O'Neil")]),
        ("is it in IN or OH", [("code", "IN", "IN"), ("code", "OH", "OH")]),
        ("what is in there", []),
        ("are there 'in' cities", [("code", "in", "in"), ("code", "IN", "in")]),
        ("how many republics", [("kind", "republic", "republics")]),
        ("which has kind '='", [("kind", "=", "=")]),
        ("those with code F", [("code", "F", "F")]),
        ("those with code f", []),
        ("the student Timmothyy", [("name", "Timmothy", "Timmothyy")]),
        ("the student timmothyy", []),
        ("nothing of it", []),
        ("", []),
    ],
)
def test_how_texts_find_values(find: Find, question: str, expected: list[tuple[str, str, str]]) -> None:
    """Case, blanks, possessives, plurals, quotes, abbreviations and slips of the pen, and common words that mean nothing."""
    assert sorted(find(question)) == sorted(("city", *one) for one in expected)


def test_evidence_tables_and_most(find: Find) -> None:
    """Evidence is searched too, other tables are left out on request, and no more than `most` values come, the surest first."""
    assert find("x", "it refers to name = 'Timmothy'") == [("city", "name", "Timmothy", "Timmothy")]
    assert find("north carolina", tables=["A B"]) == [("a b", "It's", "North Carolina", "north carolina")]
    assert find("republics of 'north carolina'", most=1) == [("city", "name", "North Carolina", "north carolina")]


@given(st.text(max_size=60))
def test_any_text_can_be_asked(find: Find, text: str) -> None:
    """No text is an error, and each match is a text of the question."""
    for _, _, value, mentioned in find(text, text):
        assert mentioned in text
        assert value


@given(st.text(alphabet="ab'\"` AB1.`\u2018\u2019\u201c\u201d", max_size=40))
def test_mentions_are_parts_of_the_text(text: str) -> None:
    """Each mention is what stands between its bounds, in the same words."""
    for mention in [*mentions(text), *names(text)]:
        assert text[mention.start : mention.end] == mention.text
        assert key(mention.text) == mention.key


def test_values_in_a_prompt() -> None:
    """A line a value, as SQL spells names and text; without values the text stays as it is."""
    matches = [Match("singer", "Name", "O'Neil", "o'neil"), Match("a b", "order", "two\nlines", "two lines")]
    assert shown(matches) == "singer.Name = 'O''Neil'\n\"a b\".\"order\" = 'two lines'"
    assert with_values("schema", matches) == f"schema\n\nValues of the question in the database:\n{shown(matches)}"
    assert with_values("schema", []) == "schema"


def test_a_database_is_read_once_and_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A known content is not read again, whatever its path; rows beyond the bound are not seen; broken columns are counted."""
    path = tmp_path / "some.sqlite"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE t (a TEXT)").fetchall()
    connection.execute("INSERT INTO t VALUES ('early'), ('early'), ('later')").fetchall()
    connection.close()
    monkeypatch.setattr(module, "SCANNED_ROWS", 2)
    schema = introspect(path)
    gone = {"tables": [{"name": "gone", "type": "table", "columns": [{"name": "x", "type": "TEXT"}]}]}
    values = Values(processes=1)
    values.read([Database("d", str(path), schema), Database("e", str(path), gone)])
    assert (values.unread("d"), values.unread("e")) == ({}, {"error": 1})
    path.unlink()
    values.read([Database("d", "nowhere", schema)])
    assert values.find("d", "early or later") == [Match("t", "a", "early", "early")]
    assert values.find("e", "early") == []


def test_literals_of_golds_are_found(published: store.Lake) -> None:
    """Every text that the golds of BIRD's superhero compare is among the values of the question, spelt as the gold has it."""
    (row,) = published.sql(
        "SELECT database::VARCHAR, path, schema FROM current_databases WHERE db_id = 'superhero' AND database IS NOT NULL"
    ).fetchall()
    database = Database(row[0], row[1], json.loads(row[2]))
    values = Values(processes=1)
    values.read([database])
    golds = published.sql(
        "SELECT question, evidence, sql FROM questions JOIN golds USING (benchmark, revision, position) "
        "WHERE benchmark = 'bird_dev' AND db_id = 'superhero' ORDER BY position"
    ).fetchall()
    literals = found = 0
    for question, evidence, sql in golds:
        spelt = {match.value for match in values.find(database.database, question, evidence)}
        for node in sqlglot.parse_one(sql, dialect="sqlite").find_all(exp.Literal):
            if node.is_string and "%" not in node.name:
                literals += 1
                found += node.name in spelt
    assert (len(golds), literals) == (129, found)
    assert literals > 100
