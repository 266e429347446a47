"""What selectors achieved: against a plain reading of selections and verdicts, against the view majority, and compared."""

import json
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

import store
from store import engine
from store.address import parse
from store.cli import cli
from text2sql_data.lookups import NameNotFoundError
from text2sql_data.selection import running
from text2sql_data.selection.methods.first import First
from text2sql_data.selection.methods.majority import Majority
from text2sql_data.selection.methods.random import Random
from text2sql_data.selection.methods.rules import Rules
from text2sql_eval.comparison.comparing import compare
from text2sql_eval.figures import Figure, figures
from text2sql_eval.statistics.bootstrap import Resampling
from text2sql_eval.statistics.mcnemar import exact_p_value
from text2sql_eval.statistics.selectors import PREFIXES, require_selectors, selector_terms

pytestmark = pytest.mark.slow  # whole flows over whole lakes

RUNS = ("large", "mats_rollouts")
NAMES = ("majority", "rules", "first", "random")
QUICK = Resampling(cluster="question", resamples=200)


class Read(NamedTuple):
    """One question: verdicts of its final answers by candidate, and what each selector picked by (k, draw)."""

    verdicts: Mapping[str, bool]
    picks: Mapping[str, Mapping[tuple[int, int], str]]


@pytest.fixture(scope="module")
def chosen_folder(demo_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo benchmark as a lake in which four selectors chose for two runs, one of them also among draws."""
    own = Path(shutil.copytree(demo_made / "lake", tmp_path_factory.mktemp("chosen") / "lake"))
    with store.open(own, create=False) as lake:
        running.run(lake, Majority(), RUNS)
        running.run(lake, Rules(), RUNS, draws=3)
        running.run(lake, First(), RUNS)
        running.run(lake, Random(seed=1), RUNS)
        running.run(lake, Majority(), ["large"], gate="always", name="late")
    return own


@pytest.fixture
def chosen(chosen_folder: Path) -> Iterator[store.Lake]:
    """That lake, open; no test writes to it."""
    with store.open(chosen_folder, create=False) as lake:
        yield lake


@pytest.fixture
def own_folder(chosen_folder: Path, tmp_path: Path) -> Path:
    """The folder of a copy."""
    return Path(shutil.copytree(chosen_folder, tmp_path / "lake"))


def read(lake: store.Lake, run: str, names: tuple[str, ...] = NAMES) -> list[Read]:
    """The questions of a run that count."""
    excluded = lake.sql(
        "SELECT position FROM question_outcomes WHERE run = $run AND comparator = 'bird' AND gate = 'exec_ok'"
        " AND excluded IS NOT NULL",
        run=run,
    )
    without = {position for (position,) in excluded.fetchall()}
    answers = lake.sql(
        "SELECT a.position, a.candidate::VARCHAR, l.verdict = 'correct' FROM answers AS a"
        " JOIN labels AS l ON l.candidate = a.candidate AND l.comparator = 'bird' WHERE a.run = $run AND a.gate = 'exec_ok'",
        run=run,
    ).fetchall()
    selections = lake.sql(
        "SELECT position, name, k, draw, candidate::VARCHAR FROM selections JOIN selectors USING (selector) WHERE run = $run",
        run=run,
    ).fetchall()
    found = []
    for position in sorted({position for position, *_ in answers} - without):
        picks = {
            name: {(k, draw): candidate for place, own, k, draw, candidate in selections if (place, own) == (position, name)}
            for name in names
        }
        found.append(Read({candidate: right for place, candidate, right in answers if place == position}, picks))
    return found


def figures_of(lake: store.Lake, *names: str, interval: Resampling | None = None) -> dict[tuple[str, str, int], Figure]:
    """The figures of selectors, by run, metric and k."""
    found = figures(
        lake, runs=RUNS, comparators=["bird"], interval=interval, measures=[partial(selector_terms, selectors=names)]
    ).figures
    return {(figure.run, figure.metric, figure.k): figure for figure in found}


def test_metrics_equal_a_plain_reading(chosen: store.Lake) -> None:
    """EX of the picks, pick-rate, the same on mixed questions, and headroom, with what each is divided by."""
    found = figures_of(chosen, *NAMES)
    for run in RUNS:
        rows = read(chosen, run)
        assert len(rows) == 71
        for name in NAMES:
            whole = [(row.verdicts, row.verdicts[row.picks[name][len(row.verdicts), 0]]) for row in rows]
            some = [right for verdicts, right in whole if any(verdicts.values())]
            mixed = [right for verdicts, right in whole if any(verdicts.values()) and not all(verdicts.values())]
            lost = [any(verdicts.values()) and not right for verdicts, right in whole]
            wanted = {"selector": [right for _, right in whole], "pick_rate": some, "pick_rate_mixed": mixed, "headroom": lost}
            for metric, values in wanted.items():
                figure = found[run, f"{metric}:{name}", 8]
                assert (figure.n, figure.value) == (len(values), pytest.approx(fmean(values))), (run, metric, name)
            oracle = found[run, "any_correct", 8].value
            assert oracle is not None
            assert found[run, f"selector:{name}", 8].value == pytest.approx(oracle - fmean(lost))


def test_majority_is_that_of_the_figures(chosen: store.Lake) -> None:
    """The selector majority has exactly the figures of the vote that the views count, and first those of EX."""
    found = figures_of(chosen, "majority", "first")
    for run in RUNS:
        for ours, theirs in (
            ("selector:majority", ("majority", 8)),
            ("pick_rate:majority", ("pick_rate", 8)),
            ("pick_rate_mixed:majority", ("pick_rate_mixed", 8)),
            ("selector:first", ("ex", 1)),
        ):
            a, b = found[run, ours, 8], found[run, *theirs]
            assert (a.value, a.n) == (b.value, b.n), (run, ours)
        vote, best = found[run, "majority", 8].value, found[run, "any_correct", 8].value
        assert vote is not None
        assert best is not None
        assert found[run, "headroom:majority", 8].value == pytest.approx(best - vote)


def test_intervals(chosen: store.Lake) -> None:
    """Every figure of a selector has one, which contains the figure."""
    found = figures_of(chosen, "rules", interval=QUICK)
    own = [figure for (_, metric, _), figure in found.items() if metric.endswith(":rules")]
    assert {figure.metric.partition(":")[0] for figure in own} == set(PREFIXES)
    for figure in own:
        assert figure.interval is not None
        assert figure.interval.lower is not None
        assert figure.interval.upper is not None
        assert figure.value is not None
        assert figure.interval.lower <= figure.value + 1e-9
        assert figure.value <= figure.interval.upper + 1e-9


def test_curves_are_means_over_draws(chosen: store.Lake) -> None:
    """For every k the mean over questions of the mean over draws; at k = K the pick among all; none without draws."""
    found = figures_of(chosen, "rules", "first")
    for run in RUNS:
        rows = read(chosen, run)
        for k in range(1, 9):
            values = []
            for row in rows:
                picked = [row.verdicts[candidate] for (size, _), candidate in row.picks["rules"].items() if size == k]
                assert len(picked) == (1 if k == 8 else 3)
                values.append(fmean(picked))
            figure = found[run, "selector_at_k:rules", k]
            assert (figure.n, figure.value) == (71, pytest.approx(fmean(values)))
        assert found[run, "selector_at_k:rules", 8].value == found[run, "selector:rules", 8].value
        assert not any(metric == "selector_at_k:first" for _, metric, _ in found)


def write(folder: Path, statement: str) -> None:
    """Change a table of a lake in place, as no part of the project ever does."""
    connection = engine.connect(folder.parent, None)
    engine.attach(connection, parse(folder), "writer", read_only=False)
    connection.execute(statement)
    connection.close()


def test_questions_without_a_choice_are_counted(own_folder: Path) -> None:
    """A selector that chose for a part of the questions has figures of that part, and the others are said to be not selected."""
    write(
        own_folder,
        "DELETE FROM writer.selections WHERE run = 'large' AND position < 10"
        " AND selector IN (SELECT selector FROM writer.selectors WHERE name = 'rules')",
    )
    with store.open(own_folder, create=False) as lake:
        found = figures_of(lake, "rules", "majority")
        rows = read(lake, "large")
        part = [row for row in rows if row.picks["rules"]]
        left_out = len(rows) - len(part)
        assert left_out in {9, 10}
        figure = found["large", "selector:rules", 8]
        assert (figure.n, figure.excluded) == (71 - left_out, {"gold_error": 1, "not_selected": left_out})
        assert figure.value == pytest.approx(fmean(row.verdicts[row.picks["rules"][8, 0]] for row in part))
        assert found["large", "selector:majority", 8].excluded == {"gold_error": 1}
        said = compare(lake, ["large"], selectors=["rules", "majority"], resampling=QUICK)
        assert said.n == len(part)


def test_the_last_selector_of_a_name_counts(own_folder: Path) -> None:
    """Of two with one name, figures are those of the one that chose last for the run; where only one chose, of that one."""
    with store.open(own_folder, create=False) as lake:
        running.run(lake, Majority(), RUNS, name="mine")
        running.run(lake, Random(seed=1), ["large"], name="mine")
        found = figures_of(lake, "mine", "majority", "random")
        assert found["large", "selector:random", 8].value != found["large", "selector:majority", 8].value
        for run, other in (("large", "random"), ("mats_rollouts", "majority")):
            assert found[run, "selector:mine", 8].value == found[run, f"selector:{other}", 8].value


def test_a_comparison_is_the_difference_of_the_figures(chosen: store.Lake) -> None:
    """Two selectors of one run: gap, questions won and lost, McNemar's p-value, and what changed: the selector alone."""
    found = figures_of(chosen, *NAMES)
    for a, b in (("majority", "random"), ("rules", "first")):
        said = compare(chosen, ["large"], selectors=[a, b], resampling=QUICK)
        (pair,) = said.pairs
        values = [found["large", f"selector:{name}", 8].value for name in (a, b)]
        assert [side.figure.value for side in said.sides] == values
        assert None not in values
        assert pair.gap.value == pytest.approx(values[0] - values[1])  # type: ignore[operator]
        wins = losses = 0
        for row in read(chosen, "large"):
            ours, theirs = (row.verdicts[row.picks[name][8, 0]] for name in (a, b))
            wins, losses = wins + (ours and not theirs), losses + (theirs and not ours)
        assert (len(pair.wins), len(pair.losses)) == (wins, losses)
        assert pair.p_value == exact_p_value(wins, losses)
        assert (pair.changes.things, pair.changes.warning) == (["selector"], "")
        assert (pair.a, pair.b) == (f"large: {a}", f"large: {b}")


def test_runs_as_one_selector_picks(chosen: store.Lake) -> None:
    """Two runs under one selector are compared by their picks on common questions; the selector is no change."""
    said = compare(chosen, list(RUNS), selectors=["rules"], resampling=QUICK)
    found = figures_of(chosen, "rules")
    assert [side.figure.value for side in said.sides] == [found[run, "selector:rules", 8].value for run in RUNS]
    assert "selector" not in said.pairs[0].changes.things


def test_unknown_selectors_are_refused(chosen: store.Lake) -> None:
    """The error names those that there are, and the gate under which one of that name has chosen."""
    with pytest.raises(NameNotFoundError, match="No selector best has chosen") as raised:
        require_selectors(chosen, ["majority", "best"], "exec_ok")
    assert "majority" in raised.value.hint
    assert "t2s select run" in raised.value.hint
    with pytest.raises(NameNotFoundError, match="under the gate exec_ok; it has under always"):
        require_selectors(chosen, ["late"], "exec_ok")
    require_selectors(chosen, ["late"], "always")
    with pytest.raises(NameNotFoundError, match="No selector best"):
        compare(chosen, ["large"], selectors=["best", "majority"])


def test_commands(chosen_folder: Path) -> None:
    """`t2s eval --selector` and `t2s compare --selector`, as JSON and for people."""

    def t2s(*words: str, code: int = 0) -> Any:  # noqa: ANN401 - output, or an exception
        found = CliRunner().invoke(cli, ["--lake", str(chosen_folder), *words])
        assert found.exit_code == code, found.output
        return found.output if code == 0 else found.exception

    lines = t2s("eval", "--run", "large", "--comparator", "bird", "--selector", "rules", "--json").splitlines()
    rows = {(row["metric"], row["k"]): row for row in map(json.loads, lines)}
    assert {metric for metric, _ in rows} >= {f"{prefix}:rules" for prefix in PREFIXES}
    said = json.loads(t2s("compare", "large", "--selector", "rules", "--selector", "random", "--json").splitlines()[-1])
    assert said["metric"] == "selector"
    assert said["sides"][0]["figure"]["value"] == rows["selector:rules", 8]["value"]
    assert "rules" in t2s("compare", "large", "--selector", "rules", "--selector", "random")
    assert isinstance(t2s("eval", "--run", "large", "--selector", "best", code=1), NameNotFoundError)
