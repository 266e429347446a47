"""Comparison and statistics on real data: terms against views, curves, headroom, Soft-F1, commands, three configurations."""

import itertools
import json
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import store
from store.cli import cli
from text2sql_eval.commands.compare import compare as compare_command
from text2sql_eval.comparison import printing
from text2sql_eval.comparison.comparing import NotComparableError, compare, winner
from text2sql_eval.comparison.model import Comparison
from text2sql_eval.figures import Figure, figures
from text2sql_eval.outcomes import staged
from text2sql_eval.statistics import r_ves, soft_f1
from text2sql_eval.statistics.bootstrap import Interval, Resampling
from text2sql_eval.statistics.curves import SUBSETS, expected_majority, majority_curve
from text2sql_eval.statistics.headroom import headroom
from text2sql_eval.statistics.mcnemar import exact_p_value
from text2sql_eval.statistics.slices import summed
from text2sql_eval.statistics.terms import TERMS, counted_questions, standard_terms

QUICK = Resampling(cluster="question", resamples=300)


def run_cli(lake: Path, *words: str) -> str:
    """What a command prints, on both streams."""
    result = CliRunner().invoke(cli, ["--lake", str(lake), *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def run_compare(lake: Path, *words: str, code: int = 0) -> str:
    """What `t2s compare` prints on both streams, with the exit code that is expected."""
    result = CliRunner().invoke(compare_command, words, obj=lake, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def folder_(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Path:
    """BIRD's 129 superhero questions and 5 without a database: five systems as a run of five samples, three as one of three."""
    folder = tmp_path_factory.mktemp("superhero")
    questions = json.loads((real_data / "bird/dev.json").read_text("utf-8"))
    kept = [place for place, question in enumerate(questions) if question["db_id"] == "superhero" or place < 5]
    (folder / "dev.json").write_text(json.dumps([questions[place] for place in kept]), "utf-8")
    (folder / "dev_databases").symlink_to(real_data / "bird/dev_databases")
    lake = folder / "lake"
    run_cli(lake, "benchmark", "add", str(folder / "dev.json"), "--name", "bird_dev")
    five = ("codes_1b_evidence", "codes_3b_evidence", "codes_7b_evidence", "csc_sql_7b", "chatgpt_kg_bird_baseline")
    three = ("alpha_sql", "gsr_gpt4o", "rsl_sql_gpt-4o_step4")
    for run, systems in (("five", five), ("three", three)):
        for system in systems:
            answers = json.loads((real_data / f"bird/predictions/{system}.json").read_text("utf-8"))
            mine = {str(number): answers[str(place)] for number, place in enumerate(kept)}
            (folder / f"{system}.json").write_text(json.dumps(mine), "utf-8")
        paths = [str(folder / f"{system}.json") for system in systems]
        run_cli(lake, "import", "bird", *paths, "--benchmark", "bird_dev", "--run", run, "--as-samples")
    run_cli(lake, "execute")
    run_cli(lake, "label", "--comparator", "bird")
    return lake


@pytest.fixture
def lake_(folder_: Path) -> Iterator[store.Lake]:
    """That lake, open."""
    with store.open(folder_, create=False) as lake:
        yield lake


def at(found: list[Figure], run: str, metric: str, k: int) -> Figure:
    """One figure over all questions."""
    return next(f for f in found if (f.run, f.metric, f.k, f.dimension) == (run, metric, k, "all"))


def test_terms_sum_up_to_the_figures_of_the_views(lake_: store.Lake) -> None:
    """Every interval is about the figure it stands beside: same value, same n, the value within the bounds; in slices too."""
    found = figures(lake_, comparators=["bird"], dimensions=("all", "difficulty"), interval=QUICK).figures
    plain = figures(lake_, comparators=["bird"], dimensions=("all", "difficulty")).figures
    assert [figure._replace(interval=None) for figure in found] == plain
    for figure in found:
        assert figure.interval is not None, figure
        assert (figure.interval.value, figure.interval.n) == (figure.value, figure.n), figure
        if figure.n >= 5:
            assert figure.value is not None
            assert figure.interval.lower is not None
            assert figure.interval.upper is not None
            assert figure.interval.lower - 1e-9 <= figure.value <= figure.interval.upper + 1e-9


def test_one_database_has_no_interval_by_database(folder_: Path) -> None:
    """The bounds are left out rather than wrong, and the output says what to do."""
    output = run_cli(folder_, "eval", "--interval", "--comparator", "bird", "--run", "five")
    assert "1 database" in output
    assert "--cluster question" in output
    row = json.loads(run_cli(folder_, "eval", "--interval", "--comparator", "bird", "--json").splitlines()[0])
    assert row["interval"]["lower"] is None
    assert row["interval"]["clusters"] == 1


def test_the_plain_output_has_no_interval(folder_: Path) -> None:
    """Intervals are shown on request only, in JSON too."""
    assert "interval" not in json.loads(run_cli(folder_, "eval", "--comparator", "bird", "--json").splitlines()[0])


def test_curves_begin_at_a_random_pick_and_end_at_the_majority(lake_: store.Lake) -> None:
    """The metric majority_at_k is random_pick at k = 1 and majority at k = K; it never exceeds oracle@k."""
    found = figures(lake_, comparators=["bird"], measures=[majority_curve]).figures
    for run, samples in (("five", 5), ("three", 3)):
        assert at(found, run, "majority_at_k", 1).value == pytest.approx(at(found, run, "random_pick", samples).value)
        assert at(found, run, "majority_at_k", samples).value == pytest.approx(at(found, run, "majority", samples).value)
        for k in range(1, samples + 1):
            oracle, majority = at(found, run, "oracle", k), at(found, run, "majority_at_k", k)
            assert majority.value is not None
            assert oracle.value is not None
            assert majority.value <= oracle.value + 1e-12
            assert majority.n == oracle.n


@given(
    samples=st.lists(st.tuples(st.booleans(), st.sampled_from([None, 0, 1, 2])), min_size=1, max_size=6),
)
def test_expected_majority_is_the_mean_over_all_subsets(samples: list[tuple[bool, int | None]]) -> None:
    """Every subset is voted on by itself: the largest group, the lowest sample among equals, the first where nothing executed."""

    def vote(subset: tuple[int, ...]) -> bool:
        groups: dict[int, list[int]] = {}
        for sample in subset:
            result = samples[sample][1]
            if result is not None:
                groups.setdefault(result, []).append(sample)
        picked = max(groups.values(), key=lambda group: (len(group), -group[0]))[0] if groups else subset[0]
        return samples[picked][0]

    found = expected_majority([correct for correct, _ in samples], [result for _, result in samples])
    for k in range(1, len(samples) + 1):
        subsets = list(itertools.combinations(range(len(samples)), k))
        assert found[k - 1] == pytest.approx(fmean(vote(subset) for subset in subsets))


def test_many_samples_are_voted_on_by_drawn_subsets() -> None:
    """With 20 samples not all subsets are taken: the curve is near the exact value where that is known, and seeded."""
    correct = [sample % 4 == 0 for sample in range(20)]
    distinct = list(range(20))  # no two results agree: the lowest sample of the subset wins
    curve = expected_majority(correct, distinct)
    exact = sum((20 - 1 - i) for i in range(20) if correct[i]) / 190  # k = 2: C(19 - i, 1) of 190 subsets begin with sample i
    assert curve[1] == pytest.approx(exact)
    # k = 3 has 1,140 subsets, more than are taken.
    assert SUBSETS < 1_140
    third = sum((19 - i) * (18 - i) / 2 for i in range(20) if correct[i]) / 1_140
    assert curve[2] == pytest.approx(third, abs=0.05)
    assert curve == expected_majority(correct, distinct)
    assert curve != expected_majority(correct, distinct, seed=1)


def test_headroom_adds_up_to_what_is_missing(lake_: store.Lake) -> None:
    """It holds that majority + selector_headroom + oracle_headroom = 1, and the share is that of the wrong picks."""
    found = figures(lake_, comparators=["bird"], measures=[headroom]).figures
    for run, samples in (("five", 5), ("three", 3)):
        values = {
            name: at(found, run, name, samples).value or 0.0
            for name in ("majority", "selector_headroom", "oracle_headroom", "selector_share", "any_correct")
        }
        assert values["majority"] + values["selector_headroom"] + values["oracle_headroom"] == pytest.approx(1)
        assert values["oracle_headroom"] == pytest.approx(1 - values["any_correct"])
        assert values["selector_share"] == pytest.approx(values["selector_headroom"] / (1 - values["majority"]))


def test_a_run_of_which_nothing_counts_has_no_statistics(lake_: store.Lake) -> None:
    """Where every question is excluded, each measure gives no row, and none fails."""
    with staged(
        lake_, runs=["five"], benchmarks=None, comparators=["bird"], gold_revision="original", gate="exec_ok", common=False
    ) as (scratch, *_):
        scratch.execute("UPDATE question_outcomes SET excluded = 'gold_error'")
        counted = counted_questions(scratch)
        measures = [majority_curve, headroom, partial(soft_f1.measure, lake=lake_), partial(r_ves.measure, lake=lake_)]
        for terms in (standard_terms(counted), *(measure(scratch) for measure in measures)):
            assert terms.columns == list(TERMS)
            assert list(summed(terms, counted, ("all", "database", "difficulty"), QUICK)) == []


def test_soft_f1_over_the_lake_is_the_definition_over_the_rows(lake_: store.Lake) -> None:
    """Every question's Soft-F1, with whatever digests decided, equals the definition over rows fetched with Python's sqlite3."""
    with staged(
        lake_, runs=["five"], benchmarks=None, comparators=["bird"], gold_revision="original", gate="exec_ok", common=False
    ) as (scratch, *_):
        measured = soft_f1.measure(scratch, lake=lake_)
    assert measured.columns == list(TERMS)
    rows = lake_.sql(
        "SELECT c.position, c.sql, g.sql, d.path FROM candidate_results AS c "
        "JOIN golds AS g USING (benchmark, revision, position) JOIN current_databases AS d USING (benchmark, db_id) "
        "WHERE c.run = 'five' AND c.sample = 0 AND d.database IS NOT NULL"
    ).fetchall()
    values = dict(zip(measured["position"], measured["numerator"], strict=True))
    assert len(values) == len(rows) == 129
    for position, sql, gold, path in rows:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            expected = soft_f1.soft_f1(*(connection.execute(text).fetchall() for text in (sql, gold)))
        except sqlite3.Error:
            expected = 0.0
        finally:
            connection.close()
        assert values[position] == pytest.approx(expected), position


def test_r_ves_lies_between_the_least_and_the_most_that_correct_answers_are_worth(lake_: store.Lake) -> None:
    """Times are measured anew, wrong answers add nothing, and every correct one adds from 0.5 to 1.118."""
    found = figures(lake_, runs=["three"], comparators=["bird"], measures=[partial(r_ves.measure, lake=lake_, repeats=1)]).figures
    ex, value = at(found, "three", "ex", 1), at(found, "three", "r_ves", 1)
    assert ex.value is not None
    assert value.value is not None
    assert value.n == ex.n == 129
    assert 0.5 * ex.value - 1e-9 <= value.value <= 1.25**0.5 * ex.value + 1e-9


def test_eval_prints_what_was_asked_for(folder_: Path) -> None:
    """Curves, headroom and Soft-F1, as Markdown."""
    output = run_cli(folder_, "eval", "--comparator", "bird", "--curves", "--headroom", "--soft-f1", "--markdown")
    for words in ("| at k |", "beyond the oracle", "Soft-F1"):
        assert words in output


def compared(lake: store.Lake, *runs: str, **options: Any) -> Comparison:  # noqa: ANN401 - options of compare
    """A quick comparison by question."""
    return compare(lake, runs, resampling=QUICK, **options)


@pytest.mark.parametrize("metric", ["pipeline", "oracle", "pick_rate"])
def test_swapping_the_runs_swaps_everything(lake_: store.Lake, metric: str) -> None:
    """The gap changes its sign, the bounds mirror, wins become losses, the p-value stays, and so does the winner."""
    (forth,), (back,) = (compared(lake_, *runs, metric=metric).pairs for runs in (("five", "three"), ("three", "five")))
    assert forth.gap.value == pytest.approx(-(back.gap.value or 0.0), abs=1e-12)
    assert forth.gap.lower == pytest.approx(-(back.gap.upper or 0.0), abs=1e-12)
    assert (forth.wins, forth.losses, forth.p_value, forth.winner) == (back.losses, back.wins, back.p_value, back.winner)


def test_a_comparison_says_what_eval_says(lake_: store.Lake) -> None:
    """The figures of the sides are those of `t2s eval --common`, and wins minus losses make the gap."""
    found = compared(lake_, "five", "three")
    expected = figures(lake_, comparators=["bird"], common=True).figures
    for side in found.sides:
        assert side.figure.value == pytest.approx(at(expected, side.run, "pipeline", 1).value)
        assert side.beside["any_correct"].value == pytest.approx(at(expected, side.run, "any_correct", side.k).value)
    pair = found.pairs[0]
    assert pair.gap.value == pytest.approx((len(pair.wins) - len(pair.losses)) / found.n)
    assert pair.p_value == exact_p_value(len(pair.wins), len(pair.losses))
    assert pair.winner == "three"
    assert [(left.run, left.reason, len(left.positions)) for left in found.excluded] == [
        ("five", "no_database", 5),
        ("three", "no_database", 5),
    ]


def test_k_is_what_all_runs_have(lake_: store.Lake) -> None:
    """The oracle is compared at k = 3, where one run has five samples and the other three; k = 4 is refused."""
    assert compared(lake_, "five", "three", metric="oracle").k == 3
    assert compared(lake_, "five", "three", metric="majority_at_k", measures={"majority_at_k": majority_curve}).k == 3
    with pytest.raises(NotComparableError, match="4 samples"):
        compared(lake_, "five", "three", metric="oracle", k=4)


def test_runs_that_cannot_be_compared_are_refused(lake_: store.Lake) -> None:
    """A run against itself, or alone."""
    for runs in (("five", "five"), ("five",)):
        with pytest.raises(NotComparableError, match="several"):
            compared(lake_, *runs)


def test_requirements_decide_the_exit_code(folder_: Path) -> None:
    """0 where all hold, 3 where one does not or is undefined, 2 where it cannot be read or there are three runs."""
    words = ("five", "three", "--cluster", "question", "--resamples", "200")
    assert "holds" in run_compare(folder_, *words, "--require", "gap <= -5", "--require", "n == 129")
    assert "does not hold" in run_compare(folder_, *words, "--require", "gap_lower >= 1.0", code=3)
    run_compare(folder_, *words, "--metric", "pick_rate", "--require", "p_value <= 1", code=3)
    assert "NAME OPERATOR NUMBER" in run_compare(folder_, *words, "--require", "gap", code=2)
    run_compare(folder_, *words, "other", "--require", "gap > 0", code=2)
    assert "has none" in run_compare(folder_, *words, "--k", "2", code=2)


def test_every_form_of_output(folder_: Path, lake_: store.Lake, capsys: pytest.CaptureFixture[str]) -> None:
    """Tables with lists, Markdown, LaTeX and JSON speak of the same gap."""
    plain = run_compare(folder_, "five", "three", "--cluster", "question", "--resamples", "200", "--list")
    for words in ("-10.85", "three is better", "three better than five: 20", "not known"):
        assert words in plain
    found = compared(lake_, "five", "three")
    printing.tables(found, as_markdown=True, with_lists=False)
    assert "-10.85" in capsys.readouterr().out
    latex = printing.latex(found)
    assert "-10.85" in latex
    assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}") == 2
    assert r"bird\_dev" in latex
    row = json.loads(json.dumps(printing.as_json(found)))
    assert row["pairs"][0]["points"]["gap"] == -10.85
    assert len(row["pairs"][0]["losses"]) == 20
    assert set(row["pairs"][0]["wins"][0]) == {"position", "question_id", "db_id"}


def test_a_winner_needs_an_interval_beyond_zero_and_the_exact_test() -> None:
    """Zero on the edge is contained; a p-value above 5 % takes the crown away; without a test the interval decides."""

    def interval(lower: float | None, upper: float | None) -> Interval:
        value = None if lower is None or upper is None else (lower + upper) / 2
        return Interval(value, lower, upper, 0.95, 10, "database", 20, 100, 0)

    assert winner(interval(0.01, 0.02), 0.01, "a", "b") == "a"
    assert winner(interval(-0.02, -0.01), None, "a", "b") == "b"
    assert winner(interval(0.0, 0.02), 0.01, "a", "b") is None
    assert winner(interval(0.01, 0.02), 0.06, "a", "b") is None
    assert winner(interval(None, None), 0.01, "a", "b") is None


@pytest.fixture(scope="module")
def three_configurations(configurations_made: Path) -> Path:
    """The MATS rollouts of Spider dev in three configurations, executed and labelled."""
    return configurations_made / "lake"


@pytest.mark.slow
def test_the_three_configurations_have_no_winner(three_configurations: Path) -> None:
    """On 979 common questions: 77.73 / 77.53 / 77.53, oracle 93.77 / 93.26 / 93.05; every interval contains zero."""
    row = json.loads(run_compare(three_configurations, "sft_vf", "collab", "indep", "--json"))
    assert row["n"] == 979
    figures_ = [
        [round(100 * side["beside"][name]["value"], 2) for name in ("greedy", "pipeline", "any_correct")] for side in row["sides"]
    ]
    assert figures_ == [[76.1, 77.73, 93.77], [76.1, 77.53, 93.26], [76.1, 77.53, 93.05]]
    assert [(pair["a"], pair["b"]) for pair in row["pairs"]] == [("sft_vf", "collab"), ("sft_vf", "indep"), ("collab", "indep")]
    for pair in row["pairs"]:
        assert pair["gap"]["lower"] <= 0 <= pair["gap"]["upper"]
        assert pair["gap"]["clusters"] == 20
        assert pair["winner"] is None
        assert pair["changes"]["unknown"] == [pair["a"], pair["b"]]
    excluded = {(left["run"], left["reason"], left["questions"]) for left in row["excluded"]}
    assert excluded == {("sft_vf", "not_common", 55), ("collab", "not_common", 55), ("indep", "not_in_run", 55)}
    output = run_compare(three_configurations, "sft_vf", "collab", "indep")
    assert output.count("no difference shown") == 3
    assert "is better" not in output
    run_compare(three_configurations, "collab", "indep", "--require", "gap_lower >= 1.0", code=3)
    # All three have the same first SQL, so by greedy@1 they are identical.
    same = ("gap == 0", "gap_lower == 0", "gap_upper == 0", "p_value == 1")
    requirements = [word for text in same for word in ("--require", text)]
    run_compare(three_configurations, "collab", "indep", "--metric", "greedy", *requirements)


@pytest.mark.slow
def test_their_own_figures_have_intervals_that_hold_the_published_ones(three_configurations: Path) -> None:
    """planner@1 76.21, pipeline@1 77.85 and oracle@8 93.91 of sft_vf stand in the middle of intervals of 20 databases."""
    lines = run_cli(three_configurations, "eval", "--run", "sft_vf", "--comparator", "bird", "--interval", "--json").splitlines()
    rows = {(row["metric"], row["k"]): row for row in map(json.loads, lines) if lines}
    for key, percent in ((("greedy", 1), 76.21), (("pipeline", 1), 77.85), (("oracle", 8), 93.91)):
        row = rows[key]
        assert row["percent"] == percent
        assert row["interval"]["clusters"] == 20
        assert 100 * row["interval"]["lower"] < percent < 100 * row["interval"]["upper"]
