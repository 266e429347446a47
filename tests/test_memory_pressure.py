"""Short of memory, a command does its work or says what to do; the lake stays sound, and the command goes on later (slow)."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import store
from text2sql_data.demo import build

pytestmark = pytest.mark.slow

FACTS = {
    "executions": "SELECT * EXCLUDE (elapsed_ms) FROM executions ORDER BY ALL",
    "labels": "SELECT * FROM labels ORDER BY ALL",
    "pairs": "SELECT * FROM pairs ORDER BY ALL",
    "figures": "SELECT * FROM ex ORDER BY ALL",
}
MIB = 1 << 20


def t2s(lake: Path, *words: str | Path, memory: str | None = None, address_space: int | None = None) -> tuple[int, str]:
    """Exit code and messages of a command whose DuckDB, or whose whole process, has only so much memory."""

    def bound() -> None:
        if address_space is not None:
            resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))

    command = [sys.executable, "-c", "from store.cli import main; main()", "--lake", str(lake), *map(str, words)]
    environment = os.environ | ({} if memory is None else {"TEXT2SQL_MEMORY": memory})
    done = subprocess.run(command, env=environment, preexec_fn=bound, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def steps(benchmark: Path) -> list[list[str | Path]]:
    """The main path from a benchmark to pairs and figures."""
    files = build(benchmark)
    return [
        ["benchmark", "add", files.questions, "--name", "demo"],
        ["import", "k-lists", *files.k_lists, "--benchmark", "demo"],
        ["execute"],
        ["label", "--comparator", "bird", "--comparator", "spider"],
        ["pairs", "mine", "large", "small", "--name", "natural"],
        ["eval", "--json"],
    ]


def facts(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the lake holds at the end."""
    with store.open(folder, create=False) as lake:
        return {name: lake.sql(text).fetchall() for name, text in FACTS.items()}


@pytest.fixture(scope="module")
def unpressed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    """The facts where there is memory enough."""
    folder = tmp_path_factory.mktemp("unpressed")
    for words in steps(folder / "demo"):
        assert t2s(folder / "lake", *words)[0] == 0
    return facts(folder / "lake")


def test_duckdb_short_of_memory(unpressed: dict[str, list[tuple[object, ...]]], tmp_path: Path) -> None:
    """Whatever command fails names the setting that gives it more; in the end the facts are the same."""
    lake, failed = tmp_path / "lake", []
    store.open(lake).close()
    for words in steps(tmp_path / "demo"):
        code, said = t2s(lake, *words, memory="24MB")
        if code:
            failed.append(words[0])
            assert "TEXT2SQL_MEMORY" in said, (words, said)
            code, said = t2s(lake, *words)
            assert code == 0, said
    assert failed, "24 MB were enough for everything"
    assert facts(lake) == unpressed
    assert t2s(lake, "check")[0] == 0


def test_a_process_short_of_memory(unpressed: dict[str, list[tuple[object, ...]]], tmp_path: Path) -> None:
    """Where the system itself refuses memory, wherever that is, the command can end as it may: nothing is half done."""
    lake, failed = tmp_path / "lake", []
    store.open(lake).close()
    for words in steps(tmp_path / "demo"):
        code, _ = t2s(lake, *words, address_space=800 * MIB)
        failed += [words[0]] if code else []
        code, said = t2s(lake, *words)
        assert code == 0, said
    assert failed, "800 MiB were enough for everything"
    assert facts(lake) == unpressed
    assert t2s(lake, "check")[0] == 0
