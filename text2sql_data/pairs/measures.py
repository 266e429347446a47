"""How far two texts are apart: token edit distance by the length of the longer one, from 0 to 1."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\w+|[<>=!|]+|[^\s\w]""")
_QUOTES = frozenset("'\"`")
_WORD = re.compile(r"[a-z_][a-z0-9_]*|\d+|[<>=!]+|[,().*+-/]")
_LABEL = re.compile(r"^\s*SQL\s*:\s*", re.IGNORECASE)


class EditRatios(NamedTuple):
    """Edit distances of one pair, each by the length of the longer side, 0 to 1."""

    edit_ratio: float
    word_edit_ratio: float


def tokens(text: str) -> list[str]:
    """The tokens of a SQL (or of prose): names in lower case, and quoted text, which is one token, as it is.

    >>> tokens("SELECT a FROM t WHERE n = 'É x'")
    ['select', 'a', 'from', 't', 'where', 'n', '=', "'É x'"]
    """
    if text.isascii() and not _QUOTES.intersection(text):  # most texts, in a quarter of the time
        return _TOKEN.findall(text.lower())
    return [token if token[0] in _QUOTES else token.lower() for token in _TOKEN.findall(text)]


def words(text: str) -> list[str]:
    """The tokens that published pair reports count: lower-case ASCII words, numbers and operators, without a leading `SQL:`.

    Quotes and other letters are dropped, so two names may look equal. Kept to compare with those reports, see
    [docs/pairs.md](../../docs/pairs.md).
    """
    return _WORD.findall(_LABEL.sub("", text.strip()).lower())


def edit_ratios(pairs: Iterable[tuple[str, str]]) -> list[EditRatios]:
    """Both distances of each pair of texts."""
    return [
        EditRatios(_ratio(tokens(chosen), tokens(rejected)), _ratio(words(chosen), words(rejected))) for chosen, rejected in pairs
    ]


def _ratio(left: list[str], right: list[str]) -> float:
    return Levenshtein.distance(left, right) / max(len(left), len(right), 1)
