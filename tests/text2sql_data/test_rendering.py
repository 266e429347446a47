"""Schemas as text: byte-equal to what published prompts hold, and SQL that SQLite takes."""

import json
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text2sql_data.benchmarks.tables_json import read_tables
from text2sql_data.demo.databases import DATABASES, write_database
from text2sql_data.schema.introspect import introspect
from text2sql_data.schema.rendering import FORMS, FormNotFoundError, compact, ddl, quoted, schema_text, typed

names = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=12)


def test_compact_is_what_published_prompts_hold(real_data: Path) -> None:
    """Over all questions of Spider dev the schema in MATS's planner prompts comes out byte for byte, after its header."""
    lines = (real_data / "mats" / "sft_vf_passAt8_spider_dev.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    schemas = read_tables(real_data / "spider" / "tables.json", {row["db_id"]: {} for row in rows}).schemas
    assert len(rows) == 1034
    for row in rows:
        assert (
            f"database schema:\n{compact(schemas[row['db_id']])}\n\nQuestion: "
            == row["prompt_planner"].partition(row["question"])[0]
        )


@pytest.mark.parametrize("db_id", DATABASES)
def test_ddl_makes_the_same_schema_again(tmp_path: Path, db_id: str) -> None:
    """The tables of the DDL form, run by SQLite, have the columns, types, keys and foreign keys that were rendered."""
    write_database(db_id, tmp_path / "first")
    schema = introspect(tmp_path / "first" / f"{db_id}.sqlite")
    tables = {**schema, "tables": [table for table in schema["tables"] if table["type"] == "table"]}  # type: ignore[index,call-overload,union-attr]
    again = tmp_path / "again.sqlite"
    connection = apsw.Connection(str(again))
    connection.execute(ddl(tables))
    connection.close()

    def shape(found: dict[str, object]) -> list[object]:
        return [
            (
                table["name"],
                [(column["name"], column["type"], column["pk"]) for column in table["columns"]],
                sorted(json.dumps(key) for key in table["foreign_keys"]),
            )
            for table in found["tables"]  # type: ignore[attr-defined]
        ]

    assert shape(introspect(again)) == shape(tables)


@settings(max_examples=200)
@given(names, names)
def test_any_name_can_be_quoted(table: str, column: str) -> None:
    """SQLite finds a table and a column of any name by the name as it is rendered; the rendering is one line for one table."""
    entry = {
        "name": column,
        "type": "",
        "notnull": False,
        "pk": 0,
        "description": None,
        "value_description": None,
        "examples": [],
    }
    schema = {"tables": [{"name": table, "type": "table", "columns": [entry], "foreign_keys": []}]}
    connection = apsw.Connection(":memory:")
    if not table.lower().startswith("sqlite_"):
        connection.execute(ddl(schema))
        assert [row[1] for row in connection.execute("SELECT type, name FROM sqlite_schema")] == [table]
        assert connection.execute(f"SELECT {quoted(column)} FROM {quoted(table)}").fetchall() == []
    assert typed(schema) == f"{quoted(table)}({quoted(column)})"


def test_an_unknown_form_lists_those_that_there_are() -> None:
    """A misspelt form is an error with the names of the others."""
    with pytest.raises(FormNotFoundError, match="tped") as caught:
        schema_text('{"tables": []}', "tped")
    assert all(form in caught.value.hint for form in FORMS)


def test_a_key_of_two_columns_is_one_key() -> None:
    """A composite primary key is said once, in its order, by every form that says keys."""
    columns = [
        {"name": name, "type": "INT", "notnull": False, "pk": pk, "description": None, "value_description": None, "examples": [1]}
        for name, pk in (("a", 2), ("b", 1))
    ]
    schema = {"tables": [{"name": "t", "type": "table", "columns": columns, "foreign_keys": []}]}
    assert typed(schema) == "t(a INT, b INT, PRIMARY KEY (b, a))"
    assert "PRIMARY KEY (b, a)" in ddl(schema)
    assert ddl(schema).count("PRIMARY KEY") == 1
