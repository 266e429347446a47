"""The text of a question, normalised: two questions that a person would call the same text are the same key.

Format characters, which nobody sees (soft hyphens, zero-width spaces and joiners), are dropped. Unicode is folded (NFKC, then
casefold), every run of white space and punctuation is one space, and the ends are bare. Digits and
letters of every script stay, and so do signs that change the meaning of a number: `-1` and `1`, `<` and `>`.
"""

import re
import unicodedata

from store.ids import content_id

_SIGN = re.compile(r"[-\u2212](?=\.?\d)")
_KEPT = frozenset("<>=+%$\u20ac\u00a3#")


def normalised(text: str) -> str:
    """The text by which questions are compared.

    >>> normalised("  What's the “Average” age,  e.g. of -1 ? ")
    'what s the average age e g of -1'
    """
    seen = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    spaced = "".join(_shown(folded, place) for place in range(len(folded)))
    return " ".join(spaced.split())


def question_key(text: str, benchmark: str, revision: str, position: int) -> str:
    """What tells a question from others, as 32 hex digits: its normalised text, or its place where the text is empty."""
    bare = normalised(text)
    return content_id("text", bare).hex if bare else content_id("place", benchmark, revision, position).hex


def _shown(text: str, place: int) -> str:
    letter = text[place]
    if letter.isalnum() or letter in _KEPT or unicodedata.category(letter).startswith("M"):
        return letter
    # A minus belongs to its number, unless it stands between two words or numbers.
    signed = _SIGN.match(text, place) and (place == 0 or not text[place - 1].isalnum())
    return "-" if signed else " "
