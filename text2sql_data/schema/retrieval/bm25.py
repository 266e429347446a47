"""Tables by BM25 over a document a table: its name, the names of its columns, and what is written about them.

bm25s does the arithmetic (Lucene's variant, k1 1.5, b 0.75). Words that are near each other, of the question and of the names,
add a little, as BM25 knows no plurals. Names keep all of their words; sentences lose "the", "of" and the like, which would
otherwise decide, because names hardly have them. An index is made once a schema.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from text2sql_data.schema.retrieval.documents import Documents, name_words
from text2sql_data.schema.retrieval.words import near, words

if TYPE_CHECKING:
    import numpy as np

_K1, _B = 1.5, 0.75
_NEAR = 0.15  # a near pair of words, where BM25 counts with (k1 + 1) in the numerator, as its authors wrote it


class _Index(NamedTuple):
    weights: Callable[[list[str]], "np.ndarray | None"]
    near: Callable[[str], tuple[int, ...]]


def scores(searched: Documents, question: Sequence[str]) -> list[float]:
    """The score of each table for the words of a question."""
    index = _index(searched)
    weights = index.weights(list(question))
    found = [0.0] * len(searched.tables) if weights is None else [float(weight) * (_K1 + 1) for weight in weights]
    for word in dict.fromkeys(question):
        for place, pairs in enumerate(index.near(word)):
            found[place] += _NEAR * pairs
    return found


@lru_cache(maxsize=256)
def _index(searched: Documents) -> _Index:
    import bm25s  # type: ignore[import-untyped]
    from bm25s.stopwords import STOPWORDS_EN  # type: ignore[import-untyped]

    of_names = name_words(searched)
    described = [[word for text in texts for word in words(text) if word not in STOPWORDS_EN] for texts in searched.descriptions]
    corpus = [[*names, *more] for names, more in zip(of_names, described, strict=True)]
    vocabularies = [sorted(set(names)) for names in of_names]
    known = {word for document in corpus for word in document}
    retriever = bm25s.BM25(k1=_K1, b=_B, method="lucene", dtype="float64")
    if known:
        retriever.index(corpus, show_progress=False)

    def weights(question: list[str]) -> "np.ndarray | None":
        asked = [word for word in question if word in known]
        return retriever.get_scores(asked) if asked else None

    @lru_cache(maxsize=4096)
    def pairs(word: str) -> tuple[int, ...]:
        return tuple(near(word, vocabulary) for vocabulary in vocabularies)

    return _Index(weights, pairs)
