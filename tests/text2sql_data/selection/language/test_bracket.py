"""Knock-outs: rounds by hand, and the best one wins whatever the order."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from text2sql_data.selection.language.bracket import Bracket, Meeting, Undecided, play


def test_rounds_of_seven_in_threes() -> None:
    """Three, three and one that goes on alone; then the three winners meet."""
    bracket = Bracket(7, 3)
    assert bracket.chunks() == [(0, 1, 2), (3, 4, 5)]
    bracket.advance([1, 5])
    assert bracket.alive == [1, 5, 6]
    assert bracket.chunks() == [(1, 5, 6)]
    bracket.advance([6])
    assert bracket.over
    assert bracket.reached == [0, 1, 0, 0, 0, 1, 2]


def test_a_chunk_that_is_dropped_is_gone() -> None:
    """Nobody goes on from a chunk without a winner; one that is alone does."""
    bracket = Bracket(4, 3)
    bracket.advance([None])
    assert (bracket.alive, bracket.over, bracket.reached) == ([3], True, [0, 0, 0, 1])
    both = Bracket(6, 3)
    both.advance([None, None])
    assert (both.alive, both.over) == ([], True)


def test_one_and_none_need_no_meeting() -> None:
    """There is nothing to ask about one."""
    assert [Bracket(n, 2).over for n in (0, 1, 2)] == [True, True, False]


@settings(deadline=None, max_examples=50)
@given(st.permutations(range(9)), st.integers(2, 5))
def test_the_best_wins_whatever_the_order(ranks: list[int], size: int) -> None:
    """Where the better one always wins, the best is left in the end, and as many were beaten as there are others."""
    bracket, beaten = Bracket(len(ranks), size), 0

    def decide(meetings: Sequence[Meeting]) -> list[int]:
        nonlocal beaten
        beaten += sum(len(meeting.members) - 1 for meeting in meetings)
        return [max(meeting.members, key=lambda member: ranks[member]) for meeting in meetings]

    assert play({0: bracket}, decide) == {}
    assert bracket.alive == [ranks.index(8)]
    assert bracket.reached[ranks.index(8)] == max(bracket.reached)
    assert beaten == len(ranks) - 1


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 8), max_size=6), st.integers(2, 4))
def test_knock_outs_together_are_as_alone(sizes: list[int], size: int) -> None:
    """Rounds that are asked for together give what each knock-out gives by itself."""

    def decide(meetings: Sequence[Meeting]) -> list[int | Undecided | None]:
        return [None if sum(meeting.members) % 5 == 4 else meeting.members[-1] for meeting in meetings]

    together = {at: Bracket(n, size) for at, n in enumerate(sizes)}
    play(together, decide)
    for at, n in enumerate(sizes):
        alone = Bracket(n, size)
        play({at: alone}, decide)
        assert (alone.alive, alone.reached) == (together[at].alive, together[at].reached)


def test_what_cannot_be_decided_stops_there() -> None:
    """The other knock-outs go on."""
    brackets = {0: Bracket(4, 2), 1: Bracket(4, 2)}

    def decide(meetings: Sequence[Meeting]) -> list[int | Undecided | None]:
        return [Undecided("broken") if meeting == (0, (2, 3)) else meeting.members[0] for meeting in meetings]

    assert play(brackets, decide) == {0: "broken"}
    assert brackets[0].reached == [0, 0, 0, 0]
    assert brackets[1].alive == [0]
