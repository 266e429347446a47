"""What exporters shape: the questions of a run with all that was said of them, or one answer a question.

A `Format` says how one of them becomes text. What it cannot hold it counts in `left`, by what it is; nothing is lost unsaid.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from store import StoreError
from text2sql_data.importers.model import Parent

Left = Counter[str]
"""How many of what was left out or changed, and why, as a phrase that follows the number."""


class RunExportError(StoreError, ValueError):
    """A run cannot be written in that format, or not to that file."""


class Facts(NamedTuple):
    """A question with its gold; `gold_row_count` and `gold_error` are None where the gold was not executed here."""

    position: int
    question_id: str | None
    db_id: str
    db_path: str | None
    question: str
    evidence: str
    gold_sql: str | None
    gold_row_count: int | None
    gold_error: str | None


class Critique(NamedTuple):
    """A critique with its prompt, and the sum of its token log-probabilities in nats."""

    validator: str
    ordinal: int
    text: str
    prompt: str | None
    logprob: float | None


class Candidate(NamedTuple):
    """A candidate, what its SQL did, and what a comparator says of it; None is not known.

    `preview` is JSON, the first rows as a list of lists. `cost` is the row of `plan_costs`, `generation`
    how the completion was drawn. Times are in milliseconds.
    """

    candidate: UUID
    sample: int
    stage: str
    step: int
    sql: str | None
    completion: str | None
    prompt: str | None
    parent: Parent | None
    correct: bool | None
    reward: float | None
    ok: bool | None
    error: str | None
    elapsed_ms: float | None
    row_count: int | None
    preview: str | None
    cost: dict[str, float] | None
    generation: dict[str, object] | None
    critiques: list[Critique]


class Question(NamedTuple):
    """A question of a run and its candidates, by step and sample."""

    facts: Facts
    candidates: list[Candidate]

    @property
    def unanswered(self) -> bool:
        """Whether this is how an import keeps a question with an empty list of candidates; a comparator may have judged it."""
        if len(self.candidates) != 1:
            return False
        only = self.candidates[0]
        said = (only.sql, only.completion, only.prompt, only.parent, only.ok, only.error, only.elapsed_ms, only.generation)
        return (only.sample, only.stage, only.step) == (0, "answer", 0) and said == (None,) * len(said) and not only.critiques

    @property
    def attempts(self) -> list[Candidate]:
        """The candidates; none where the question is unanswered, unless there is a flag to keep."""
        return [] if self.unanswered and self.candidates[0].correct is None else self.candidates


class Answer(NamedTuple):
    """The one SQL of a question; `asked` is whether the run has the question, `answered` whether it has the sample."""

    position: int
    question_id: str | None
    db_id: str
    asked: bool
    answered: bool
    sql: str | None


class Line(NamedTuple):
    """A question as a JSON object, and the candidates that it holds."""

    content: dict[str, object]
    held: list[Candidate]


class Rollouts(NamedTuple):
    """A format of one JSON line a question.

    Attributes:
        name: Its name on the command line.
        line: A question as a line; counts in `left` what it leaves out. None: nothing of it can be held.
        previews: Whether it holds the first rows of results, not the costs of query plans.
    """

    name: str
    line: Callable[[Question, Left], Line | None]
    previews: bool = False


class Predictions(NamedTuple):
    """A format of one SQL a question.

    Attributes:
        name: Its name on the command line.
        text: An answer as text, or None when the question is left out; counts in `left` what it leaves out or changes.
        begin: What stands before the first.
        between: What stands between two.
        end: What stands after the last.
    """

    name: str
    text: Callable[[Answer, Left], str | None]
    begin: str = ""
    between: str = ""
    end: str = ""
