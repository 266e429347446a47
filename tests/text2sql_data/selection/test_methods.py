"""The methods without a model: majority is that of the figures; the others do what they say."""

import json

import polars as pl
import pytest

import store
from text2sql_data.selection import choices as reading
from text2sql_data.selection.choosing import chosen
from text2sql_data.selection.methods.first import First
from text2sql_data.selection.methods.majority import Majority
from text2sql_data.selection.methods.random import Random
from text2sql_data.selection.methods.rules import Rules
from text2sql_data.selection.methods.weighted import Weighted
from text2sql_data.selection.model import Choices, SelectionError
from text2sql_data.selection.opening import open_plain

RUNS = ("small", "large", "mats_rollouts")


def choices_of(lake: store.Lake, run: str, gate: str = "exec_ok") -> Choices:
    """All choices of a run."""
    with lake.scratch() as scratch:
        reading.stage(scratch, run, gate, 0, 1_000)
        return reading.choices(reading.staged(scratch))


def picks(choices: Choices, method: object) -> dict[int, str]:
    """What a method picks, by position."""
    found = chosen(choices, method.score(choices)).join(choices.questions.select("choice", "position"), on="choice")  # type: ignore[attr-defined]
    return dict(zip(found["position"], map(str, found["candidate"]), strict=True))


@pytest.mark.parametrize("gate", ["exec_ok", "critique", "always"])
def test_majority_is_that_of_the_figures(judged: store.Lake, gate: str) -> None:
    """The candidate that the view question_outcomes calls the majority's, for every question of every run and gate."""
    for run in RUNS:
        view = judged.sql(
            "SELECT position, majority_candidate::VARCHAR FROM question_outcomes"
            " WHERE run = $run AND gate = $gate AND comparator = 'bird' AND gold_revision = 'original'",
            run=run,
            gate=gate,
        ).fetchall()
        assert picks(choices_of(judged, run, gate), Majority()) == dict(view)


def test_a_vote_in_which_all_weigh_alike_is_the_majority(judged: store.Lake) -> None:
    """Weighted with every factor 1; and with none for empty results it picks no empty result where another one is there."""
    for run in RUNS:
        choices = choices_of(judged, run)
        assert picks(choices, Weighted(empty=1, nulls=1)) == picks(choices, Majority())
        rows = dict(zip(map(str, choices.answers["candidate"]), choices.answers["n_rows"], strict=True))
        filled = choices.answers.filter(pl.col("n_rows") > 0)["position"].to_list()
        for position, candidate in picks(choices, Weighted()).items():
            assert position not in filled or rows[candidate]


def test_first_and_random(judged: store.Lake) -> None:
    """First is sample 0; random is the same again for the same seed, another for another, and does not favour a sample."""
    choices = choices_of(judged, "large")
    samples = dict(zip(map(str, choices.answers["candidate"]), choices.answers["sample"], strict=True))
    assert {samples[one] for one in picks(choices, First()).values()} == {0}
    assert picks(choices, Random(seed=1)) == picks(choices, Random(seed=1)) != picks(choices, Random(seed=2))
    drawn = [samples[one] for seed in range(20) for one in picks(choices, Random(seed=seed)).values()]
    counts = [drawn.count(sample) for sample in range(8)]
    assert sum(counts) == 20 * 72
    assert max(abs(count - 180) for count in counts) < 5 * 180**0.5


def test_rules_keep_their_order(judged: store.Lake) -> None:
    """Nothing that fails is picked where something executes; nothing empty or doubted where the vote is not for it."""
    for run in RUNS:
        choices = choices_of(judged, run)
        answers = {str(row["candidate"]): row for row in choices.answers.iter_rows(named=True)}
        for position, candidate in picks(choices, Rules()).items():
            all_of = [row for row in answers.values() if row["position"] == position]
            pick = answers[candidate]
            if any(row["result"] is not None for row in all_of):
                assert pick["result"] is not None
            if not pick["n_rows"] and pick["votes"] < len(all_of) / 2:
                assert not any(row["n_rows"] for row in all_of)


def test_confidence_weighs_tokens(judged: store.Lake) -> None:
    """A group of two sure answers beats one of three unsure ones; without log-probabilities the vote is plain."""
    choices = choices_of(judged, "large")
    first = choices.answers.filter(pl.col("choice") == 0).head(5)
    made = first.with_columns(
        result=pl.Series(["a", "a", "a", "b", "b"]),
        n_rows=pl.lit(1),
        preview=pl.lit(json.dumps([[1]])),
        votes=pl.Series([3, 3, 3, 2, 2]),
        tokens=pl.lit(10),
        logprob=pl.Series([-10.0, -10.0, -10.0, -1.0, -1.0]),
    )
    sure = Choices(choices.questions.head(1), made)
    by = {name: chosen(sure, Weighted(by=name).score(sure))["candidate"].item() for name in ("one", "confidence")}  # type: ignore[arg-type]
    result = dict(zip(made["candidate"], made["result"], strict=True))
    assert [result[by[name]] for name in ("one", "confidence")] == ["a", "b"]
    unknown = Choices(sure.questions, made.with_columns(logprob=pl.lit(None, pl.Float64)))
    assert result[chosen(unknown, Weighted(by="confidence").score(unknown))["candidate"].item()] == "a"


def test_a_wrong_parameter_is_named() -> None:
    """The error says which field, and what there is."""
    with pytest.raises(SelectionError, match="field `sed`") as raised:
        open_plain("random", {"sed": 1})
    assert "seed" in raised.value.hint
    with pytest.raises(SelectionError, match="field `by`"):
        open_plain("weighted", {"by": "size"})
