"""Mutations: names and values come from the schema, the words stay those of the original, and a seed decides what is drawn."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from text2sql_data.demo import DemoFiles, build
from text2sql_data.pairs.mutations import MUTANTS, TYPES, Mutant, mutants
from text2sql_data.schema.introspect import introspect
from text2sql_data.sql_ast.schema import Schema, read_schema
from text2sql_data.sql_ast.syntax import parsed
from text2sql_data.sql_ast.wording import Original, rendering

SCHEMA = read_schema(
    {
        "tables": [
            {
                "name": "singer",
                "columns": [
                    {"name": "Singer_ID", "type": "INT", "pk": 1, "examples": [1, 2, 3]},
                    {"name": "Name", "type": "TEXT", "pk": 0, "examples": ["Joe", "Ann"]},
                    {"name": "Country", "type": "TEXT", "pk": 0, "examples": ["France", "Peru"]},
                    {"name": "Age", "type": "INT", "pk": 0, "examples": [25, 31]},
                    {"name": "order", "type": "INT", "pk": 0, "examples": [7]},
                ],
                "foreign_keys": [],
            },
            {
                "name": "concert",
                "columns": [
                    {"name": "Concert_ID", "type": "INT", "pk": 1, "examples": [1]},
                    {"name": "Singer_ID", "type": "INT", "pk": 0, "examples": [2]},
                    {"name": "Theme", "type": "TEXT", "pk": 0, "examples": ["Party"]},
                ],
                "foreign_keys": [{"columns": ["Singer_ID"], "table": "singer", "to": ["Singer_ID"]}],
            },
        ]
    }
)


def drawn(sql: str, *types: str, seeds: int = 12) -> set[str]:
    """Everything that a few seeds make of a query."""
    original = Original(sql)
    return {one.sql for seed in range(seeds) for one in mutants(original, SCHEMA, types, seed)}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return build(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def made(demo: DemoFiles) -> list[tuple[str, Schema, list[Mutant]]]:
    """Each gold of the demo with its schema and its mutants."""
    schemas = {path.stem: read_schema(introspect(path)) for path in demo.database_root.glob("*/*.sqlite")}
    questions = json.loads(demo.questions.read_text("utf-8"))
    return [
        (q["SQL"], schemas[q["db_id"]], list(mutants(Original(q["SQL"]), schemas[q["db_id"]], tuple(TYPES), 13, number)))
        for number, q in enumerate(questions)
    ]


def test_every_mutation_is_used(made: list[tuple[str, Schema, list[Mutant]]]) -> None:
    """Each mutation of each type makes something of the golds of the demo."""
    used = {(one.type, one.mutation) for _, _, found in made for one in found}
    assert {(type_, mutation.__name__) for type_, mutations in TYPES.items() for mutation in mutations} - used == set()


def test_a_mutant_is_a_query_that_is_new(made: list[tuple[str, Schema, list[Mutant]]]) -> None:
    """Each parses, differs from its original and from the others, and there are at most so many of a type."""
    for sql, _, found in made:
        renderings = [rendering(parsed(one.sql)) for one in found]
        assert len({*renderings, rendering(parsed(sql))}) == len(found) + 1
        assert all(sum(one.type == type_ for one in found) <= MUTANTS for type_ in TYPES)


def test_no_name_is_invented(made: list[tuple[str, Schema, list[Mutant]]]) -> None:
    """Every column and table of a mutant is one of the original or of the schema: nothing gives a rejected query away."""
    for sql, schema, found in made:
        known = {node.name.casefold() for node in parsed(sql).find_all(exp.Column, exp.Table)}
        known |= set(schema.tables) | {name for table in schema.tables.values() for name in table.columns}
        for one in found:
            names = {node.name.casefold() for node in parsed(one.sql).find_all(exp.Column, exp.Table)}
            assert names <= known, one.sql


def test_the_same_seed_draws_the_same(made: list[tuple[str, Schema, list[Mutant]]]) -> None:
    """A seed gives its mutants again, and another one gives others to most queries."""
    again = [list(mutants(Original(sql), schema, tuple(TYPES), 13, number)) for number, (sql, schema, _) in enumerate(made)]
    assert again == [found for _, _, found in made]
    other = [list(mutants(Original(sql), schema, tuple(TYPES), 14, number)) for number, (sql, schema, _) in enumerate(made)]
    assert sum(one != two for one, two in zip(again, other, strict=True)) > len(made) / 2


@pytest.mark.parametrize(
    "sql",
    [
        "select  count(*) ,  Name from singer where Age  >  3 and Country NOT IN ('x','y') ;",
        "SELECT `Name`, Max( Age ) FROM singer s -- all\nWHERE NOT s.Age = 3 or s.Age != 4 LIMIT 3",
        'SELECT T1.Name FROM singer AS T1 JOIN concert T2 ON T1.Singer_ID=T2.Singer_ID WHERE T2.Theme = "É" ; ',
        "WITH x AS (SELECT Age FROM singer) SELECT sum(Age) FROM x WHERE Age IS NOT NULL",
    ],
)
def test_an_unchanged_query_keeps_every_character(sql: str) -> None:
    """Nothing but the change is written anew, so no change gives the very text."""
    original = Original(sql)
    assert original.reworded(rendering(original.tree)) == sql


@given(st.sampled_from(["select", "SELECT"]), st.sampled_from([" ", "  ", "\n"]), st.sampled_from(["count", "COUNT", "Count"]))
def test_a_mutant_is_written_as_its_original(keyword: str, gap: str, function: str) -> None:
    """Capitals and white space of the original are those of its mutants, so that style does not tell which one is rejected."""
    sql = f"{keyword}{gap}{function}(*){gap},{gap}Country FROM singer{gap}WHERE Age{gap}>{gap}30 GROUP BY Country ;"
    for one in mutants(Original(sql), SCHEMA, ("wrong_condition", "wrong_group_by", "wrong_column"), gap):
        assert one.sql.startswith(f"{keyword}{gap}{function}(*){gap},{gap}"), one.sql
        assert one.sql.endswith((";", " ;"))


def test_lower_case_stays_lower_case() -> None:
    """A query all in lower case gets names, keywords and functions in lower case."""
    found = drawn("select avg(age) from singer where age > 30", *TYPES)
    assert found
    assert {sql for sql in found if sql != sql.lower()} == set()


@pytest.mark.parametrize(
    ("type_", "sql", "wanted"),
    [
        ("wrong_column", "SELECT Name FROM singer", "SELECT Country FROM singer"),
        ("wrong_column", "SELECT max(Age) FROM singer", 'SELECT max("order") FROM singer'),
        ("wrong_table", "SELECT count(*) FROM singer", "SELECT count(*) FROM concert"),
        ("wrong_table", "SELECT Singer_ID FROM singer", "SELECT Singer_ID FROM concert"),
        (
            "missing_join",
            "SELECT T2.Theme FROM singer AS T1 JOIN concert AS T2 ON T1.Singer_ID = T2.Singer_ID WHERE T1.Age = 25",
            "SELECT T2.Theme FROM concert AS T2",
        ),
        (
            "missing_join",
            "SELECT T1.Name FROM singer AS T1 JOIN concert AS T2 ON T1.Singer_ID = T2.Singer_ID",
            "SELECT T2.Singer_ID FROM concert AS T2",
        ),
        ("wrong_aggregation", "SELECT max(Age) FROM singer", "SELECT min(Age) FROM singer"),
        ("wrong_aggregation", "SELECT count(DISTINCT Name) FROM singer", "SELECT count(Name) FROM singer"),
        ("wrong_condition", "SELECT Name FROM singer WHERE Country = 'Peru'", "SELECT Name FROM singer WHERE Country = 'France'"),
        ("wrong_condition", 'SELECT Name FROM singer WHERE Country = "Peru"', 'SELECT Name FROM singer WHERE Country = "France"'),
        ("wrong_condition", "SELECT Name FROM singer WHERE Age >= 30", "SELECT Name FROM singer WHERE Age > 30"),
        (
            "wrong_condition",
            "SELECT Name FROM singer WHERE Age > 1 AND Age < 9",
            "SELECT Name FROM singer WHERE Age > 1 OR Age < 9",
        ),
        ("wrong_group_by", "SELECT count(*) FROM singer GROUP BY Country", "SELECT count(*) FROM singer GROUP BY Name"),
        (
            "wrong_order_limit",
            "SELECT Name FROM singer ORDER BY Age LIMIT 1",
            "SELECT Name FROM singer ORDER BY Age DESC LIMIT 1",
        ),
        ("wrong_order_limit", "SELECT Name FROM singer ORDER BY Age LIMIT 1", "SELECT Name FROM singer LIMIT 1"),
    ],
)
def test_the_change_is_the_stated_one(type_: str, sql: str, wanted: str) -> None:
    """Each type makes the mistake that it is named after."""
    assert wanted in drawn(sql, type_)


def test_a_text_in_double_quotes_is_a_text() -> None:
    """A column beside "Peru", which SQLite reads as a text, is not exchanged, as it is not beside 'Peru'."""
    for sql in ('SELECT Age FROM singer WHERE Country = "Peru"', "SELECT Age FROM singer WHERE Country = 'Peru'"):
        assert all("Name" not in one for one in drawn(sql, "wrong_column"))


def test_what_is_uncertain_is_left_alone() -> None:
    """A column that a subquery or a common table expression hands on has no owner, and is not exchanged."""
    assert drawn("WITH singer AS (SELECT 1 AS Age) SELECT Age FROM singer", "wrong_column", "wrong_table") == set()


@pytest.mark.slow
def test_nearly_every_change_can_be_reworded(real_data: Path) -> None:
    """On the golds of Spider dev, which come in all manners of writing, at least 99.9 % of the changes keep the words."""
    root = real_data / "spider"
    schemas: dict[str, Schema] = {}
    lost = kept = 0
    for number, q in enumerate(json.loads((root / "dev.json").read_text("utf-8"))):
        db_id = q["db_id"]
        if db_id not in schemas:
            schemas[db_id] = read_schema(introspect(root / "database" / db_id / f"{db_id}.sqlite"))
        original = Original(q["query"])
        for mutations in TYPES.values():
            for mutation in mutations:
                from text2sql_data.draws import seeded

                changed = mutation(original.tree.copy(), seeded(number), schemas[db_id])
                if changed is not None:
                    reworded = original.reworded(rendering(changed))
                    lost += reworded is None
                    kept += reworded is not None
    assert kept > 5000
    assert lost < kept / 1000
