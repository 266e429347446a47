"""The main path, from a benchmark to figures and a pin, gives the same on every set-up: a folder, PostgreSQL + S3, Ray (slow)."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import store
from store.cli import cli
from text2sql_data.demo import build

pytestmark = pytest.mark.slow

RECIPE = Path(__file__).parents[1] / "docs" / "recipes" / "sft.yaml"
FACTS = {
    "executions": "SELECT * EXCLUDE (elapsed_ms) FROM executions ORDER BY ALL",
    "labels": "SELECT * FROM labels ORDER BY ALL",
    "pairs": "SELECT * FROM pairs ORDER BY ALL",
    "selections": "SELECT * EXCLUDE (snapshot, inputs) FROM selections ORDER BY ALL",
    "figures": "SELECT * FROM ex ORDER BY ALL",
    "pins": "SELECT name, version, n_rows, digest FROM pins ORDER BY ALL",
}


def t2s(place: str, *words: str | Path) -> str:
    done = CliRunner().invoke(cli, ["--lake", place, *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def walk(place: str, benchmark: Path, *, on: str = "local") -> dict[str, list[tuple[object, ...]]]:
    """Take the demo benchmark the whole way with commands; the facts at its end."""
    files = build(benchmark)
    t2s(place, "benchmark", "add", files.questions, "--name", "demo")
    t2s(place, "import", "k-lists", *files.k_lists, "--benchmark", "demo")
    t2s(place, "import", "mats", files.rollouts, "--benchmark", "demo")
    t2s(place, "execute", "--on", on)
    t2s(place, "label", "--comparator", "bird", "--comparator", "spider")
    t2s(place, "pairs", "mine", "large", "small", "--name", "natural")
    t2s(place, "pin", "create", RECIPE)
    t2s(place, "select", "run", "majority", "--run", "large")
    t2s(place, "check")
    assert json.loads(t2s(place, "compare", "large", "small", "--json"))
    assert t2s(place, "eval", "--comparator", "bird")
    t2s(place, "pin", "verify")
    with store.open(place, create=False) as lake:
        return {name: lake.sql(text).fetchall() for name, text in FACTS.items()}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    """What it gives in a folder."""
    place = tmp_path_factory.mktemp("embedded")
    return walk(str(place / "lake"), place / "demo")


@pytest.mark.parametrize("setup", ["folder", "shared", "ray"])
def test_every_set_up_gives_the_same(
    setup: str, embedded: dict[str, list[tuple[object, ...]]], team: tuple[str, str], tmp_path: Path
) -> None:
    """Executions, labels, pairs, selections, figures and the digests of pins are equal, row by row."""
    place = str(tmp_path / "lake")
    if setup == "shared":
        place, data = team
        t2s(place, "init", "--data", data)
    found = walk(place, tmp_path / "demo", on="ray" if setup == "ray" else "local")
    for name, rows in embedded.items():
        assert rows, name
        assert found[name] == rows, name
