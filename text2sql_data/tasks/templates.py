"""The templates of questions: `templates.yaml`, read and checked."""

from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Literal

import msgspec


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of question: one SQL and several ways to ask for it, with the same slots.

    Attributes:
        difficulty: As BIRD grades its questions.
        sql: The SQL, with slots in braces.
        questions: Ways to ask for it.
    """

    difficulty: Literal["simple", "moderate", "challenging"]
    sql: str
    questions: list[str]


@cache
def templates() -> dict[str, Template]:
    """All templates, by name."""
    text = files("text2sql_data.tasks").joinpath("templates.yaml").read_bytes()
    return msgspec.yaml.decode(text, type=dict[str, Template])


def slots(text: str) -> frozenset[str]:
    """The names of the slots of a text."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)
