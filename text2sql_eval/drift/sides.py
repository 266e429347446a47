"""The two sides of a drift: which labels each is about, and how a side is written: COMPARATOR or COMPARATOR@GOLD_REVISION."""

from contextlib import ExitStack
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from store import Lake
from store.scratch import Scratch
from text2sql_eval.learnt import Learnt
from text2sql_eval.outcomes import staged

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

_SQL = files("text2sql_eval") / "drift" / "sql"
ORIGINAL = "original"


class Side(NamedTuple):
    """An opinion about candidates. `at` is the version of the lake that is asked, None for the latest."""

    comparator: str
    gold_revision: str = ORIGINAL
    at: int | None = None

    @property
    def name(self) -> str:
        """As it is written, with the version where one was asked for."""
        return f"{self.comparator}@{self.gold_revision}{'' if self.at is None else f' at version {self.at}'}"


class Choice(NamedTuple):
    """Which answers are looked at.

    Attributes:
        runs: Only these runs; None is all.
        benchmarks: Only runs of these benchmarks; None is all.
        metric: Which answer of a question decides: pipeline (the final answer of the first sample), greedy, majority.
        gate: Which SQL of a sample is its final answer.
        common: Count only questions that count in all runs of a benchmark.
        allow_trained: Count questions that the model of a run was trained on too.
    """

    runs: "Sequence[str] | None" = None
    benchmarks: "Sequence[str] | None" = None
    metric: str = "pipeline"
    gate: str = "exec_ok"
    common: bool = False
    allow_trained: bool = False


class Seen(NamedTuple):
    """What one side says.

    Attributes:
        version: Version of the lake that was asked.
        outcomes: One row a run and question.
        verdicts: One row a candidate.
        unjudged: Runs of which it has no label.
        learnt: What the models of the runs learnt of what counts.
        left_out: Why runs that were not named are left out.
    """

    version: int
    outcomes: "pl.DataFrame"
    verdicts: "pl.DataFrame"
    unjudged: list[str]
    learnt: list[Learnt]
    left_out: list[Learnt]


def parse_side(text: str, at: int | None = None) -> Side | None:
    """A side as it is written on the command line, or None where it is not one.

    Args:
        text: COMPARATOR, or COMPARATOR@GOLD_REVISION; the last @ divides, for a comparator may be file:NAME.
        at: Version of the lake.
    """
    comparator, sign, revision = text.rpartition("@")
    if not sign:
        comparator, revision = text, ORIGINAL
    return Side(comparator, revision, at) if comparator.strip() and revision.strip() else None


def look(lake: Lake, side: Side, choice: Choice) -> Seen:
    """What a side says of the chosen runs.

    Raises:
        NameNotFoundError: A run, benchmark, comparator or gold revision is not in the lake at that version.
        QueryError: There is no such version.
        TrainedQuestionsError: A model of a run was trained on questions that count, and that is not allowed.
    """
    with ExitStack() as stack:
        asked = lake if side.at is None else stack.enter_context(lake.at(side.at))
        scratch, _, unjudged, learnt, left_out = stack.enter_context(
            staged(
                asked,
                runs=choice.runs,
                benchmarks=choice.benchmarks,
                comparators=[side.comparator],
                gold_revision=side.gold_revision,
                gate=choice.gate,
                common=False,
                allow_trained=choice.allow_trained,
            )
        )
        outcomes = scratch.execute(text("side_outcomes"), metric=choice.metric).pl()
        verdicts = scratch.execute(
            text("side_verdicts"), comparator=side.comparator, gold_revision=side.gold_revision, gate=choice.gate
        ).pl()
        return Seen(asked.version, outcomes, verdicts, unjudged.get(side.comparator, []), learnt, left_out)


def without(seen: Seen, runs: "Sequence[str]") -> Seen:
    """A side without some runs."""
    import polars as pl

    kept = ~pl.col("run").is_in(list(runs))
    return seen._replace(
        outcomes=seen.outcomes.filter(kept),
        verdicts=seen.verdicts.filter(kept),
        unjudged=[run for run in seen.unjudged if run not in runs],
    )


def beside(scratch: Scratch, before: Seen, after: Seen, choice: Choice) -> None:
    """Stage both sides, both beside each other, and what moved with the candidates that decided it."""
    for name, rows, like in (
        ("drift_from", before.outcomes, "majority_candidate"),
        ("drift_to", after.outcomes, "majority_candidate"),
        ("drift_verdicts_from", before.verdicts, "candidate"),
        ("drift_verdicts_to", after.verdicts, "candidate"),
    ):
        scratch.stage("drift_rows", rows)
        scratch.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * REPLACE ({like}::UUID AS {like}) FROM drift_rows")
    scratch.execute("DROP TABLE temp.drift_rows")
    scratch.execute(text("outcomes"), common=choice.common)
    scratch.execute(text("deciding"), metric=choice.metric)


def text(name: str) -> str:
    """A statement of this package."""
    return (_SQL / f"{name}.sql").read_text("utf-8")
