"""The tables of docs/rollout-pairs.md are what the commands beside them print over the published rollouts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rollout-pairs.md"
RUNS = ("sft_vf", "collab", "indep")
MODES = ("independent", "collab", "collab_v2", "joint", "critique_aware")
TABLES = (
    "pairs yields --wide --markdown",
    f"pairs yields --markdown {' '.join(f'sft_vf_{mode}' for mode in MODES)}",
    f"pairs sensitivity {' '.join(RUNS)} --markdown",
)


@pytest.fixture(scope="module")
def lake(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake in which the commands of the page ran."""
    folder = tmp_path_factory.mktemp("tables") / "lake"
    t2s(folder, "benchmark", "add", str(real_data / "spider" / "dev.json"), "--name", "spider_dev")
    for run in RUNS:
        rollouts = str(real_data / "mats" / f"{run}_passAt8_spider_dev.jsonl")
        t2s(folder, "import", "mats", rollouts, "--benchmark", "spider_dev", "--run", run)
    t2s(folder, "execute")
    t2s(folder, "label", "--comparator", "bird")
    for run in RUNS:
        for mode in MODES:
            t2s(folder, "pairs", "mine", run, "--mode", mode)
    return folder


def t2s(lake: Path, *words: str) -> str:
    """Run a command; what it prints."""
    environment = {**os.environ, "TEXT2SQL_LAKE": str(lake)}
    program = [sys.executable, "-c", "from store.cli import main; main()", *words]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("command", TABLES)
def test_a_table_of_the_page_is_what_the_command_prints(lake: Path, command: str) -> None:
    """Line by line, figures and all; and the page names the command."""
    printed = t2s(lake, *command.split())
    assert printed.count("\n") > 5
    page = PAGE.read_text("utf-8")
    assert f"$ t2s {command}\n" in page
    assert printed.strip() in page
