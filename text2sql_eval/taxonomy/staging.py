"""The candidates of chosen runs with the types of their errors, staged: what all figures of the taxonomy are counted from."""

import contextlib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import NamedTuple

from store import Lake
from store.scratch import Scratch
from store.tables import views
from text2sql_data.lookups import require
from text2sql_eval.learnt import Learnt, look
from text2sql_eval.outcomes import nothing_labelled
from text2sql_eval.taxonomy.model import Stage, Total

_SQL = files("text2sql_eval") / "taxonomy" / "sql"
_COUNTED = "SELECT run, benchmark, revision, position FROM error_types WHERE excluded IS NULL"


class Staged(NamedTuple):
    """`error_types` and `taken_fixes` of the chosen runs, `taxonomy_answers` of the stage, and what they count.

    `learnt` is what the models of the runs learnt of the questions that count, `left_out` why runs that were not named are left
    out: their models were trained on questions that would count.
    """

    scratch: Scratch
    totals: list[Total]
    learnt: list[Learnt]
    left_out: list[Learnt]


@contextlib.contextmanager
def staged(
    lake: Lake,
    runs: Sequence[str] | None,
    *,
    comparator: str,
    gold_revision: str,
    gate: str,
    stage: Stage = "first",
    allow_trained: bool = False,
) -> Iterator[Staged]:
    """Stage the errors of runs; the arguments are those of `taxonomy`.

    Raises:
        NothingToCountError: No question of the runs counts under the comparator.
        NameNotFoundError: A run, the comparator or the gold revision is not in the lake.
        TrainedQuestionsError: A model of a run was trained on questions that count, that is not allowed, and the run is named or
            no other is left.
    """
    for column, names in (("run", runs), ("comparator", [comparator]), ("gold_revision", [gold_revision])):
        require(lake, column, names)
    chosen = list(runs) if runs else [run for (run,) in lake.sql("SELECT run FROM runs").fetchall()]
    with lake.scratch() as scratch:
        scratch.execute(
            f"CREATE TEMP TABLE candidate_errors AS {text('candidate_errors')}",
            comparator=comparator,
            gold_revision=gold_revision,
            runs=chosen,
        )
        # The view's own SELECT, over what was staged.
        scratch.execute(f"CREATE TEMP TABLE error_types AS {views()['error_types'].select}")
        looked = look(lake, scratch, _COUNTED, allow=allow_trained, named=bool(runs))
        for table in ("candidate_errors", "error_types"):
            scratch.execute(f"DELETE FROM {table} WHERE list_contains($runs::VARCHAR[], run)", runs=looked.runs)
        scratch.execute(f"CREATE TEMP TABLE taken_fixes AS {text('taken_fixes')}", gate=gate, runs=chosen)
        scratch.execute(f"CREATE TEMP TABLE taxonomy_answers AS {text('taxonomy_answers')}", stage=stage)
        totals = [Total(*row) for row in scratch.execute(text("totals")).fetchall()]
        # A file's own flags are about its own run; of several runs, those that nobody judged are left out.
        totals = [total for total in totals if total.questions or set(total.excluded) - {"not_labelled", "not_in_run"}]
        if not any(total.questions for total in totals):
            raise nothing_labelled(gold_revision)
        yield Staged(scratch, totals, *looked)


def text(name: str) -> str:
    """A statement of this package."""
    return (_SQL / f"{name}.sql").read_text("utf-8")
