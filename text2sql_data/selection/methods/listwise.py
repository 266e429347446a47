"""Which of these candidates is right? A knock-out in chunks, as in MATS: the model names one, which goes on to the next round.

SQL that did not execute does not take part, and equal results do once. A chunk of which the model names none, or nothing that can
be read, is dropped; when nothing is left, the first candidate of all is chosen.
"""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from store.ids import content_id
from text2sql_data.selection.language.asking import Judge
from text2sql_data.selection.language.bracket import Bracket, Meeting, Undecided, play
from text2sql_data.selection.language.config import ListwiseConfig
from text2sql_data.selection.language.entries import Entry, Question, entries
from text2sql_data.selection.language.judgements import Judgement, Prompt
from text2sql_data.selection.language.rendering import Renderer
from text2sql_data.selection.language.selector import CALL_FAILED, NO_SCHEMA, Asked, LanguageSelector, Scored
from text2sql_data.selection.model import Choices, Scores

FALLBACK = "fallback"
"""Reason of a choice where nothing was left."""

_TAGGED = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
_NUMBER = re.compile(r"-?\d+")


class Listwise(LanguageSelector):
    """The candidate that is left in the end."""

    method: ClassVar[str] = "listwise"

    def __init__(self, config: ListwiseConfig, judge: Judge, renderer: Renderer, asked: Asked) -> None:
        super().__init__(config, judge, renderer, asked)
        self._config = config

    def score(self, choices: Choices) -> Scores:
        """The rounds that a candidate, or the one with its result, survived; the fall-back has one more than any.

        Raises:
            StoppedError: The server is gone.
        """
        fields = {
            question.choice: (question, self._ordered(listed)) for question, listed in entries(choices, self._config.compare)
        }
        brackets = {choice: Bracket(len(listed), self._config.candidates) for choice, (_, listed) in fields.items()}

        def decide(meetings: Sequence[Meeting]) -> list[int | Undecided | None]:
            asked = []
            for choice, members in meetings:
                question, listed = fields[choice]
                asked.append(self._list(question, [listed[member] for member in members]))
            judged = self._judge.judge(prompt for prompt in asked if prompt is not None)
            return [
                self._winner(meeting, fields[meeting.choice][1], NO_SCHEMA if prompt is None else judged.get(prompt.prompt))
                for meeting, prompt in zip(meetings, asked, strict=True)
            ]

        stopped = play(brackets, decide)
        scored = (
            self._scored(question, listed, brackets[choice], stopped.get(choice)) for choice, (question, listed) in fields.items()
        )
        return self._scores(choices, scored)

    def _ordered(self, listed: list[Entry]) -> list[Entry]:
        if not self._config.shuffle:
            return listed
        # By a digest over seed and candidate: every order is equally likely, and the same in every draw.
        return sorted(listed, key=lambda entry: content_id(self._config.seed, entry.shown["candidate"]))

    def _list(self, question: Question, listed: Sequence[Entry]) -> Prompt | None:
        shown = [entry.shown for entry in listed]
        names = [str(number) for number in range(1, len(shown) + 1)]
        return self._prompt(
            question.row,
            shown,
            None,
            {"candidates": self._renderer.listed(names, shown), "none_answer": self._config.none_answer},
            self._config.max_tokens,
        )

    def _winner(self, meeting: Meeting, listed: Sequence[Entry], said: Judgement | str | None) -> int | Undecided | None:
        if said is None:
            return Undecided(CALL_FAILED)
        if isinstance(said, str):
            return Undecided(said)
        number = named(said.answer or "", len(meeting.members))
        if number is not None:
            return meeting.members[number - 1]
        if self._config.rejected == "majority":
            return max(meeting.members, key=lambda member: (listed[member].votes, -member))
        return None

    def _scored(self, question: Question, listed: Sequence[Entry], bracket: Bracket, why: str | None) -> Scored:
        scores: dict[str, float | None] = {answer["candidate"]: None for answer in question.answers}
        details: dict[str, Mapping[str, int | str]] = {}
        for entry, rounds in zip(listed, bracket.reached, strict=True):
            for member in entry.members:
                scores[member] = None if why else float(rounds)
                details[member] = {"rounds": rounds, "shown": str(entry.shown["candidate"])}
        if why is None and not bracket.alive and question.answers:
            first = min(question.answers, key=lambda answer: int(answer["sample"]))["candidate"]
            scores[first] = float(max(bracket.reached, default=0) + 1)
            return Scored(question.choice, scores, details, FALLBACK)
        return Scored(question.choice, scores, details, why)


def named(text: str, n: int) -> int | None:
    """The candidate that an answer names: from 1 to n; None where it names none, or cannot be read.

    It is the one number in the first line that is not empty, or between <answer> and </answer>.
    """
    tagged = _TAGGED.search(text)
    said = tagged[1] if tagged else next((line for line in text.splitlines() if line.strip()), "")
    numbers = {int(number) for number in _NUMBER.findall(said)}
    number = numbers.pop() if len(numbers) == 1 else 0
    return number if 1 <= number <= n else None
