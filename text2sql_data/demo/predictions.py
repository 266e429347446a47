"""Writes the candidates of the invented systems in two forms that are met in the wild.

K-lists: a JSON list in gold order, one entry a question, with K responses and the K queries taken out of them.
Rollouts: one JSON line a question, with K trajectories of a planner, four validators and a fixer that runs where the
planner's SQL failed. Their flags are real: the SQL was executed, and right means equal to the gold as a set of rows.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import apsw

from text2sql_data.demo.systems import FIXER, PLANNER, K, Question, Sample, System, candidates, sample
from text2sql_data.draws import chance, seeded

if TYPE_CHECKING:
    from text2sql_data.sql_ast.syntax import Columns

CRITIC_ERROR_RATE = 0.15
"""Chance that a validator concludes the opposite of what is true of its clause."""
NO_CONCLUSION = 0.03
"""Chance that a critique ends without a verdict."""
EXCERPT = 60
"""Characters of the query that a critique quotes."""
CLAUSES: Mapping[str, frozenset[str]] = {
    "select": frozenset(
        {
            "wrong_column", "extra_column", "lost_column", "misspelt_column", "wrong_table", "wrong_aggregate",
            "lost_distinct", "lost_grouping",
        }
    ),
    "condition": frozenset(
        {"lost_condition", "negated_condition", "wrong_comparison", "changed_literal", "lost_conversion"}
    ),
    "join": frozenset({"missing_join", "wrong_join_key", "lost_join_condition", "inner_join"}),
    "order": frozenset({"wrong_direction", "wrong_limit"}),
}  # fmt: skip
"""Which mistakes each validator is there to notice."""
KEYWORDS = {"select": "SELECT", "condition": "WHERE", "join": "JOIN", "order": "ORDER BY"}


class Database:
    """A demo database opened for reading: its schema and the answers to queries."""

    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        objects = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid"
        declared = [(str(name), str(sql)) for name, sql in self._connection.execute(objects)]
        self.ddl = "\n".join(f"{sql};" for _, sql in declared)
        self.columns: Columns = {name: self._columns_of(name) for name, _ in declared}

    def _columns_of(self, table: str) -> tuple[str, ...]:
        rows = self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
        return tuple(str(name) for (name,) in rows)

    def answer(self, sql: str) -> frozenset[tuple[object, ...]] | None:
        """The rows of the result as a set, or None when the query fails."""
        try:
            return frozenset(self._connection.execute(sql))
        except apsw.Error:
            return None

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def k_list(system: System, questions: list[Question], databases: Mapping[str, Database]) -> str:
    """The K-list of a system, as JSON text."""
    entries = []
    for question in questions:
        database = databases[question.db_id]
        samples = candidates(system, question, database.columns)
        entries.append(
            {
                "db_id": question.db_id,
                "input_seq": _prompt(question, database),
                "output_seq": question.sql,
                "responses": [f"```sql\n{one.sql}\n```" for one in samples],
                "pred_sqls": [one.sql for one in samples],
            }
        )
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"


def rollouts(questions: list[Question], databases: Mapping[str, Database]) -> str:
    """The rollouts of planner, validators and fixer, as JSON lines."""
    lines = []
    for question in questions:
        database = databases[question.db_id]
        row = {
            "question_id": question.question_id,
            "db_id": question.db_id,
            "db_path": f"database/{question.db_id}/{question.db_id}.sqlite",
            "question": question.question,
            "evidence": question.evidence,
            "sql": question.sql,
            "prompt_planner": _prompt(question, database),
            "trajectories": [_trajectory(question, number, database) for number in range(K)],
        }
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(lines)


def _prompt(question: Question, database: Database) -> str:
    hint = f"External knowledge: {question.evidence}\n" if question.evidence else ""
    return f"Database schema:\n{database.ddl}\n\n{hint}Question: {question.question}"


def _trajectory(question: Question, number: int, database: Database) -> dict[str, str | bool | None]:
    """One trajectory; `fixed_sql` is null where the planner's SQL ran, a critique where the SQL has no such clause."""
    gold = database.answer(question.sql)
    planned = sample(PLANNER, question, number, database.columns)
    answer = database.answer(planned.sql)
    fixed = sample(FIXER, question, number, database.columns).sql if answer is None else None
    rng = seeded("critiques", question.question_id, number)
    return {
        "planner_output": f"Plan: read {question.db_id}, then answer.\nFinal SQL query:\n```\n{planned.sql}\n```",
        "planner_sql": planned.sql,
        "planner_exec_ok": answer is not None,
        "is_planner_correct": answer is not None and answer == gold,
        **{f"fb_{clause}": _critique(clause, planned, rng) for clause in CLAUSES},
        "fixed_sql": fixed,
        "is_fixed_correct": fixed is not None and gold is not None and database.answer(fixed) == gold,
    }


def _critique(clause: str, planned: Sample, rng: Random) -> str | None:
    """A templated critique whose verdict is wrong at CRITIC_ERROR_RATE; null when the query has no such clause."""
    head = clause.upper()
    keyword = KEYWORDS[clause]
    missing = keyword not in planned.sql
    faulty = bool(CLAUSES[clause] & set(planned.mistakes))
    mistaken, silent = chance(rng, CRITIC_ERROR_RATE), chance(rng, NO_CONCLUSION)
    if missing and not faulty:
        return None
    if silent:
        return f"{head}.\n1. I would have to see the rows to judge this part of the query."
    after = " ".join(planned.sql.split()).partition(keyword)[2][:EXCERPT]
    seen = f"1. The query has no {keyword}." if missing else f"1. The query says: {keyword}{after} ..."
    if faulty != mistaken:
        return f"{head}.\n{seen}\n2. This does not fit the question.\n3. Conclude: incorrect."
    return f"{head}.\n{seen}\n2. This is what the question asks for.\n3. Conclude: correct."
