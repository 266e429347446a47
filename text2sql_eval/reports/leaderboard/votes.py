"""The expected majority at every k, for many questions at once: the same values as `statistics.curves.majority_curve`.

Questions with one pattern of answers are computed once, and all patterns of one length together: a lake of a million candidates
takes about two seconds. Where a question has too many subsets, `statistics.curves` draws them, and is asked.
"""

import math
from collections.abc import Sequence
from importlib.resources import files
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from text2sql_eval.statistics.curves import SUBSETS, expected_majority
from text2sql_eval.statistics.terms import RUN, TERMS

if TYPE_CHECKING:
    import polars as pl

    from store.scratch import Scratch

_SQL = files("text2sql_eval") / "reports" / "leaderboard" / "sql"
_ENTRIES = 4_000_000  # votes that are counted at a time: 16 MB
_AHEAD = 100_000.0  # more than there are samples: votes count before places


def vote_curve(scratch: "Scratch", *, seed: int = 0) -> "pl.DataFrame":
    """The metric `majority_at_k`, question by question.

    Args:
        scratch: Where the outcomes are staged.
        seed: Seed of the subsets, where not all are taken.

    Returns:
        Columns as in `terms.TERMS`, with the denominator 0 where a question has fewer than k samples.
    """
    import polars as pl

    found = scratch.execute((_SQL / "patterns.sql").read_text("utf-8")).pl()
    found = found.with_columns(n=pl.col("correct").list.len().cast(pl.Int64))
    types = {**dict.fromkeys(RUN, pl.String), "position": pl.Int32, "metric": pl.String, "k": pl.Int64}
    if not len(found):
        return pl.DataFrame(schema={**types, "numerator": pl.Float64, "denominator": pl.Float64})
    k_max = pl.col("n").max().over(RUN)
    questions = found.with_row_index("place").with_columns(k=pl.int_ranges(1, k_max + 1)).explode("k")
    values = np.zeros((len(found), int(found["n"].max())))  # type: ignore[arg-type]
    for (n,), part in found.with_row_index("place").group_by("n"):
        values[part["place"].to_numpy(), : int(n)] = _of_length(part, int(n), seed)
    at = questions["place"].to_numpy(), questions["k"].to_numpy() - 1
    enough = pl.col("k") <= pl.col("n")
    return questions.with_columns(
        metric=pl.lit("majority_at_k"),
        numerator=pl.Series(values[at]),
        denominator=enough.cast(pl.Float64),
        k=pl.col("k").cast(pl.Int64),
    ).select(TERMS)


def _of_length(part: "pl.DataFrame", n: int, seed: int) -> npt.NDArray[np.float64]:
    """The values of questions with n samples, at every k."""
    rows = np.hstack([part["correct"].list.to_array(n).to_numpy(), part["places"].list.to_array(n).to_numpy()])
    patterns, where = np.unique(rows.astype(np.int64), axis=0, return_inverse=True)
    correct, places = patterns[:, :n], patterns[:, n:]
    if math.comb(n, n // 2) > SUBSETS:
        found = [_asked(*pattern, seed=seed) for pattern in zip(correct.tolist(), places.tolist(), strict=True)]
        return np.asarray(found)[where.ravel()]
    step = max(1, _ENTRIES // (n * math.comb(n, n // 2)))
    batches = [curves(correct[start : start + step], places[start : start + step], n) for start in range(0, len(patterns), step)]
    return np.concatenate(batches)[where.ravel()]


def _asked(correct: Sequence[int], places: Sequence[int], *, seed: int) -> list[float]:
    return expected_majority([bool(one) for one in correct], [place or None for place in places], seed=seed)


def curves(correct: npt.NDArray[np.int64], places: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.float64]:
    """Every subset of every size, for some patterns: the largest group, among equals that with the lowest sample, wins.

    Args:
        correct: One row a pattern, one column a sample: whether it is correct.
        places: Equal numbers for equal results; 0 for SQL that did not execute.
        n: Samples.

    Returns:
        One row a pattern, one column a k: the share of subsets of k whose vote is correct.
    """
    same = ((places[:, :, None] == places[:, None, :]) & (places > 0)[:, :, None]).astype(np.float32)
    right = correct.astype(np.float64)
    curves = np.empty((len(correct), n))
    for k in range(1, n + 1):
        chosen = _subsets(n, k)
        votes = (same.reshape(-1, n) @ chosen.T).reshape(len(correct), n, len(chosen))
        votes *= np.float32(_AHEAD)
        votes -= np.arange(n, dtype=np.float32)[None, :, None]
        votes[:, chosen.T == 0] = -np.inf
        curves[:, k - 1] = np.take_along_axis(right, votes.argmax(axis=1), axis=1).mean(axis=1)
    return curves


def _subsets(n: int, k: int) -> npt.NDArray[Any]:
    """All subsets of k of n samples, one a row, as ones and zeros."""
    members = np.array(list(combinations(range(n), k)))
    chosen = np.zeros((len(members), n), dtype=np.float32)
    np.put_along_axis(chosen, members, values=1.0, axis=1)
    return chosen
