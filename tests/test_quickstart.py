"""The quick start and the README are true: their commands and blocks of Python run, and print what the quick start says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "quickstart.md"


def pattern(expected: list[str]) -> str:
    """The expected lines as a regular expression: a line of dots is any lines, dots within a line are anything."""
    parts = []
    for line in expected:
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*")
        else:
            parts.append(r"[^\n]*".join(re.escape(part.rstrip()) for part in line.split("...")) + r" *\n")
    return "".join(parts)


def commands(block: str) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines that it is said to print."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        else:
            found[-1][1].append(line)
    return found


@pytest.mark.slow
def test_the_page_runs_and_prints_what_it_says(tmp_path: Path) -> None:
    """All console and Python blocks, in order, in one new folder."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("TEXT2SQL_LAKE", None)
    blocks = re.findall(r"```(console|python)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    ran = 0
    for language, block in blocks:
        steps = commands(block) if language == "console" else [(None, [])]
        for command, expected in steps:
            words = ["bash", "-c", command] if command else [sys.executable, "-c", block]
            done = subprocess.run(
                words,
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            output = "\n".join(line.rstrip() for line in done.stdout.splitlines()).rstrip() + "\n"
            assert done.returncode == 0, f"{command or block}\n{output}"
            if command:
                assert re.fullmatch(pattern(expected), output if expected else "", re.MULTILINE), f"$ {command}\n{output}"
            ran += 1
    assert ran >= 10


@pytest.mark.slow
def test_the_readme_leads_from_candidates_to_a_dataset(tmp_path: Path) -> None:
    """The commands of its section on preference data run over the demo lake, and the block of Python loads the pin."""
    root = PAGE.parents[1]
    section = (root / "README.md").read_text("utf-8").partition("## From candidates to preference data")[2].partition("\n## ")[0]
    (console,) = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    (python,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    (tmp_path / "docs").symlink_to(root / "docs")
    script = "\n".join(["set -e", "t2s --lake demo/lake demo demo", *(command for command, _ in commands(console))])
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for words in (["bash", "-c", script], [sys.executable, "-c", f"import store\n{python}\nassert len(dataset['train']) > 10"]):
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "demo_preference@1" in (tmp_path / "pins.lock").read_text("utf-8")
    assert (tmp_path / "pairs.html").stat().st_size > 100_000
