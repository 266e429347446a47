"""Which of two candidates is right? A pair is asked about in both orders, so that what the model thinks of a place cancels out.

Round robin compares all and fits Bradley and Terry's strengths to the outcomes; in knock-out the winner of a pair meets the next.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import ClassVar, NamedTuple
from uuid import UUID

from store.ids import JSON
from text2sql_data.rollouts.clients.model import Answers
from text2sql_data.selection.language.asking import Judge
from text2sql_data.selection.language.bracket import Bracket, Meeting, Undecided, play
from text2sql_data.selection.language.bradley_terry import strengths
from text2sql_data.selection.language.config import PairwiseConfig
from text2sql_data.selection.language.entries import Entry, Question, entries
from text2sql_data.selection.language.judgements import Judgement, Prompt
from text2sql_data.selection.language.one_by_one import reason_of
from text2sql_data.selection.language.rendering import Renderer
from text2sql_data.selection.language.selector import CALL_FAILED, NO_SCHEMA, NOT_LISTED, Asked, LanguageSelector, Scored
from text2sql_data.selection.model import Choices, Scores

EVEN = 0.5


class _Compared(NamedTuple):
    """The two prompts of a pair: with the first one as A, and with it as B."""

    forth: Prompt | None
    back: Prompt | None


class Pairwise(LanguageSelector):
    """The candidate that wins."""

    method: ClassVar[str] = "pairwise"

    def __init__(self, config: PairwiseConfig, judge: Judge, renderer: Renderer, asked: Asked) -> None:
        super().__init__(config, judge, renderer, asked)
        self._config = config
        self._answers = Answers(config.answers, config.scoring == "first_token")

    def score(self, choices: Choices) -> Scores:
        """The strengths of round robin, in logits, or the rounds that were survived in knock-out.

        Raises:
            StoppedError: The server is gone.
        """
        fields = {question.choice: (question, listed) for question, listed in entries(choices, self._config.compare)}
        return self._scores(choices, self._round_robin(fields) if self._config.plan == "round_robin" else self._knock_out(fields))

    def _round_robin(self, fields: Mapping[int, tuple[Question, list[Entry]]]) -> Iterator[Scored]:
        asked = {
            choice: {
                (one, other): self._compared(question, listed[one], listed[other])
                for one, other in combinations(range(len(listed)), 2)
            }
            for choice, (question, listed) in fields.items()
        }
        judged = self._judge.judge(_prompts([pair for pairs in asked.values() for pair in pairs.values()]))
        # Many draws of a question come down to the same comparisons.
        fit = functools.cache(lambda told, n: strengths(told, n, self._config.prior))

        def scored(choice: int) -> Scored:
            question, listed = fields[choice]
            won = {pair: _share(compared, judged) for pair, compared in asked[choice].items()}
            why = {one for one in won.values() if isinstance(one, str)}
            told = [(*pair, share) for pair, share in won.items() if not isinstance(share, str)]
            found = fit(tuple(told), len(listed))
            against = [sum(at in pair[:2] for pair in told) for at in range(len(listed))]
            details = [{"comparisons": 2 * n} for n in against]
            nothing = len(listed) > 1 and not told
            scores = _members(question, listed, [None] * len(listed) if nothing else found)
            return Scored(choice, scores, _details(listed, details), reason_of(why, scores))

        return (scored(choice) for choice in fields)

    def _knock_out(self, fields: Mapping[int, tuple[Question, list[Entry]]]) -> Iterator[Scored]:
        brackets = {choice: Bracket(len(listed), 2) for choice, (_, listed) in fields.items()}

        def decide(meetings: Sequence[Meeting]) -> list[int | Undecided]:
            asked = []
            for choice, (one, other) in meetings:
                question, listed = fields[choice]
                asked.append(self._compared(question, listed[one], listed[other]))
            judged = self._judge.judge(_prompts(asked))
            return [_winner(meeting, _share(compared, judged)) for meeting, compared in zip(meetings, asked, strict=True)]

        stopped = play(brackets, decide)

        def scored(choice: int) -> Scored:
            question, listed = fields[choice]
            reached = brackets[choice].reached
            found: list[float | None] = [None if choice in stopped else float(rounds) for rounds in reached]
            details = [{"rounds": rounds} for rounds in reached]
            return Scored(choice, _members(question, listed, found), _details(listed, details), stopped.get(choice))

        return (scored(choice) for choice in fields)

    def _compared(self, question: Question, one: Entry, other: Entry) -> _Compared:
        shown = [one.shown, other.shown]
        return _Compared(*(self._pair(question, order) for order in (shown, shown[::-1])))

    def _pair(self, question: Question, shown: list[Mapping[str, object]]) -> Prompt | None:
        return self._prompt(question.row, shown, self._answers, {"candidates": self._renderer.listed("AB", shown)})


def _prompts(pairs: Sequence[_Compared]) -> list[Prompt]:
    return [prompt for pair in pairs for prompt in pair if prompt is not None]


def _share(compared: _Compared, judged: Mapping[UUID, Judgement]) -> float | str:
    """The first one's share of the win, the mean of both orders; or why there is none."""
    if compared.forth is None or compared.back is None:
        return NO_SCHEMA
    forth, back = (judged.get(prompt.prompt) for prompt in (compared.forth, compared.back))
    if forth is None or back is None:
        return CALL_FAILED
    if forth.probabilities is None or back.probabilities is None:
        return NOT_LISTED
    return (forth.probabilities[0] + back.probabilities[1]) / 2


def _winner(meeting: Meeting, share: float | str) -> int | Undecided:
    """Who goes on; the first where both are even."""
    if isinstance(share, str):
        return Undecided(share)
    return meeting.members[0 if share >= EVEN else 1]


def _members(question: Question, listed: Sequence[Entry], scores: Sequence[float | None]) -> dict[str, float | None]:
    """The scores of all candidates: that of whom is compared in their stead."""
    found: dict[str, float | None] = {answer["candidate"]: None for answer in question.answers}
    return found | {member: score for entry, score in zip(listed, scores, strict=True) for member in entry.members}


def _details(listed: Sequence[Entry], details: Sequence[Mapping[str, JSON]]) -> dict[str, Mapping[str, JSON]]:
    return {
        member: {**detail, "shown": entry.shown["candidate"]}
        for entry, detail in zip(listed, details, strict=True)
        for member in entry.members
    }
