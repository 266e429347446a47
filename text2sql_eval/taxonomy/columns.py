"""Wrong columns: which name the engine refused, where it was looked for, who has it, and whether the next turn mended it.

It counts the candidates of all turns. What the name means is read from the parsed SQL and the stored schema
(`text2sql_data.rollouts.diagnostics`), or from the message alone where the SQL cannot be parsed.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, Final

from store import Lake
from text2sql_data.critiques import stored
from text2sql_data.rollouts.diagnostics import Diagnosis, Name, diagnose
from text2sql_eval.taxonomy.model import ColumnErrors, ColumnPattern, WrongName
from text2sql_eval.taxonomy.staging import staged, text

PATTERNS: Final = {
    "wrong_alias": "the alias is of a table that lacks the column, and another one in FROM has it",
    "table_not_joined": "only tables that are not in FROM have it",
    "undefined_alias": "the qualifier is nothing in FROM",
    "not_in_subquery": "the qualifier is a subquery that does not give it",
    "not_visible": "a table in FROM has it, but it cannot be seen from where it is used",
    "invented_column": "no table of the database has it",
    "ambiguous": "several tables in FROM have it",
    "unknown": "what was refused is not known",
}
"""Why a column is wrong."""

Row = dict[str, Any]


def column_errors(
    lake: Lake,
    runs: Sequence[str] | None = None,
    *,
    comparator: str = "bird",
    gold_revision: str = "original",
    gate: str = "exec_ok",
    allow_trained: bool = False,
) -> list[ColumnErrors]:
    """Say of every candidate that was refused because of a column what is wrong with it.

    Args:
        lake: The lake, now or at a version.
        runs: The runs; None or none are all that have labels.
        comparator: Comparator that says whether the next turn is correct, and which questions count.
        gold_revision: Gold revision of its verdicts.
        gate: As for `taxonomy`; it changes nothing here.
        allow_trained: Count questions that the model of a run was trained on too.

    Raises:
        NothingToCountError: No question of the runs counts under the comparator.
        NameNotFoundError: A run, the comparator or the gold revision is not in the lake.
        TrainedQuestionsError: A model of a run was trained on questions that count, and that is not allowed.
    """
    with staged(lake, runs, comparator=comparator, gold_revision=gold_revision, gate=gate, allow_trained=allow_trained) as (
        scratch,
        totals,
        *_,
    ):
        looked_at = {run: count for run, count, _ in scratch.execute(text("candidate_counts")).fetchall()}
        result = scratch.execute(text("column_errors"))
        names = [column[0] for column in result.description or ()]
        rows: list[Row] = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        schemas = dict(scratch.execute(text("schemas")).fetchall())

    @lru_cache(maxsize=64)
    def schema(database: str) -> stored.Schema:
        return stored.read(schemas[database]) if database in schemas else stored.Schema({})

    @cache
    def diagnosed(database: str, sql: str, error: str | None) -> Diagnosis:
        return diagnose(sql, schema(database), error)

    by_run: dict[str, list[tuple[Row, Diagnosis]]] = {}
    for row in rows:
        by_run.setdefault(row["run"], []).append((row, diagnosed(row["database"], row["sql"], row["error"])))
    return [_counted(total.run, looked_at.get(total.run, 0), by_run.get(total.run, [])) for total in totals]


def pattern(name: Name | None) -> str:
    """Why a column is wrong: one of `PATTERNS`."""
    if name is None or name.kind == "table":
        return "unknown"
    if name.kind == "ambiguous":
        return "ambiguous"
    if name.means in {"nothing", "subquery"}:
        return "undefined_alias" if name.means == "nothing" else "not_in_subquery"
    if not name.owners:
        return "invented_column"
    if name.visible:
        return "wrong_alias" if name.means == "table" else "not_visible"
    return "table_not_joined"


def _refused(found: Diagnosis) -> Name | None:
    """The name of the message, which stands first; tables that are missing are another type of error."""
    return next((name for name in found.names if name.kind != "table"), None)


def _counted(run: str, looked_at: int, found: list[tuple[Row, Diagnosis]]) -> ColumnErrors:
    groups: dict[str, list[Row]] = {}
    names: Counter[tuple[str, str, str, str | None, tuple[str, ...], str | None]] = Counter()
    for row, diagnosis in found:
        name = _refused(diagnosis)
        kind = pattern(name)
        groups.setdefault(kind, []).append(row)
        if name is not None:
            names[row["db_id"], name.written.lower(), kind, name.bound, name.owners, name.similar] += 1
    patterns = [
        ColumnPattern(
            kind,
            len(rows),
            len({(row["database"], row["sql"]) for row in rows}),
            len({row["position"] for row in rows}),
            *(sum(row[field] for row in rows) for field in ("asked", "mended", "corrected")),
        )
        for kind, rows in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))
    ]
    return ColumnErrors(
        run,
        looked_at,
        len(found),
        sum(row["step"] == 0 for row, _ in found),
        sum(bool(diagnosis.unused) for _, diagnosis in found),
        sum(not diagnosis.parsed for _, diagnosis in found),
        patterns,
        [WrongName(*key, n) for key, n in sorted(names.items(), key=lambda one: (-one[1], str(one[0])))],
    )
