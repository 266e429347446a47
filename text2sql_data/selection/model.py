"""What selectors take and give. A selector gets frames, never the lake: what it is not shown it cannot read."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

import msgspec

from store import StoreError
from store.ids import JSON

if TYPE_CHECKING:
    import polars as pl

VOTES = "votes"
SAMPLE = "sample"
"""The tie-breaks, in this order: the larger group of equal results, then the lowest sample."""


class SelectionError(StoreError, ValueError):
    """A selector cannot be run as it is asked for."""


class Choices(NamedTuple):
    """Questions with the final answers to choose from.

    A choice is a question with all its answers, or with k of them that were drawn for a curve; both frames have its number in the
    column `choice`.

    Attributes:
        questions: One row a choice: choice, run, position, k, draw, inputs, benchmark, revision, db_id, question, evidence,
            database, schema (as `databases.schema` holds it).
        answers: One row a choice and final answer, in the order of the samples: choice and the columns of `sql/answers.sql`, with
            `votes`, the number of answers of the choice with the same result, 0 for SQL that did not execute.
    """

    questions: "pl.DataFrame"
    answers: "pl.DataFrame"


class Scores(NamedTuple):
    """What a selector says.

    Attributes:
        answers: One row a choice and answer: choice, candidate, score (a number, null where there is none), and `detail`, a JSON
            text, where the method says more.
        reasons: One row a choice that was not decided by scores: choice, reason.
        kept: Rows by table that are committed with the scores, such as the judgements of a model and their prompts.
    """

    answers: "pl.DataFrame"
    reasons: "pl.DataFrame | None" = None
    kept: "Mapping[str, Sequence[Mapping[str, object]]]" = MappingProxyType({})


class Selector(Protocol):
    """A way to choose. Its scores may depend on all answers of a choice, and on nothing else.

    Attributes:
        method: Name of the method.
        version: Raised when the same parameters would give other scores.
        parameters: Its parameters, every default written out.
        model: The fitted model that it uses, as name@version.
    """

    method: ClassVar[str]
    version: ClassVar[int]

    @property
    def parameters(self) -> Mapping[str, JSON]:
        """Its parameters, every default written out."""

    @property
    def model(self) -> str | None:
        """The fitted model that it uses, as name@version."""

    def score(self, choices: Choices) -> Scores:
        """Score all answers of all choices; the highest score of a choice is chosen."""


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A selector that is nothing but its parameters: they are its fields."""

    @property
    def parameters(self) -> Mapping[str, JSON]:
        """Its fields, as JSON."""
        found: dict[str, JSON] = msgspec.to_builtins(self, order="deterministic")
        return found

    @property
    def model(self) -> str | None:
        """None: nothing was fitted."""
        return None
