"""Which tables of a schema a prompt shows: all of them, or those that the words of the question find.

Modes: `full`; `overlap` and `bm25`, the best k by their scores; `bm25_fk`, those of `bm25` and what foreign keys join to them.
Only tables with a score above 0 are chosen, so there may be fewer than k; when none has one, the first k by name are. A tie goes
to the name that sorts first. Names and texts decide alone: the same tables on every machine, in whatever order they are declared.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from store import StoreError
from text2sql_data.schema.retrieval import bm25, overlap
from text2sql_data.schema.retrieval.documents import Documents, documents, joined_to
from text2sql_data.schema.retrieval.words import words

_SCORES: Final[Mapping[str, Callable[[Documents, Sequence[str]], list[float]]]] = {
    "overlap": overlap.scores,
    "bm25": bm25.scores,
    "bm25_fk": bm25.scores,
}
MODES: Final = ("full", *_SCORES)
"""The ways to choose tables, by name."""

_DIGITS = 9  # sums of floats in another order differ behind that, and must still be a tie


class RetrievalError(StoreError, ValueError):
    """A way to choose tables, or a table, that does not exist; or a number of tables or hops that makes no sense."""


class Retrieved(NamedTuple):
    """The tables that were chosen.

    Attributes:
        tables: Their names, in the order of the database.
        scores: The score of every table of the database by its name, in that order; empty in the mode `full`.
    """

    tables: tuple[str, ...]
    scores: Mapping[str, float]


def retrieve(
    schema: Mapping[str, Any], question: str, evidence: str = "", *, mode: str = "bm25_fk", top_k: int = 6, hops: int = 1
) -> Retrieved:
    """Choose the tables for a question.

    Args:
        schema: What `databases.schema` holds.
        question: The question.
        evidence: What is given with it; its words count like those of the question.
        mode: One of `MODES`.
        top_k: How many tables the scores choose at most; a database that has no more is taken as a whole.
        hops: In the mode `bm25_fk`, how many foreign keys away from these a table may be; these tables come on top of `top_k`.

    Raises:
        RetrievalError: There is no such mode, `top_k` is below 1, or `hops` below 0.
    """
    if mode not in MODES:
        raise RetrievalError(f"There is no way to choose tables called {mode}.", f"Choose one of: {', '.join(MODES)}.")
    if top_k < 1 or hops < 0:
        raise RetrievalError(f"{top_k} tables and {hops} hops were asked for.", "Give at least 1 table and 0 hops.")
    searched = documents(schema)
    if mode == "full":
        return Retrieved(searched.tables, {})
    scores = [round(score, _DIGITS) for score in _SCORES[mode](searched, words(f"{question}\n{evidence}"))]
    ranked = sorted(range(len(scores)), key=lambda place: (-scores[place], searched.tables[place]))
    chosen = set(ranked)
    if top_k < len(ranked):
        chosen = {place for place in ranked[:top_k] if scores[place] > 0} or set(ranked[:top_k])
        if mode == "bm25_fk":
            chosen = joined_to(searched, chosen, hops)
    return Retrieved(tuple(searched.tables[place] for place in sorted(chosen)), dict(zip(searched.tables, scores, strict=True)))


def narrowed(schema: Mapping[str, Any], tables: Collection[str]) -> dict[str, Any]:
    """A schema with some of its tables, in the order of the database; foreign keys to the others are gone.

    Args:
        schema: What `databases.schema` holds.
        tables: Names of tables, in any case.

    Raises:
        RetrievalError: One of them is not in the schema.
    """
    wanted = {name.casefold() for name in tables}
    missing = wanted - {table["name"].casefold() for table in schema["tables"]}
    if missing:
        there = ", ".join(table["name"] for table in schema["tables"])
        raise RetrievalError(f"The schema has no table {min(missing)}.", f"It has: {there or 'none'}.")
    kept = [
        {**table, "foreign_keys": [key for key in table.get("foreign_keys") or () if key["table"].casefold() in wanted]}
        for table in schema["tables"]
        if table["name"].casefold() in wanted
    ]
    return {**schema, "tables": kept}
