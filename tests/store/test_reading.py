"""Reading: queries only, parameters, the lake as it was, what changed, and what is wrong in it."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

import store
from store import engine
from store.address import parse
from store.ids import content_id


def add(lake: store.Lake, start: int, stop: int) -> int:
    """Commit prompts for a range of numbers; the version that the lake then has."""
    with lake.commit(f"{start} to {stop}") as commit:
        commit.append("prompts", [{"prompt": content_id(n), "text": str(n)} for n in range(start, stop)])
    assert commit.snapshot is not None
    return commit.snapshot


@pytest.fixture(scope="module")
def constant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """A lake with three prompts that nothing changes."""
    with store.open(tmp_path_factory.mktemp("constant") / "lake") as lake:
        add(lake, 0, 3)
        yield lake


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO prompts VALUES (uuid(), 'x')",
        "DELETE FROM prompts",
        "UPDATE prompts SET text = ''",
        "TRUNCATE prompts",
        "MERGE INTO prompts USING prompts AS p ON false WHEN NOT MATCHED THEN INSERT BY NAME",
        "CREATE TABLE t (i INTEGER)",
        "CREATE TEMP TABLE t AS SELECT 1",
        "CREATE OR REPLACE VIEW verdicts AS SELECT 1",
        "DROP TABLE prompts",
        "ALTER TABLE prompts ADD COLUMN x INTEGER",
        "COMMENT ON TABLE prompts IS ''",
        "COPY (SELECT 1) TO '{file}'",
        "COPY prompts FROM '{file}'",
        "EXPORT DATABASE '{file}'",
        "ATTACH '{file}' AS other",
        "DETACH lake",
        "USE memory",
        "SET memory_limit = '1GB'",
        "SET VARIABLE x = 1",
        "RESET memory_limit",
        "LOAD json",
        "INSTALL json",
        "CALL ducklake_expire_snapshots('lake', older_than => now())",
        "CHECKPOINT",
        "VACUUM",
        "BEGIN",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE prompts",
        "",
        "-- nothing",
        "EXPLAIN DELETE FROM prompts",
        "EXPLAIN ANALYZE INSERT INTO prompts VALUES (uuid(), 'x')",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{file}'",
        "explain (analyze, format json) COPY (SELECT 1) TO '{file}'",
        "/* */ EXPLAIN ANALYZE COPY (SELECT 1) TO '{file}'",
        "EXPLAIN ANALYZE CREATE TEMP TABLE t AS SELECT 1",
        "EXPLAIN ANALYZE SET memory_limit = '1GB'",
    ],
)
def test_only_one_query_can_be_run(constant: store.Lake, tmp_path: Path, text: str) -> None:
    """Whatever writes to the lake, to a file or to the connection is a ReadOnlyError with a hint, and does nothing."""
    version, file = constant.version, tmp_path / "file"
    with pytest.raises(store.ReadOnlyError, match="Only one query") as caught:
        constant.sql(text.replace("{file}", str(file)))
    assert "commit" in caught.value.hint
    assert isinstance(caught.value, PermissionError)
    assert not file.exists()
    assert (constant.version, constant.counts()["prompts"]) == (version, 3)


def test_a_comment_does_not_hide_what_is_explained(constant: store.Lake, tmp_path: Path) -> None:
    """An EXPLAIN ANALYZE that cannot be told from its statement is refused as well."""
    with pytest.raises(store.StoreError):
        constant.sql(f"EXPLAIN /* */ ANALYZE COPY (SELECT 1) TO '{tmp_path / 'file'}'")
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(
    "text",
    [
        "FROM ducklake_expire_snapshots('lake', older_than => now())",
        "FROM ducklake_set_option('lake', 'parquet_compression', 'zstd')",
        "FROM ducklake_flush_inlined_data('lake')",
        "FROM ducklake_delete_orphaned_files('lake', cleanup_all => true)",
        "FROM checkpoint('lake')",
    ],
)
def test_maintenance_functions_cannot_write_through_a_query(constant: store.Lake, text: str) -> None:
    """Table functions that change a DuckLake pass as queries and fail on the read-only attachment."""
    with pytest.raises((store.QueryError, duckdb.Error)):
        constant.sql(text).fetchall()
    assert constant.counts()["prompts"] == 3


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "SELECT 1;",
        "FROM prompts",
        "WITH t AS (SELECT 1) FROM t",
        "VALUES (1)",
        "DESCRIBE prompts",
        "SHOW TABLES",
        "SUMMARIZE prompts",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "explain (format json) select 1",
        "-- a comment\nSELECT 1 -- another",
        "SELECT text FROM lake.prompts",
        "SELECT text FROM prompts AT (VERSION => 2)",
    ],
)
def test_every_kind_of_query_can_be_run(constant: store.Lake, text: str) -> None:
    """All of DuckDB's ways to ask."""
    assert constant.sql(text).fetchall()


@pytest.mark.parametrize("text", ["SELEC 1", "FROM nowhere", "SELECT nothing FROM prompts", "SELECT $missing", "SELECT '"])
def test_a_wrong_query_is_a_query_error(constant: store.Lake, text: str) -> None:
    """The message is DuckDB's; the type is ours, and a ValueError."""
    with pytest.raises(store.QueryError) as caught:
        constant.sql(text)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value)


def test_parameters_are_bound_not_pasted(constant: store.Lake) -> None:
    """Each kind of parameter arrives as the value it is."""
    text = "SELECT $text, $n, $x, $yes, $nothing IS NULL, list_contains($names::VARCHAR[], 'b')"
    evil = "'; DROP TABLE prompts; --"
    found = constant.sql(text, text=evil, n=2**40, x=0.5, yes=True, nothing=None, names=["a", "b"]).fetchall()
    assert found == [(evil, 2**40, 0.5, True, True, True)]
    with pytest.raises(store.QueryError):
        constant.sql("SELECT $a", a=1, b=2)


def test_a_result_can_be_taken_in_every_form(constant: store.Lake) -> None:
    """polars, Arrow, rows, one row; pandas where it is installed."""
    assert constant.sql("FROM prompts ORDER BY text").pl()["text"].to_list() == ["0", "1", "2"]
    assert constant.sql("FROM prompts ORDER BY text").to_arrow_table().column("text").to_pylist() == ["0", "1", "2"]
    arrow = constant.sql("FROM prompts").arrow()
    assert arrow.schema.names == ["prompt", "text"]
    arrow.close()
    assert constant.sql("SELECT count(*) FROM prompts").fetchone() == (3,)
    if find_spec("pandas"):
        assert len(constant.sql("FROM prompts").df()) == 3


def test_the_whole_lake_can_be_read_as_it_was(lake: store.Lake) -> None:
    """Tables, counts and views answer for the version that was asked for, and a newer version does not change them."""
    row = {"run": "r", "benchmark": "b", "revision": "1", "system": "s", "format": "f", "sources": "[]", "config": "{}"}
    with lake.commit("a run") as commit:
        commit.append("runs", [row | {"added": "2020-01-01"}])
        commit.append(
            "candidates",
            [
                {
                    "candidate": content_id(0),
                    "run": "r",
                    "position": 0,
                    "sample": 0,
                    "stage": "answer",
                    "step": 0,
                    "sql": "SELECT 1",
                }
            ],
        )
    first = commit.snapshot
    assert first is not None
    with lake.at(first) as past:
        with lake.commit("another sample") as commit:
            commit.append(
                "candidates",
                [
                    {
                        "candidate": content_id(1),
                        "run": "r",
                        "position": 0,
                        "sample": 1,
                        "stage": "answer",
                        "step": 0,
                        "sql": "SELECT 2",
                    }
                ],
            )
        assert past.version == first
        assert past.sql("SELECT sql FROM candidates").fetchall() == [("SELECT 1",)]
        assert past.sql("SELECT rows FROM dangling_references").fetchall() == [(1,)]
        assert lake.sql("SELECT rows FROM dangling_references").fetchall() == [(2,)]
        assert "snapshot=" in repr(past)
        assert past.counts()["candidates"] == 1
    with lake.at(0) as empty:
        assert empty.counts() == {}


@pytest.mark.parametrize("version", [-1, 10**6])
def test_a_version_that_never_was_is_an_error(constant: store.Lake, version: int) -> None:
    """The error says which version, and where to look."""
    with pytest.raises(store.StoreError, match=f"There is no version {version}; there are 0 to") as caught:
        constant.at(version)
    assert "t2s log" in caught.value.hint


def test_diff_counts_what_was_added(lake: store.Lake) -> None:
    """Between two versions, table by table; before the tables were made there was nothing."""
    first, second = add(lake, 0, 20), add(lake, 10, 25)
    changed = {difference.table: difference[1:] for difference in lake.diff(first, second) if difference.added}
    assert changed == {"prompts": (5, 25)}
    assert {d.table: d.rows for d in lake.diff(0, second) if d.added} == {"prompts": 25, "migrations": 1}


def test_the_log_has_every_commit_latest_first(lake: store.Lake) -> None:
    """Versions fall, messages are those of the commits, times are UTC without a zone."""
    add(lake, 0, 1), add(lake, 1, 2)
    rows = lake.log().fetchall()
    assert [row[0] for row in rows] == list(range(lake.version, -1, -1))
    assert [row[3] for row in rows[:3]] == ["1 to 2", "0 to 1", "created"]
    assert all(row[1].tzinfo is None for row in rows)


def test_a_commit_elsewhere_is_seen_by_an_open_lake(lake: store.Lake, folder: Path) -> None:
    """A handle reads the latest version at each query, not the one it was opened at."""
    with store.open(folder) as other:
        add(other, 0, 5)
        assert lake.counts()["prompts"] == 5
        assert lake.version == other.version


def test_check_finds_what_was_put_in_past_the_store(lake: store.Lake, folder: Path) -> None:
    """A double that another client wrote, and a row that refers to nothing, are found with an example."""
    assert lake.check() == []
    add(lake, 0, 1)
    connection = engine.connect(folder.parent)
    engine.attach(connection, parse(folder), "raw", read_only=False)
    connection.execute("INSERT INTO raw.prompts SELECT * FROM raw.prompts")
    connection.execute("INSERT INTO raw.labels VALUES (uuid(), 'original', 'bird', 1, 's', NULL, 'correct', NULL)")
    connection.close()
    problems = {(problem.check, problem.table): problem for problem in lake.check()}
    assert set(problems) == {("repeated_key", "prompts"), ("dangling_reference", "labels")}
    assert problems["repeated_key", "prompts"].rows == 2
    assert problems["repeated_key", "prompts"].example == str(content_id(0))


def test_check_finds_a_missing_data_file(lake: store.Lake, folder: Path) -> None:
    """A Parquet file that was deleted is named, though nothing can be read any more."""
    add(lake, 0, 500)
    (file,) = (folder / "data").rglob("*.parquet")
    file.unlink()
    (problem,) = lake.check()
    assert (problem.check, problem.table, Path(problem.example).name) == ("missing_data_file", "prompts", file.name)


def test_closing_leaves_nothing_but_the_lake(folder: Path) -> None:
    """After the last handle is closed only the catalog with SQLite's own files, the data and the lock are in the folder."""
    with store.open(folder) as lake:
        add(lake, 0, 5)
        add(lake, 5, 50)
    left = {path.name.removesuffix("-wal").removesuffix("-shm") for path in folder.iterdir()}
    assert left == {"catalog.sqlite", "data", "writer.lock"}


def test_a_result_is_not_cut_short_by_another_query(lake: store.Lake) -> None:
    """A relation that is being read keeps all its rows whatever else is asked of the lake meanwhile, also as Arrow."""
    add(lake, 0, 20_000)
    relation, reader = lake.sql("SELECT text FROM prompts"), lake.sql("SELECT text FROM prompts").to_arrow_reader(1000)
    rows, first = len(relation.fetchmany(10)), reader.read_next_batch()
    assert lake.version
    assert lake.counts()["prompts"] == 20_000
    assert lake.sql("SELECT 1").fetchall() == [(1,)]
    while more := relation.fetchmany(5_000):
        rows += len(more)
    assert rows == 20_000
    assert len(first) + sum(len(batch) for batch in reader) == 20_000


@pytest.mark.parametrize("text", ["FROM enable_logging(storage='file', storage_path='x')", "SELECT * FROM enable_profiling()"])
def test_a_query_that_switches_something_is_refused(lake: store.Lake, text: str) -> None:
    """Table functions that write files or change the connection are no queries."""
    with pytest.raises(store.ReadOnlyError, match="changes more than it reads"):
        lake.sql(text)


def test_a_version_that_is_not_there(lake: store.Lake) -> None:
    """The error says which versions there are."""
    with pytest.raises(store.QueryError, match="There is no version 99; there are 0 to 1"):
        lake.at(99)
    with pytest.raises(store.QueryError, match="later"):
        lake.diff(1, 0)


def test_times_with_a_zone_can_be_fetched(lake: store.Lake) -> None:
    """TIMESTAMP WITH TIME ZONE comes as a datetime in UTC."""
    ((time,),) = lake.sql("SELECT TIMESTAMPTZ '2026-01-02 03:04:05+00'").fetchall()
    assert (time.hour, time.utcoffset().total_seconds()) == (3, 0)


def test_spill_folders_are_apart_and_cleaned_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection spills into a folder of its own; one that a killed process left is removed, one in use is not."""
    monkeypatch.setattr(engine.tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "text2sql-spill-left"
    left.mkdir()
    (left / "lock").touch()
    (left / "duckdb_temp.tmp").touch()
    with engine.spill_folder() as one:
        assert left.exists()  # it is too young to be sure
        for folder in (left, one):
            os.utime(folder / "lock", (0, 0))
        with engine.spill_folder() as other:
            assert one != other
            assert one.exists()
            assert not left.exists()
        assert one.exists()
        assert not other.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["candidate_results", "judged_candidates", "verdicts", "execution_status", "outcome_counts"])
def test_no_candidate_is_compared_with_every_other(lake: store.Lake, name: str) -> None:
    """The joins that see every candidate are by equality: any other is quadratic, but for that with the three gates."""
    plan = "".join(row[1] for row in lake.sql(f"EXPLAIN FROM {name}").fetchall())
    joins = [part for part in plan.split("BLOCKWISE_NL_JOIN")[1:] if "gate" not in part[:2500]]
    assert joins == []
