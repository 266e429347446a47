"""The reward that a reward model gives to the candidate's SQL behind the prompt."""

from typing import ClassVar

from text2sql_data.rollouts.clients.model import Answers
from text2sql_data.selection.language.asking import Judge
from text2sql_data.selection.language.config import RewardModelConfig
from text2sql_data.selection.language.entries import Row
from text2sql_data.selection.language.judgements import Prompt
from text2sql_data.selection.language.one_by_one import OneByOne
from text2sql_data.selection.language.rendering import Renderer
from text2sql_data.selection.language.selector import Asked


class RewardModel(OneByOne):
    """The candidate with the highest reward."""

    method: ClassVar[str] = "reward_model"

    def __init__(self, config: RewardModelConfig, judge: Judge, renderer: Renderer, asked: Asked) -> None:
        super().__init__(config, judge, renderer, asked)
        self._ask_failed = config.failed == "ask"
        self._completion = config.completion

    def _one(self, question: Row, answer: Row) -> Prompt | None:
        behind = Answers((answer["sql"] if self._completion == "sql" else "",))
        return self._prompt(question, [answer], behind, self._renderer.fields(answer))

    def _kept_text(self, text: str, answers: Answers | None) -> str:
        return text + "".join(answers.texts if answers else ())
