"""The form `rich`: what it says about tables, keys, descriptions and values."""

from typing import Any

from text2sql_data.schema.rendering import schema_text

TEXT = """\
Table stadium (1 row)
- ID (INT, primary key): for example 1
- "Order" (TEXT): how it is sorted; A: up; for example 'it''s', x'00ff'

Table concert (20 rows)
- a (TEXT, not null)
- b
The primary key is b and a together.
a refers to stadium.ID.
a and b together refer to stadium.ID and stadium."Order".

View v
- x (TEXT)
x refers to stadium."""


def column(name: str, **given: object) -> dict[str, Any]:
    """A column as a stored schema has it."""
    bare: dict[str, Any] = {"type": "TEXT", "notnull": None, "pk": 0, "description": None, "value_description": None}
    return {"name": name, **bare, "examples": [], **given}


def table(name: str, *columns: dict[str, Any], keys: list[dict[str, Any]] | None = None, **given: object) -> dict[str, Any]:
    """A table as a stored schema has it."""
    return {"name": name, "type": "table", "n_rows": None, "columns": list(columns), "foreign_keys": keys or [], **given}


def test_a_block_a_table() -> None:
    """Rows, types, keys, descriptions on one line, example values as SQL has them, and foreign keys with and without columns."""
    order = column("Order", description="how it\nis sorted", value_description="A: up", examples=["it's", {"blob": "00ff"}])
    single = {"columns": ["a"], "table": "stadium", "to": ["ID"]}
    double = {"columns": ["a", "b"], "table": "stadium", "to": ["ID", "Order"]}
    tables = [
        table("stadium", column("ID", type="INT", pk=1, notnull=True, examples=[1]) | {"notnull": False}, order, n_rows=1),
        table("concert", column("a", notnull=True, pk=2), column("b", type="", pk=1), keys=[single, double], n_rows=20),
        table("v", column("x"), keys=[{"columns": ["x"], "table": "stadium", "to": []}], type="view"),
    ]
    assert schema_text({"tables": tables}, "rich") == TEXT
