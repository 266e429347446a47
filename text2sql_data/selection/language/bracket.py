"""Knock-outs: who meets whom in a round, and who is left. Whoever decides is asked about a round of all knock-outs at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Bracket:
    """A knock-out among some, known by their numbers from 0 on.

    Attributes:
        alive: Who is left, in order.
        reached: For each, the rounds that it has survived.
    """

    def __init__(self, n: int, size: int) -> None:
        """Begin.

        Args:
            n: How many there are.
            size: How many meet at a time, at most.
        """
        self._size = size
        self.alive = list(range(n))
        self.reached = [0] * n

    @property
    def over(self) -> bool:
        """Whether nobody is left to meet."""
        return len(self.alive) < 2  # noqa: PLR2004 - it takes two

    def chunks(self) -> list[tuple[int, ...]]:
        """Who meet in this round: the first `size`, the next, and so on. One that is alone goes on, and is not among them."""
        return [chunk for chunk in self._all() if len(chunk) > 1]

    def advance(self, winners: Sequence[int | None]) -> None:
        """End a round.

        Args:
            winners: Who goes on from each of the chunks; None where nobody does.
        """
        told = iter(winners)
        through = [next(told) if len(chunk) > 1 else chunk[0] for chunk in self._all()]
        self.alive = [one for one in through if one is not None]
        for one in self.alive:
            self.reached[one] += 1

    def _all(self) -> list[tuple[int, ...]]:
        return [tuple(self.alive[start : start + self._size]) for start in range(0, len(self.alive), self._size)]


class Meeting(NamedTuple):
    """Who meet: their numbers, and in which of the knock-outs."""

    choice: int
    members: tuple[int, ...]


class Undecided(NamedTuple):
    """Why a meeting could not be decided: its knock-out ends there."""

    reason: str


Decide = Callable[[Sequence[Meeting]], Sequence[int | Undecided | None]]
"""Who goes on from each of some meetings; None where nobody does."""


def play(brackets: Mapping[int, Bracket], decide: Decide) -> dict[int, str]:
    """Play knock-outs to their ends.

    Args:
        brackets: The knock-outs, by the numbers of their choices.
        decide: Decides meetings; called once a round.

    Returns:
        For the knock-outs that could not be played to the end, why.
    """
    stopped: dict[int, str] = {}
    while meetings := [
        Meeting(choice, chunk)
        for choice, bracket in brackets.items()
        if choice not in stopped and not bracket.over
        for chunk in bracket.chunks()
    ]:
        winners: dict[int, list[int | None]] = {}
        for meeting, decided in zip(meetings, decide(meetings), strict=True):
            if isinstance(decided, Undecided):
                stopped[meeting.choice] = decided.reason
            else:
                winners.setdefault(meeting.choice, []).append(decided)
        for choice, told in winners.items():
            if choice not in stopped:
                brackets[choice].advance(told)
    return stopped
