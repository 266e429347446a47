"""Fixtures that every test may use: the real data where it is there, and empty lakes."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import hypothesis
import pytest

import store
from tests import servers

# On a build machine the same examples every time: a change must not fail for what an earlier one did. Elsewhere they are random.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

# The lakes of the tests are small, and several test processes share the cores: more threads would only get in each other's way.
os.environ.setdefault("TEXT2SQL_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # scikit-learn's trees


def pytest_report_header() -> str:
    """The versions that a failure may depend on."""
    return ", ".join(f"{name} {version(name)}" for name in ("duckdb", "apsw", "polars", "sqlglot"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Real benchmarks and published predictions; tests that need them are skipped where they are absent."""
    folder = Path(os.environ.get("TEXT2SQL_REAL_DATA") or Path(__file__).resolve().parents[1] / "../shared/real").resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; set TEXT2SQL_REAL_DATA to a folder with spider/, bird/ and mats/")
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty lake that is never written to."""
    folder = tmp_path_factory.mktemp("template") / "lake"
    store.open(folder).close()
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """The folder of an empty lake."""
    return Path(shutil.copytree(template, tmp_path / "lake"))


@pytest.fixture
def lake(folder: Path) -> Iterator[store.Lake]:
    """An empty lake, open."""
    with store.open(folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A PostgreSQL server of this test process; who wants a lake takes a schema of its own."""
    with tempfile.TemporaryDirectory(prefix="text2sql-postgres-") as place:
        Path(place).chmod(0o755)
        with servers.postgres(Path(place) / "cluster") as server:
            yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """A server of S3's API with the bucket `lakes`; its URL."""
    with servers.s3() as url:
        servers.make_bucket(url, "lakes")
        yield url


@pytest.fixture
def shared(postgres: servers.Postgres, s3: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Where a lake in PostgreSQL and S3 can be made, and who one is to both: its address, and that of its data."""
    monkeypatch.setenv("PGPASSWORD", servers.PASSWORD)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    for name, value in servers.CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    name = f"lake_{uuid.uuid4().hex[:12]}"
    return f"{postgres.url()}?schema={name}", f"s3://lakes/{name}"
