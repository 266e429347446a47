"""A sample by chance: the base line of every selector. The seed is a parameter, so that it is the same again."""

from typing import ClassVar

from text2sql_data.draws import seeded
from text2sql_data.selection.model import Choices, Method, Scores


class Random(Method, frozen=True):
    """One of the answers, all equally likely.

    Attributes:
        seed: The seed. A candidate has the same number whatever it is compared with.
    """

    seed: int = 0

    method: ClassVar[str] = "random"
    version: ClassVar[int] = 1

    def score(self, choices: Choices) -> Scores:
        """A number from 0 to 1, drawn from the seed and the identity of the candidate."""
        import polars as pl

        drawn = {name: seeded(self.seed, str(name)).random() for name in choices.answers["candidate"].unique()}
        score = choices.answers["candidate"].replace_strict(drawn, return_dtype=pl.Float64)
        return Scores(choices.answers.select("choice", "candidate").with_columns(score=score))
