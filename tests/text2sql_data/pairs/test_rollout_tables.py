"""The tables of docs/rollout-pairs.md are what the commands beside them print over the published rollouts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from store.cli import cli

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
def lake(configurations_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake in which the commands of the page ran."""
    folder = Path(shutil.copytree(configurations_made / "lake", tmp_path_factory.mktemp("tables") / "lake"))
    for run in RUNS:
        for mode in MODES:
            done = CliRunner().invoke(cli, ["--lake", str(folder), "pairs", "mine", run, "--mode", mode])
            assert done.exit_code == 0, done.output
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
