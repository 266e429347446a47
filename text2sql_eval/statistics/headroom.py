"""Headroom: what is missing to 100, split into what no selection could give and what the selection lost.

    1 = majority + selector_headroom + oracle_headroom

where oracle_headroom = 1 - any_correct (no sample is correct: only other candidates help), and selector_headroom =
any_correct - majority (a correct sample is there, and the vote picks another).
"""

from typing import TYPE_CHECKING

from text2sql_eval.statistics.terms import RUN

if TYPE_CHECKING:
    import polars as pl

    from store.scratch import Scratch


def headroom(scratch: "Scratch") -> "pl.DataFrame":
    """The metrics `oracle_headroom`, `selector_headroom` and `selector_share`, question by question.

    `selector_share` is the part of all wrong picks that a better selection could mend: selector_headroom / (1 - majority).

    Args:
        scratch: Where the outcomes are staged.

    Returns:
        Columns as in `terms.TERMS`.
    """
    import polars as pl

    from text2sql_eval.statistics.terms import counted_questions

    counted = counted_questions(scratch)
    missing, wrong = pl.col("correct_samples") == 0, ~pl.col("majority")
    ratios = (
        ("oracle_headroom", missing, pl.lit(value=True)),
        ("selector_headroom", ~missing & wrong, pl.lit(value=True)),
        ("selector_share", ~missing & wrong, wrong),
    )
    k = pl.col("samples").max().over(RUN).cast(pl.Int64)
    return pl.concat(
        [
            counted.select(
                *RUN,
                "position",
                metric=pl.lit(metric),
                k=k,
                numerator=numerator.cast(pl.Float64),
                denominator=denominator.cast(pl.Float64),
            )
            for metric, numerator, denominator in ratios
        ]
    )
