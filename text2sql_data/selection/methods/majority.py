"""The majority vote over equal results, the same as the view `question_outcomes` counts."""

from typing import ClassVar

from text2sql_data.selection.model import Choices, Method, Scores


class Majority(Method, frozen=True):
    """The largest group of equal results (as sets of rows); SQL that did not execute has no vote. It has no parameters."""

    method: ClassVar[str] = "majority"
    version: ClassVar[int] = 1

    def score(self, choices: Choices) -> Scores:
        """The votes of the candidate's result."""
        import polars as pl

        return Scores(choices.answers.select("choice", "candidate", score=pl.col("votes").cast(pl.Float64)))
