"""A vote in which not all answers count alike: by the model's confidence or by critiques, less for results that say little."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec

from text2sql_data.selection.methods.results import with_result_facts
from text2sql_data.selection.model import Choices, Method, Scores

if TYPE_CHECKING:
    import polars as pl

Weight = Annotated[float, msgspec.Meta(ge=0)]


class Weighted(Method, frozen=True):
    """The group of equal results with the largest sum of weights.

    Attributes:
        by: What an answer weighs. one: 1; confidence: the mean probability of its tokens, exp(log-probability / tokens), and
            where that is not known the mean of those of the choice that are, or 1; critiques: (1 + critiques that say correct) /
            (2 + all critiques), Laplace's estimate.
        empty: Factor for a result without rows. 0 is the vote of published systems that skip such results.
        nulls: Factor for a result whose shown rows hold nothing but NULL.
        zeros: Factor for a result whose shown rows hold nothing but zeros.
    """

    by: Literal["one", "confidence", "critiques"] = "one"
    empty: Weight = 0.0
    nulls: Weight = 0.0
    zeros: Weight = 1.0

    method: ClassVar[str] = "weighted"
    version: ClassVar[int] = 1

    def score(self, choices: Choices) -> Scores:
        """The sum of the weights of the answers with the candidate's result."""
        import polars as pl

        answers = with_result_facts(choices.answers)
        factor = (
            pl.when(pl.col("n_rows") == 0)
            .then(self.empty)
            .when(pl.col("all_null"))
            .then(self.nulls)
            .when(pl.col("all_zero"))
            .then(self.zeros)
            .otherwise(1.0)
        )
        votes = (self._weight() * factor).sum().over("choice", "result")
        score = pl.when(pl.col("result").is_not_null()).then(votes).otherwise(-1.0)
        return Scores(answers.select("choice", "candidate", score=score.cast(pl.Float64)))

    def _weight(self) -> "pl.Expr":
        import polars as pl

        if self.by == "confidence":
            known = (pl.col("logprob") / pl.col("tokens").clip(1)).exp()
            return pl.coalesce(known, known.mean().over("choice"), pl.lit(1.0))
        if self.by == "critiques":
            return (1 + pl.col("approvals")) / (2 + pl.col("approvals") + pl.col("doubts"))
        return pl.lit(1.0)
