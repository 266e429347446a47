"""Hostile SQL gets the status it deserves and changes nothing: neither the database, nor a folder, nor the pool."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Outcome, Task
from text2sql_data.execution.pool import execute, explain


class Case(NamedTuple):
    """A hostile text and what must come of it."""

    status: str
    error_class: str | None
    sql: str


def read_cases() -> Iterator[Case]:
    """The pairs of hostile.sql: a line `--- status class: remark`, then the text."""
    blocks = ("\n" + Path(__file__).with_name("hostile.sql").read_text()).split("\n--- ")
    for block in blocks[3:]:
        header, sql = block.split("\n", 1)
        status, error_class = header.split(":")[0].split()
        yield Case(status, None if error_class == "-" else error_class, sql)


CASES = list(read_cases())
LIMITS = {"heap_mb": 64, "max_rows": 100_000, "max_cell_bytes": 1_000_000, "max_result_bytes": 20_000_000}


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file below a folder with the sha256 of its bytes."""
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


class Aftermath(NamedTuple):
    """Outcomes of all hostile texts, and the world before and after."""

    outcomes: dict[str, Outcome]
    before: list[dict[str, str]]
    after: list[dict[str, str]]


@pytest.fixture(scope="module")
def aftermath(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """Runs every hostile text once, in a working folder and a folder for temporary files that are watched."""
    folders = [database.parent, tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("temporary")]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folders[1])
        for variable in ("TMPDIR", "SQLITE_TMPDIR"):
            patch.setenv(variable, str(folders[2]))
        patch.setattr(tempfile, "tempdir", None)
        before = [fingerprint(folder) for folder in folders]
        outcomes: dict[str, Outcome] = {}
        for endless in (True, False):  # what must end by the clock gets little time, everything else plenty
            limits = Limits(seconds=0.3 if endless else 30, **LIMITS)
            chosen = [case.sql for case in CASES if (case.status == "timeout") == endless]
            tasks = [Task("small", str(database), sql, sql) for sql in chosen]
            outcomes |= {outcome.sql: outcome for outcome in execute(tasks, limits, processes=2)}
        yield Aftermath(outcomes, before, [fingerprint(folder) for folder in folders])


def test_enough_cases() -> None:
    """The file is read whole: no text is lost to its format."""
    assert len(CASES) == len({case.sql for case in CASES})
    assert len(CASES) >= 70


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sql[:40])
def test_status(case: Case, aftermath: Aftermath) -> None:
    """Each hostile text gets the status and the class that stand above it."""
    outcome = aftermath.outcomes[case.sql]
    assert (outcome.status, outcome.error_class) == (case.status, case.error_class), outcome.error


def test_nothing_changed(aftermath: Aftermath) -> None:
    """After all of them the database has the same bytes, and no file is new or gone, beside it or elsewhere."""
    assert aftermath.after == aftermath.before


@pytest.mark.parametrize(
    ("sql", "error_class"),
    [
        ("SELECT 1\0; DROP TABLE t", "nul_character"),
        ("SELECT '\udc80'", "not_unicode"),
        ("SELECT " + "1," * 600_000 + "1", "too_long"),
    ],
)
def test_text_that_sqlite_cannot_be_given(sql: str, error_class: str, database: Path) -> None:
    """A text with a NUL, one that is not Unicode and one of more than a megabyte are rejected whole, through the pipe too."""
    (outcome,) = execute([Task("small", str(database), "", sql)], Limits())
    assert (outcome.status, outcome.error_class, outcome.sql) == ("rejected", error_class, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
        "SELECT " + "NOT " * 5_000 + "1",
        "SELECT 1" + " UNION ALL SELECT 1" * 1_000,
        "SELECT " + ",".join(["1"] * 3_000),
        "SELECT 1" + "+1" * 5_000,
        "SELECT " + "CASE WHEN 1 THEN " * 2_000 + "1" + " END" * 2_000,
        "SELECT * FROM " + "(SELECT * FROM " * 2_000 + "t" + ")" * 2_000,
        "SELECT json('" + "[" * 100_000 + "]" * 100_000 + "')",
        "SELECT a FROM t WHERE b LIKE '" + "%a" * 30_000 + "'",
        "SELECT abs(?1000000)",
    ],
    ids=["parentheses", "not", "union", "columns", "sum", "case", "subqueries", "json", "like", "variable"],
)
def test_deep_and_wide_texts(sql: str, database: Path) -> None:
    """Nesting and width that SQLite does not take are mistakes of the text, and never cost the worker its life."""
    (outcome,) = execute([Task("small", str(database), "", sql)], Limits(seconds=20))
    assert outcome.status in {"error", "memory"}, (outcome.status, outcome.error)
    assert outcome.error_class != "other", outcome.error


def test_no_plan_for_what_may_not_run(database: Path) -> None:
    """No hostile text changes anything where its plan is asked for; only those refused midway have one."""
    before = fingerprint(database.parent)
    tasks = [Task("small", str(database), "", case.sql) for case in CASES]
    explained = {found.task.sql: found for found in explain(tasks, Limits(seconds=30, **LIMITS), processes=2)}
    assert fingerprint(database.parent) == before
    planned = {case.sql for case in CASES if case.status == "rejected" and explained[case.sql].status == "ok"}
    assert planned == {  # refused only when SQLite comes to run a PRAGMA of its own for them
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM pragma_function_list",
        "SELECT a, (SELECT count(*) FROM pragma_integrity_check) FROM t",
    }
