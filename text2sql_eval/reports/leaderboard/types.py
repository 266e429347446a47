"""Types of errors in a leaderboard: what is wrong with the final answers of each run, as `t2s taxonomy` counts it.

A report writes nothing, so clauses are those that were compared before; what was not is counted as not compared.
"""

from typing import Any

from store import Lake, QueryError
from text2sql_eval.learnt import TrainedQuestionsError
from text2sql_eval.outcomes import NothingToCountError
from text2sql_eval.reports.leaderboard.counting import Counting
from text2sql_eval.taxonomy.model import ERROR_TYPES, Taxonomy
from text2sql_eval.taxonomy.taxonomy import taxonomy


def of_board(lake: Lake, runs: list[str], comparator: str, what: Counting) -> dict[str, Any] | None:
    """Counts by run and type, and by clause where clauses were compared; None where nothing is known of types.

    Args:
        lake: The lake, now or at a version.
        runs: The runs.
        comparator: Comparator of the verdicts.
        what: Gold revision and gate.
    """
    try:
        lake.sql("FROM candidate_errors LIMIT 0")
        (compared,) = lake.sql("SELECT count(*) FROM sql_differences").fetchone() or (0,)
        with lake.at(lake.version) as as_it_is:
            found = taxonomy(
                as_it_is,
                runs,
                comparator=comparator,
                gold_revision=what.gold_revision,
                gate=what.gate,
                stage="final",
                clauses=bool(compared),
                allow_trained=what.allow_trained,
            )
    except (NothingToCountError, QueryError):  # a lake at a version from before there were types
        return None
    except TrainedQuestionsError:  # the board counts common questions only, and types would count all
        return None
    return {
        "stage": found.stage,
        "answers": {total.run: total.answers for total in found.totals},
        "types": {name: counts for name in ERROR_TYPES if (counts := _of_type(found, name))},
        "clauses": _clauses(found),
    }


def _of_type(found: Taxonomy, name: str) -> dict[str, dict[str, Any]]:
    return {
        row.run: {"answers": row.answers, "questions": row.questions, "share": row.share}
        for row in found.types
        if row.error_type == name
    }


def _clauses(found: Taxonomy) -> dict[str, dict[str, int]]:
    """Wrong answers by the clauses in which they differ from the gold; one may differ in several."""
    counts: dict[str, dict[str, int]] = {}
    for row in found.clauses:
        of_clause = counts.setdefault(row.clause, {})
        of_clause[row.run] = of_clause.get(row.run, 0) + row.answers
    return dict(sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0])))
