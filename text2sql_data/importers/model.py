"""What every importer turns its entries into: an answer to a question, as candidates with their critiques."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec

from text2sql_data.importers.entries import Entry, Reader

FURTHER_FIXER = "fixer#"
"""What the stage of a fix begins with that read another critique of each validator than the first: fixer#2, ..."""


class Critique(NamedTuple):
    """A critique of a candidate.

    `ordinal` says which of several by the same validator it is; None is the next one. One that is `whole` is never taken apart
    at its tags.
    """

    validator: str
    text: str
    prompt: str | None = None
    ordinal: int | None = None
    whole: bool = False
    logprob: float | None = None


class Said(msgspec.Struct):
    """A critique as the project's own exports write it, for what the fields of a format cannot hold."""

    validator: str
    text: str
    ordinal: int
    prompt: str | None = None
    logprob: float | None = None

    def critique(self) -> Critique:
        """As every importer gives it."""
        return Critique(self.validator, self.text, self.prompt, self.ordinal, whole=True, logprob=self.logprob)


class Generation(msgspec.Struct):
    """How a completion was drawn, as the project's own exports write it: the columns of `candidates` with these names."""

    sampling: dict[str, object] | None = None
    logprob: float | None = None
    tokens: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] | None = None
    finish: str | None = None
    saw_gold: bool | None = None


class Parent(NamedTuple):
    """The candidate of the same question that another one was made from."""

    sample: int
    stage: str


class Candidate(NamedTuple):
    """A candidate as a file states it.

    `correct` is the file's own flag, None where it has none. A fixer's parent is the planner of its sample: leave it out.
    """

    sample: int
    stage: str
    step: int
    sql: str | None
    completion: str | None = None
    prompt: str | None = None
    claimed_ok: bool | None = None
    correct: bool | None = None
    critiques: tuple[Critique, ...] = ()
    claimed_ms: float | None = None
    claimed_error: str | None = None
    parent: Parent | None = None
    generation: Generation | None = None


class Answer(NamedTuple):
    """The candidates of one question, and how the file names that question.

    Exactly one way of finding the question is used, in this order: `position`; `question_id`; `db_id` and `question`; the
    order of the file. What else is given must agree with the question found. `samples` says whether these are all samples of the
    question in the file, some whose numbers are given, or the next ones, to be numbered after those before.
    """

    candidates: list[Candidate]
    position: int | None = None
    question_id: str | None = None
    db_id: str | None = None
    question: str | None = None
    samples: Literal["all", "given", "next"] = "all"


class Format(NamedTuple):
    """A foreign format.

    Attributes:
        name: Its name on the command line.
        summary: What it is, in one line.
        entries: Splits a file into entries.
        answer: Turns one entry into an answer; raises EntryError.
        ordered: Whether entry i answers question i, so that a file must be complete.
    """

    name: str
    summary: str
    entries: Callable[[Reader, Path], Iterator[Entry]]
    answer: Callable[[Entry], Answer]
    ordered: bool = False
