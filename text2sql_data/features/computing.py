"""Computing features for choices: SQL over what a selector sees, and Python functions, in a DuckDB of its own without a lake."""

import json
from types import NoneType
from typing import TYPE_CHECKING

import duckdb

from store.scratch import Scratch
from text2sql_data.features.definitions import FUNCTIONS, QUERIES, features, function, query
from text2sql_data.features.model import Asked, Keys
from text2sql_data.features.shapes import Shape, shape

if TYPE_CHECKING:
    import polars as pl

    from text2sql_data.selection.model import Choices

KEY = ("choice", "candidate")


def compute(choices: "Choices") -> "pl.DataFrame":
    """The features of every answer of every choice.

    Returns:
        One row a choice and answer, in the order of `choices.answers`: choice, candidate, and a column of numbers a feature, in
        the order of `features()`; null where a feature has no value.
    """
    import polars as pl

    texts = choices.answers.select("sql").unique(maintain_order=True)["sql"].to_list()
    shapes = {text: shape(text) for text in texts}
    answers = choices.answers.join(_shape_frame(shapes), on="sql", how="left", nulls_equal=True, maintain_order="left")
    found = choices.answers.select(KEY)
    with Scratch(duckdb.connect()) as scratch:
        scratch.stage("choice_answers", answers)
        scratch.execute(query("overlap"))
        for name in QUERIES:
            found = found.join(scratch.execute(query(name)).pl(), on=KEY, how="left", maintain_order="left")
    found = pl.concat([found, _of_functions(choices, shapes)], how="horizontal")
    return found.select(*KEY, *(pl.col(feature.name).cast(pl.Float32) for feature in features()))


def _shape_frame(shapes: dict[str | None, Shape]) -> "pl.DataFrame":
    """The shapes as a frame, by `sql`; `columns_named` are those that the text names, `columns` is what a result has."""
    import polars as pl

    kinds: dict[type, pl.DataType] = {tuple: pl.List(pl.String), bool: pl.Boolean(), int: pl.Int32(), NoneType: pl.Int32()}
    columns = {name: kinds[type(value)] for name, value in Shape(parsed=False)._asdict().items() if name != "skeleton"}
    schema = {"sql": pl.String, **{name: columns.get(name, pl.String) for name in Shape._fields}}
    rows = [(text, *found) for text, found in shapes.items()]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.rename({"columns": "columns_named"}).drop("texts", "numbers", "joined")


def _of_functions(choices: "Choices", shapes: dict[str | None, Shape]) -> "pl.DataFrame":
    """The features that are computed in Python; each (question, SQL) once."""
    import polars as pl

    modules = [function(name) for name in FUNCTIONS]
    names = [name for module in modules for name, _, _ in module.FEATURES]
    questions = choices.questions.select("choice", "question", "evidence", "schema")
    keys = {text: _declared(text) for text in questions["schema"].unique()}
    asked = choices.answers.select("choice", "sql").join(questions, on="choice", how="left", maintain_order="left")
    by = ["question", "evidence", "schema", "sql"]
    distinct = asked.select(by).unique(maintain_order=True)
    rows = []
    for question, evidence, stored, sql in distinct.iter_rows():
        one = Asked(question, evidence, sql or "", shapes[sql], keys[stored])
        rows.append((question, evidence, stored, sql, *(value for module in modules for value in module.values(one))))
    columns = {**dict.fromkeys(by, pl.String), **dict.fromkeys(names, pl.Float32)}
    values = pl.DataFrame(rows, schema=columns, orient="row")
    return asked.join(values, on=by, how="left", nulls_equal=True, maintain_order="left").select(names)


def _declared(stored: str | None) -> Keys:
    """The keys of a schema as `databases.schema` holds it; none where there is none."""
    foreign, primary = set(), set()
    for table in json.loads(stored).get("tables", ()) if stored else ():
        name = str(table["name"]).lower()
        primary |= {f"{name}.{column['name']}".lower() for column in table["columns"] if column.get("pk")}
        for key in table.get("foreign_keys", ()):
            ours = [f"{name}.{column}".lower() for column in key["columns"]]
            theirs = [f"{key['table']}.{column}".lower() for column in key["to"]]
            foreign |= {" = ".join(sorted(pair)) for pair in zip(ours, theirs, strict=False)}
    return Keys(frozenset(foreign), frozenset(primary))
