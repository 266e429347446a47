"""Rules a person would apply before voting, one after another; the vote decides among what is left."""

from typing import ClassVar

from text2sql_data.selection.methods.results import with_result_facts
from text2sql_data.selection.model import Choices, Method, Scores

HALF = 0.5


class Rules(Method, frozen=True):
    """The vote among the answers that break the fewest rules, in this order.

    1. It executes.
    2. It gives rows.
    3. The rows hold something other than NULL.
    4. No validator doubts it (where `critiques` is set): more of them approve than doubt, or none said anything.
    5. The rule critics found nothing in it (where `findings` is set and they examined it).

    A candidate that breaks an earlier rule never beats one that keeps it, unless the vote is overwhelming: see `overrule`.

    Attributes:
        critiques: Whether critiques that the fixer read count.
        findings: Whether what rule critics found counts.
        overrule: Share of the answers that stand for a result from which on rules 2 to 5 no longer count against it: where most
            samples agree on an empty result, it is mostly right.
    """

    critiques: bool = True
    findings: bool = True
    overrule: float = 0.5

    method: ClassVar[str] = "rules"
    version: ClassVar[int] = 1

    def score(self, choices: Choices) -> Scores:
        """The rules kept, the earlier ones counting more than all later ones together, and then the share of the votes."""
        import polars as pl

        answers = with_result_facts(choices.answers)
        executes = pl.col("result").is_not_null()
        n = pl.len().over("choice")
        agreed = executes & (pl.col("votes") >= self.overrule * n) & (pl.col("votes") > 1)
        gives_rows = pl.col("n_rows").fill_null(0) > 0
        kept = [executes, gives_rows, gives_rows & ~pl.col("all_null")]
        if self.critiques:
            doubts = (pl.col("doubts") > pl.col("approvals")).cast(pl.Float64)
            kept.append(doubts.mean().over("choice", "result") < HALF)
        if self.findings:
            found = (pl.col("rule_findings").fill_null(0) > 0).cast(pl.Float64)
            kept.append(found.mean().over("choice", "result") < HALF)
        first, *others = [rule | agreed if number else rule for number, rule in enumerate(kept)]
        score = first.cast(pl.Float64)
        for rule in others:
            score = 2 * score + (rule & executes).cast(pl.Float64)
        share = pl.col("votes") / (n + 1)
        return Scores(answers.select("choice", "candidate", score=score + share))
