"""The highest score is chosen, with the declared tie-breaks: against a plain reading of the same rule."""

from uuid import UUID

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data.selection.choices import with_votes
from text2sql_data.selection.choosing import chosen
from text2sql_data.selection.draws import members, subsets
from text2sql_data.selection.model import Choices, Scores

ANSWER = st.tuples(st.sampled_from(["a", "b", "c", None]), st.sampled_from([0.0, 0.25, 1.0, None]))


def made(questions: list[list[tuple[str | None, float | None]]]) -> tuple[Choices, Scores]:
    """Choices and scores from results and scores."""
    rows = [
        (choice, str(UUID(int=choice * 100 + sample)), sample, result, score)
        for choice, answers in enumerate(questions)
        for sample, (result, score) in enumerate(answers)
    ]
    types = {"choice": pl.UInt32, "candidate": pl.String, "sample": pl.Int32, "result": pl.String, "score": pl.Float64}
    frame = pl.DataFrame(rows, schema=types, orient="row")
    choices = Choices(frame.select("choice").unique(maintain_order=True), with_votes(frame.drop("score")))
    return choices, Scores(frame.select("choice", "candidate", "score"))


@given(st.lists(st.lists(ANSWER, min_size=1, max_size=6), min_size=1, max_size=4))
def test_the_rule(questions: list[list[tuple[str | None, float | None]]]) -> None:
    """Score, then votes, then the lowest sample; margin and ties are those of other results."""
    picks = chosen(*made(questions)).sort("choice").rows(named=True)
    for choice, answers in enumerate(questions):
        standing = [float("-inf") if score is None else score for _, score in answers]
        results = [f"failed {sample}" if result is None else result for sample, (result, _) in enumerate(answers)]
        votes = [0 if result is None else [r for r, _ in answers].count(result) for result, _ in answers]
        best = min(range(len(answers)), key=lambda sample: (-standing[sample], -votes[sample], sample))
        pick = picks[choice]
        assert pick["candidate"] == str(UUID(int=choice * 100 + best))
        assert pick["score"] == answers[best][1]
        at_top = {results[sample] for sample in range(len(answers)) if standing[sample] == max(standing)}
        assert pick["tied"] == len(at_top)
        assert (pick["tie_break"] is None) == (len(at_top) == 1)
        others = [standing[sample] for sample in range(len(answers)) if results[sample] != results[best]]
        finite = others and max(others) > float("-inf") and standing[best] > float("-inf")
        assert pick["margin"] == (standing[best] - max(others) if finite else None)
        assert pick["reason"] == ("no_score" if answers[best][1] is None else None)


@given(st.integers(1, 9), st.integers(1, 12), st.integers(0, 5))
def test_draws_are_different_subsets(n: int, draws: int, seed: int) -> None:
    """As many different subsets of each size as were asked for or there are, the same for the same seed."""
    import math

    for k in range(1, n + 1):
        found = subsets(n, k, draws, "draw", seed)
        assert len(found) == min(draws, math.comb(n, k)) == len(set(found))
        assert all(len(one) == k and list(one) == sorted(set(one)) and set(one) <= set(range(n)) for one in found)
        assert found == subsets(n, k, draws, "draw", seed)


def test_every_question_has_draws_of_its_own() -> None:
    """Draw 0 is everything; a sample that is left out of one question's draw is not left out of all others'."""
    sizes = pl.DataFrame({"run": ["r"] * 40, "position": range(40), "n": [8] * 40})
    found = members(sizes, 1, 0)
    whole = found.filter(pl.col("draw") == 0)
    assert whole.group_by("position").len()["len"].unique().to_list() == [8]
    pairs = found.filter(pl.col("k") == 2).group_by("position").agg(pl.col("place").sort()).sort("position")["place"].to_list()
    assert len({tuple(pair) for pair in pairs}) > 10
    half = members(sizes, 1, 0, more_than_half=True)
    assert sorted(half["k"].unique()) == [5, 6, 7, 8]
