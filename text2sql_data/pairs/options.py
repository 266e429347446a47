"""How pairs are mined: what a mode is told."""

from typing import Literal, NamedTuple

from store import StoreError


class UnknownTypeError(StoreError, LookupError):
    """A pair type that the mode does not make."""


class BadCountError(StoreError, ValueError):
    """A number of pairs that makes no sense."""


class Options(NamedTuple):
    """How pairs are mined from judged runs.

    Attributes:
        mode: natural; independent, collab, collab_v2 or joint: how the answers in rollouts are judged; or critique_aware.
        comparator: Whose verdicts count; `file:RUN` for the flags that a file brought.
        gold_revision: Gold revision of the verdicts.
        max_turns: The last turn, at which a wrong SQL has the lowest reward; the highest turn of the run when None.
        types: Natural types to mine; the default ones when empty.
        gate: In joint mode, which SQL of a rollout is its final answer: critique, exec_ok or always (see the view taken_fixes).
        tie_break: Of equally good candidates, `sample` takes the lowest sample, `claimed_ms` the fastest as the source states it.
        per_group: At most so many pairs of answers to one prompt.
        min_cost_gap: Least difference of rewards with cost in a cost pair.
    """

    mode: str = "natural"
    comparator: str = "bird"
    gold_revision: str = "original"
    max_turns: int | None = None
    types: tuple[str, ...] = ()
    gate: Literal["critique", "exec_ok", "always"] = "critique"
    tie_break: Literal["sample", "claimed_ms"] = "sample"
    per_group: int = 1
    min_cost_gap: float = 0.05
