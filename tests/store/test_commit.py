"""Committing: one snapshot or nothing, keys once, any form of rows, values unchanged, and errors that say what to do."""

import datetime as dt
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from store.ids import content_id
from store.scratch import Rows

ONE = str(content_id("one"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """One lake for the many small tests whose rows have keys of their own, or are refused."""
    with store.open(tmp_path_factory.mktemp("values") / "lake") as lake:
        yield lake


def prompt(name: str, text: str = "text") -> dict[str, object]:
    """A row of the table prompts."""
    return {"prompt": content_id(name), "text": text}


def texts(lake: store.Lake) -> list[str]:
    """The texts of all prompts."""
    return [text for (text,) in lake.sql("SELECT text FROM prompts ORDER BY text").fetchall()]


def test_a_commit_is_one_snapshot_that_says_who_did_what(lake: store.Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tables, one snapshot; author, message, command, arguments and versions are recorded."""
    monkeypatch.setenv("TEXT2SQL_AUTHOR", "a tester")
    before = lake.version
    with lake.commit("two tables", command="test", arguments=["--it's", "é"]) as commit:
        assert commit.append("prompts", [prompt("a"), prompt("b")]) == 2
        commit.append("comparators", [{"comparator": "c", "version": 1, "meaning": "m", "added": "2020-01-01"}])
        assert texts(lake) == []
    assert (commit.snapshot, commit.added) == (before + 1, {"prompts": 2, "comparators": 1})
    version, _, author, message, command, arguments, versions = lake.log().fetchall()[0]
    assert (version, author, message, command) == (before + 1, "a tester", "two tables", "test")
    assert json.loads(arguments) == ["--it's", "é"]
    assert json.loads(versions)["duckdb"] == duckdb.__version__
    assert {"python", "platform", "text2sql-store", "sqlite", "sqlglot"} <= set(json.loads(versions))


def test_what_is_there_already_makes_no_snapshot(lake: store.Lake) -> None:
    """The same rows again, or none at all, leave the lake at its version."""
    with lake.commit("once") as commit:
        commit.append("prompts", [prompt("a")])
    version = lake.version
    with lake.commit("again") as again:
        again.append("prompts", [prompt("a", "another text under the same key")])
    with lake.commit("no rows") as empty:
        assert empty.append("prompts", []) == 0
    with lake.commit("nothing"):
        pass
    assert (again.snapshot, again.added) == (None, {"prompts": 0})
    assert empty.snapshot is None
    assert (lake.version, texts(lake)) == (version, ["text"])


def test_only_new_rows_are_added(lake: store.Lake) -> None:
    """A batch of old and new rows adds the new ones."""
    with lake.commit("first") as commit:
        commit.append("prompts", [prompt("a", "1"), prompt("b", "2")])
    with lake.commit("second") as commit:
        commit.append("prompts", [prompt("b", "2"), prompt("c", "3")])
    assert (commit.added, texts(lake)) == ({"prompts": 1}, ["1", "2", "3"])


def test_a_key_repeated_in_a_batch_is_added_once(lake: store.Lake) -> None:
    """Within one append and across two appends of one commit."""
    with lake.commit("repeated") as commit:
        commit.append("prompts", [prompt("a"), prompt("a"), prompt("b")])
        commit.append("prompts", [prompt("b")])
    assert commit.added == {"prompts": 2}
    assert lake.check() == []


def test_null_in_a_key_equals_null(lake: store.Lake) -> None:
    """A missing database, whose identity is NULL, is one row however often it is found missing."""
    missing = {"benchmark": "b", "db_id": "d", "reason": "missing", "added": "2020-01-01"}
    for added in (1, 0):
        with lake.commit("missing") as commit:
            commit.append("databases", [missing, missing])
        assert commit.added == {"databases": added}
    assert lake.check() == []


def test_an_error_inside_writes_nothing(lake: store.Lake) -> None:
    """An exception in the block leaves the lake as it was, and the next commit works."""
    version = lake.version

    def fail() -> None:
        with lake.commit("fails") as commit:
            commit.append("prompts", [prompt("a")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (lake.version, texts(lake)) == (version, [])
    with lake.commit("works") as commit:
        commit.append("prompts", [prompt("a")])
    assert commit.snapshot == version + 1


@pytest.mark.parametrize(
    ("table", "rows", "expected"),
    [
        ("promts", [prompt("a")], "There is no table promts"),
        ("prompts", [{"prompt": ONE, "txt": "x"}], "txt"),
        ("prompts", [{"prompt": ONE, "text": None}], "prompts.text may not be NULL"),
        ("prompts", [{"prompt": ONE}], "prompts.text may not be NULL"),
        ("prompts", [{"prompt": "no uuid", "text": "x"}], "no uuid"),
        ("prompts", [prompt("a"), {"prompt": content_id("b"), "text": 3}], "column text"),
        ("prompts", [prompt("a", "\ud800")], "column text"),
        ("prompts", ["a"], "list of dicts"),
        ("prompts", 42, "int"),
        ("prompts", "SELECT uuid() AS prompt, 'x' AS text FROM nowhere", "nowhere"),
        ("databases", [{"benchmark": "b", "db_id": "d", "added": "2020-01-01", "bytes": 2**70}], "column bytes"),
        ("databases", [{"benchmark": "b", "db_id": "d", "added": "soon"}], "soon"),
        ("databases", [{"benchmark": "b", "db_id": "d", "added": "2020-01-01", "schema": "{no json"}], "JSON"),
    ],
)
def test_rows_that_do_not_fit_are_refused(shared: store.Lake, table: str, rows: Rows, expected: str) -> None:
    """A RowsError names what does not fit, and nothing is written."""
    version = shared.version

    def write() -> None:
        with shared.commit("bad") as commit:
            commit.append(table, rows)

    with pytest.raises(store.RowsError, match=expected) as caught:
        write()
    assert isinstance(caught.value, ValueError)
    assert shared.version == version


def test_a_nul_in_a_list_is_refused_not_damaged(shared: store.Lake) -> None:
    """DuckLake cannot keep U+0000 inside a list in the catalog: the commit fails as a whole. In a text it is kept."""
    version = shared.version
    row = {"database": ONE, "sql_id": ONE, "settings": "nul", "sql": "a\0b", "status": "ok"}
    with pytest.raises(store.StoreError, match="nothing was written"), shared.commit("nul") as commit:
        commit.append("executions", [row | {"columns": ["\0"]}])
    assert shared.version == version
    with shared.commit("nul") as commit:
        commit.append("executions", [row])
    assert shared.sql("SELECT sql FROM executions WHERE settings = 'nul'").fetchall() == [("a\0b",)]


def test_an_unknown_table_is_answered_with_the_known_ones(lake: store.Lake) -> None:
    """The hint lists the tables."""
    with lake.commit("bad") as commit, pytest.raises(store.RowsError) as caught:
        commit.append("promts", [])
    assert "prompts" in caught.value.hint


FORMS: dict[str, Callable[[store.Lake, str], Rows]] = {
    "dicts": lambda _, key: [{"prompt": key, "text": "x"}],
    "tuple": lambda _, key: ({"prompt": key, "text": "x"},),
    "uuid": lambda _, key: [{"prompt": UUID(key), "text": "x"}],
    "polars": lambda _, key: pl.DataFrame({"text": ["x"], "prompt": [key]}),
    "table": lambda _, key: pa.table({"text": ["x"], "prompt": [key]}),
    "reader": lambda _, key: pa.table({"text": ["x"], "prompt": [key]}).to_reader(),
    "relation": lambda lake, key: lake.sql("SELECT 'x' AS text, $id::UUID AS prompt", id=key),
    "foreign relation": lambda _, key: duckdb.connect().sql(f"SELECT 'x' AS text, '{key}' AS prompt"),
    "query": lambda _, key: f"SELECT 'x' AS text, '{key}' AS prompt",
    "FROM query": lambda _, key: f"FROM (VALUES ('x', '{key}')) AS v (text, prompt)",
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_may_come_in_any_form(shared: store.Lake, form: str) -> None:
    """Columns are matched by name, whatever holds the rows."""
    key = content_id(form)
    with shared.commit(form) as commit:
        assert commit.append("prompts", FORMS[form](shared, str(key))) == 1
    assert shared.sql("SELECT text FROM prompts WHERE prompt = $id::UUID", id=str(key)).fetchall() == [("x",)]


def test_dicts_may_lack_keys_that_others_have(lake: store.Lake) -> None:
    """A key that the first row lacks is not lost with the rows that have it."""
    base = {"run": "r", "position": 0, "stage": "answer", "step": 0}
    with lake.commit("ragged") as commit:
        commit.append(
            "candidates",
            [
                base | {"candidate": content_id(0), "sample": 0},
                base | {"candidate": content_id(1), "sample": 1, "sql": "SELECT 1", "logprob": -1},
                base | {"candidate": content_id(2), "sample": 2, "logprob": -0.5},
            ],
        )
    found = lake.sql("SELECT sql, logprob FROM candidates ORDER BY sample").fetchall()
    assert found == [(None, None), ("SELECT 1", -1.0), (None, -0.5)]


def test_staged_rows_can_be_queried_before_they_are_written(lake: store.Lake) -> None:
    """A scratch table joins with the lake and hides a table of its name; the lake itself cannot be written through it."""
    with lake.commit("prepare") as commit:
        assert commit.stage("batch", [{"n": n} for n in range(5)]) == 5
        assert commit.stage("batch", [{"n": n} for n in range(3)]) == 3
        commit.append("prompts", "SELECT substr(sha256(n::VARCHAR), 1, 32)::UUID AS prompt, n::VARCHAR AS text FROM batch")
        with pytest.raises(duckdb.Error, match="read-only"):
            commit.execute("DELETE FROM lake.migrations")
    assert texts(lake) == ["0", "1", "2"]
    with lake.scratch() as scratch:
        scratch.stage("prompts", [{"text": "mine"}])
        assert scratch.execute("SELECT text FROM prompts WHERE text = $t", t="mine").fetchall() == [("mine",)]
    assert len(texts(lake)) == 3


def test_the_past_cannot_be_committed_to(lake: store.Lake) -> None:
    """A lake as it was is read-only."""
    with lake.at(lake.version) as past, pytest.raises(store.ReadOnlyError, match="as it was"):
        past.commit("never")


def test_errors_survive_pickling() -> None:
    """An error that crosses a process boundary keeps its message and its hint."""
    import pickle

    error = pickle.loads(pickle.dumps(store.RowsError("what", "do this")))  # noqa: S301 - our own bytes
    assert (type(error), str(error), error.hint) == (store.RowsError, "what", "do this")


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
awkward = st.sampled_from(["", "'", "''", '"', "\\", "\n", "\r\n", "\0", "$1", "NULL", "é", "e\u0301", "😀", "{}", "%s", ";--"])
values = st.fixed_dictionaries(
    {
        "text": words | awkward,
        "bytes": st.none() | st.integers(-(2**63), 2**63 - 1),
        "real": st.none() | st.floats(),
        "names": st.none() | st.lists(st.none() | (words | awkward).map(lambda name: name.replace("\0", "")), max_size=3),
        "json": st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
            max_leaves=5,
        ),
    }
)


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(values, min_size=1, max_size=40))
def test_values_come_back_as_they_were(shared: store.Lake, rows: list[dict[str, object]]) -> None:
    """Any text, 64-bit integer, double, list of names and JSON survives the way through a commit."""
    base = shared.version
    with shared.commit("values") as commit:
        commit.append(
            "executions",
            [
                {
                    "database": content_id(base),
                    "sql_id": content_id(n),
                    "settings": str(base),
                    "sql": row["text"],
                    "status": "ok",
                    "n_rows": row["bytes"],
                    "elapsed_ms": row["real"],
                    "columns": row["names"],
                    "preview": json.dumps(row["json"]),
                }
                for n, row in enumerate(rows)
            ],
        )
    found = {
        row[0]: row[1:]
        for row in shared.sql(
            "SELECT sql_id, sql, n_rows, elapsed_ms, columns, preview FROM executions WHERE settings = $s", s=str(base)
        ).fetchall()
    }
    for n, row in enumerate(rows):
        sql, n_rows, elapsed, columns, preview = found[content_id(n)]
        assert (sql, n_rows, columns, json.loads(preview)) == (row["text"], row["bytes"], row["names"], row["json"])
        same_nan = isinstance(row["real"], float) and math.isnan(row["real"]) and math.isnan(elapsed)
        assert same_nan or elapsed == row["real"]


@settings(deadline=None, max_examples=6)
@given(batches=st.lists(st.lists(st.integers(0, 30), max_size=20), min_size=1, max_size=4))
def test_however_rows_are_batched_each_key_stands_once(shared: store.Lake, batches: list[list[int]]) -> None:
    """The lake after any sequence of overlapping batches holds the set of their keys."""
    run = f"run {shared.version}"
    for batch in batches:
        with shared.commit("batch") as commit:
            commit.append(
                "rejects",
                [{"sha256": run, "line": n, "path": "p", "format": "f", "reason": "r", "raw": "x"} for n in batch],
            )
    found = shared.sql("SELECT line FROM rejects WHERE sha256 = $run ORDER BY line", run=run).fetchall()
    assert [line for (line,) in found] == sorted(set().union(*batches))


def test_two_tables_of_a_failed_commit_leave_no_trace(lake: store.Lake, folder: Path) -> None:
    """When the second table cannot be written, the first is not either, and the lock is free again."""
    version = lake.version

    def write() -> None:
        with lake.commit("half") as commit:
            commit.append("prompts", [prompt("a")])
            commit.append("migrations", [{"version": None, "name": "n", "applied": "2020-01-01"}])

    with pytest.raises(store.RowsError):
        write()
    with store.open(folder) as other:
        assert other.version == version
        with other.commit("whole") as commit:
            commit.append("prompts", [prompt("a")])
    assert texts(lake) == ["text"]


def test_what_is_current_does_not_depend_on_clocks(lake: store.Lake) -> None:
    """Of two machines an hour apart the one that commits last decides, whichever is ahead; ties within a commit stay."""
    noon = dt.datetime(2026, 11, 26, 12)  # noqa: DTZ001 - the lake keeps UTC without a zone

    def choose(name: str, chosen: dt.datetime) -> dt.datetime:
        row = {"settings": name, "engine": "sqlite", "seconds": 1.0, "heap_mb": 1, "max_rows": 1, "max_cell_bytes": 1}
        more = {"max_result_bytes": 1, "preview_rows": 1, "preview_cell_chars": 1, "chosen": chosen}
        with lake.commit(name) as commit:
            commit.append("settings", [row | more])
        found = lake.sql("SELECT settings, chosen FROM current_settings").fetchone()
        assert found is not None
        assert found[0] == name
        return found[1]  # type: ignore[no-any-return]  # DuckDB's rows are untyped

    hour = dt.timedelta(hours=1)
    assert choose("a", noon) == noon
    assert choose("b", noon - hour) == noon + dt.timedelta(microseconds=1)
    assert choose("c", noon + hour) == noon + hour
    assert choose("a", noon + dt.timedelta(seconds=1)) > noon + hour
