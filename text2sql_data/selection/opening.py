"""From a method's name and parameters, as a person gives them, to a selector."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store import Lake
from text2sql_data import structures
from text2sql_data.selection.methods.first import First
from text2sql_data.selection.methods.majority import Majority
from text2sql_data.selection.methods.random import Random
from text2sql_data.selection.methods.rules import Rules
from text2sql_data.selection.methods.weighted import Weighted
from text2sql_data.selection.model import Method, SelectionError

if TYPE_CHECKING:
    from text2sql_data.selection.model import Selector

PLAIN: Mapping[str, type[Method]] = {"first": First, "random": Random, "majority": Majority, "weighted": Weighted, "rules": Rules}
"""The methods that are nothing but their parameters."""


def open_plain(method: str, parameters: Mapping[str, Any]) -> "Selector":
    """A selector that needs neither a fitted model nor a language model.

    Raises:
        SelectionError: A parameter is wrong; the message says which, the hint what is allowed.
    """
    return structures.convert(dict(parameters), PLAIN[method], f"selector {method}", SelectionError)  # type: ignore[return-value]


def open_fitted(lake: Lake, model: str | None, runs: Sequence[str], gate: str, allow: str) -> "Selector":
    """The selector over features that asks a fitted model.

    Args:
        lake: Where the model is.
        model: name@version, or the name of the latest version.
        runs: The runs that it is to choose for.
        gate: Which SQL of a sample is its final answer.
        allow: What they may share with what it was trained on: nothing, databases, or questions as well.

    Raises:
        SelectionError: No model is named, or it reads other features than there are now.
        ModelNotFoundError: There is no such model.
        LineageError: The runs share something with its training that is not allowed.
    """
    from text2sql_data.selection.fitting import models
    from text2sql_data.selection.methods.features import of_model

    if model is None:
        raise SelectionError("No model is named.", "Name one with --model, or make one: t2s select fit NAME --run RUN")
    found = models.load(lake, model)
    shared = models.require_unseen(lake, found, list(runs), allow)
    return of_model(found, gate, {(one.run, one.position): one.match for one in shared})


def read_parameters(file: Path | None, settings: Mapping[str, str]) -> dict[str, Any]:
    """Parameters from a YAML file, and from NAME=VALUE settings, which come before those of the file.

    A name with dots, such as result.rows, is a parameter within another.

    Raises:
        SelectionError: The file cannot be read, or is not a mapping.
    """
    found: dict[str, Any] = {}
    if file is not None:
        value = structures.decode(structures.read_text(file, "configuration", SelectionError), str(file), SelectionError)
        if not isinstance(value, dict):
            raise SelectionError(f"{file} holds no fields.", "Write one parameter a line, such as: seed: 1")
        found = value
    for name, text in settings.items():
        within = found
        *outer, last = name.split(".")
        for part in outer:
            inner = within.get(part)
            if inner is not None and not isinstance(inner, dict):
                raise SelectionError(f"--set {name}: {part} has no fields; it is {inner!r}.", "Set it as a whole.")
            within[part] = dict(inner or {})
            within = within[part]
        within[last] = structures.decode(text, f"--set {name}", SelectionError)
    return found
