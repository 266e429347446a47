"""The text of a question, normalised: two questions that a person would call the same text are the same key.

Format characters, which nobody sees (soft hyphens, zero-width spaces and joiners), are dropped. Unicode is folded (NFKC, then
casefold), every run of white space and punctuation is one space, and the ends are bare. Digits and
letters of every script stay, and so do signs that change the meaning of a number: `-1` and `1`, `<` and `>`.
"""

import re
import unicodedata
from collections.abc import Callable

from store.ids import content_id

_SIGN = re.compile(r"(?<![^\W_])[-\u2212](?=\.?\d)")  # it belongs to its number, unless it stands between two words or numbers
_KEPT = frozenset("<>=+%$\u20ac\u00a3#")


def normalised(text: str) -> str:
    """The text by which questions are compared.

    >>> normalised("  What's the “Average” age,  e.g. of -1 ? ")
    'what s the average age e g of -1'
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.translate(_SEEN)).casefold())
    return " ".join("-".join(part.translate(_SHOWN) for part in _SIGN.split(folded)).split())


def question_key(text: str, benchmark: str, revision: str, position: int) -> str:
    """What tells a question from others, as 32 hex digits: its normalised text, or its place where the text is empty."""
    bare = normalised(text)
    return content_id("text", bare).hex if bare else content_id("place", benchmark, revision, position).hex


class _Letters(dict[int, str]):
    """What `str.translate` makes of each character, found out once: whole prompts are normalised too."""

    def __init__(self, one: Callable[[str], str]) -> None:
        super().__init__()
        self._one = one

    def __missing__(self, code: int) -> str:
        self[code] = made = self._one(chr(code))
        return made


def _is_kept(letter: str) -> bool:
    return letter.isalnum() or letter in _KEPT or unicodedata.category(letter).startswith("M")


_SEEN = _Letters(lambda letter: "" if unicodedata.category(letter) == "Cf" else letter)
_SHOWN = _Letters(lambda letter: letter if _is_kept(letter) else " ")
