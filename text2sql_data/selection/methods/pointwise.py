"""Is this candidate right? One prompt a candidate, and the probability that the model gives to YES against NO.

The probability comes from the log-probabilities of both answers, never from what the model would write: two candidates that it
would both call wrong still differ.
"""

from collections.abc import Mapping
from typing import ClassVar

from text2sql_data.rollouts.clients.model import Answers
from text2sql_data.selection.language.asking import Judge
from text2sql_data.selection.language.config import PointwiseConfig
from text2sql_data.selection.language.entries import Row
from text2sql_data.selection.language.judgements import Prompt
from text2sql_data.selection.language.one_by_one import OneByOne
from text2sql_data.selection.language.rendering import Renderer
from text2sql_data.selection.language.selector import Asked


class Pointwise(OneByOne):
    """The candidate that is most probably right."""

    method: ClassVar[str] = "pointwise"

    def __init__(self, config: PointwiseConfig, judge: Judge, renderer: Renderer, asked: Asked) -> None:
        super().__init__(config, judge, renderer, asked)
        self._pool = config.pool
        self._ask_failed = config.failed == "ask"
        self._answers = Answers(config.answers, config.scoring == "first_token")

    def _one(self, question: Row, answer: Row) -> Prompt | None:
        return self._prompt(question, [answer], self._answers, self._renderer.fields(answer))

    def _pooled(self, answers: list[Row], scores: Mapping[str, float | None]) -> Mapping[str, float | None]:
        if self._pool == "none":
            return scores
        groups: dict[str, list[float]] = {}
        for answer in answers:
            score = scores[answer["candidate"]]
            if answer["result"] is not None and score is not None:
                groups.setdefault(answer["result"], []).append(score)
        sums = {result: sum(own) / (len(own) if self._pool == "mean" else 1) for result, own in groups.items()}
        return {answer["candidate"]: sums.get(answer["result"], scores[answer["candidate"]]) for answer in answers}
