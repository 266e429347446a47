"""Fixtures that every test may use: the real data where it is there, and empty lakes."""

import fcntl
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import hypothesis
import pytest
from click.testing import CliRunner

import store
from store.cli import cli
from tests import servers

# No example is wrong for how long it took: the machine may be busy. On a build machine they are the same every time, for a change
# must not fail for what an earlier one did; elsewhere they are random.
hypothesis.settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
hypothesis.settings.load_profile("any machine")

# The lakes of the tests are small, and several test processes share the cores: more threads would only get in each other's way.
os.environ.setdefault("TEXT2SQL_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # scikit-learn's trees


def pytest_report_header() -> str:
    """The versions that a failure may depend on."""
    return ", ".join(f"{name} {version(name)}" for name in ("duckdb", "apsw", "polars", "sqlglot"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that no process waits for another at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


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


def _shared(factory: pytest.TempPathFactory, name: str, steps: Callable[[Path], Sequence[Sequence[str]]]) -> Iterator[Path]:
    """A folder whose `lake/` is made by commands, once for all test processes that run side by side.

    A test that writes makes a copy of its own; at the end it is said when one did not.
    """
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            for step in steps(folder):
                arguments = sys.argv
                made = CliRunner().invoke(cli, ["--lake", str(folder / "lake"), *step], catch_exceptions=False)
                sys.argv = arguments  # the commands set them, for the log
                assert made.exit_code == 0, made.output
            (folder / "done").write_text(str(_current(folder / "lake")), "utf-8")
    yield folder
    assert _current(folder / "lake") == int((folder / "done").read_text("utf-8")), "a test wrote to the lake that all share"


def _current(folder: Path) -> int:
    """The last snapshot of a lake."""
    with store.open(folder, create=False) as lake:
        return lake.version


@pytest.fixture(scope="session")
def demo_made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What `t2s demo` makes, in one folder: `lake/`, `database/`, `questions.json` and more. No test writes to it."""
    yield from _shared(tmp_path_factory, "demo_made", lambda folder: [["demo", str(folder)]])


@pytest.fixture(scope="session")
def configurations_made(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Iterator[Path]:
    """A folder whose `lake/` has published rollouts of three configurations, executed and labelled. No test writes to it."""
    spider = ["benchmark", "add", str(real_data / "spider/dev.json"), "--name", "spider_dev"]
    runs = {name: str(real_data / f"mats/{name}_passAt8_spider_dev.jsonl") for name in ("sft_vf", "collab", "indep")}
    imports = [["import", "mats", file, "--benchmark", "spider_dev", "--run", name] for name, file in runs.items()]
    steps = [spider, *imports, ["execute"], ["label", "--comparator", "bird"]]
    yield from _shared(tmp_path_factory, "configurations_made", lambda _: steps)


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
def team(postgres: servers.Postgres, s3: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Where a lake in PostgreSQL and S3 can be made, and who one is to both: its address, and that of its data."""
    monkeypatch.setenv("PGPASSWORD", servers.PASSWORD)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    for name, value in servers.CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    name = f"lake_{uuid.uuid4().hex[:12]}"
    return f"{postgres.url()}?schema={name}", f"s3://lakes/{name}"
