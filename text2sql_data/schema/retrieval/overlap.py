"""Tables by the words that their names have in common with a question: a baseline without weights.

The score of a table is three for each different word of the question that is among its words, and one for each pair of words
that are near.
"""

from collections.abc import Sequence
from functools import lru_cache

from text2sql_data.schema.retrieval.documents import Documents, name_words
from text2sql_data.schema.retrieval.words import near

_SAME = 3.0


def scores(searched: Documents, question: Sequence[str]) -> list[float]:
    """The score of each table for the words of a question."""
    asked = dict.fromkeys(question)
    return [sum(_SAME * (word in known) + near(word, known) for word in asked) for known in _vocabularies(searched)]


@lru_cache(maxsize=256)
def _vocabularies(searched: Documents) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(known) for known in name_words(searched))
