"""What selectors achieved: EX of their picks, pick-rate, what is lost to the oracle, and curves over k.

A selector called S has the metrics `selector:S` (the share of questions whose pick is correct), `pick_rate:S` (of those with a
correct sample), `pick_rate_mixed:S` (of those with a correct and a wrong one), `headroom:S` (a correct sample was there, and
another was picked) and, where it chose among draws of k samples, `selector_at_k:S`. A question for which it has not chosen has
the denominator 0, and is counted as `not_selected`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from store import Lake
from text2sql_data.lookups import NameNotFoundError
from text2sql_eval.statistics.terms import RUN, TERMS, counted_questions

if TYPE_CHECKING:
    import polars as pl

    from store.scratch import Scratch

PREFIXES: Final = ("selector", "pick_rate", "pick_rate_mixed", "headroom", "selector_at_k")


def require_selectors(lake: Lake, names: Sequence[str], gate: str) -> None:
    """Refuse names of selectors that have not chosen anything under a gate.

    Raises:
        NameNotFoundError: One of them is not there.
    """
    found = lake.sql("SELECT DISTINCT name, gate FROM selectors ORDER BY ALL").fetchall()
    known = [name for name, own in found if own == gate]
    for name in names:
        if name in known:
            continue
        others = [own for other, own in found if other == name]
        where = f" under the gate {gate}; it has under {', '.join(others)}" if others else ""
        listed = f"There are: {', '.join(known)}. " if known else ""
        raise NameNotFoundError(f"No selector {name} has chosen anything{where}.", f"{listed}Let one choose with: t2s select run")


def selector_terms(scratch: "Scratch", *, selectors: Sequence[str]) -> "pl.DataFrame":
    """The metrics of selectors, question by question.

    Args:
        scratch: Where the outcomes are staged.
        selectors: Names of the selectors.

    Returns:
        Columns as in `terms.TERMS`.
    """
    import polars as pl

    from text2sql_eval.outcomes import text

    picks = scratch.execute(text("selector_picks"), selectors=list(selectors)).pl()
    counted = counted_questions(scratch).with_columns(k_max=pl.col("samples").max().over(RUN))
    keys = [*RUN, "position"]
    frames = []
    for name in selectors:
        own = picks.filter(pl.col("name") == name)
        whole = own.filter(pl.col("draw") == 0).select(*keys, pick="correct")
        if whole.is_empty():
            continue
        # Runs that it never chose for have no figures of it.
        rows = counted.join(whole.select(RUN).unique(), on=RUN, how="semi").join(whole, on=keys, how="left")
        there, picked = pl.col("pick").is_not_null(), pl.col("pick").fill_null(value=False)
        some, mixed = (
            pl.col("correct_samples") > 0,
            (pl.col("correct_samples") > 0) & (pl.col("correct_samples") < pl.col("samples")),
        )
        ratios = {
            "selector": (picked, there),
            "pick_rate": (picked, there & some),
            "pick_rate_mixed": (picked & mixed, there & mixed),
            "headroom": (some & ~picked & there, there),
        }
        frames += [
            rows.select(
                *keys,
                metric=pl.lit(f"{metric}:{name}"),
                k=pl.col("k_max").cast(pl.Int64),
                numerator=numerator.cast(pl.Float64),
                denominator=denominator.cast(pl.Float64),
            )
            for metric, (numerator, denominator) in ratios.items()
        ]
        if own["draw"].max():
            frames.append(_curve(rows, own, name))
    types = {
        **dict.fromkeys(TERMS, pl.String),
        "position": pl.Int32,
        "k": pl.Int64,
        "numerator": pl.Float64,
        "denominator": pl.Float64,
    }
    return pl.concat([frame.select(TERMS) for frame in frames]) if frames else pl.DataFrame(schema=types)


def _curve(rows: "pl.DataFrame", own: "pl.DataFrame", name: str) -> "pl.DataFrame":
    """The mean over the draws of k samples, for every k; a question with fewer than k samples has the denominator 0."""
    import polars as pl

    keys = [*RUN, "position"]
    means = own.group_by(*keys, "k").agg(numerator=pl.col("correct").mean())
    wanted = rows.select(*keys, k=pl.int_ranges(1, pl.col("k_max") + 1)).explode("k").with_columns(pl.col("k").cast(pl.Int32))
    return wanted.join(means, on=[*keys, "k"], how="left").select(
        *keys,
        metric=pl.lit(f"selector_at_k:{name}"),
        k=pl.col("k").cast(pl.Int64),
        numerator=pl.col("numerator").fill_null(0.0),
        denominator=pl.col("numerator").is_not_null().cast(pl.Float64),
    )
