"""Relabelling: golds are executed once, candidates never again; what moved is what the labels say; a repetition does nothing."""

import itertools
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

import store
from text2sql_data.benchmarks import read, read_golds
from text2sql_data.benchmarks.adding import add_benchmark, add_golds, lake_questions
from text2sql_data.commands.relabel import relabel as relabel_command
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import NotExecutedError, label
from text2sql_data.comparators.relabelling import Change, relabel
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import bird, jsonl
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.lookups import NameNotFoundError

pytestmark = pytest.mark.slow  # whole flows over whole lakes

ONE, TWO, BROKEN, TWICE = "SELECT 1", "SELECT 2", "SELECT nothing", "SELECT 1 UNION ALL SELECT 1"
CASES = list(itertools.product((ONE, TWO, BROKEN, TWICE, None), (ONE, TWO, BROKEN), (ONE, TWO, BROKEN, TWICE, None)))
"""Every answer beside every gold and every gold of the second revision; None is no SQL, or no gold."""
BIRD = comparator("bird")


@pytest.fixture(scope="module")
def made(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cases as questions of a benchmark over a real database, answered, executed and labelled by bird; `second` is added."""
    folder = tmp_path_factory.mktemp("relabel")
    (folder / "database/db").mkdir(parents=True)
    with closing(sqlite3.connect(folder / "database/db/db.sqlite")) as database:
        database.executescript("CREATE TABLE t (a)")
    questions = [{"db_id": "db", "question": f"q{n}", "query": gold} for n, (_, gold, _) in enumerate(CASES)]
    (folder / "dev.json").write_text(json.dumps(questions), "utf-8")
    answers = [{"position": n, "pred_sqls": [answer]} for n, (answer, _, _) in enumerate(CASES)]
    (folder / "answers.json").write_text(json.dumps(answers), "utf-8")
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "b", read(folder / "dev.json"))
        import_runs(lake, jsonl.FORMAT, [Source("run", "run", (folder / "answers.json",))], benchmark="b")
        execute(lake, Limits(), processes=1)
        label(lake, [BIRD])
        # Texts of their own, so that each gold of the second revision is to be executed although its result is known.
        add_golds(lake, "b", "second", [(n, f"{gold} -- second") for n, (_, _, gold) in enumerate(CASES) if gold is not None])
    return folder


@pytest.fixture
def lake_(made: Path, tmp_path: Path) -> Iterator[store.Lake]:
    """A copy of that lake, open."""
    with store.open(shutil.copytree(made / "lake", tmp_path / "lake")) as lake:
        yield lake


def verdict(answer: str | None, gold: str | None) -> str:
    """What bird says."""
    rows = {ONE: {1}, TWO: {2}, TWICE: {1}}
    if gold is None or gold == BROKEN:
        return "unknown"
    return "correct" if answer in rows and rows[answer] == rows[gold] else "wrong"


def executions(lake: store.Lake) -> list[tuple[object, ...]]:
    """What was executed, with its time."""
    return sorted(lake.sql("SELECT sql, settings, database::VARCHAR, elapsed_ms FROM executions").fetchall(), key=str)


def run_relabel(lake: Path, *words: str) -> str:
    """What the command prints, on both streams."""
    result = CliRunner().invoke(relabel_command, words, obj=lake, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_golds_are_executed_and_verdicts_counted(lake_: store.Lake) -> None:
    """Earlier executions stay, what is new are the golds of the revision, each once; what moved is what the definitions say."""
    before = executions(lake_)
    done = relabel(lake_, [BIRD], gold_revisions=["second"], processes=1)
    new = [row for row in executions(lake_) if row not in before]
    assert set(before) <= set(executions(lake_))
    assert sorted(str(sql) for sql, *_ in new) == sorted(f"{gold} -- second" for gold in (ONE, TWO, BROKEN, TWICE))
    assert done.executed == {"ok": 3, "error": 1}
    assert lake_.sql("FROM repeated_keys").fetchall() == []
    # What moved is, for every answer, gold and gold of the second revision, the verdict before and the one now.
    (side,) = done.sides
    (moved,) = side.moved
    expected = Counter((verdict(answer, gold), verdict(answer, second)) for answer, gold, second in CASES)
    found: Counter[tuple[str, str]] = Counter()
    for change in moved.changes:
        found[change.was, change.now] += change.labels
    assert found == expected
    assert moved.against == "bird@original"
    assert moved.compared == len(CASES) == sum(side.labels.values())
    assert moved.flipped == expected["correct", "wrong"] + expected["wrong", "correct"]
    stored = lake_.sql("SELECT verdict, count(*) FROM judged_candidates WHERE gold_revision = 'second' GROUP BY 1").fetchall()
    assert dict(stored) == Counter(verdict(answer, second) for answer, _, second in CASES)


def test_a_dry_run_counts_and_writes_nothing(lake_: store.Lake) -> None:
    """It says how many golds there are to execute and the labels that need none of them, and leaves the lake as it was."""
    version = lake_.version
    done = relabel(lake_, [BIRD], gold_revisions=["second"], dry_run=True)
    assert lake_.version == version
    assert done.executed == {"pending": 4}
    assert done.sides[0].labels == {("unknown", "gold_missing"): sum(second is None for *_, second in CASES)}
    assert done.sides[0].moved == []


def test_another_comparator_is_compared_with_bird(lake_: store.Lake) -> None:
    """A comparator that has labelled nothing yet has bird's verdicts for the original golds to be compared with."""
    done = relabel(lake_, [comparator("bag")], gold_revisions=["original"])
    (moved,) = done.sides[0].moved
    assert done.executed == {}
    assert moved.against == "bird@original"
    twice = sum((answer, gold) == (TWICE, ONE) for answer, gold, _ in CASES)
    assert Change("correct", "wrong", "different_result", twice) in moved.changes
    assert moved.flipped == twice


def test_a_new_version_is_compared_with_the_version_before(lake_: store.Lake) -> None:
    """Labels of an earlier version of the same comparator come before those of another one."""
    with lake_.commit("an earlier version") as commit:
        said = "'bag' AS comparator, 0 AS version, 'wrong' AS verdict, 'different_result' AS reason"
        commit.append("labels", f"SELECT * REPLACE ({said}) FROM lake.labels")
    (moved,) = relabel(lake_, [comparator("bag")], gold_revisions=["original"]).sides[0].moved
    assert moved.against == "earlier labels of bag@original"
    assert {change.was for change in moved.changes} == {"wrong"}


def test_without_names_everything_that_has_labelled_labels(lake_: store.Lake) -> None:
    """All gold revisions, the original first, under the comparators that there are; others only when they are named."""
    done = relabel(lake_, processes=1)
    assert [(side.comparator, side.gold_revision) for side in done.sides] == [("bird", "original"), ("bird", "second")]
    done = relabel(lake_, [comparator("bag"), comparator("strict")], dry_run=True)
    assert [(side.comparator, side.gold_revision) for side in done.sides] == [
        ("bag", "original"),
        ("strict", "original"),
        ("bag", "second"),
        ("strict", "second"),
    ]


def test_a_candidate_without_execution_is_said(lake_: store.Lake, tmp_path: Path) -> None:
    """It is not executed here: it keeps having no label, and the report counts it."""
    (tmp_path / "more.json").write_text(json.dumps([{"position": 0, "pred_sqls": ["SELECT 7"]}]), "utf-8")
    import_runs(lake_, jsonl.FORMAT, [Source("more", "more", (tmp_path / "more.json",))], benchmark="b")
    done = relabel(lake_, [BIRD], gold_revisions=["second"], processes=1)
    assert done.unlabelled == 1
    assert lake_.sql("SELECT count(*) FROM executions WHERE sql = 'SELECT 7'").fetchall() == [(0,)]


def test_runs_of_other_benchmarks_are_left_out(lake_: store.Lake, made: Path) -> None:
    """A gold revision that a benchmark does not have labels none of its runs; naming only such runs is an error."""
    add_benchmark(lake_, "other", read(made / "dev.json"))
    import_runs(lake_, jsonl.FORMAT, [Source("there", "there", (made / "answers.json",))], benchmark="other")
    done = relabel(lake_, [BIRD], gold_revisions=["second"], processes=1)
    assert done.without_golds == ["there"]
    assert lake_.sql("SELECT DISTINCT run FROM labels JOIN candidates USING (candidate)").fetchall() == [("run",)]
    with pytest.raises(NameNotFoundError, match="no gold of the revision second for these runs"):
        relabel(lake_, [BIRD], gold_revisions=["second"], benchmarks=["other"])


def test_another_engine_is_refused(lake_: store.Lake) -> None:
    """Golds executed by another SQLite than the candidates could not be compared with them: nothing is done."""
    with lake_.commit("another engine") as commit:
        later = "SELECT * REPLACE ('other' AS settings, chosen + INTERVAL 1 SECOND AS chosen) FROM lake.settings"
        commit.append("settings", later)
    version = lake_.version
    with pytest.raises(NotExecutedError, match="could not be compared"):
        relabel(lake_, [BIRD])
    assert lake_.version == version


def test_the_command(lake_: store.Lake) -> None:
    """One line says what was executed, one a side what was labelled and what moved; a repetition does nothing: no snapshot."""
    words = ("--gold-revision", "second", "--comparator", "bird")
    assert "4 golds to execute" in run_relabel(lake_.folder, *words, "--dry-run")
    printed = run_relabel(lake_.folder, *words)
    assert "4 golds executed (3 ok, 1 error); no candidate was executed" in printed
    assert f"bird@second: {len(CASES)} new labels: " in printed
    assert f"; against bird@original, of {len(CASES)}: " in printed
    version = lake_.version
    found = json.loads(run_relabel(lake_.folder, *words, "--json"))
    assert lake_.version == version
    assert (found["golds_executed"], found["new_labels"], found["flipped"]) == (0, 0, 0)
    assert found["sides"] == [{"comparator": "bird", "gold_revision": "second", "labels": [], "moved": []}]


def test_the_golds_of_mini_dev(lake: store.Lake, real_data: Path) -> None:
    """Of the golds that differ one has its database: one SQL is executed, and it makes 11 of 13 published answers correct."""
    add_benchmark(lake, "bird_dev", read(real_data / "bird/dev.json"))
    files = sorted((real_data / "bird/predictions").glob("*.json"))
    import_runs(lake, bird.FORMAT, [Source(file.stem, file.stem, (file,)) for file in files], benchmark="bird_dev")
    execute(lake, Limits(), processes=1)
    label(lake, [BIRD])
    golds = read_golds(real_data / "bird/mini_dev_sqlite.json", lake_questions(lake, "bird_dev"))
    add_golds(lake, "bird_dev", "mini_dev", golds)
    n_executions = len(executions(lake))
    done = relabel(lake)
    assert done.executed == {"ok": 1}
    assert len(executions(lake)) == n_executions + 1
    (moved,) = done.sides[1].moved
    assert moved.flipped == 11
    assert moved.compared == 13 * 129
