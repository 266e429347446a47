"""The shape of the packages: which way imports run, what is public, and how long a file may be."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("store", "text2sql_data", "text2sql_train", "text2sql_eval")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted(path for path in (ROOT / "tests").rglob("test_*.py"))


def label(path: Path) -> str:
    """A path as the name of a test."""
    return str(path.relative_to(ROOT))


def test_imports_run_one_way() -> None:
    """The contracts of import-linter hold: store <- text2sql_data <- text2sql_train | text2sql_eval."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_are_sorted_documented_and_there(package: str) -> None:
    """Every name in `__all__` exists and says what it is; the package is typed."""
    module = importlib.import_module(package)
    names = list(getattr(module, "__all__", []))
    assert names == sorted(names)
    for name in names:
        value = getattr(module, name)
        assert inspect.getdoc(value), f"{package}.{name} has no docstring"
    assert module.__doc__
    assert (ROOT / package / "py.typed").is_file()


def test_the_store_has_no_other_public_name() -> None:
    """A misspelled name is an AttributeError, though names are imported when they are first used."""
    store = importlib.import_module("store")
    with pytest.raises(AttributeError, match="opne"):
        store.opne  # noqa: B018 - the access is what is tested


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_a_module_is_short_and_says_what_it_owns(path: Path) -> None:
    """At most 500 lines, and a docstring whose first line ends as a sentence does."""
    text = path.read_text("utf-8")
    assert text.count("\n") <= 500
    first = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    assert first.endswith((".", ",", ":")) or len(first) > 60, first


@pytest.mark.parametrize("path", TESTS, ids=label)
def test_every_test_says_what_it_proves(path: Path) -> None:
    """Each test function has a docstring."""
    functions = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)]
    assert [node.name for node in functions if node.name.startswith("test_") and not ast.get_docstring(node)] == []
