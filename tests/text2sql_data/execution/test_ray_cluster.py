"""A machine of the cluster that is gone in the middle loses nothing, and one that comes is used (slow: a Ray of two nodes)."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pyarrow.fs import FileSystem

from store.ids import file_sha256
from tests import servers
from tests.store import faulty
from text2sql_data.execution import on_ray
from text2sql_data.execution.errors import RayUnavailableError
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Task

pytestmark = pytest.mark.slow

SLOW = "WITH RECURSIVE n(i) AS (SELECT {n} UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT max(i) FROM n"
_DATABASES = 10
_NODE = {"num_cpus": 1, "object_store_memory": 80 << 20}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A head with one processor."""
    utilities = pytest.importorskip("ray.cluster_utils")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    made = utilities.Cluster(initialize_head=True, head_node_args=_NODE)
    yield made
    made.shutdown()


def test_node_loss(cluster: object, database: Path) -> None:
    """One of two nodes is killed, later another one joins: every task has one outcome, which is its own."""
    second = cluster.add_node(**_NODE)  # type: ignore[attr-defined]
    name = file_sha256(database)[:32]
    tasks = [Task(name, str(database), str(n), SLOW.format(n=n)) for n in range(2_500)]
    found = []
    for outcome in on_ray.execute(tasks, Limits(), address=cluster.address):  # type: ignore[attr-defined]
        found.append(outcome)
        if len(found) == 600:
            cluster.remove_node(second, allow_graceful=False)  # type: ignore[attr-defined]
        elif len(found) == 1_200:
            cluster.add_node(**_NODE)  # type: ignore[attr-defined]
    assert Counter(outcome.sql_id for outcome in found) == Counter(str(n) for n in range(2_500))
    assert all((outcome.status, outcome.preview) == ("ok", f"[[{int(outcome.sql_id) + 19_999}]]") for outcome in found)


def test_databases_of_an_object_store(s3: str, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the file fetches it into its cache, once for all of its actors."""
    pytest.importorskip("ray")
    for variable, value in {**servers.CREDENTIALS, "AWS_ENDPOINT_URL": s3, "TEXT2SQL_CACHE": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    system, path = FileSystem.from_uri("s3://lakes/on_ray/d.sqlite")
    with system.open_output_stream(path) as stream:
        stream.write(database.read_bytes())
    name = file_sha256(database)[:32]
    tasks = [Task(name, "s3://lakes/on_ray/d.sqlite", str(n), f"SELECT {n}, a FROM t") for n in range(200)]
    found = list(on_ray.execute(tasks, Limits(), processes=2))
    assert Counter((outcome.status, outcome.n_rows) for outcome in found) == {("ok", 100): 200}
    assert [file.stem for file in (tmp_path / "cache/databases").glob("*.sqlite")] == [name]


def test_a_machine_fetches_a_database_once(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines with a cache and two actors each: what the object store sent is what lies in their caches, and no more."""
    utilities = pytest.importorskip("ray.cluster_utils")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    system, bucket = FileSystem.from_uri(
        f"s3://key:not-a-secret@lakes?endpoint_override={s3.removeprefix('http://')}&scheme=http"
    )
    tasks, sizes = [], {}
    for number in range(_DATABASES):
        path = tmp_path / f"d{number}.sqlite"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE t AS SELECT ?, zeroblob(200000)", (number,))
        with system.open_output_stream(f"{bucket}/fetched/{path.name}") as stream:
            stream.write(path.read_bytes())
        name = file_sha256(path)[:32]
        sizes[name] = (f"/lakes/fetched/{path.name}", path.stat().st_size)
        tasks += [Task(name, f"s3://lakes/fetched/{path.name}", str(n), SLOW.format(n=n)) for n in range(60)]
    with faulty.in_front_of(s3) as (url, said):
        for variable, value in {**servers.CREDENTIALS, "AWS_ENDPOINT_URL": url}.items():
            monkeypatch.setenv(variable, value)
        caches = [tmp_path / "cache_1", tmp_path / "cache_2"]
        first, second = ({**_NODE, "num_cpus": 2, "env_vars": {"TEXT2SQL_CACHE": str(cache)}} for cache in caches)
        cluster = utilities.Cluster(initialize_head=True, head_node_args=first)
        try:
            cluster.add_node(**second)
            found = list(on_ray.execute(tasks, Limits(), address=cluster.address))
        finally:
            cluster.shutdown()
    assert Counter(outcome.status for outcome in found) == {"ok": len(tasks)}
    held = Counter(file.stem for cache in caches for file in (cache / "databases").glob("*.sqlite"))
    assert all(list((cache / "databases").glob("*.sqlite")) for cache in caches)
    assert {path: count for path, count in said.sent.items() if path.startswith("/lakes/fetched/")} == {
        path: size * held[name] for name, (path, size) in sizes.items()
    }
    assert held.total() < 1.5 * _DATABASES  # the work of one database is split where others have nothing left to do


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "ray://127.0.0.1:{port}", "nowhere.invalid:1"])
def test_no_cluster(address: str) -> None:
    """An address at which there is none is an error with a hint, and at once."""
    pytest.importorskip("ray")
    where = address.format(port=servers.free_port())
    with pytest.raises(RayUnavailableError, match=f"Ray cannot be used at {where}") as caught:
        list(on_ray.execute([], Limits(), address=where))
    assert "ray start" in caught.value.hint
