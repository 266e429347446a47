"""Drift: against the definitions on every combination of verdicts, against published verdicts, ranks against scipy."""

import csv
import functools
import itertools
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

import store
from text2sql_data.benchmarks import read, read_golds
from text2sql_data.benchmarks.adding import add_benchmark, add_golds, lake_questions
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.comparators.relabelling import relabel
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import bird, jsonl, spider
from text2sql_data.importers.importing import Source, import_runs
from text2sql_eval.commands.report.drift import drift as drift_command
from text2sql_eval.drift.document import html
from text2sql_eval.drift.drifting import drift
from text2sql_eval.drift.printing import markdown
from text2sql_eval.drift.ranks import Grid, competition_ranks, kendall, shifts, swaps
from text2sql_eval.drift.sections import left_out
from text2sql_eval.drift.sides import Choice, Side, parse_side
from text2sql_eval.figures import figures
from text2sql_eval.outcomes import NothingToCountError
from text2sql_eval.statistics.bootstrap import Resampling

QUICK = Resampling(cluster="question", resamples=300)
BIRD, SECOND, BAG = Side("bird"), Side("bird", "second"), Side("bag")
ONE, TWO, BROKEN, TWICE = "SELECT 1", "SELECT 2", "SELECT nothing", "SELECT 1 UNION ALL SELECT 1"
GOLDS = list(itertools.product((ONE, TWO, BROKEN), (ONE, TWO, BROKEN, None)))
"""Every gold beside every gold of the second revision; None is no gold."""
ANSWERS = {
    "ones": [[ONE, TWO] for _ in GOLDS],
    "twos": [[TWO, TWICE] for _ in GOLDS],
    "twice": [[TWICE, ONE] for _ in GOLDS],
    "few": [[ONE, ONE] if n % 2 else None for n, _ in enumerate(GOLDS)],
}
"""What each run answers, two samples a question; `few` does not answer every question."""
ROWS = {ONE: [1], TWO: [2], TWICE: [1, 1]}

Row = dict[str, Any]


@pytest.fixture(scope="module")
def made(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """These runs over a real database, labelled by bird and bag for both gold revisions; the folder of the lake."""
    folder = tmp_path_factory.mktemp("drift")
    for name in ("d0", "d1"):
        (folder / "database" / name).mkdir(parents=True)
        with closing(sqlite3.connect(folder / "database" / name / f"{name}.sqlite")) as database:
            database.executescript(f"CREATE TABLE {name} (a)")
    questions = [{"db_id": f"d{n % 2}", "question": f"q{n}", "query": gold} for n, (gold, _) in enumerate(GOLDS)]
    (folder / "dev.json").write_text(json.dumps(questions), "utf-8")
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "b", read(folder / "dev.json"))
        sources = []
        for run, answers in ANSWERS.items():
            rows = [{"position": n, "pred_sqls": sqls} for n, sqls in enumerate(answers) if sqls is not None]
            (folder / f"{run}.json").write_text(json.dumps(rows), "utf-8")
            sources.append(Source(run, run, (folder / f"{run}.json",)))
        import_runs(lake, jsonl.FORMAT, sources, benchmark="b")
        add_golds(lake, "b", "second", [(n, gold) for n, (_, gold) in enumerate(GOLDS) if gold is not None])
        execute(lake, Limits(), processes=1)
        for revision in ("original", "second"):
            label(lake, [comparator("bird"), comparator("bag")], gold_revision=revision)
    return folder / "lake"


@pytest.fixture(scope="module")
def lake_(made: Path) -> Iterator[store.Lake]:
    """That lake, open; no test writes to it."""
    with store.open(made, create=False) as lake:
        yield lake


@pytest.fixture(scope="module")
def report_of(lake_: store.Lake) -> Callable[..., Row]:
    """The report from bird@original to a side; the same one is made once."""

    @functools.cache
    def report(after: Side, choice: Choice | None = None) -> Row:
        return drift(lake_, BIRD, after, choice, resampling=QUICK)

    return report


def expected(answers: list[list[str] | None], after: Side) -> tuple[Counter[str], int]:
    """How the first answers move from bird@original to another side, and how many count on both."""

    def outcome(answer: str, gold: str | None, side: Side) -> bool | None:
        if gold is None or gold not in ROWS:
            return None
        rows, wanted = ROWS[answer], ROWS[gold]
        return set(rows) == set(wanted) if side.comparator == "bird" else sorted(rows) == sorted(wanted)

    kinds = {(True, False): "to_wrong", (False, True): "to_correct"}
    moves: Counter[str] = Counter()
    n = 0
    for sqls, golds in zip(answers, GOLDS, strict=True):
        if sqls is None:
            continue
        was = outcome(sqls[0], golds[0], BIRD)
        now = outcome(sqls[0], golds[after.gold_revision == "second"], after)
        if was is None or now is None:
            moves["excluded"] += was is not None
            moves["counted"] += now is not None
        else:
            n += 1
            moves[kinds.get((was, now), "stays")] += 1
    return moves, n


def by_run(report: Row) -> dict[str, Row]:
    """The runs of the one benchmark of a report."""
    (benchmark,) = report["benchmarks"]
    return {run["run"]: run for run in benchmark["runs"]}


def run_drift(lake: Path, *words: str, code: int = 0) -> str:
    """What the command prints, on both streams."""
    result = CliRunner().invoke(drift_command, words, obj=lake, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize("after", [SECOND, BAG, Side("bag", "second")], ids=lambda side: side.name)
def test_what_moves_is_what_the_definitions_say(report_of: Callable[..., Row], after: Side) -> None:
    """For every run, each kind of move, and the number of questions that count on both sides, is as the results say."""
    for run, found in by_run(report_of(after)).items():
        moves, n = expected(ANSWERS[run], after)
        assert found["moved"] == {move: moves[move] for move in ("to_wrong", "to_correct", "excluded", "counted")}, run
        assert found["both"]["n"] == n
        change = found["both"]["change"]["value"]
        assert change == pytest.approx((moves["to_correct"] - moves["to_wrong"]) / n)
        assert found["both"]["to"] - found["both"]["from"] == pytest.approx(change)


def test_every_part_counts_the_same_moves(report_of: Callable[..., Row]) -> None:
    """Runs, databases, reasons, questions and answers of questions add up to the same numbers."""
    (benchmark,) = report_of(Side("bag", "second"))["benchmarks"]
    answers = [answer for question in benchmark["questions"] for answer in question["answers"]]
    for move in ("to_wrong", "to_correct", "excluded", "counted"):
        counts = {
            benchmark["answers"][move],
            sum(run["moved"][move] for run in benchmark["runs"]),
            sum(row[move] for row in benchmark["databases"]),
            sum(row["answers"] for row in benchmark["reasons"] if row["change"] == move),
            sum(question[move] for question in benchmark["questions"]),
            sum(answer["change"] == move for answer in answers),
        }
        assert len(counts) == 1, move
        assert counts != {0}, move


def test_the_figures_of_each_side_are_those_of_eval(lake_: store.Lake, report_of: Callable[..., Row]) -> None:
    """Over its own questions each side shows the EX, the n and the exclusions that `t2s eval` gives."""
    found = by_run(report_of(SECOND))
    for side, revision in (("from", "original"), ("to", "second")):
        of_eval = [f for f in figures(lake_, comparators=["bird"], gold_revision=revision).figures if f.metric == "ex"]
        for figure in of_eval:
            own = found[figure.run]["own"][side]
            assert (own["value"], own["n"], own["excluded"]) == (figure.value, figure.n, figure.excluded)


@pytest.mark.parametrize("metric", ["greedy", "majority"])
def test_other_answers_may_decide(lake_: store.Lake, report_of: Callable[..., Row], metric: str) -> None:
    """The figures of each side are those of the metric, and each answer that moved has the reason of its own candidate."""
    report = report_of(SECOND, Choice(metric=metric))
    of_eval = {f.run: f for f in figures(lake_, comparators=["bird"], gold_revision="second").figures if f.metric == metric}
    for run, found in by_run(report).items():
        assert found["own"]["to"]["value"] == of_eval[run].value
    answers = [answer for question in report["benchmarks"][0]["questions"] for answer in question["answers"]]
    for answer in answers:
        if answer["change"] == "to_wrong":
            assert (answer["reason_from"], answer["reason_to"]) == (None, "different_result")
        if answer["change"] == "to_correct":
            assert (answer["reason_from"], answer["reason_to"]) == ("different_result", None)
        if answer["change"] in {"to_wrong", "to_correct"}:
            assert answer["candidate_from"] == answer["candidate_to"]
            assert answer["sql"] in ROWS


def test_the_way_back_is_the_opposite(lake_: store.Lake, report_of: Callable[..., Row]) -> None:
    """With the sides exchanged the same questions move the other way."""
    (there,) = report_of(SECOND)["benchmarks"]
    (back,) = drift(lake_, SECOND, BIRD, resampling=QUICK)["benchmarks"]
    other = {"to_wrong": "to_correct", "to_correct": "to_wrong", "excluded": "counted", "counted": "excluded"}
    assert {move: there["answers"][move] for move in other} == {move: back["answers"][other[move]] for move in other}
    assert there["tau"] == back["tau"]


def test_common_questions(report_of: Callable[..., Row]) -> None:
    """With --common all runs count over the questions that all of them answer; without it that they do not is said."""
    report = report_of(SECOND, Choice(common=True))
    assert {run["both"]["n"] for run in by_run(report).values()} == {expected(ANSWERS["few"], SECOND)[1]}
    for run, found in by_run(report).items():
        moves, n = expected([few and sqls for few, sqls in zip(ANSWERS["few"], ANSWERS[run], strict=True)], SECOND)
        assert [found["moved"][move] for move in ("to_wrong", "to_correct")] == [moves["to_wrong"], moves["to_correct"]], run
        assert found["both"]["to"] - found["both"]["from"] == pytest.approx((moves["to_correct"] - moves["to_wrong"]) / n)
    assert not any("--common" in sentence for sentence in left_out(report))
    assert any("--common" in sentence for sentence in left_out(report_of(SECOND)))


def test_golds_are_beside_what_flipped(report_of: Callable[..., Row]) -> None:
    """Each question that moved has both golds, and whether they differ; a gold that is not there is none, not another one."""
    (benchmark,) = report_of(SECOND)["benchmarks"]
    for question in benchmark["questions"]:
        gold, second = GOLDS[question["position"]]
        assert (question["gold_from"], question["gold_to"]) == (gold, second)
        assert question["gold_changed"] == (second is not None and gold != second)


def test_versions_of_the_lake_are_compared(made: Path, tmp_path: Path) -> None:
    """What was known at a version is beside what is known now: no answer moved, and a run that came later is not compared."""
    with store.open(shutil.copytree(made, tmp_path / "lake")) as lake:
        before = lake.version
        late = made.parent / "late.json"
        late.write_text(json.dumps([{"position": 0, "pred_sqls": [ONE]}]), "utf-8")
        import_runs(lake, jsonl.FORMAT, [Source("late", "late", (late,))], benchmark="b")
        relabel(lake, processes=1)
        report = drift(lake, Side("bird", at=before), BIRD, resampling=QUICK)
        assert report["not_compared"] == [{"run": "late", "from": False, "to": True}]
        assert report["benchmarks"][0]["questions"] == []
        assert [run["run"] for run in report["benchmarks"][0]["runs"]] == sorted(ANSWERS)
        assert (report["from"]["lake_version"], report["to"]["lake_version"]) == (before, lake.version)
        said = list(left_out(report))
    assert f"Not compared, for there is no label of bird@original at version {before}: late." in said


def test_a_side_without_labels_or_without_questions(made: Path, tmp_path: Path) -> None:
    """Without labels the error says which relabelling would make them; where no question counts there are no figures."""
    with store.open(shutil.copytree(made, tmp_path / "lake")) as lake:
        add_golds(lake, "b", "third", [(0, BROKEN)])
        with pytest.raises(NothingToCountError) as error:
            drift(lake, BIRD, Side("bird", "third"))
        assert error.value.hint == "Run: t2s relabel --comparator bird --gold-revision third"
        relabel(lake, [comparator("bird")], gold_revisions=["third"])
        report = drift(lake, BIRD, Side("bird", "third"))
    (benchmark,) = report["benchmarks"]
    assert benchmark["answers"]["n"] == 0
    assert benchmark["tau"] == {"both": None, "own": None}
    assert {run["own"]["to"]["value"] for run in benchmark["runs"]} == {None}
    assert {(run["both"]["rank_from"], run["both"]["change"]) for run in benchmark["runs"]} == {(None, None)}
    assert "no longer counted" in markdown(report, 5)
    assert "no longer count" in html(report, 5)


_OPTION = {"json": "--json", "md": "--markdown", "html": "--html"}


def test_the_command_writes_files(lake_: store.Lake, report_of: Callable[..., Row], tmp_path: Path) -> None:
    """The JSON is the report, twice the same; Markdown and page have every run and question, and the page asks for nothing."""
    words = ("--from", "bird", "--to", "bag@second", "--cluster", "question", "--resamples", "300")
    files = [word for kind in ("json", "md", "html") for word in (_OPTION[kind], str(tmp_path / f"a.{kind}"))]
    run_drift(lake_.folder, *words, *files)
    report = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert report == json.loads(json.dumps(report_of(Side("bag", "second"))))
    assert (tmp_path / "a.md").read_text("utf-8") == markdown(report, 20)
    text = markdown(report, 100)
    page = (tmp_path / "a.html").read_text("utf-8")
    assert all(f"| {run} |" in text and f">{run}</th>" in page for run in ANSWERS)
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    (benchmark,) = report["benchmarks"]
    assert all(question["question"] in text for question in benchmark["questions"])
    assert "t2s report drift --from bird@original --to bag@second --cluster question --resamples 300 --seed 0" in text


def test_the_command_prints_tables(lake_: store.Lake) -> None:
    """Without a file to write: figures, ranks, changes of order, reasons, databases and questions, and how they were made."""
    words = ("--from", "bird", "--to", "bird@second", "--resamples", "100", "--run", "ones", "--run", "twos")
    printed = run_drift(lake_.folder, *words)
    for heading in ("What moved", "Systems on the same questions", "Who changed places", "Why", "By database", "Questions"):
        assert f"{heading}\n" in printed
    assert "fewer than 5 databases give no interval" in printed
    assert "twice" not in printed


@pytest.mark.parametrize("words", [("--from", "bird"), ("--from", "bird", "--to", "bird@original"), ("--from", "@second")])
def test_wrong_usage(lake_: store.Lake, words: tuple[str, ...]) -> None:
    """Two equal sides, or what is no side, are refused before anything is read."""
    assert "Usage" in run_drift(lake_.folder, *words, code=2)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("bird", Side("bird")),
        ("bird@R2", Side("bird", "R2")),
        ("file:a@b@original", Side("file:a@b")),
        ("bird@", None),
        ("@R2", None),
        ("", None),
    ],
)
def test_sides_are_parsed(text: str, side: Side | None) -> None:
    """A comparator, or a comparator and a gold revision after the last @."""
    assert parse_side(text) == side


_VALUES = st.lists(st.one_of(st.none(), st.integers(0, 6).map(lambda n: n / 7)), max_size=8)


@given(_VALUES)
def test_ranks_are_competition_ranks(values: list[float | None]) -> None:
    """As scipy ranks with method min, the largest first; what has no value has no rank."""
    known = [-value for value in values if value is not None]
    ranks = iter(stats.rankdata(known, method="min").astype(int).tolist())
    assert competition_ranks(values) == [None if value is None else next(ranks) for value in values]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=8))
def test_tau_is_concordant_less_discordant_pairs(values: list[tuple[int, int]]) -> None:
    """Kendall's tau-b by its definition: ties on a side leave that side's root."""
    found = kendall([x / 5 for x, _ in values], [y / 5 for _, y in values])
    signs = [(np.sign(a[0] - b[0]), np.sign(a[1] - b[1])) for a, b in itertools.combinations(values, 2)]
    root = (sum(x != 0 for x, _ in signs) * sum(y != 0 for _, y in signs)) ** 0.5
    if root == 0:
        assert found is None
    else:
        assert found == pytest.approx(sum(x * y for x, y in signs) / root)


@given(st.integers(0, 2**32 - 1))
def test_swaps_are_the_pairs_that_stand_otherwise(seed: int) -> None:
    """Every pair whose order differs is there once, the one that was ahead first, with its gaps and the change between them."""
    draws = np.random.default_rng(seed)
    weight, before, after = (draws.integers(0, 2, (30, 4)).astype(float) for _ in range(3))
    weight[:] = weight[:, :1]  # the same questions count in every run
    weight[:5] = 1
    grid = Grid(weight, before * weight, after * weight, draws.integers(0, 6, 30))
    ranks = [competition_ranks((of_side.sum(axis=0) / weight.sum(axis=0)).tolist()) for of_side in (grid.before, grid.after)]
    found = swaps(grid, *ranks, Resampling(resamples=100))
    order = [[np.sign(of[a] - of[b]) for a, b in itertools.combinations(range(4), 2)] for of in ranks]
    assert len(found) == sum(x != y for x, y in zip(*order, strict=True)) == len({frozenset((one.a, one.b)) for one in found})
    for one in found:
        gaps = [(of[:, one.a] - of[:, one.b]).sum() / weight[:, 0].sum() for of in (grid.before, grid.after)]
        assert [one.before.value, one.after.value] == pytest.approx(gaps)
        assert one.before.value is not None
        assert one.before.value >= 0
        assert one.shift.change.value == pytest.approx(gaps[1] - gaps[0])


def test_only_what_is_beyond_noise_is_shown() -> None:
    """A run that gains on most questions of most databases is shown; one that gains on three of them, or on half, is not."""
    clusters = np.repeat(np.arange(20), 10)
    before, weight = np.zeros((200, 3)), np.ones((200, 3))
    before[::2, 2] = 1
    after = before.copy()
    after[np.arange(200) % 10 < 6, 0] = 1
    after[[0, 50, 100], 1] = 1
    after[:, 2] = 1 - before[:, 2]
    gains, few, half = shifts(Grid(weight, before, after, clusters), Resampling(resamples=1_000))
    assert (gains.direction, few.direction, half.direction) == (1, 0, 0)
    (back, *_) = shifts(Grid(weight, after, before, clusters), Resampling(resamples=1_000))
    assert back.direction == -1


@pytest.mark.slow
def test_mini_dev_as_a_second_gold_revision(template: Path, real_data: Path, tmp_path: Path) -> None:
    """Superhero's questions of BIRD dev under the golds of mini-dev: one question flips, for 11 of 13 published systems."""
    questions = json.loads((real_data / "bird/dev.json").read_text("utf-8"))
    kept = [place for place, question in enumerate(questions) if question["db_id"] == "superhero"]
    (tmp_path / "dev.json").write_text(json.dumps([questions[place] for place in kept]), "utf-8")
    (tmp_path / "dev_databases").symlink_to(real_data / "bird/dev_databases")
    sources = []
    for file in sorted((real_data / "bird/predictions").glob("*.json")):
        answers = json.loads(file.read_text("utf-8"))
        mine = {str(number): answers[str(place)] for number, place in enumerate(kept)}
        (tmp_path / file.name).write_text(json.dumps(mine), "utf-8")
        sources.append(Source(file.stem, file.stem, (tmp_path / file.name,)))
    with store.open(shutil.copytree(template, tmp_path / "lake")) as lake:
        add_benchmark(lake, "bird_dev", read(tmp_path / "dev.json"))
        import_runs(lake, bird.FORMAT, sources, benchmark="bird_dev")
        execute(lake, Limits())
        label(lake, [comparator("bird")])
        golds = read_golds(real_data / "bird/mini_dev_sqlite.json", lake_questions(lake, "bird_dev"), ignore_unmatched=True)
        add_golds(lake, "bird_dev", "mini_dev", golds)
        assert relabel(lake, gold_revisions=["mini_dev"]).executed == {"ok": 1}
        report = drift(lake, BIRD, Side("bird", "mini_dev"))
    (benchmark,) = report["benchmarks"]
    flipped = [question for question in benchmark["questions"] if question["to_wrong"] or question["to_correct"]]
    assert [(question["question_id"], question["to_correct"], question["gold_changed"]) for question in flipped] == [
        ("788", 11, True)
    ]
    assert benchmark["answers"] == {"n": 13 * 52, "to_wrong": 0, "to_correct": 11, "excluded": 13 * 77, "counted": 0}
    assert {run["own"]["to"]["n"] for run in benchmark["runs"]} == {52}


@pytest.mark.slow
def test_the_official_verdicts_on_spider_dev(template: Path, real_data: Path, tmp_path: Path) -> None:
    """From bird to spider exactly the disagreements of the two official scripts flip, and ranks are those of their verdicts."""
    with (real_data / "spider/verdicts.csv").open() as file:
        rows = [
            (row["system"], int(row["question_index"]), row["bird_ex"] == "1", row["test_suite_ex"] == "1")
            for row in csv.DictReader(file)
        ]
    with store.open(shutil.copytree(template, tmp_path / "lake")) as lake:
        add_benchmark(lake, "spider", read(real_data / "spider/dev.json"))
        files = sorted((real_data / "spider/predictions").glob("*.sql"))
        import_runs(lake, spider.FORMAT, [Source(one.stem, one.stem, (one,)) for one in files], benchmark="spider")
        execute(lake, Limits())
        relabel(lake, [comparator("bird"), comparator("spider")])
        report = drift(lake, BIRD, Side("spider"))
    (benchmark,) = report["benchmarks"]
    flips = {
        (answer["run"], question["position"], answer["change"])
        for question in benchmark["questions"]
        for answer in question["answers"]
    }
    assert flips == {
        (system, position, "to_wrong" if as_bird else "to_correct")
        for system, position, as_bird, as_spider in rows
        if as_bird != as_spider
    }
    assert len(flips) == 621
    systems = sorted({system for system, *_ in rows})
    for place, side in ((2, "from"), (3, "to")):
        correct = [sum(bool(row[place]) for row in rows if row[0] == system) for system in systems]
        ranks = stats.rankdata([-count for count in correct], method="min").astype(int)
        found = {run["run"]: run["both"] for run in benchmark["runs"]}
        assert [found[system][f"rank_{side}"] for system in systems] == ranks.tolist()
        assert [round(found[system][side] * 1034) for system in systems] == correct
    assert benchmark["tau"]["both"] == benchmark["tau"]["own"] == pytest.approx(0.9232, abs=1e-4)
    pairs = {frozenset((swap["a"], swap["b"])) for swap in benchmark["swaps"]}
    assert len(pairs) == 4
    assert not any(swap["beyond_noise"] for swap in benchmark["swaps"])
