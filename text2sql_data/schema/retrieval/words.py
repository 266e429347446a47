"""The words of a question and of names: split at whatever is no letter or digit, at underscores and where the case changes.

Two words are near when both have four letters and one is within the other, as "singer" is in "singers". No word list, no stemmer:
the same in every process and release.
"""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
# studentID and HTTPServer hold two words each. "IDs" is one, for a plural is no change of case, and so is "A2", a column's name.
_PARTS = re.compile(r"(?:[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+)\d*|\d+")
_NEAR = 4


def words(text: str) -> list[str]:
    """The words of a text in lower case, in order, each as often as it occurs."""
    found: list[str] = []
    for word in _WORD.findall(text):
        if word.isascii():
            found += [part.lower() for part in _PARTS.findall(word)]
        else:
            found.append(word.casefold())
    return found


def near(word: str, others: Iterable[str]) -> int:
    """How many of some words, which are different, are near to a word; the word itself is."""
    if len(word) < _NEAR:
        return 0
    return sum(len(other) >= _NEAR and (word in other or other in word) for other in others)
