"""Figures: against the published formulas, against a plain Python reading of the same rows, and against the views."""

import itertools
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from store.cli import cli
from store.ids import content_id
from text2sql_data.lookups import NameNotFoundError
from text2sql_eval.figures import METRICS, Figure, NothingToCountError, figures

NOW = datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Answer:
    """One candidate of a made-up run: what its SQL did (a result, or a status other than ok) and the verdict on it."""

    sample: int
    step: int
    outcome: str
    correct: bool
    doubted: bool = False


def write(
    lake: store.Lake,
    questions: Sequence[Sequence[Answer]],
    *,
    run: str = "run",
    gold_fails: frozenset[int] = frozenset(),
    asked: int = 0,
) -> None:
    """Write a run that answered these questions of a benchmark of its own, and not the `asked` that follow."""
    with lake.commit("made up") as commit:
        add(commit, questions, run=run, gold_fails=gold_fails, asked=asked)


def add(
    commit: store.Commit,
    questions: Sequence[Sequence[Answer]],
    *,
    run: str,
    gold_fails: frozenset[int] = frozenset(),
    asked: int = 0,
) -> None:
    """Stage the rows of such a run."""
    candidates, executions, labels, critiques = [], {}, [], []
    database, total = content_id("db"), len(questions) + asked
    key = {"benchmark": run, "revision": "1"}
    for position, answer in ((position, answer) for position, answers in enumerate(questions) for answer in answers):
        stage = "planner" if answer.step == 0 else "fixer"
        identity, planner = (content_id(run, position, answer.sample, name).hex for name in (stage, "planner"))
        sql = f"SELECT {position}, {answer.outcome!r}"
        ok = answer.outcome.isdigit()
        candidates.append(
            {
                "candidate": identity,
                "run": run,
                "position": position,
                "sample": answer.sample,
                "stage": stage,
                "step": answer.step,
                "parent": planner if answer.step else None,
                "sql": sql,
                "sql_id": content_id(sql).hex,
            },
        )
        executions[sql] = {
            "database": database.hex,
            "sql_id": content_id(sql).hex,
            "settings": "s",
            "sql": sql,
            "status": "ok" if ok else answer.outcome,
            "set_digest": content_id(answer.outcome).hex if ok else None,
        }
        if position in gold_fails:
            verdict, reason = "unknown", "gold_error"
        elif answer.correct:
            verdict, reason = "correct", None
        else:
            verdict, reason = ("wrong", "different_result") if ok else ("unknown", answer.outcome)
        label = {"candidate": identity, "gold_revision": "original", "comparator": "bird", "version": 1, "settings": "s"}
        label["database"] = database.hex
        labels.append({**label, "verdict": verdict, "reason": reason})
        critique = {
            "critique": content_id(identity).hex,
            "candidate": identity,
            "validator": "select",
            "regime": "r",
            "ordinal": 0,
        }
        critiques.append({**critique, "text": "", "verdict": "incorrect" if answer.doubted else "correct"})
    golds = {"gold_revision": "original", "sql": "SELECT 1", "sql_id": content_id("SELECT 1").hex}
    limits = dict.fromkeys(
        ("seconds", "heap_mb", "max_rows", "max_cell_bytes", "max_result_bytes", "preview_rows", "preview_cell_chars"),
        1,
    )
    made = {"sources": "[]", "added": NOW}
    rows: dict[str, list[dict[str, object]]] = {
        "benchmarks": [{**key, **made, "layout": "generic", "dialect": "sqlite", "n_questions": total, "notes": "[]"}],
        "databases": [{"benchmark": run, "db_id": "db", "database": database.hex, "added": NOW}],
        "questions": [{**key, "position": p, "db_id": "db", "question": f"q{p}", "evidence": ""} for p in range(total)],
        "golds": [{**key, **golds, "position": p} for p in range(total)],
        "runs": [{**key, **made, "run": run, "system": "s", "k": 1, "format": "mats", "config": "{}"}],
        "comparators": [{"comparator": "bird", "version": 1, "meaning": "", "added": NOW}],
        "settings": [{"settings": "s", "engine": "e", **limits, "chosen": NOW}],
        "candidates": candidates,
        "executions": list(executions.values()),
        "labels": labels,
        "critiques": critiques,
    }
    for table, contents in rows.items():
        commit.append(table, contents)


def by_name(found: Sequence[Figure]) -> dict[tuple[str, int], Figure]:
    """Figures by metric and k."""
    return {(figure.metric, figure.k): figure for figure in found}


def plain(questions: Sequence[Sequence[Answer]], gate: str) -> dict[tuple[str, int], tuple[float | None, int]]:
    """The same metrics, written down as they are defined, one question after the other."""

    def taken(planner: Answer, fix: Answer | None) -> Answer:
        if fix is None:
            return planner
        failed = not planner.outcome.isdigit()
        return fix if gate == "always" or failed or (gate == "critique" and planner.doubted) else planner

    finals = []
    for answers in questions:
        fixes = {answer.sample: answer for answer in answers if answer.step == 1}
        finals.append(sorted((taken(a, fixes.get(a.sample)) for a in answers if a.step == 0), key=lambda a: a.sample))

    def vote(answers: Sequence[Answer]) -> Answer:
        groups: dict[str, list[Answer]] = {}
        for answer in answers:
            if answer.outcome.isdigit():
                groups.setdefault(answer.outcome, []).append(answer)
        return max(groups.values(), key=lambda group: (len(group), -group[0].sample))[0] if groups else answers[0]

    n, everything = len(questions), [answer for answers in questions for answer in answers]
    largest = max(len(f) for f in finals)
    right = sum(vote(f).correct for f in finals)
    some = sum(any(a.correct for a in f) for f in finals)
    mixed = [f for f in finals if any(a.correct for a in f) and not all(a.correct for a in f)]
    expected: dict[tuple[str, int], tuple[float | None, int]] = {
        ("ex", 1): (mean(f[0].correct for f in finals), n),
        ("pipeline", 1): (mean(f[0].correct for f in finals), n),
        ("greedy", 1): (mean(next(a for a in q if a.sample == 0 and a.step == 0).correct for q in questions), n),
        ("majority", largest): (right / n, n),
        ("any_correct", largest): (some / n, n),
        ("random_pick", largest): (mean(mean(a.correct for a in f) for f in finals), n),
        ("pick_rate", largest): (right / some if some else None, some),
        ("pick_rate_mixed", largest): (sum(vote(f).correct for f in mixed) / len(mixed) if mixed else None, len(mixed)),
        ("candidate_ex", largest): (mean(a.correct for a in everything), len(everything)),
        ("executable", largest): (mean(a.outcome.isdigit() for a in everything), len(everything)),
        ("unanswered", largest): (mean(a.outcome == "timeout" for a in everything), len(everything)),
    }
    for k in range(1, largest + 1):
        # Every way to draw k of the samples, rather than the closed formula.
        chances = [mean(any(a.correct for a in draw) for draw in itertools.combinations(f, k)) for f in finals if len(f) >= k]
        expected["oracle", k] = (mean(chances) if chances else None, len(chances))
    return expected


@st.composite
def worlds(draw: st.DrawFn) -> list[list[Answer]]:
    """A few questions with one to four samples each, some of them with a fix. Equal outcomes have equal verdicts."""
    questions = []
    for _ in range(draw(st.integers(1, 4))):
        right = draw(st.sampled_from("123"))
        answers = []
        for sample in range(draw(st.integers(1, 4))):
            outcome = draw(st.sampled_from(["1", "2", "3", "error", "timeout"]))
            answers.append(Answer(sample, 0, outcome, outcome == right, draw(st.booleans())))
            if draw(st.booleans()):
                fixed = draw(st.sampled_from(["1", "2", "error"]))
                answers.append(Answer(sample, 1, fixed, fixed == right))
        questions.append(answers)
    return questions


@given(several=st.lists(worlds(), min_size=12, max_size=12))
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_metric_is_what_its_definition_says(
    tmp_path_factory: pytest.TempPathFactory,
    several: list[list[list[Answer]]],
) -> None:
    """On random small runs, every figure equals a plain Python computation from the same rows, under every gate."""
    with store.open(tmp_path_factory.mktemp("lake")) as lake:
        with lake.commit("made up") as commit:
            for number, world in enumerate(several):
                add(commit, world, run=f"run{number}")
        found = {gate: figures(lake, gate=gate).figures for gate in ("exec_ok", "critique", "always")}
    for gate, every in found.items():
        for number, world in enumerate(several):
            got = by_name([figure for figure in every if figure.run == f"run{number}"])
            expected = plain(world, gate)
            assert got.keys() == expected.keys()
            for key, (value, n) in expected.items():
                assert got[key].value == (None if value is None else pytest.approx(value, abs=1e-12)), (gate, world, key)
                assert got[key].n == n, (gate, world, key)


def test_what_does_not_count_is_said(lake: store.Lake) -> None:
    """A failing gold and an unanswered question leave n and appear in `excluded`; a timeout stays in n as not correct."""
    answers = [[Answer(0, 0, "1", correct=True)], [Answer(0, 0, "timeout", correct=False)], [Answer(0, 0, "1", correct=True)]]
    write(lake, answers, gold_fails=frozenset({2}), asked=4)
    found = by_name(figures(lake).figures)
    assert found["ex", 1].n == 2
    assert found["ex", 1].value == 0.5
    assert found["ex", 1].excluded == {"gold_error": 1, "not_in_run": 4}
    assert found["unanswered", 1].value == 0.5


def test_a_tie_goes_to_the_group_with_the_lowest_sample(lake: store.Lake) -> None:
    """Two groups of two: the one that holds sample 0 wins, whatever the order of the rows and whatever is correct."""
    write(lake, [[Answer(3, 0, "1", correct=True), Answer(1, 0, "1", correct=True),
                  Answer(2, 0, "2", correct=False), Answer(0, 0, "2", correct=False)]])  # fmt: skip
    assert by_name(figures(lake).figures)["majority", 4].value == 0
    picked = lake.sql("SELECT majority_candidate FROM question_outcomes WHERE gate = 'exec_ok'").fetchall()
    assert picked == [(content_id("run", 0, 0, "planner"),)]


def test_failed_sql_has_no_vote(lake: store.Lake) -> None:
    """Three errors against one result: the result wins; and when all fail, sample 0 stands."""
    errors = [Answer(s, 0, "error", correct=False) for s in range(3)]
    write(lake, [[*errors, Answer(3, 0, "1", correct=True)], errors])
    assert by_name(figures(lake).figures)["majority", 4].value == 0.5


def test_views_say_what_the_command_says(lake: store.Lake) -> None:
    """Every metric is a view of the same name with the same value, n and exclusions."""
    world = [[Answer(s, 0, o, o == "1") for s, o in enumerate(outcomes)] for outcomes in ("112", "222", "211", "1")]
    write(lake, world, asked=1)
    for figure in figures(lake).figures:
        row = lake.sql(
            f"SELECT value, n, excluded FROM {figure.metric} WHERE gate = 'exec_ok' AND dimension = 'all' AND k = $k",
            k=figure.k,
        ).fetchone()
        assert row == (figure.value, figure.n, figure.excluded), figure
    assert {figure.metric for figure in figures(lake).figures} == set(METRICS)


def test_relabelling_in_a_later_version_does_not_change_an_earlier_figure(lake: store.Lake) -> None:
    """The figures of a version stay what they were, although the lake has gone on."""
    write(lake, [[Answer(0, 0, "1", correct=False)]])
    before = lake.version
    label = {
        "candidate": content_id("run", 0, 0, "planner").hex,
        "gold_revision": "original",
        "comparator": "bird",
        "settings": "s",
        "database": content_id("db").hex,
    }
    with lake.commit("a second opinion") as commit:
        commit.append("comparators", [{"comparator": "bird", "version": 2, "meaning": "", "added": NOW}])
        commit.append("labels", [{**label, "version": 2, "verdict": "correct"}])
    assert by_name(figures(lake).figures)["ex", 1].value == 1
    with lake.at(before) as old:
        assert by_name(figures(old).figures)["ex", 1].value == 0


def test_a_name_that_is_not_there_is_an_error(lake: store.Lake) -> None:
    """A misspelt run is refused with the names that there are, rather than silently missing from the table."""
    write(lake, [[Answer(0, 0, "1", correct=True)]])
    with pytest.raises(NameNotFoundError, match="nosuch") as caught:
        figures(lake, runs=["nosuch"])
    assert "run" in caught.value.hint


def test_verdicts_and_execution_status_keep_their_columns(lake: store.Lake) -> None:
    """Other programs read these two views: their columns are a contract."""
    keys = ["benchmark", "position", "question_id", "db_id", "run", "system", "sample", "stage", "candidate", "sql"]
    assert lake.sql("FROM verdicts").columns == [*keys, "comparator", "verdict", "reason"]
    assert lake.sql("FROM execution_status").columns == [*keys, "status", "error_class", "error", "n_rows", "elapsed_ms"]


def run_cli(lake: Path, *words: str) -> str:
    """What a command prints, on both streams."""
    result = CliRunner().invoke(cli, ["--lake", str(lake), *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def spider_lake(template: Path, tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Path:
    """Spider dev with the four MATS rollout files and the twelve systems, executed and labelled by both official comparators."""
    lake = Path(shutil.copytree(template, tmp_path_factory.mktemp("spider") / "lake"))
    run_cli(lake, "benchmark", "add", str(real_data / "spider/dev.json"), "--name", "spider_dev")
    for name in ("sft_vf_passAt8", "collab_passAt8", "indep_passAt8", "greedy_passAt1"):
        file = real_data / f"mats/{name}_spider_dev.jsonl"
        run_cli(lake, "import", "mats", str(file), "--benchmark", "spider_dev", "--run", name.partition("_pass")[0])
    systems = [str(path) for path in sorted((real_data / "spider/predictions").glob("*.sql"))]
    run_cli(lake, "import", "spider", *systems, "--benchmark", "spider_dev", "--run", "pool", "--as-samples")
    run_cli(lake, "execute")
    run_cli(lake, "label", "--comparator", "bird", "--comparator", "spider")
    return lake


def percents(lake: Path, *words: str) -> dict[tuple[str, str, int], tuple[float | None, int]]:
    """What `t2s eval --json` says: percent and n by run, metric and k."""
    rows = [json.loads(line) for line in run_cli(lake, "eval", "--json", *words).splitlines() if line.startswith("{")]
    return {(row["run"], row["metric"], row["k"]): (row["percent"], row["n"]) for row in rows}


@pytest.mark.parametrize("comparator", ["bird", "file"])
def test_the_seed_formulas_figures(spider_lake: Path, comparator: str) -> None:
    """planner@1, pipeline@1 and oracle@8 of the MATS files come out to the last digit, by our labels and by the files' flags."""
    expected = {
        "sft_vf": (1034, 8, 76.21, 77.85, 93.91),
        "collab": (1034, 8, 76.21, 77.56, 93.42),
        "indep": (979, 8, 76.10, 77.53, 93.05),
        "greedy": (1034, 1, 80.27, 80.66, 80.66),
    }
    for run, (n, k, planner, pipeline, oracle) in expected.items():
        name = comparator if comparator == "bird" else f"file:{run}"
        found = percents(spider_lake, "--comparator", name, "--run", run)
        assert found[run, "greedy", 1] == (planner, n)
        assert found[run, "pipeline", 1] == (pipeline, n)
        assert found[run, "oracle", k] == (oracle, n)


def test_comparing_runs_says_how_many_questions_they_share(spider_lake: Path) -> None:
    """sft_vf answers 1034 questions and indep 979: the comparison counts the 979 that both answer, and says so."""
    output = run_cli(spider_lake, "eval", "--run", "sft_vf", "--run", "indep", "--comparator", "bird", "--common")
    assert "979 common questions" in output
    found = percents(spider_lake, "--run", "sft_vf", "--run", "indep", "--comparator", "bird", "--common")
    assert {n for (_, metric, _), (_, n) in found.items() if metric == "ex"} == {979}
    assert "979 common questions" in run_cli(spider_lake, "eval", "--run", "sft_vf", "--run", "indep", "--comparator", "bird")


def test_twelve_systems_as_twelve_samples(spider_lake: Path) -> None:
    """The known facts about the twelve systems as K = 12: oracle 96.32, majority 86.17, pick-rate 89.5 %, 81.4 % where mixed."""
    found = percents(spider_lake, "--run", "pool", "--comparator", "spider")
    assert found["pool", "oracle", 12] == (96.32, 1034)
    assert found["pool", "majority", 12] == (86.17, 1034)
    assert found["pool", "pick_rate", 12] == (89.46, 996)
    assert found["pool", "pick_rate_mixed", 12][0] == 81.42


def test_questions_without_a_database_are_excluded_everywhere(tmp_path: Path, real_data: Path) -> None:
    """BIRD dev with one database of eleven: every figure has n = 129 questions and 1405 excluded for want of a database."""
    lake = tmp_path / "lake"
    run_cli(lake, "benchmark", "add", str(real_data / "bird/dev.json"), "--name", "bird_dev")
    run_cli(lake, "import", "bird", str(real_data / "bird/predictions/codes_7b_evidence.json"), "--benchmark", "bird_dev")
    run_cli(lake, "execute")
    run_cli(lake, "label")
    rows = [json.loads(line) for line in run_cli(lake, "eval", "--json").splitlines() if line.startswith("{")]
    assert {row["metric"] for row in rows} == set(METRICS)
    assert {row["comparator"] for row in rows} == {"bird", "spider", "strict", "bag"}
    for row in rows:
        assert row["excluded"] == {"no_database": 1405}
        if row["metric"] in {"ex", "greedy", "pipeline", "oracle", "majority", "random_pick", "candidate_ex", "executable"}:
            assert row["n"] == 129
    assert "1405 questions excluded: no_database" in run_cli(lake, "eval")
    with store.open(lake) as opened:
        reasons = opened.sql("SELECT verdict, reason, count(*) FROM verdicts WHERE comparator = 'bird' GROUP BY ALL").fetchall()
    assert ("unknown", "no_database", 1405) in reasons


def test_figures_by_difficulty_and_database_add_up(spider_lake: Path) -> None:
    """The counts of the slices add up to the whole, for databases (Spider states no difficulty)."""
    rows = [
        json.loads(line)
        for line in run_cli(
            spider_lake, "eval", "--json", "--run", "sft_vf", "--comparator", "bird", "--by", "database"
        ).splitlines()
        if line.startswith("{")
    ]
    whole = next(row for row in rows if row["metric"] == "ex" and row["dimension"] == "all")
    parts = [row for row in rows if row["metric"] == "ex" and row["dimension"] == "database"]
    assert len(parts) == 20
    assert sum(part["n"] for part in parts) == whole["n"]
    assert sum(part["value"] * part["n"] for part in parts) == pytest.approx(whole["value"] * whole["n"])


def test_markdown_is_a_table_of_the_same_figures(spider_lake: Path) -> None:
    """`--markdown` prints the figures of `--json`."""
    output = run_cli(spider_lake, "eval", "--markdown", "--run", "sft_vf", "--comparator", "bird")
    assert "| sft_vf | 8 | 1034 | 77.85 | 76.21 | 93.91 |" in output


def test_a_run_that_is_not_labelled_is_named(lake: store.Lake) -> None:
    """A run without labels has no figures, and is named rather than silently missing; it cannot be compared."""
    write(lake, [[Answer(0, 0, "1", correct=True)]], run="labelled")
    with lake.commit("not labelled") as commit:
        rows = lake.sql("SELECT * REPLACE ('other' AS run) FROM runs").to_arrow_table()
        commit.append("runs", rows)
        commit.append(
            "candidates", lake.sql("SELECT * REPLACE (uuid() AS candidate, 'other' AS run) FROM candidates").to_arrow_table()
        )
    found = figures(lake)
    assert {figure.run for figure in found.figures} == {"labelled"}
    assert found.unjudged == {"bird": ["other"]}
    with pytest.raises(NothingToCountError, match="bird: other"):
        figures(lake, common=True)


def test_the_first_sample_is_the_lowest_that_there_is(lake: store.Lake) -> None:
    """A question without a sample 0 is judged by its first sample, not counted as wrong."""
    write(lake, [[Answer(2, 0, "1", correct=True), Answer(3, 0, "2", correct=False)], [Answer(1, 0, "2", correct=False)]])
    assert by_name(figures(lake).figures)["ex", 1].value == 0.5
    assert by_name(figures(lake).figures)["greedy", 1].value == 0.5
