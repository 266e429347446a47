"""What the selectors that ask a language model have in common: the judge, the prompts, and the parameters that identify them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable
from uuid import UUID

import msgspec

from store.ids import JSON, canonical_json
from text2sql_data.rollouts.clients.model import Answers, Place, Request, Sampling
from text2sql_data.selection.language.asking import Judge, Kept
from text2sql_data.selection.language.config import LanguageConfig
from text2sql_data.selection.language.entries import Row
from text2sql_data.selection.language.judgements import Judgement, Known, Prompt
from text2sql_data.selection.language.rendering import Renderer
from text2sql_data.selection.model import Choices, Scores

QUESTIONS = 50
"""Questions whose judgements are committed together: what a kill costs."""

CALL_FAILED = "call_failed"
"""Reason of a choice for which a call failed: the question is asked about again."""

NO_SCHEMA = "no_schema"
"""Reason of a choice whose prompts cannot be rendered: the lake knows no schema of the database."""

NOT_LISTED = "answer_not_listed"
"""Reason of a choice without a score: the server told the likeliest first tokens, and no answer begins with one of them."""


@runtime_checkable
class Judging(Protocol):
    """A selector that judges prompts, and need not judge any twice."""

    chunk: int

    def begin(self, selector: UUID, known: Known) -> None:
        """Say who it is, and where to look what was judged before."""


class Scored(NamedTuple):
    """What a method says of a choice: scores by candidate, with details, and why it was not decided by these."""

    choice: int
    scores: Mapping[str, float | None]
    details: Mapping[str, Mapping[str, JSON]]
    reason: str | None = None


class Asked(NamedTuple):
    """The model that a selector asks.

    Attributes:
        said: What identifies it, with the name under which it is served.
        model: The model of the lake that it is, as name@version.
        marks: By run and position, why a choice is to be marked: that model was trained on its question or database.
    """

    said: Mapping[str, JSON]
    model: str | None = None
    marks: Mapping[tuple[str, int], str] = {}


class LanguageSelector:
    """A selector that asks a language model."""

    method: ClassVar[str]
    version: ClassVar[int] = 1
    chunk = QUESTIONS

    def __init__(self, config: LanguageConfig, judge: Judge, renderer: Renderer, asked: Asked) -> None:
        """Begin.

        Args:
            config: Its parameters.
            judge: Who is asked.
            renderer: Makes its prompts.
            asked: The model that it asks.
        """
        self._judge = judge
        self._renderer = renderer
        self._rendered: dict[tuple[str, ...], Prompt | None] = {}
        """Prompts by the candidates that they show: draws show the same ones again."""
        plain = msgspec.to_builtins(config, order="deterministic")
        # A template is its text, wherever its file is.
        self._asked = asked
        self._parameters: Mapping[str, JSON] = {
            **plain,
            "client": asked.said,
            "prompt": renderer.template.name,
            "template": renderer.template.sha256,
        }

    @property
    def parameters(self) -> Mapping[str, JSON]:
        """Its parameters, every default written out, the sha256 of its template and the name of the model."""
        return self._parameters

    @property
    def model(self) -> str | None:
        """The model of the lake that it asks, as name@version; None where it asks another one."""
        return self._asked.model

    def begin(self, selector: UUID, known: Known) -> None:
        """Say who it is, and where to look what was judged before."""
        self._judge.begin(selector, known)

    def _prompt(
        self, question: Row, shown: Sequence[Row], answers: Answers | None, fields: Mapping[str, object], max_tokens: int = 1
    ) -> Prompt | None:
        """A prompt about some candidates of a question; None where the schema that it shows is not known.

        Args:
            question: The question.
            shown: The candidates, in the order of the prompt.
            answers: Answers whose log-probabilities are wanted.
            fields: The fields of the prompt beside those of the question.
            max_tokens: Tokens that a completion may have.
        """
        key = tuple(answer["candidate"] for answer in shown)
        if key not in self._rendered:
            text = self._renderer.prompt(question, **fields)
            subject = " ".join(str(answer["sample"]) for answer in shown)
            place = Place(question["position"], self.method, (0,), subject)
            self._rendered[key] = (
                None
                if text is None
                else Prompt(
                    self._kept_text(text, answers),
                    question["run"],
                    key,
                    Request(text, Sampling(max_tokens=max_tokens), place, answers),
                )
            )
        return self._rendered[key]

    def _kept_text(self, text: str, answers: Answers | None) -> str:
        """What the lake keeps of a prompt."""
        del answers
        return text

    def _scores(self, choices: Choices, scored: Iterator[Scored]) -> Scores:
        """What a selector hands over, with what was judged on the way."""
        import polars as pl

        marks = self._marks(choices)

        rows: list[tuple[int, str, float | None, str | None]] = []
        reasons: list[tuple[int, str]] = []
        for choice, scores, details, reason in scored:
            for candidate, score in scores.items():
                detail = details.get(candidate)
                rows.append((choice, candidate, score, None if detail is None else canonical_json(detail)))
            said = reason if reason == CALL_FAILED else marks.get(choice, reason)  # what failed is asked again
            if said is not None:
                reasons.append((choice, said))
        columns: dict[str, Any] = {"choice": pl.UInt32, "candidate": pl.String, "score": pl.Float64, "detail": pl.String}
        answers = pl.DataFrame(rows, schema=columns, orient="row")
        told = pl.DataFrame(reasons, schema={"choice": pl.UInt32, "reason": pl.String}, orient="row")
        kept: Kept = self._judge.taken()
        self._rendered = {}
        return Scores(answers, told, kept)

    def _marks(self, choices: Choices) -> dict[int, str]:
        """Choices about what the model was trained on, with the reason that marks them."""
        if not self._asked.marks:
            return {}
        rows = choices.questions.select("choice", "run", "position").iter_rows()
        found = ((choice, self._asked.marks.get((run, position))) for choice, run, position in rows)
        return {choice: f"trained_on_{match}" for choice, match in found if match is not None}


def first_probability(judgement: Judgement | None) -> float | None:
    """The first number of a judgement; None where there is none."""
    return None if judgement is None or judgement.probabilities is None else judgement.probabilities[0]
