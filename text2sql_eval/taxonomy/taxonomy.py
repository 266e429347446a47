"""The errors of runs: how many answers have which type, in which clauses they differ from the gold, and about which databases.

A type is said by the view `error_types`. That a clause differs is no proof that it is what is wrong (see `clauses`).
"""

from collections.abc import Sequence

from store import Lake
from text2sql_eval.taxonomy.clauses import VERSION
from text2sql_eval.taxonomy.differences import Started, compare_missing
from text2sql_eval.taxonomy.model import ClauseCount, DatabaseCount, Stage, Taxonomy, TypeCount
from text2sql_eval.taxonomy.staging import staged, text


def taxonomy(
    lake: Lake,
    runs: Sequence[str] | None = None,
    *,
    comparator: str = "bird",
    gold_revision: str = "original",
    gate: str = "exec_ok",
    stage: Stage = "first",
    clauses: bool = True,
    started: Started | None = None,
    processes: int | None = None,
    arguments: list[str] | None = None,
    allow_trained: bool = False,
) -> Taxonomy:
    """Count the errors of runs.

    Args:
        lake: The lake, now or at a version.
        runs: The runs; None or none are all that have labels, but those whose models were trained on questions that would count.
        comparator: Comparator of the verdicts; `file:RUN` for the flags of an imported file.
        gold_revision: Gold revision of the verdicts.
        gate: Which SQL of a sample is its final answer: exec_ok, critique or always.
        stage: first: the answers of the first turn. final: the final ones.
        clauses: Whether to count clauses that differ. What was not compared yet is compared, and written to the lake; a lake at
            an earlier version is not written to.
        started: Told of the progress of that.
        processes: Worker processes for that.
        arguments: Recorded with the snapshots of that.
        allow_trained: Count questions that the model of a run was trained on too.

    Returns:
        The counts, by run, in the order of run and number.

    Raises:
        NothingToCountError: No question of the runs counts under the comparator.
        NameNotFoundError: A run, the comparator or the gold revision is not in the lake.
        TrainedQuestionsError: A model of a run was trained on questions that count, and that is not allowed.
    """
    with staged(
        lake,
        runs,
        comparator=comparator,
        gold_revision=gold_revision,
        gate=gate,
        stage=stage,
        allow_trained=allow_trained,
    ) as (scratch, totals, learnt, left_out):
        if clauses:
            compare_missing(lake, scratch, started=started, processes=processes, arguments=arguments)
        answers = {total.run: total.answers for total in totals}
        of_type: dict[tuple[str, str], int] = {}
        types = []
        for run, error_type, count, questions in scratch.execute(text("type_counts")).fetchall():
            of_type[run, error_type] = count
            types.append(TypeCount(run, error_type, count, questions, count / answers[run]))
        differing = []
        if clauses:
            rows = scratch.execute(text("clause_counts"), version=VERSION).fetchall()
            differing = [
                ClauseCount(run, error_type, clause, count, count / of_type[run, error_type])
                for run, error_type, clause, count in rows
            ]
        databases = [
            DatabaseCount(run, db_id, error_type, count, count / total)
            for run, db_id, error_type, count, total in scratch.execute(text("database_counts")).fetchall()
        ]
    return Taxonomy(comparator, gold_revision, gate, stage, lake.version, totals, types, differing, databases, learnt, left_out)
