"""A machine of the cluster that is gone in the middle loses nothing, and one that comes is used (slow: a Ray of two nodes)."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow.fs import FileSystem

from store.ids import file_sha256
from tests import servers
from text2sql_data.execution import on_ray
from text2sql_data.execution.errors import RayUnavailableError
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Task

pytestmark = pytest.mark.slow

SLOW = "WITH RECURSIVE n(i) AS (SELECT {n} UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT max(i) FROM n"
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


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "ray://127.0.0.1:{port}", "nowhere.invalid:1"])
def test_no_cluster(address: str) -> None:
    """An address at which there is none is an error with a hint, and at once."""
    pytest.importorskip("ray")
    where = address.format(port=servers.free_port())
    with pytest.raises(RayUnavailableError, match=f"Ray cannot be used at {where}") as caught:
        list(on_ray.execute([], Limits(), address=where))
    assert "ray start" in caught.value.hint
