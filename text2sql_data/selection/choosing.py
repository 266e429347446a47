"""From scores to selections: the highest score, with the declared tie-breaks."""

from typing import TYPE_CHECKING

from text2sql_data.selection.model import SAMPLE, VOTES, Choices, Scores

if TYPE_CHECKING:
    import polars as pl


def chosen(choices: Choices, scores: Scores) -> "pl.DataFrame":
    """What is chosen in every choice.

    The highest score is chosen; among equal ones that with more votes (see `Choices`), then that of the lowest sample. A missing
    score is lower than any.

    Returns:
        One row a choice: choice, candidate, score, margin, tied, tie_break, reason, as in the table `selections`.
    """
    import polars as pl

    # What did not execute has no result to share: each is a result of its own.
    result = pl.coalesce(pl.col("result"), pl.format("failed {}", "sample"))
    scored = choices.answers.select("choice", "candidate", "sample", "votes", result=result).join(
        scores.answers.select("choice", "candidate", "score"), on=["choice", "candidate"], how="left", validate="1:1"
    )
    standing = pl.col("score").fill_nan(None).fill_null(float("-inf"))
    best = (
        scored.with_columns(standing=standing)
        .sort("choice", "standing", "votes", "sample", descending=[False, True, True, False])
        .with_columns(
            top=pl.col("standing").first().over("choice"),
            top_result=pl.col("result").first().over("choice"),
            top_votes=pl.col("votes").first().over("choice"),
        )
    )
    at_top = pl.col("standing") == pl.col("top")
    picks = best.group_by("choice", maintain_order=True).agg(
        pl.col("candidate").first(),
        pl.col("score").first(),
        tied=pl.col("result").filter(at_top).n_unique().cast(pl.Int32),
        with_most_votes=pl.col("result").filter(at_top & (pl.col("votes") == pl.col("top_votes"))).n_unique(),
        next=pl.col("standing").filter(pl.col("result") != pl.col("top_result")).max(),
        top=pl.col("top").first(),
    )
    margin = pl.when(pl.col("top").is_finite() & pl.col("next").is_finite()).then(pl.col("top") - pl.col("next"))
    tie_break = pl.when(pl.col("tied") > 1).then(
        pl.when(pl.col("with_most_votes") == 1).then(pl.lit(VOTES)).otherwise(pl.lit(SAMPLE))
    )
    reasons = pl.DataFrame(schema={"choice": pl.UInt32, "reason": pl.String}) if scores.reasons is None else scores.reasons
    return (
        picks.with_columns(margin=margin, tie_break=tie_break)
        .join(reasons.select(pl.col("choice").cast(pl.UInt32), "reason"), on="choice", how="left")
        .with_columns(reason=pl.coalesce("reason", pl.when(pl.col("score").is_null()).then(pl.lit("no_score"))))
        .select("choice", "candidate", "score", "margin", "tied", "tie_break", "reason")
    )
