"""Contents of dataset rows: one type a column whatever the order, canonical text, and digests that SQL and Python agree on."""

import json
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from store import contents
from store.ids import canonical_json
from store.tables import query

SMALL = st.integers(-(2**53), 2**53)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=8),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float64": st.floats(allow_nan=False, allow_infinity=False) | SMALL,
    "bool": st.booleans(),
}
NAMES = st.sampled_from(["prompt", "Prompt", "completion", "a b", 'q"', "ключ", "ß", "\x00"])
TYPES = st.recursive(
    st.sampled_from(sorted(SCALARS)),
    lambda inner: st.lists(inner, min_size=1, max_size=1) | st.dictionaries(NAMES, inner, min_size=1, max_size=3),
    max_leaves=4,
)


def values(column: contents.Column) -> st.SearchStrategy[Any]:
    """Values of a column, some of them null, and objects some of whose fields are missing."""
    if isinstance(column, list):
        return st.none() | st.lists(values(column[0]), max_size=3)
    if isinstance(column, dict):
        return st.none() | objects(column)
    return st.none() | SCALARS[str(column)]


def objects(columns: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Objects of columns, in any order of their keys."""
    return st.fixed_dictionaries({}, optional={name: values(column) for name, column in columns.items()}).flatmap(
        lambda found: st.permutations(list(found.items())).map(dict)
    )


ROWS = st.dictionaries(NAMES, TYPES, min_size=1, max_size=4).flatmap(
    lambda columns: st.lists(objects(columns), min_size=1, max_size=6)
)


def columns_of(rows: list[Any]) -> dict[str, contents.Column]:
    """The columns that rows have together."""
    found: contents.Column = None
    for row in rows:
        found = contents.merged(found, contents.column_of(row))
    settled = contents.settled(found)
    assert isinstance(settled, dict)
    return settled


def has_empty_object(rows: list[Any]) -> bool:
    """Whether a column has objects without any field, which are refused."""
    try:
        columns_of(rows)
    except store.RowsError:
        return True
    return False


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS.filter(lambda rows: not has_empty_object(rows)), st.randoms())
def test_sql_python_and_arrow_agree_on_digests(rows: list[Any], random: Random) -> None:
    """The digest that SQL computes over stored text is that of Python over what a trainer reads back, in whatever order."""
    columns = columns_of(rows)
    texts = [contents.canonical(json.dumps(row), columns) for row in rows]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE pin_rows (name VARCHAR, version INTEGER, split VARCHAR, content JSON, digest UUID)")
        stored = [["a", 1, f"s{place % 2}", text, contents.text_digest(text)] for place, text in enumerate(texts)]
        connection.executemany("INSERT INTO pin_rows VALUES (?, ?, ?, ?, ?)", random.sample(stored, len(stored)))
        in_sql = connection.execute(query("pin_digest"), {"name": "a", "version": 1}).fetchone()
    schema = pa.schema([(name, contents.arrow_type(column)) for name, column in columns.items()])
    read = pa.RecordBatch.from_pylist([json.loads(text) for text in texts], schema).to_pylist()
    in_python = contents.dataset_digest((f"s{place % 2}", contents.row_digest(row)) for place, row in enumerate(read))
    assert in_sql == (len(rows), in_python, 0)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS.filter(lambda rows: not has_empty_object(rows)), st.randoms())
def test_columns_do_not_depend_on_the_order_of_rows(rows: list[Any], random: Random) -> None:
    """Any order of rows gives the same columns, in the same order."""
    assert json.dumps(columns_of(random.sample(rows, len(rows)))) == json.dumps(columns_of(rows))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS.filter(lambda rows: not has_empty_object(rows)))
def test_the_canonical_text_stays_what_it_is(rows: list[Any]) -> None:
    """It is canonical JSON, has every column, equals the row but for nulls and floats, and is its own canonical text."""
    columns = columns_of(rows)
    for row in rows:
        text = contents.canonical(json.dumps(row), columns)
        value = json.loads(text)
        assert text == canonical_json(value) == contents.canonical(text, columns)
        assert list(value) == sorted(columns)
        assert all(row.get(name) == value[name] or isinstance(value[name], dict | list) for name in columns)


def test_whole_numbers_and_fractions() -> None:
    """1 and 1.0 are different rows, unless another row of the column has a fraction: then 1 is 1.0 there."""
    assert contents.row_digest({"x": 1}) != contents.row_digest({"x": 1.0})
    assert columns_of([{"x": 1}, {"x": 2.5}]) == {"x": "float64"}
    assert contents.canonical('{"x": 1}', {"x": "float64"}) == '{"x":1.0}'
    assert columns_of([{"x": 1}, {"x": 2}, {"x": None}]) == {"x": "int64"}


def test_what_has_no_value_is_text() -> None:
    """A column of nulls or of empty lists has a type all the same, so that it does not change with the next version."""
    assert columns_of([{"x": None, "y": []}, {"z": [None]}]) == {"x": "string", "y": ["string"], "z": ["string"]}


def test_a_digest_counts_duplicates_and_splits() -> None:
    """The same row twice is another dataset, and so is the same row in another split."""
    row = contents.row_digest({"x": 1})
    digests = [contents.dataset_digest([(split, row)] * times) for split in ("train", "test") for times in (1, 2)]
    assert len(set(digests)) == 4


def test_a_known_digest() -> None:
    """The definition does not move: these figures were made with printf and sha256sum."""
    rows = [("train", contents.row_digest({"prompt": "Wie heißt\nsie?", "label": True, "score": 1.0}))]
    assert str(rows[0][1]) == "0eab3eb6-16f5-65f7-e06c-4207ec25930a"
    assert contents.dataset_digest(rows) == "96ba9ac0725a248dd74358da66c9866fb925ede7ab34a7acacbc17a42d616d8e"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"label": "a"}, {"label": 1}], "Column label is text in some rows and a whole number in others"),
        ([{"label": True}, {"label": 1}], "true or false"),
        ([{"x": [1]}, {"x": {"a": 1}}], "a list in some rows and an object"),
        ([{"x": [1, "a"]}], "Column x is a whole number in some rows and text"),
        ([{"x": {}}], "Column x has only empty objects"),
    ],
)
def test_columns_of_several_types_are_refused(rows: list[Any], message: str) -> None:
    """The error names the column and the types."""
    with pytest.raises(store.RowsError, match=message):
        columns_of(rows)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ('{"x": 9223372036854775808}', "int64"),
        ('{"x": 9007199254740993}', "float64"),
        ('{"x": 1e999}', "float64"),
        ('{"x": NaN}', "float64"),
        ('{"x": Infinity}', "float64"),
        ('{"x": "\\ud800"}', "string"),
        ('{"x": ', "string"),
    ],
)
def test_what_no_trainer_could_read_is_refused(text: str, column: str) -> None:
    """Numbers out of range, NaN, half a character and broken JSON are errors, never another value."""
    with pytest.raises(store.RowsError):
        contents.canonical(text, {"x": column})
