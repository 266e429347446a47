"""What a comparison says: sides, pairs of them, and the questions that do not count."""

from collections.abc import Sequence
from typing import NamedTuple

from text2sql_eval.comparison.changes import Changes
from text2sql_eval.learnt import Learnt
from text2sql_eval.statistics.bootstrap import Interval


class Question(NamedTuple):
    """A question as a person would look it up."""

    position: int
    question_id: str | None
    db_id: str
    question: str


class Side(NamedTuple):
    """One run: its figure on the common questions, and other figures of it there."""

    run: str
    system: str
    k: int
    figure: Interval
    beside: dict[str, Interval]


class Pair(NamedTuple):
    """The first run minus the second.

    Attributes:
        a: The first run.
        b: The second run.
        gap: The difference of their figures, from -1 to 1, with its paired interval.
        design_effect: How many times the variance of the gap by clusters is that by questions.
        wins: Questions on which the first run does better.
        losses: Questions on which the second run does better.
        p_value: Of the exact McNemar test; None where a question counts as more than right or wrong.
        p_adjusted: The same, adjusted for the number of pairs.
        winner: The run that is shown to do better; None where no difference is shown.
        note: Why that should be read with care; mostly empty.
        changes: What changed from one run to the other.
    """

    a: str
    b: str
    gap: Interval
    design_effect: float | None
    wins: list[Question]
    losses: list[Question]
    p_value: float | None
    p_adjusted: float | None
    winner: str | None
    note: str
    changes: Changes


class Excluded(NamedTuple):
    """Questions that do not count, by run and reason."""

    run: str
    reason: str
    positions: list[int]


class Comparison(NamedTuple):
    """Runs on their common questions. `version` is the snapshot of the lake; `learnt` what models learnt of these questions."""

    metric: str
    k: int | None
    benchmark: str
    revision: str
    comparator: str
    gold_revision: str
    gate: str
    version: int
    n: int
    sides: list[Side]
    pairs: list[Pair]
    excluded: list[Excluded]
    learnt: Sequence[Learnt] = ()
