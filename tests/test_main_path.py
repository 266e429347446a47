"""The main path, from a benchmark to a report, is the same on every set-up: a folder, PostgreSQL + S3, and Ray on each (slow)."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import store
from store.cli import cli
from store.ids import file_sha256
from text2sql_data.demo import build

pytestmark = [pytest.mark.slow, pytest.mark.long]

RECIPES = Path(__file__).parents[1] / "docs" / "recipes"
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


def walk(place: str, benchmark: Path, *, on: str = "local") -> dict[str, object]:
    """Take the demo benchmark the whole way with commands; the facts at its end, and what was written to files."""
    files = build(benchmark)
    t2s(place, "benchmark", "add", files.questions, "--name", "demo")
    t2s(place, "import", "k-lists", *files.k_lists, "--benchmark", "demo")
    t2s(place, "import", "mats", files.rollouts, "--benchmark", "demo")
    t2s(place, "execute", "--on", on)
    t2s(place, "label", "--comparator", "bird", "--comparator", "spider")
    t2s(place, "pairs", "mine", "large", "small", "--name", "natural")
    t2s(place, "pin", "create", RECIPES / "sft.yaml")
    t2s(place, "select", "run", "majority", "--run", "large")
    t2s(place, "check")
    found: dict[str, object] = {
        "dataset": json.loads(
            t2s(place, "dataset", "build", RECIPES / "preference.yaml", "--output", benchmark / "dpo", "--json")
        ),
        "files of the dataset": {path.name: file_sha256(path) for path in (benchmark / "dpo").iterdir()},
        **reported(place, benchmark),
    }
    assert t2s(place, "eval", "--comparator", "bird")
    t2s(place, "pin", "verify")
    with store.open(place, create=False) as lake:
        return found | {name: lake.sql(text).fetchall() for name, text in FACTS.items()}


def reported(place: str, folder: Path) -> dict[str, object]:
    """A comparison, and a report as a page and as JSON, without the version: an execution's commits depend on its time."""
    page, figures = folder / "runs.html", folder / "runs.json"
    t2s(place, "report", "runs", "--comparator", "bird", "--resamples", "500", "--html", page, "--json", figures)
    gap, report = json.loads(t2s(place, "compare", "large", "small", "--json")), json.loads(figures.read_text("utf-8"))
    text, version = page.read_text("utf-8"), f"From version {report.pop('lake_version')} of the lake"
    assert version in text
    assert gap.pop("version")
    return {"gap": gap, "report": report, "page": text.replace(version, "")}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What it gives in a folder."""
    place = tmp_path_factory.mktemp("embedded")
    found = walk(str(place / "lake"), place / "demo")
    assert {row["run"] for row in found["report"]["boards"][0]["runs"]} == {"small", "large", "mats_rollouts"}  # type: ignore[index]
    return found


@pytest.mark.parametrize("on", ["local", "ray"])
@pytest.mark.parametrize("setup", ["folder", "shared"])
def test_every_set_up_gives_the_same(
    setup: str, on: str, embedded: dict[str, object], team: tuple[str, str], tmp_path: Path
) -> None:
    """Executions, labels, pairs, selections, figures, datasets, reports and the digests of pins are equal, row by row."""
    if on == "ray":
        pytest.importorskip("ray")
    place = str(tmp_path / "lake")
    if setup == "shared":
        place, data = team
        t2s(place, "init", "--data", data)
    found = walk(place, tmp_path / "demo", on=on)
    assert found.keys() == embedded.keys()
    for name, facts in embedded.items():
        assert facts, name
        assert found[name] == facts, name


def test_threads_do_not_move_a_figure(demo_made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same lake and options give the same bytes: no figure is a sum in the order in which threads happen to end."""
    found = set()
    for threads in ("1", *["4"] * 5):
        monkeypatch.setenv("TEXT2SQL_THREADS", threads)
        found.add(t2s(str(demo_made / "lake"), "report", "runs", "--comparator", "bird", "--resamples", "100", "--json", "-"))
    assert len(found) == 1
