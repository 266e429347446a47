"""Selectors that judge every candidate by itself: one prompt a candidate, and its number is the score."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from text2sql_data.selection.language.entries import Question, Row, questions
from text2sql_data.selection.language.judgements import Judgement, Prompt
from text2sql_data.selection.language.selector import (
    CALL_FAILED,
    NO_SCHEMA,
    NOT_LISTED,
    LanguageSelector,
    Scored,
    first_probability,
)
from text2sql_data.selection.model import Choices, Scores

if TYPE_CHECKING:
    from store.ids import JSON


class OneByOne(LanguageSelector):
    """Judges every candidate by itself."""

    _ask_failed: bool

    def score(self, choices: Choices) -> Scores:
        """The number that the model gives to each candidate.

        Raises:
            StoppedError: The server is gone.
        """
        asked = [(question, self._prompts(question)) for question in questions(choices)]
        judged = self._judge.judge(prompt for _, prompts in asked for prompt in prompts.values() if prompt is not None)
        return self._scores(choices, (self._scored(question, prompts, judged) for question, prompts in asked))

    def _one(self, question: Row, answer: Row) -> Prompt | None:
        """The prompt about a candidate."""
        raise NotImplementedError

    def _pooled(self, answers: "list[Row]", scores: Mapping[str, float | None]) -> Mapping[str, float | None]:
        """What the candidates of a choice get for their numbers."""
        del answers
        return scores

    def _prompts(self, question: Question) -> dict[str, Prompt | None]:
        wanted = (
            answer
            for answer in question.answers
            if answer["sql"] is not None and (answer["result"] is not None or self._ask_failed)
        )
        return {answer["candidate"]: self._one(question.row, answer) for answer in wanted}

    def _scored(self, question: Question, prompts: Mapping[str, Prompt | None], judged: Mapping[UUID, Judgement]) -> Scored:
        scores: dict[str, float | None] = {answer["candidate"]: None for answer in question.answers}
        details: dict[str, dict[str, JSON]] = {}
        why: set[str] = set()
        for candidate, prompt in prompts.items():
            if prompt is None:
                why.add(NO_SCHEMA)
                continue
            details[candidate] = {"prompt": str(prompt.prompt)}
            judgement = judged.get(prompt.prompt)
            scores[candidate] = first_probability(judgement)
            if scores[candidate] is None:
                reason = CALL_FAILED if judgement is None else NOT_LISTED
                details[candidate]["reason"] = reason
                why.add(reason)
        pooled = self._pooled(list(question.answers), scores)
        return Scored(question.choice, pooled, details, reason_of(why, pooled))


def reason_of(why: set[str], scores: Mapping[str, float | None]) -> str | None:
    """The reason of a choice: that a call failed always, anything else only where nothing has a score."""
    if CALL_FAILED in why:
        return CALL_FAILED
    if any(score is not None for score in scores.values()):
        return None
    return next(iter(sorted(why)), None)
