"""Lakes with candidates to choose from, judges that follow a rule, and for slow tests real servers."""

import fcntl
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import store
from store.cli import cli
from text2sql_data.demo import build
from text2sql_data.selection.language import opening

_SPEC = importlib.util.spec_from_file_location("judging_of_selectors", Path(__file__).with_name("judging.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
_JUDGING = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _JUDGING
_SPEC.loader.exec_module(_JUDGING)
_SERVERS = _JUDGING.load("servers_of_selectors", _JUDGING.ROLLOUTS / "conftest.py")

tiny_model = _SERVERS.tiny_model
vllm_server = _SERVERS.vllm_server


@pytest.fixture(scope="session")
def judging() -> Any:  # noqa: ANN401 - a module
    """The module judging."""
    return _JUDGING


@pytest.fixture(scope="session")
def real_servers() -> Any:  # noqa: ANN401 - a module
    """The conftest of the rollouts, with what starts servers and makes tiny models."""
    return _SERVERS


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Selectors reach the clients in this process that `judging.at` names, and all others as ever."""
    opened = opening.open_client

    def open_client(config: Any, lake: store.Lake) -> Any:  # noqa: ANN401 - as the original
        name = getattr(config, "file", None)
        return _JUDGING.CLIENTS[name] if name in _JUDGING.CLIENTS else opened(config, lake)

    monkeypatch.setattr(opening, "open_client", open_client)


@pytest.fixture(scope="session")
def few_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lake that no test writes to; test processes that run side by side share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "few_of_selectors"
    with (shared / "few_of_selectors.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            made = build(folder)
            for file in (made.questions, made.k_lists[0]):  # every fourth question of all four databases
                file.write_text(json.dumps(json.loads(file.read_text("utf-8"))[::4]), "utf-8")
            for words in (
                ["benchmark", "add", str(made.questions), "--name", "demo"],
                ["import", "k-lists", str(made.k_lists[0]), "--benchmark", "demo"],
                ["execute", "--processes", "1"],
                ["label", "--comparator", "bird"],
            ):
                done = CliRunner().invoke(cli, ["--lake", str(folder / "lake"), *words], catch_exceptions=False)
                assert done.exit_code == 0, done.output
            (folder / "done").touch()
    return folder / "lake"


@pytest.fixture
def few(few_folder: Path, tmp_path: Path) -> Iterator[store.Lake]:
    """A lake with every fourth question of the demo benchmark and candidates of one system, for models that are slow."""
    with store.open(shutil.copytree(few_folder, tmp_path / "few")) as lake:
        yield lake


@pytest.fixture
def demo(judged: store.Lake) -> store.Lake:
    """A lake with the demo benchmark and its runs."""
    return judged
