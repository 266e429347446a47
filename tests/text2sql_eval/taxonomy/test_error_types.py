"""The type of an error: each kind of execution and verdict has its own, and questions that do not count have none."""

from datetime import UTC, datetime
from typing import NamedTuple

import store
from store.ids import content_id
from text2sql_data.execution.messages import classify
from text2sql_data.rollouts.feedback import repairs
from text2sql_eval.taxonomy.model import ERROR_TYPES

NOW = datetime.now(UTC).replace(tzinfo=None)


class Case(NamedTuple):
    """What a SQL did, how many rows its gold has, what the label says, and the type that follows."""

    status: str | None
    error_class: str | None
    n_rows: int | None
    gold_n_rows: int
    verdict: str
    reason: str | None
    expected: str | None
    excluded: str | None = None


CASES = (
    Case("ok", None, 3, 3, "correct", None, "correct"),
    Case("ok", None, 3, 3, "wrong", "different_result", "wrong_result"),
    Case("ok", None, 2, 3, "wrong", "different_result", "wrong_row_count"),
    Case("ok", None, 0, 3, "wrong", "different_result", "empty_result"),
    Case("ok", None, 0, 0, "wrong", "different_result", "wrong_result"),
    Case("ok", None, 2, 0, "wrong", "different_result", "wrong_row_count"),
    Case("ok", None, 0, 0, "correct", None, "correct"),
    Case("ok", None, 3, 3, "wrong", "undecodable", "undecodable"),
    Case("error", "syntax", None, 3, "wrong", "error", "syntax_error"),
    Case("error", "no_such_table", None, 3, "wrong", "error", "no_such_table"),
    Case("error", "no_such_column", None, 3, "wrong", "error", "no_such_column"),
    Case("error", "ambiguous_column", None, 3, "wrong", "error", "ambiguous_column"),
    Case("error", "no_such_function", None, 3, "wrong", "error", "no_such_function"),
    Case("error", "misuse", None, 3, "wrong", "error", "other_execution_error"),
    Case("rejected", "write", None, 3, "wrong", "rejected", "rejected"),
    Case("timeout", None, None, 3, "unknown", "timeout", "timeout"),
    Case("memory", "heap", None, 3, "unknown", "memory", "memory"),
    Case("crashed", None, None, 3, "unknown", "crashed", "crashed"),
    Case("ok", None, 3, 3, "unknown", "timeout", "timeout"),  # of the form that the comparator executed
    Case("no_sql", None, None, 3, "wrong", "no_sql", "missing_candidate"),
    Case(None, None, None, 3, "wrong", "different_result", "unclassified"),
    Case("ok", None, 3, 3, "unknown", "gold_timeout", None, "gold_timeout"),
    Case("error", "syntax", None, 3, "unknown", "gold_error", None, "gold_error"),
)


def write(lake: store.Lake, cases: tuple[Case, ...]) -> None:
    """Write a run that answers a question a case, the second sample of each a correct one."""
    database, key = content_id("db").hex, {"benchmark": "b", "revision": "1"}
    golds, candidates, labels, executions = [], [], [], []

    def executed(sql: str, status: str | None, error_class: str | None, n_rows: int | None) -> str:
        identity = content_id(sql).hex
        if status not in {None, "no_sql"}:
            row = {"database": database, "sql_id": identity, "settings": "s", "sql": sql, "status": status}
            executions.append({**row, "error_class": error_class, "n_rows": n_rows})
        return identity

    for position, case in enumerate(cases):
        gold = f"SELECT {position}"
        gold_row = {"gold_revision": "original", "sql": gold, "sql_id": executed(gold, "ok", None, case.gold_n_rows)}
        golds.append({**key, "position": position, **gold_row})
        told = case._replace(status="ok", n_rows=1, verdict="correct", reason=None, error_class=None)
        for sample, one in enumerate((case, told)):
            sql = None if one.status == "no_sql" else f"SELECT {position}, {sample}"
            row = {"candidate": content_id(position, sample).hex, "run": "r", "position": position, "sample": sample}
            candidates.append(
                {
                    **row,
                    "stage": "answer",
                    "step": 0,
                    "sql": sql,
                    "sql_id": sql and executed(sql, one.status, one.error_class, one.n_rows),
                }
            )
            label = {
                "candidate": row["candidate"],
                "gold_revision": "original",
                "comparator": "bird",
                "version": 1,
                "settings": "s",
            }
            labels.append({**label, "database": database, "verdict": one.verdict, "reason": one.reason})
    made = {"sources": "[]", "added": NOW}
    limits = ("seconds", "heap_mb", "max_rows", "max_cell_bytes", "max_result_bytes", "preview_rows", "preview_cell_chars")
    rows: dict[str, list[dict[str, object]]] = {
        "benchmarks": [{**key, **made, "layout": "generic", "dialect": "sqlite", "n_questions": len(cases), "notes": "[]"}],
        "databases": [{"benchmark": "b", "db_id": "db", "database": database, "added": NOW}],
        "questions": [{**key, "position": p, "db_id": "db", "question": f"q{p}", "evidence": ""} for p in range(len(cases))],
        "golds": golds,
        "runs": [{**key, **made, "run": "r", "system": "s", "k": 2, "format": "generic", "config": "{}"}],
        "comparators": [{"comparator": "bird", "version": 1, "meaning": "", "added": NOW}],
        "settings": [{"settings": "s", "engine": "e", **dict.fromkeys(limits, 1), "chosen": NOW}],
        "candidates": candidates,
        "executions": executions,
        "labels": labels,
    }
    with lake.commit("made up") as commit:
        for table, contents in rows.items():
            commit.append(table, contents)


def test_every_kind_of_execution_has_its_type(lake: store.Lake) -> None:
    """Each status, class and verdict; a question whose gold fails has no type for any of its samples, and says why."""
    write(lake, CASES)
    found = lake.sql("SELECT error_type, excluded FROM error_types WHERE sample = 0 ORDER BY position").fetchall()
    assert found == [(case.expected, case.excluded) for case in CASES]
    others = lake.sql("SELECT error_type, excluded FROM error_types WHERE sample = 1 ORDER BY position").fetchall()
    assert others == [(None if case.excluded else "correct", case.excluded) for case in CASES]


def test_the_types_are_those_that_are_documented() -> None:
    """The cases above have every type once at least, and no other one."""
    assert {case.expected for case in CASES} - {"correct", None} == set(ERROR_TYPES)


def test_every_type_has_one_route(lake: store.Lake) -> None:
    """The policy has a row a type, and one for what is correct."""
    routes = [name for (name,) in lake.sql("SELECT error_type FROM routes").fetchall()]
    assert sorted(routes) == sorted([*ERROR_TYPES, "correct"])


def test_a_scope_is_what_repair_looks_at(lake: store.Lake) -> None:
    """Online is what rollouts with the scope online repair, by what an executor shows; guarded is what online_guarded adds."""
    scopes = dict(lake.sql("SELECT error_type, scope FROM routes").fetchall())
    for case in CASES:
        if case.status is None or case.excluded or case.verdict == "correct" or (case.status, case.reason) == ("ok", "timeout"):
            continue  # right, or nothing that an executor shows
        scope, status = scopes[case.expected], case.status
        empty_as_gold = case.n_rows == 0 and case.gold_n_rows == 0
        assert repairs("online", status, case.n_rows, None) == (scope == "online")
        assert repairs("online_guarded", status, case.n_rows, None) == (scope in {"online", "guarded"} or empty_as_gold)


def test_types_follow_messages(answers: store.Lake) -> None:
    """On published answers, the type is the class of SQLite's message."""
    rows = answers.sql(
        "SELECT DISTINCT error_type, error FROM error_types WHERE comparator = 'bird' AND status = 'error' AND excluded IS NULL"
    ).fetchall()
    assert len({error_type for error_type, _ in rows}) >= 3
    for error_type, message in rows:
        found = classify(message)
        found = "syntax_error" if found == "syntax" else found
        assert error_type == (found if found in ERROR_TYPES else "other_execution_error")
