"""Curves over k: what a majority vote among k of the K samples is expected to get right, beside oracle@k.

A question's value at k is the mean over all subsets of k of its samples; where there are more than 1,000 of them, over 1,000 that
are drawn with a seed. A question with fewer than k samples has no value at k.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from text2sql_eval.statistics.terms import RUN, terms_frame

if TYPE_CHECKING:
    import polars as pl

    from store.scratch import Scratch

SUBSETS = 1_000
"""Subsets of one size at most; up to 12 samples that is all of them."""

_AHEAD = 100_000  # more than there are samples: votes count before places


def majority_curve(scratch: "Scratch", *, seed: int = 0) -> "pl.DataFrame":
    """The expected majority at every k, question by question: the metric `majority_at_k`.

    Args:
        scratch: Where the outcomes are staged.
        seed: Seed of the subsets, where not all are taken.

    Returns:
        Columns as in `terms.TERMS`, with the denominator 0 where a question has fewer than k samples.
    """
    import polars as pl

    from text2sql_eval.outcomes import text

    found = scratch.execute(text("voters")).pl()
    largest = {(*key,): most for *key, most in found.group_by(RUN).agg(pl.col("correct").list.len().max()).iter_rows()}
    curves: dict[tuple[tuple[bool, ...], tuple[int | None, ...]], list[float]] = {}
    rows = []
    for *run, position, correct, results in found.iter_rows():
        pattern = (tuple(correct), _numbered(results))
        if pattern not in curves:
            curves[pattern] = expected_majority(*pattern, seed=seed)
        values = curves[pattern]
        for k in range(1, largest[*run] + 1):
            enough = k <= len(values)
            rows.append((*run, position, "majority_at_k", k, values[k - 1] if enough else 0.0, float(enough)))
    return terms_frame(rows)


def expected_majority(correct: Sequence[bool], results: Sequence[int | None], *, seed: int = 0) -> list[float]:
    """The share of subsets of k samples whose majority vote is correct, for k from 1 to the number of samples.

    Args:
        correct: Whether each final answer is correct, in the order of the samples.
        results: Equal numbers for equal results; None for SQL that did not execute, which has no vote.
        seed: Seed of the subsets, where not all are taken.
    """
    n = len(correct)
    right = np.asarray(correct, dtype=np.float64)
    numbers = np.asarray([-1 if result is None else result for result in results])
    same = (numbers[:, None] == numbers[None, :]) & (numbers >= 0)[:, None]
    generator = np.random.default_rng(seed)
    return [_share_correct(_subsets(n, k, generator), same, right) for k in range(1, n + 1)]


def _share_correct(chosen: npt.NDArray[np.bool_], same: npt.NDArray[np.bool_], right: npt.NDArray[np.float64]) -> float:
    """The rule of the view: the largest group, among equals that with the lowest sample; without votes the lowest sample."""
    votes = chosen.astype(np.int64) @ same.astype(np.int64)  # of a sample: how many of the subset have its result
    standing = np.where(chosen, votes * _AHEAD - np.arange(chosen.shape[1]), np.iinfo(np.int64).min)
    return float(right[standing.argmax(axis=1)].mean())


def _subsets(n: int, k: int, generator: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Subsets of k of n samples, one a row: all of them, or some that are drawn."""
    every = math.comb(n, k) <= SUBSETS
    members = np.array(list(combinations(range(n), k))) if every else generator.random((SUBSETS, n)).argsort(axis=1)[:, :k]
    chosen = np.zeros((len(members), n), dtype=np.bool_)
    np.put_along_axis(chosen, members, values=True, axis=1)
    return chosen


def _numbered(results: Sequence[str | None]) -> tuple[int | None, ...]:
    """Results numbered in the order in which they first appear, so that questions of one pattern are computed once."""
    numbers: dict[str, int] = {}
    return tuple(None if result is None else numbers.setdefault(result, len(numbers)) for result in results)
