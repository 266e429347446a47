"""Power: against a simulation of the test itself, against its own inverse, and what the command says."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from text2sql_eval.commands.power import power as command
from text2sql_eval.statistics.mcnemar import exact_p_value
from text2sql_eval.statistics.power import Design, PowerError, detectable, exact_power, needed, plan, power


def test_exact_power_is_how_often_the_test_rejects() -> None:
    """4,000 simulated pairs of runs over 400 questions: the exact test rejects as often as the formula says."""
    design, generator = Design(0.05, 0.15), np.random.default_rng(0)
    draws = generator.multinomial(400, [0.10, 0.05, 0.85], size=4_000)
    seen: dict[tuple[int, int], bool] = {}
    for wins, losses, _ in draws.tolist():
        seen.setdefault((wins, losses), exact_p_value(wins, losses) <= 0.05)
    rejected = float(np.mean([seen[wins, losses] for wins, losses, _ in draws.tolist()]))
    assert exact_power(design, 400) == pytest.approx(rejected, abs=0.02)
    assert power(design, 400) == pytest.approx(rejected, abs=0.06)


@given(gap=st.floats(0.005, 0.2), more=st.floats(0.01, 0.5), wanted=st.floats(0.5, 0.95), effect=st.floats(1, 3))
@settings(deadline=None)
def test_the_questions_needed_have_the_power_wanted(gap: float, more: float, wanted: float, effect: float) -> None:
    """`needed` is the inverse of `power`: that many questions suffice, and one less does not."""
    design = Design(gap, min(1.0, gap + more), design_effect=effect)
    n = needed(design, wanted)
    assert power(design, n) >= wanted - 1e-9
    assert n == 1 or power(design, n - 1) <= wanted + 1e-9


def test_the_published_formula_on_a_case_by_hand() -> None:
    """10 % differ, gap 1 point, level 95 %, power 80 %: (1.959964 * 0.316228 + 0.841621 * 0.316070)^2 / 0.0001 = 7847."""
    assert needed(Design(0.01, 0.1), 0.8) == 7847


def test_the_detectable_gap_has_the_power_wanted() -> None:
    """With the smallest gap that 1524 questions show, 1524 questions have the power; a hopeless case has none."""
    smallest = detectable(Design(0.01, 0.1), 1524, 0.8)
    assert smallest is not None
    assert power(Design(smallest, 0.1), 1524) == pytest.approx(0.8, abs=1e-6)
    assert detectable(Design(0.01, 0.02), 10, 0.8) is None


def test_few_clusters_and_a_design_effect_cost_questions() -> None:
    """Eleven databases need more than independent questions, without an exact power; a design effect of 2 twice as many."""
    free = plan(Design(0.02, 0.1), 0.8, 1524)
    clustered = plan(Design(0.02, 0.1, clusters=11), 0.8, 1524)
    assert clustered.needed > free.needed
    assert clustered.power_exact is None
    assert plan(Design(0.02, 0.1, design_effect=2), 0.8).needed == pytest.approx(2 * free.needed, abs=2)


def test_a_gap_beyond_the_differing_questions_is_refused() -> None:
    """5 points cannot come from 4 % of the questions."""
    with pytest.raises(PowerError, match="at least 5 %"):
        plan(Design(0.05, 0.04), 0.8)


def test_the_command_says_what_the_functions_say() -> None:
    """`t2s power` as a table and as JSON."""
    table = CliRunner().invoke(command, ["--gap", "1.0", "--n", "1524"], catch_exceptions=False).output
    assert "7847" in table
    lines = CliRunner().invoke(command, ["--gap", "1.0", "--n", "1524", "--json"], catch_exceptions=False).output.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["discordant"] for row in rows] == [0.05, 0.1, 0.2]
    assert rows[1]["needed"] == 7847
    assert rows[1]["power"] == pytest.approx(0.234, abs=0.001)
