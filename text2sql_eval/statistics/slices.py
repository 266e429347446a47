"""Figures and intervals of every run and slice, from the terms of single questions."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from text2sql_eval.statistics.bootstrap import Interval, Resampling, intervals
from text2sql_eval.statistics.terms import RUN

if TYPE_CHECKING:
    import polars as pl


class Key(NamedTuple):
    """What a figure is about."""

    benchmark: str
    revision: str
    comparator: str
    run: str
    dimension: str
    slice: str | None
    metric: str
    k: int


class Sums(NamedTuple):
    """A figure summed up: its value, what it was divided by, the questions that have nothing to divide by, and its interval."""

    value: float | None
    n: int
    undefined: int
    interval: Interval | None


def summed(
    terms: "pl.DataFrame", questions: "pl.DataFrame", dimensions: Sequence[str], resampling: Resampling | None
) -> Iterator[tuple[Key, Sums]]:
    """Sum terms up, for all questions of a run and for its slices.

    Args:
        terms: Columns as in `terms.TERMS`; every metric and k of a run has each of its questions once.
        questions: As `counted_questions` gives it.
        dimensions: all, difficulty, database.
        resampling: How intervals are made; None makes none. Within one database single questions are drawn, for a figure of that
            database is about no other one.

    Yields:
        Each figure with its key.
    """
    placed = terms.join(questions.select(*RUN, "position", "db_id", "difficulty"), on=[*RUN, "position"])
    for run_key, rows in placed.group_by(RUN, maintain_order=True):
        ordered = rows.sort("metric", "k", "position")
        heads = ordered.select("metric", "k").unique(maintain_order=True).rows()
        first = ordered.head(len(ordered) // len(heads))  # the questions, which are the same for every metric and k
        numerators, denominators = (
            ordered[column].to_numpy().reshape(len(heads), len(first)).T for column in ("numerator", "denominator")
        )
        databases = _codes(first["db_id"])
        for dimension, label, chosen in _slices(first, dimensions):
            part = np.flatnonzero(chosen)
            n = denominators[part]
            found: Sequence[Interval | None] = [None] * len(heads)
            if resampling is not None:
                whole = resampling.cluster == "database" and dimension != "database"
                clusters = np.unique(databases[part], return_inverse=True)[1] if whole else np.arange(len(part))
                how = resampling._replace(cluster="database" if whole else "question")
                found = intervals(numerators[part], n, clusters, how)
            tops, bottoms, undefined = numerators[part].sum(axis=0), n.sum(axis=0), (n == 0).sum(axis=0)
            for place, (metric, k) in enumerate(heads):
                value = float(tops[place] / bottoms[place]) if bottoms[place] else None
                benchmark, revision, comparator, run = map(str, run_key)
                key = Key(benchmark, revision, comparator, run, dimension, label, metric, k)
                yield key, Sums(value, round(float(bottoms[place])), int(undefined[place]), found[place])


def _codes(values: "pl.Series") -> npt.NDArray[np.int64]:
    return np.asarray(np.unique(values.to_numpy().astype(str), return_inverse=True)[1], dtype=np.int64)


def _slices(questions: "pl.DataFrame", dimensions: Sequence[str]) -> Iterator[tuple[str, str | None, npt.NDArray[np.bool_]]]:
    """Each slice: its dimension, its name, and which questions are in it."""
    for dimension in dimensions:
        if dimension == "all":
            yield dimension, None, np.ones(len(questions), dtype=np.bool_)
            continue
        labels = questions["db_id" if dimension == "database" else dimension]
        for label in labels.unique().sort():
            yield dimension, label, labels.eq_missing(label).to_numpy()
