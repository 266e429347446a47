"""What a kind of dataset makes: examples, and examples that it leaves out with the reason."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from store.ids import JSON

Message = dict[str, str]


class Question(NamedTuple):
    """A question that examples are made for.

    Attributes:
        benchmark: Benchmark it belongs to; None for a pair that was imported without one.
        revision: Revision of the benchmark.
        position: Its place in the benchmark.
        db_id: Its database.
        text: The question.
        evidence: External knowledge that comes with it.
    """

    benchmark: str | None
    revision: str | None
    position: int | None
    db_id: str | None
    text: str = ""
    evidence: str = ""


class Example(NamedTuple):
    """A row of a dataset.

    Attributes:
        row: Identity: what it was made from, whatever its text.
        question: The question.
        sources: What it was made from, for people and for `built_rows`.
        content: The columns that a trainer reads.
        label: Its class, such as YES, 3 or true; empty where the kind has none.
        type: What sort of example it is, for statistics: a pair's type, an agent, a stage.
    """

    row: UUID
    question: Question
    sources: Mapping[str, JSON]
    content: Mapping[str, JSON]
    label: str = ""
    type: str = ""


class Drop(NamedTuple):
    """A row that is left out.

    Attributes:
        row: Identity, as of an example.
        question: The question.
        reason: Which rule.
        detail: The value and the limit, for people.
    """

    row: UUID
    question: Question
    reason: str
    detail: str
