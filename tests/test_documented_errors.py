"""Every error that is raised on purpose is on the page of errors."""

import importlib
import pkgutil
from pathlib import Path

import pytest

from store import StoreError

PAGE = Path(__file__).resolve().parents[1] / "docs" / "faq-errors.md"
OF_EXTRAS = {"torch", "transformers", "vllm"}
PACKAGES = ("store", "text2sql_data", "text2sql_eval", "text2sql_train")


def _import(name: str) -> None:
    """Import a module, unless it is of an extra that is not installed."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in OF_EXTRAS:
            raise


def errors() -> list[str]:
    """The names of all subclasses of StoreError in the packages."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                _import(module.name)
    found, todo = set(), [StoreError]
    while todo:
        for error in todo.pop().__subclasses__():
            todo.append(error)
            if error.__module__.partition(".")[0] in PACKAGES:
                found.add(error.__name__)
    return sorted(found)


@pytest.mark.parametrize("name", errors())
def test_an_error_is_on_the_page(name: str) -> None:
    """Its row says what it means and what to do about it."""
    assert f"`{name}`" in PAGE.read_text("utf-8")
