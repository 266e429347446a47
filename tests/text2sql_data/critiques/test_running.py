"""Runs of the rule critics over a lake: who was examined, what was found, and that only SQL and database decide."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.critiques import running
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Fetched, Task
from text2sql_data.importers import jsonl
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.lookups import NameNotFoundError

pytestmark = pytest.mark.slow

Row = tuple[str, str, str, int, str, str, bool, str | None, str | None]

ANSWERS = [
    "SELECT name FROM member",
    "SELECT naem, titel FROM member WHERE city = 'leeds'",
    "SELECT m.name FROM member AS m JOIN loan AS l ON m.id = l.member_id",
    "SELECT name FROM",
    "SELECT name FROM member",
    None,
    "SELECT '" + "x" * 60_000 + "'",
]


@pytest.fixture(scope="session")
def answered(template: Path, library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake whose run `r` has these answers, one a question; the last question is about a database that is not there."""
    folder = tmp_path_factory.mktemp("answered")
    (folder / "database/library").mkdir(parents=True)
    shutil.copy(library, folder / "database/library/library.sqlite")
    questions = [{"db_id": "library", "question": f"q{n}", "query": "SELECT name FROM member"} for n in range(len(ANSWERS))]
    (folder / "dev.json").write_text(json.dumps([*questions, {"db_id": "gone", "question": "q", "query": "SELECT 1"}]))
    answers = [{"position": n, "pred_sqls": [sql]} for n, sql in enumerate([*ANSWERS, "SELECT 1"])]
    (folder / "r.json").write_text(json.dumps(answers))
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "b", read(folder / "dev.json"))
        import_runs(lake, jsonl.FORMAT, [Source("r", "r", (folder / "r.json",))], benchmark="b")
    return folder / "lake"


@pytest.fixture
def copied(answered: Path, tmp_path: Path) -> Iterator[store.Lake]:
    """A copy of it, open."""
    with store.open(shutil.copytree(answered, tmp_path / "answered")) as lake:
        yield lake


def rows(lake: store.Lake) -> list[Row]:
    """All critiques."""
    found: list[Row] = lake.sql("""
        SELECT critique::VARCHAR, candidate::VARCHAR, validator, ordinal, text, verdict, post_hoc, saw, change
        FROM critiques ORDER BY ALL
    """).fetchall()
    return found


def test_everybody_examined_has_one_row_of_the_rules(copied: store.Lake) -> None:
    """Found at fault or not, a candidate with SQL and database has one; the others are counted by reason."""
    done = running.run(copied)
    assert (done.statements, done.candidates, done.postponed) == (4, 5, {})
    assert done.skipped == {"no SQL": 1, "no database": 1, "SQL of more than 50000 characters": 1}
    found = copied.sql("""
        SELECT position, verdict FROM critiques JOIN candidates USING (candidate) WHERE validator = 'rules' ORDER BY position
    """).fetchall()
    assert found == [(0, "correct"), (1, "incorrect"), (2, "incorrect"), (3, "incorrect"), (4, "correct")]
    assert copied.sql("SELECT DISTINCT regime, post_hoc, prompt FROM critiques").fetchall() == [(running.REGIME, True, None)]
    assert copied.check() == []


def test_every_finding_is_a_row(copied: store.Lake) -> None:
    """With its critic as validator, numbered, with what was seen and what to change, under the identity of every critique."""
    done = running.run(copied)
    found = copied.sql("""
        SELECT position, validator, ordinal, saw FROM critiques JOIN candidates USING (candidate)
        WHERE validator <> 'rules' ORDER BY ALL
    """).fetchall()
    assert [row[:3] for row in found] == [
        (1, "absent_literal", 0),
        (1, "unknown_column", 0),
        (1, "unknown_column", 1),
        (2, "lost_distinct", 0),
        (3, "syntax", 0),
    ]
    assert done.findings == {"absent_literal": 1, "lost_distinct": 1, "syntax": 1, "unknown_column": 1}
    assert done.critiques == len(found) + 5
    for critique, candidate, validator, ordinal, text, verdict, _, saw, change in rows(copied):
        key = "\n".join([candidate, validator, running.REGIME, str(ordinal)])
        assert critique.replace("-", "") == hashlib.sha256(key.encode()).hexdigest()[:32]
        assert text.endswith(f"Conclude: {verdict}.")
        assert (validator == "rules") == (saw is None) == (change is None)


def test_nothing_is_done_twice(copied: store.Lake) -> None:
    """A second run finds nothing to do and writes no snapshot; a dry run says so, and says how much there was."""
    assert running.run(copied, dry_run=True)[:3] == (running.REGIME, 4, 5)
    assert rows(copied) == []
    running.run(copied)
    version, before = copied.version, rows(copied)
    assert running.run(copied)[:3] == (running.REGIME, 0, 0)
    assert (copied.version, rows(copied)) == (version, before)


@pytest.mark.parametrize("processes", [1, 2])
def test_the_number_of_processes_changes_nothing(
    copied: store.Lake, answered: Path, tmp_path: Path, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same rows come of any number of processes."""
    monkeypatch.setattr(running, "_FEW", 0)
    running.run(copied, processes=processes)
    with store.open(shutil.copytree(answered, tmp_path / "reference")) as reference:
        running.run(reference)
        assert rows(copied) == rows(reference)


def test_some_critics_examine_nobody(copied: store.Lake) -> None:
    """With some critics only, findings are kept and nobody counts as examined; the full run adds what is missing, no more."""
    running.run(copied, critics=["unknown_column"])
    assert {row[2] for row in rows(copied)} == {"unknown_column"}
    assert copied.sql("SELECT count(*) FROM critique_opinions").fetchone() == (0,)
    some = set(rows(copied))
    done = running.run(copied)
    assert done.candidates == 5
    assert some < set(rows(copied))
    assert len(rows(copied)) == 10


def test_interrupted_and_taken_up_again(
    copied: store.Lake, answered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done before Ctrl-C is kept, and the next run does the rest, to the same rows."""
    monkeypatch.setattr(running, "_PAGE", 1)
    pages = []

    def started(total: int) -> "object":
        def advance(done: int) -> None:
            pages.append(done)
            if len(pages) == total // 2:
                raise KeyboardInterrupt

        return advance

    with pytest.raises(KeyboardInterrupt):
        running.run(copied, started=started)  # type: ignore[arg-type]  # a function, behind its back
    examined = copied.sql("SELECT count(DISTINCT sql_id) FROM critiques JOIN candidates USING (candidate)").fetchone()
    assert examined == (2,)
    assert running.run(copied).statements == 2
    with store.open(shutil.copytree(answered, tmp_path / "reference")) as reference:
        running.run(reference)
        assert rows(copied) == rows(reference)


def test_what_the_machine_could_not_answer_waits(copied: store.Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe that ran out of time leaves its SQL to the next run: no row depends on how fast a machine is."""
    answers = running.pool.fetch_rows

    def slow(tasks: Iterator[Task], limits: Limits, *, processes: int | None = None) -> Iterator[Fetched]:
        assert (limits, processes) == (running._LIMITS, None)
        return iter([Fetched(task, "timeout", None, []) for task in tasks])

    monkeypatch.setattr(running.pool, "fetch_rows", slow)
    done = running.run(copied)
    assert (done.statements, done.postponed) == (2, {"a probe ends with timeout": 2})
    monkeypatch.setattr(running.pool, "fetch_rows", answers)
    assert running.run(copied).statements == 2
    assert {row[2] for row in rows(copied)} >= {"absent_literal", "lost_distinct", "rules"}


def test_a_changed_database_waits(copied: store.Lake) -> None:
    """The schema that was stored is not that of a file that has changed since."""
    ((path,),) = copied.sql("SELECT path FROM current_databases WHERE db_id = 'library'").fetchall()
    original = Path(path).read_bytes()
    try:
        Path(path).write_bytes(original + b"\0" * 4096)
        done = running.run(copied)
    finally:
        Path(path).write_bytes(original)
    assert (done.statements, done.postponed) == (0, {"the database file has changed or is gone": 4})
    assert rows(copied) == []


@pytest.mark.parametrize(("names", "known"), [(["unknwon"], "unknown_column"), (["rules"], "syntax")])
def test_an_unknown_critic(copied: store.Lake, names: Sequence[str], known: str) -> None:
    """A critic that is not there is an error that lists those that are."""
    with pytest.raises(running.UnknownCriticError) as raised:
        running.run(copied, critics=names)
    assert known in raised.value.hint


def test_an_unknown_run(copied: store.Lake) -> None:
    """So is a run."""
    with pytest.raises(NameNotFoundError):
        running.run(copied, runs=["s"])
