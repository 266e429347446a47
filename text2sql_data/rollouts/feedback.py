"""What a repair prompt says of the attempt before it: the execution, the diagnosis of its names, and the rules for the next.

Each mode says what it may and nothing else: `error_only` and `online_visible` never look at what was expected, and `sees_gold`
tells which combinations do, so that figures with and without the gold are kept apart.
"""

import re
from collections.abc import Collection, Sequence
from typing import Final, Literal, NamedTuple, assert_never, get_args

from text2sql_data.critiques.stored import Schema, shown
from text2sql_data.execution.outcome import Cell
from text2sql_data.execution.preview import Cut, decode_preview
from text2sql_data.prompts.results import Result, cell_text, result_text
from text2sql_data.rollouts.diagnostics import Diagnosis, diagnose, lines

Mode = Literal["error_only", "result_status", "oracle_rows", "online_visible"]
Detail = Literal["basic", "column", "minimal"]
Scope = Literal["verified", "online", "online_guarded"]

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
DETAILS: Final[tuple[Detail, ...]] = get_args(Detail)
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

REFUSED: Final = frozenset({"error", "timeout", "memory", "rejected", "crashed", "no_sql"})
"""The statuses in which an executor, without a gold, sees that an attempt failed."""

RULES: Final = (
    "Write the smallest query that answers the question.",
    "Read only tables of which a column is needed, or that connect two such tables; leave every other join out.",
    "When a column belongs to another table, do not just put another alias before it: begin anew with the table that has it.",
    "Do not guess which table has a column; use only the columns that are listed, each with its own table.",
)
"""What `minimal` asks for."""

_NUMBER = re.compile(r"\s*[+-]?\d+(?:\.\d*)?\s*")
_ROWS = 5
_CHARS = 600


class Attempt(NamedTuple):
    """A SQL and what came of it; the fields are those of the table `executions`, and `sql` is None where there was none."""

    sql: str | None
    status: str
    error_class: str | None = None
    error: str | None = None
    columns: Sequence[str] | None = None
    n_rows: int | None = None
    preview: str | None = None


def feedback(
    attempt: Attempt,
    *,
    mode: Mode,
    detail: Detail,
    schema: Schema,
    expected: Attempt | None = None,
    tables: Collection[str] | None = None,
) -> str:
    """What is said of an attempt.

    Args:
        attempt: The attempt.
        mode: error_only: what the executor refuses. result_status: also that the result is not the expected one, with the number
            of rows of both. oracle_rows: also the expected rows. online_visible: what the result looks like, without a gold.
        detail: basic: no more. column: also which name is wrong, what its alias is, who has it, and which columns there are.
            minimal: also which tables are not needed; the rules for it are `rules`.
        schema: The database.
        expected: What the gold came to, for the modes that see it; None where it is not known.
        tables: The tables that the prompt shows; their columns are listed too. None for those alone that the SQL uses.
    """
    said = [_outcome(attempt, mode, expected)]
    if detail != "basic" and attempt.sql is not None:
        said += lines(diagnose(attempt.sql, schema, attempt.error), schema, tables or (), unused=detail == "minimal")
    elif detail != "basic":
        said += lines(Diagnosis(), schema, tables or (), unused=False)
    return "\n".join(said)


def rules(detail: Detail) -> str:
    """The rules that go with a detail, one a line; empty where there are none."""
    return "\n".join(f"- {rule}" for rule in RULES) if detail == "minimal" else ""


def sees_gold(mode: Mode, scope: Scope) -> bool:
    """Whether the gold has a say: in what is said of an attempt, or in which attempts are repaired."""
    return mode in {"result_status", "oracle_rows"} or scope == "verified"


def repairs(scope: Scope, status: str, n_rows: int | None, correct: bool | None) -> bool:
    """Whether an attempt is repaired.

    Args:
        scope: verified: whatever is not correct. online: what the executor refuses. online_guarded: also an empty result.
        status: Of the execution, or no_sql.
        n_rows: Rows of the result.
        correct: What the gold says; None where it cannot tell. Only `verified` looks at it.
    """
    if scope == "verified":
        return correct is False or status in REFUSED
    return status in REFUSED or (scope == "online_guarded" and status == "ok" and n_rows == 0)


def _outcome(attempt: Attempt, mode: Mode, expected: Attempt | None) -> str:
    """What the attempt came to, as far as a mode may tell."""
    if attempt.sql is None or attempt.status == "no_sql":
        said = "There was no SQL in the answer."
        return _with_rows(said, expected) if mode == "oracle_rows" else said
    if attempt.status != "ok":
        said = f"It did not execute: {result_text(_result(attempt), max_rows=0, max_chars=1_000)}"
        return _with_rows(said, expected) if mode == "oracle_rows" else said
    match mode:
        case "error_only":
            return "It executed without an error, but its result was not accepted."
        case "online_visible":
            return "\n".join(["It executed without an error.", *_seen(attempt), _rows_text(attempt)])
        case "result_status":
            return "\n".join([_compared(attempt, expected), _rows_text(attempt)])
        case "oracle_rows":
            return _with_rows("\n".join([_compared(attempt, expected), _rows_text(attempt)]), expected)
        case _:
            assert_never(mode)


def _compared(attempt: Attempt, expected: Attempt | None) -> str:
    """How the result differs in size from the expected one, and whether rows of it are there."""
    said = f"It executed, but its result is not the expected one. Rows: {attempt.n_rows}"
    if expected is None or expected.n_rows is None:
        return f"{said}; how many are expected is not known."
    said += f", expected {expected.n_rows}. Columns: {len(attempt.columns or ())}, expected {len(expected.columns or ())}."
    rows, wanted = _rows(attempt), _rows(expected)
    if rows and wanted and len(wanted) == expected.n_rows:
        there = sum(row in wanted for row in rows)
        first = f"first {len(rows)} rows" if len(rows) > 1 else "first row"
        said += f" Of its {first}, {there} {'is' if there == 1 else 'are'} among the expected ones."
    return said


def _seen(attempt: Attempt) -> list[str]:
    """What is striking about a result by itself."""
    rows, columns = _rows(attempt), attempt.columns or ()
    said = [f"Rows: {attempt.n_rows}. Columns: {len(columns)}."]
    if attempt.n_rows == 0:
        return [*said, "The result is empty; that is right only if the question can have no answer."]
    where = "" if len(rows) == attempt.n_rows else f" in the first {len(rows)} rows"
    for place, name in enumerate(columns):
        values = [row[place] for row in rows if place < len(row)]
        if values and all(value is None for value in values):
            said.append(f"Column {shown(name)} is NULL throughout{where}.")
        elif len(values) > 1 and len(set(values)) == 1:
            said.append(f"Column {shown(name)} is {cell_text(values[0])} throughout{where}.")
    return said


def _rows(attempt: Attempt) -> list[tuple[Cell | Cut, ...]]:
    return [tuple(row) for row in decode_preview(attempt.preview or "[]")]


def _rows_text(attempt: Attempt) -> str:
    """The first rows; text that looks like a number says that it is text, for it is sorted and compared as such."""
    said = f"Its result:\n{result_text(_result(attempt), max_rows=_ROWS, max_chars=_CHARS)}"
    for place, name in enumerate(attempt.columns or ()):
        values = [row[place] for row in _rows(attempt) if place < len(row) and row[place] is not None]
        if values and all(isinstance(value, str) and _NUMBER.fullmatch(value) for value in values):
            said += f"\nColumn {shown(name)} holds text, not numbers."
    return said


def _with_rows(said: str, expected: Attempt | None) -> str:
    if expected is None or expected.status != "ok":
        return said
    return f"{said}\nThe expected result:\n{result_text(_result(expected), max_rows=_ROWS, max_chars=_CHARS)}"


def _result(attempt: Attempt) -> Result:
    columns = None if attempt.columns is None else list(attempt.columns)
    return Result(attempt.status, attempt.error, columns, attempt.n_rows, attempt.preview)
