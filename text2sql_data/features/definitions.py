"""All features there are, read from the files that compute them. Their order is that of the files and of the lines in them."""

import functools
import hashlib
import importlib
from importlib.resources import files
from typing import cast

from store.ids import content_id
from text2sql_data.features.model import TYPES, Feature, Function

FUNCTIONS = ("joins", "literals", "naming", "question_type")
"""The modules of `functions/`."""

QUERIES = ("opinions", "result_agreement", "result_shape", "sql_agreement", "sql_measures")
"""The files of `sql/` that compute features."""

_HEADER = "-- feature "


def query(name: str) -> str:
    """The text of a file of `sql/`."""
    return (files("text2sql_data.features") / "sql" / f"{name}.sql").read_text("utf-8")


def function(name: str) -> Function:
    """A module of `functions/`."""
    return cast("Function", importlib.import_module(f"text2sql_data.features.functions.{name}"))


@functools.cache
def features() -> tuple[Feature, ...]:
    """All features, in the order in which their values are kept."""
    found = [feature for name in QUERIES for feature in _of_query(name)]
    for name in FUNCTIONS:
        module = function(name)
        found += [Feature(*said, f"functions/{name}", str(module.VERSION)) for said in module.FEATURES]
    if len({feature.name for feature in found}) != len(found):
        raise AssertionError("Two features have one name.")
    return tuple(found)


def _of_query(name: str) -> list[Feature]:
    text = query(name)
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    found = []
    for line in text.splitlines():
        if line.startswith(_HEADER):
            head, _, description = line.removeprefix(_HEADER).partition(": ")
            column, _, type_ = head.partition(" ")
            if type_ not in TYPES:
                raise AssertionError(f"{name}.sql: {column} has the type {type_}, which is none of {', '.join(TYPES)}.")
            found.append(Feature(column, type_, description, f"sql/{name}", version))
    return found


def set_id(gate: str) -> str:
    """The identity of all features as they are defined now, under a gate."""
    return str(content_id(gate, *("\n".join(feature) for feature in features())))
