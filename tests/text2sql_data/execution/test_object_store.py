"""A benchmark whose databases lie behind S3's API is the benchmark that has them in a folder (slow: a real server)."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow.fs import FileSystem

import store
from tests import servers
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.execution import database_cache, executing
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import jsonl
from text2sql_data.importers.importing import Source, import_runs

pytestmark = pytest.mark.slow

LIMITS = Limits(seconds=5.0)
ROWS = "SELECT * EXCLUDE (elapsed_ms) FROM executions ORDER BY ALL"

Change = Callable[[str, str, bytes | None], None]


@pytest.fixture
def change(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Change:
    """Writes or deletes an object of the bucket `lakes`; the cache is empty."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    monkeypatch.setenv("TEXT2SQL_CACHE", str(tmp_path / "cache"))
    for name, value in servers.CREDENTIALS.items():
        monkeypatch.setenv(name, value)

    def send(method: str, name: str, data: bytes | None = None) -> None:
        system, path = FileSystem.from_uri(f"s3://lakes/{name}")
        if method == "DELETE":
            system.delete_file(path)
            return
        with system.open_output_stream(path) as stream:
            stream.write(data)

    return send


@pytest.fixture
def questions(change: Change, database: Path, tmp_path: Path) -> Path:
    """Questions on three databases, of which the bucket and the folder beside them have the first two, one with descriptions."""
    folder = tmp_path / "b"
    described = b"original_column_name,column_name,column_description\nb,,what it says\n"
    for name in ("one", "two"):
        (folder / "database" / name).mkdir(parents=True)
        path = folder / "database" / name / f"{name}.sqlite"
        shutil.copy(database, path)
        with path.open("ab") as file:
            file.write(b"\0" * 4096 * (name == "two"))
    change("PUT", "dbs/one/one.sqlite", (folder / "database/one/one.sqlite").read_bytes())
    change("PUT", "dbs/two.sqlite", (folder / "database/two/two.sqlite").read_bytes())
    change("PUT", "dbs/one/database_description/t.csv", described)
    (folder / "database/one/database_description").mkdir()
    (folder / "database/one/database_description/t.csv").write_bytes(described)
    asked = [
        {"db_id": name, "question": f"{name} {n}", "query": f"SELECT a, b FROM t WHERE a < {n}"}
        for name in ("one", "two", "three")
        for n in range(3)
    ]
    (folder / "dev.json").write_text(json.dumps(asked))
    return folder / "dev.json"


def answer(lake: store.Lake, folder: Path) -> None:
    """Import answers with their columns in another order, of which digests cannot tell whether they are right."""
    rows = [{"position": n, "pred_sqls": [f"SELECT b, a FROM t WHERE a < {n % 3}"]} for n in range(6)]
    (folder / "run.json").write_text(json.dumps(rows))
    import_runs(lake, jsonl.FORMAT, [Source("run", "run", (folder / "run.json",))], benchmark="b")


def test_as_in_a_folder(folder: Path, questions: Path, tmp_path: Path) -> None:
    """Identities, schemas, descriptions, executions and labels are those of the same files in a folder."""
    found = []
    for place, databases in ((folder, "s3://lakes/dbs/"), (tmp_path / "local", None)):
        with store.open(place) as lake:
            add_benchmark(lake, "b", read(questions, databases=databases))
            answer(lake, tmp_path)
            done = executing.execute(lake, LIMITS)
            label(lake, [comparator("spider")])
            found.append(
                (
                    done.statuses,
                    lake.sql(ROWS).fetchall(),
                    lake.sql("SELECT db_id, database, sha256, bytes, schema FROM current_databases ORDER BY db_id").fetchall(),
                    lake.sql("SELECT * FROM labels ORDER BY ALL").fetchall(),
                )
            )
            paths = lake.sql("SELECT db_id, path, reason FROM current_databases ORDER BY db_id").fetchall()
            if databases:
                assert [path for _, path, _ in paths] == [
                    "s3://lakes/dbs/one/one.sqlite",
                    "s3://lakes/dbs/three/three.sqlite",
                    "s3://lakes/dbs/two.sqlite",
                ]
                assert [reason for _, _, reason in paths if reason] == [
                    "missing: there is no s3://lakes/dbs/three/three.sqlite, nor one in the 5 other places looked at"
                ]
                assert "what it says" in str(found[0][2])
    assert found[0] == found[1]
    assert found[0][0]["ok"] > 6
    assert sum("correct" in row for row in found[0][3]) == 6
    assert len(list(database_cache.folder().glob("*.sqlite"))) == 2


def test_changed_object(folder: Path, questions: Path, change: Change, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An object that was changed is not executed on once the cache has lost the old one; put back, it is."""
    with store.open(folder) as lake:
        add_benchmark(lake, "b", read(questions, databases="s3://lakes/dbs"))
        change("PUT", "dbs/one/one.sqlite", b"something else")
        change("DELETE", "dbs/two.sqlite", None)
        monkeypatch.setenv("TEXT2SQL_CACHE", str(tmp_path / "another"))
        done = executing.execute(lake, LIMITS)
        assert done.unusable == {
            "s3://lakes/dbs/one/one.sqlite": "has changed since the benchmark was added",
            "s3://lakes/dbs/two.sqlite": "cannot be fetched: there is no s3://lakes/dbs/two.sqlite",
        }
        assert done.statuses == {"no_database": 6}
        assert lake.counts()["executions"] == 0
        monkeypatch.setenv("TEXT2SQL_CACHE", str(tmp_path / "cache"))
        assert executing.execute(lake, LIMITS).statuses == {"ok": 6}


def test_no_answer(questions: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that does not answer is an error with a hint: its databases are not missing."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{servers.free_port()}")
    with pytest.raises(store.StoreError, match="s3://lakes/dbs cannot be read") as caught:
        read(questions, databases="s3://lakes/dbs")
    assert "AWS_ENDPOINT_URL" in caught.value.hint
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    found = read(questions, databases="s3://no-such-bucket/dbs")
    assert all("missing" in (database.reason or "") for database in found.databases)
