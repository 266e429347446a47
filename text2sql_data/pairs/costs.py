"""Cost rewards of SQL, from its query plan: the formula is the view plan_costs, the rules are in docs/pairs.md.

Plans are made in the sandbox, kept in the table `plans`, and asked for only where something needs them.
"""

from typing import NamedTuple

from store import Commit, tables
from text2sql_data.execution.explaining import explain
from text2sql_data.execution.limits import engine

WANTED = "database, sql_id, sql"
"""The columns of a query for SQL that is to be priced."""


class Priced(NamedTuple):
    """What was done: plans that were made, plans that could not be made this time, and databases that cannot be used."""

    made: int
    failed: int
    unusable: dict[str, str]


def price(commit: Commit, wanted: str, *, processes: int | None = None) -> Priced:
    """Leave the temporary table `plan_costs` for the SQL that a query names, and append the plans that were missing.

    Args:
        commit: A commit.
        wanted: A query for database, sql_id and sql.
        processes: Worker processes; one a processor when None.
    """
    made = explain(commit, wanted, processes=processes)
    commit.append("plans", made.rows)
    # The view reads `plans`; a temporary table of that name stands for the lake's, with what is about to be written.
    commit.execute(
        "CREATE OR REPLACE TEMP TABLE plans AS SELECT * FROM lake.plans SEMI JOIN wanted_plans USING (database, sql_id)"
    )
    commit.execute("DELETE FROM plans WHERE engine <> $engine", engine=engine())
    commit.execute("INSERT INTO plans BY NAME FROM append_plans")
    commit.execute(f"CREATE OR REPLACE TEMP TABLE plan_costs AS {tables.views()['plan_costs'].select}")
    commit.execute("DROP TABLE temp.plans")
    return Priced(len(made.rows), made.failed, made.unusable)
