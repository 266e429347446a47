"""Whether the literals of a SQL come from its question, and whether those of the question are used."""

import re

from text2sql_data.features.model import Asked, Type
from text2sql_data.schema.mentions import key

VERSION = 2

FEATURES: tuple[tuple[str, Type, str], ...] = (
    (
        "texts_said",
        "share",
        "Share of the SQL's texts whose words stand in the question or its evidence; NULL without texts.",
    ),
    ("texts_as_written", "share", "Share of them that stand there letter by letter; NULL without texts."),
    (
        "numbers_said",
        "share",
        "Share of its numbers that stand there, in digits or words; NULL without numbers.",
    ),
    (
        "question_numbers_used",
        "share",
        "Share of the question's numbers that are in the SQL; NULL when it has none.",
    ),
    (
        "question_names_used",
        "share",
        "Share of its quoted texts and capitalised words in the SQL; NULL when it has none.",
    ),
    ("texts", "count", "Text literals of the SQL."),
    ("numbers", "count", "Number literals of the SQL."),
)

_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")
_QUOTED = re.compile(r"[\"\u201c\u2018`]([^\"\u201d\u2019`]{1,80})[\"\u201d\u2019`]|(?<!\w)'([^'\n]{1,80})'(?!\w)")
_CAPITAL = re.compile(r"(?<=[a-z,;] )[A-Z][\w'-]*")
_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def values(asked: Asked) -> tuple[float | None, ...]:
    """See FEATURES."""
    shape = asked.shape
    if not shape.parsed:
        return (None,) * len(FEATURES)
    said = f"{asked.question} {asked.evidence}"
    words, plain = f" {key(said)} ", said.casefold()
    numbers = {_number(found) for found in _NUMBER.findall(said)}
    spelt = {str(value) for value, name in enumerate(_NAMES) if f" {name} " in words}
    in_question = {_number(found) for found in _NUMBER.findall(asked.question)}
    texts = [text.strip("%") for text in shape.texts]
    used = [_number(number) for number in shape.numbers]
    all_used = {*used, *texts, *(() if shape.limit is None else (str(shape.limit),))}
    names = [key(first or second) for first, second in _QUOTED.findall(asked.question)]
    names += [key(name) for name in _CAPITAL.findall(asked.question)]
    in_sql = f" {key(asked.sql)} "
    return (
        _share([f" {key(text)} " in words for text in texts]),
        _share([text in said for text in texts]),
        _share([number in numbers | spelt or number in plain for number in used]),
        _share([number in all_used or any(number in text for text in texts) for number in in_question]),
        _share([f" {name} " in in_sql for name in names if name]),
        float(len(texts)),
        float(len(used)),
    )


def _number(text: str) -> str:
    """A number without thousands separators and without a fraction of zeros."""
    plain = text.replace(",", "")
    return re.sub(r"\.0+$", "", plain)


def _share(found: list[bool]) -> float | None:
    return sum(found) / len(found) if found else None
