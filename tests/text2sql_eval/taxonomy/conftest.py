"""Lakes of published answers: a system, rollouts of planner and fixer, questions without a database; and repair trajectories."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import store
from store.cli import cli


def _t2s(lake: Path, *words: str | Path) -> None:
    result = CliRunner().invoke(cli, ["--lake", str(lake), *map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="session")
def answers_template(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Path:
    """A lake of answers, executed and labelled, that is never written to."""
    folder = tmp_path_factory.mktemp("taxonomy")
    lake = folder / "lake"
    _t2s(lake, "benchmark", "add", real_data / "spider/dev.json", "--name", "spider_dev")
    _t2s(
        lake, "import", "spider", real_data / "spider/predictions/codes_1b.sql", "--benchmark", "spider_dev", "--run", "codes_1b"
    )
    lines = (real_data / "mats/sft_vf_passAt8_spider_dev.jsonl").read_text("utf-8").splitlines(keepends=True)
    (folder / "rollouts.jsonl").write_text("".join(lines[100:180]), "utf-8")
    _t2s(lake, "import", "mats", folder / "rollouts.jsonl", "--benchmark", "spider_dev", "--run", "rollouts")
    questions = json.loads((real_data / "bird/dev.json").read_text("utf-8"))
    kept = [*[place for place, question in enumerate(questions) if question["db_id"] == "superhero"][:20], 0, 1, 2]
    (folder / "dev.json").write_text(json.dumps([questions[place] for place in kept]), "utf-8")
    (folder / "dev_databases").symlink_to(real_data / "bird/dev_databases")
    _t2s(lake, "benchmark", "add", folder / "dev.json", "--name", "bird_dev")
    answers = json.loads((real_data / "bird/predictions/codes_1b_evidence.json").read_text("utf-8"))
    mine = {str(number): answers[str(place)] for number, place in enumerate(kept)}
    (folder / "codes.json").write_text(json.dumps(mine), "utf-8")
    _t2s(lake, "import", "bird", folder / "codes.json", "--benchmark", "bird_dev", "--run", "bird_codes")
    _t2s(lake, "execute")
    _t2s(lake, "label", "--comparator", "bird")
    return lake


@pytest.fixture(scope="session")
def answers_folder(answers_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of that lake; what tests write to it is differences by clause alone."""
    return Path(shutil.copytree(answers_template, tmp_path_factory.mktemp("answers") / "lake"))


@pytest.fixture
def answers(answers_folder: Path) -> Iterator[store.Lake]:
    """That copy, open."""
    with store.open(answers_folder, create=False) as lake:
        yield lake


@pytest.fixture(scope="session")
def trajectories_folder(template: Path, tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Path:
    """A lake of published repair trajectories."""
    lake = Path(shutil.copytree(template, tmp_path_factory.mktemp("trajectories") / "lake"))
    _t2s(lake, "benchmark", "add", real_data / "spider/dev.json", "--name", "spider_dev")
    path = real_data / "trajectories/trajectories.jsonl"
    _t2s(lake, "import", "trajectories", path, "--benchmark", "spider_dev", "--run", "published")
    _t2s(lake, "execute")
    _t2s(lake, "label", "--comparator", "rows")
    return lake


@pytest.fixture
def trajectories(trajectories_folder: Path) -> Iterator[store.Lake]:
    """That lake, open."""
    with store.open(trajectories_folder, create=False) as lake:
        yield lake
