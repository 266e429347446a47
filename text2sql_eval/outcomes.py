"""Outcomes of chosen runs, staged: one row a run and question, from which figures, intervals and comparisons are computed."""

import contextlib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import NamedTuple

from store import Lake, StoreError
from store.scratch import Scratch
from text2sql_data.lookups import require
from text2sql_eval import learnt
from text2sql_eval.learnt import Learnt

LABEL = "Run: t2s execute, then t2s label"

_SQL = files("text2sql_eval") / "sql"
_COUNTED = "SELECT run, benchmark, revision, position FROM question_outcomes WHERE excluded IS NULL"


class Common(NamedTuple):
    """How many questions the runs of a benchmark have in common, under one comparator."""

    benchmark: str
    comparator: str
    runs: list[str]
    sizes: list[int]
    questions: int


class Staged(NamedTuple):
    """Outcomes of runs, staged.

    Attributes:
        scratch: Has them as `question_outcomes`.
        common: What the runs have in common.
        unjudged: By comparator the runs that are not labelled.
        learnt: What the models of the runs learnt of what counts.
        left_out: Why runs that were not named are left out: their models were trained on questions that would count.
    """

    scratch: Scratch
    common: list[Common]
    unjudged: dict[str, list[str]]
    learnt: list[Learnt]
    left_out: list[Learnt]


class NothingToCountError(StoreError, LookupError):
    """There is no label that the figures could count."""


@contextlib.contextmanager
def staged(
    lake: Lake,
    *,
    runs: Sequence[str] | None,
    benchmarks: Sequence[str] | None,
    comparators: Sequence[str] | None,
    gold_revision: str,
    gate: str,
    common: bool,
    allow_trained: bool = False,
) -> Iterator[Staged]:
    """Stage what the chosen runs achieved on each question; the arguments are those of `figures`.

    Where no run is named, those whose models were trained on questions that count of them are left out, before it is looked what
    the others have in common.

    Raises:
        NothingToCountError: The runs are to be counted over their common questions, and some run has no label.
        NameNotFoundError: A run, benchmark, comparator or gold revision is not in the lake.
        TrainedQuestionsError: A model of a run was trained on questions that count, that is not allowed, and the run is named or
            no other is left.
    """
    chosen = {
        "gate": gate,
        "gold_revision": gold_revision,
        "comparators": None if comparators is None else list(comparators),
        "runs": None if runs is None else list(runs),
        "benchmarks": None if benchmarks is None else list(benchmarks),
    }
    for column, names in (
        ("run", runs),
        ("benchmark", benchmarks),
        ("comparator", comparators),
        ("gold_revision", [gold_revision]),
    ):
        require(lake, column, names)
    with lake.scratch() as scratch:
        scratch.execute(f"CREATE TEMP TABLE question_outcomes AS {text('outcomes')}", **chosen)
        unjudged = dict(scratch.execute(text("unjudged")).fetchall())
        if common and unjudged:
            missing = "; ".join(f"{comparator}: {', '.join(names)}" for comparator, names in unjudged.items())
            raise NothingToCountError(f"Runs that are not labelled have nothing in common with others ({missing}).", LABEL)
        scratch.execute(text("drop_unjudged"))
        left_out: list[Learnt] = []
        if runs is None and not allow_trained:
            looked = learnt.look(lake, scratch, _COUNTED, allow=False, named=False)
            left_out = looked.left_out
            scratch.execute("DELETE FROM question_outcomes WHERE list_contains($runs::VARCHAR[], run)", runs=looked.runs)
        scratch.execute(text("common_questions"))
        found = [Common(*row) for row in scratch.execute(text("common_counts")).fetchall()]
        if common:
            scratch.execute(text("exclude_uncommon"))
        trained = learnt.look(lake, scratch, _COUNTED, allow=allow_trained).learnt
        yield Staged(scratch, found, unjudged, trained, left_out)


def nothing_labelled(gold_revision: str) -> NothingToCountError:
    """The error for runs none of which has a label."""
    return NothingToCountError(
        f"No candidate of these runs has been labelled by these comparators, for gold revision {gold_revision}.",
        LABEL + ("" if gold_revision == "original" else f" --gold-revision {gold_revision}"),
    )


def text(name: str) -> str:
    """A statement of this package."""
    return (_SQL / f"{name}.sql").read_text("utf-8")
