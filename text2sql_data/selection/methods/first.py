"""The first sample: what a pipeline without a selector answers."""

from typing import ClassVar

from text2sql_data.selection.model import Choices, Method, Scores


class First(Method, frozen=True):
    """The lowest sample. It has no parameters."""

    method: ClassVar[str] = "first"
    version: ClassVar[int] = 1

    def score(self, choices: Choices) -> Scores:
        """Minus the sample."""
        import polars as pl

        return Scores(choices.answers.select("choice", "candidate", score=-pl.col("sample").cast(pl.Float64)))
