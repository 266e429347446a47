"""Every figure as a ratio of sums over questions: what each question adds to the numerator and to the denominator.

Intervals and comparisons start from these rows, so that a bootstrap resamples what the figure divides. The views of the lake
define the same figures over all questions at once; a test compares the two.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from store.scratch import Scratch

RUN: Final = ("benchmark", "revision", "comparator", "run")
"""What identifies the run that a row is about."""

TERMS: Final = (*RUN, "position", "metric", "k", "numerator", "denominator")
"""The columns of the rows."""

BINARY: Final = ("ex", "pipeline", "greedy", "any_correct", "majority")
"""Metrics for which a question counts as 0 or 1."""


def terms_frame(rows: "Sequence[tuple[object, ...]]") -> "pl.DataFrame":
    """Rows in the order of `TERMS` as a frame, also when there are none."""
    import polars as pl

    types = [pl.String] * len(RUN) + [pl.Int32, pl.String, pl.Int64, pl.Float64, pl.Float64]
    return pl.DataFrame(rows, schema=dict(zip(TERMS, types, strict=True)), orient="row")


def counted_questions(scratch: "Scratch") -> "pl.DataFrame":
    """One row a run and question that counts, from the staged outcomes."""
    from text2sql_eval.outcomes import text

    return scratch.execute(text("counted_questions")).pl()


def standard_terms(counted: "pl.DataFrame") -> "pl.DataFrame":
    """The terms of the standard metrics.

    Args:
        counted: As `counted_questions` gives it.

    Returns:
        Columns as in `TERMS`. Oracle has rows for every k up to the largest number of samples of the run; a question with fewer
        samples has the denominator 0 there.
    """
    import polars as pl

    n, c = pl.col("samples"), pl.col("correct_samples")
    mixed = (c > 0) & (c < n)
    one = pl.lit(1.0)
    ratios: dict[str, tuple[pl.Expr, pl.Expr]] = {
        "ex": (pl.col("pipeline"), one),
        "greedy": (pl.col("greedy"), one),
        "pipeline": (pl.col("pipeline"), one),
        "any_correct": (c > 0, one),
        "majority": (pl.col("majority"), one),
        "random_pick": (pl.when(n > 0).then(c / n).otherwise(0.0), one),
        "pick_rate": (pl.col("majority"), c > 0),
        "pick_rate_mixed": (pl.col("majority") & mixed, mixed),
        "candidate_ex": (pl.col("correct_candidates"), pl.col("candidates")),
        "executable": (pl.col("executable_candidates"), pl.col("candidates")),
        "unanswered": (pl.col("unanswered_candidates"), pl.col("candidates")),
    }
    rows = counted.with_columns(k_max=n.max().over(RUN))
    frames = [
        _terms(rows, metric, one if metric in {"ex", "greedy", "pipeline"} else pl.col("k_max"), numerator, denominator)
        for metric, (numerator, denominator) in ratios.items()
    ]
    missed = one  # the chance that none of the first k samples is correct
    for k in range(1, int(counted["samples"].max() or 0) + 1):  # type: ignore[arg-type]
        missed = missed * pl.max_horizontal((n - c - (k - 1)) / (n - (k - 1)), 0.0)
        enough = n >= k
        frames.append(
            _terms(
                rows.filter(pl.col("k_max") >= k), "oracle", pl.lit(k), pl.when(enough).then(1 - missed).otherwise(0.0), enough
            )
        )
    return pl.concat(frames)


def _terms(rows: "pl.DataFrame", metric: str, k: "pl.Expr", numerator: "pl.Expr", denominator: "pl.Expr") -> "pl.DataFrame":
    import polars as pl

    return rows.select(
        *RUN,
        "position",
        metric=pl.lit(metric),
        k=k.cast(pl.Int64),
        numerator=numerator.cast(pl.Float64),
        denominator=denominator.cast(pl.Float64),
    )
