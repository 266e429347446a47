"""How the report over stages is made, and which stage each stage is compared with."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from text2sql_data.lookups import NameNotFoundError
from text2sql_eval.comparison.comparing import NotComparableError
from text2sql_eval.statistics.bootstrap import Resampling


class Options(NamedTuple):
    """How the report is made.

    Attributes:
        after: The stage that a stage is compared with, by its run; the one before it where none is named.
        greedy_runs: Runs that hold the greedy answers of a stage, by its run; its own first samples where none is named.
        comparator: Comparator of the verdicts.
        gold_revision: Gold revision of the verdicts.
        gate: Which SQL of a sample is its final answer.
        selectors: Names of selectors; empty is all that have chosen for every stage, but for a plain vote.
        common: Count only the questions that count in all stages.
        resampling: How intervals are made.
        questions: Questions to list of those that a step wins and loses, at most.
        title: Heading of the report.
        allow_trained: Count questions that the model of a run was trained on too.
    """

    after: Mapping[str, str] = {}
    greedy_runs: Mapping[str, str] = {}
    comparator: str = "bird"
    gold_revision: str = "original"
    gate: str = "exec_ok"
    selectors: Sequence[str] = ()
    common: bool = False
    resampling: Resampling = Resampling()
    questions: int = 10
    title: str = ""
    allow_trained: bool = False


def parents_of(runs: Sequence[str], after: Mapping[str, str]) -> dict[str, str]:
    """The stage that each stage but the first is compared with.

    Args:
        runs: The runs of the stages, in the order of training.
        after: What was asked for; the others come after the one before them.

    Raises:
        NotComparableError: There are fewer than two runs, one is given twice, or a stage would come after itself or a later one.
        NameNotFoundError: `after` names a run that is no stage.
    """
    if len(runs) < 2 or len(set(runs)) < len(runs):  # noqa: PLR2004 - the first has nothing to be compared with
        raise NotComparableError(
            f"These are not the runs of several stages: {', '.join(runs)}.",
            "Name two or more in the order of training, each once.",
        )
    require_stages(runs, [name for pair in after.items() for name in pair], "--after")
    for child, parent in after.items():
        if runs.index(parent) >= runs.index(child):
            raise NotComparableError(
                f"{child} cannot come after {parent}, which is not before it.",
                f"The order of training here is: {', '.join(runs)}.",
            )
    return {run: after.get(run, before) for before, run in pairwise(runs)}


def require_stages(runs: Sequence[str], names: Sequence[str], option: str) -> None:
    """Refuse a name that is not that of a stage.

    Raises:
        NameNotFoundError: One of them is not.
    """
    for name in names:
        if name not in runs:
            raise NameNotFoundError(f"{option} names {name}, which is none of the stages.", f"The stages are: {', '.join(runs)}.")


def sources_of(runs: Sequence[str], greedy_runs: Mapping[str, str]) -> dict[str, str]:
    """The run that holds the greedy answers of each stage.

    Raises:
        NameNotFoundError: The greedy answers of a run that is no stage were named.
        NotComparableError: Two stages would have the greedy answers of one run.
    """
    require_stages(runs, list(greedy_runs), "--greedy-run")
    found = {run: greedy_runs.get(run, run) for run in runs}
    twice = sorted(source for source in set(found.values()) if list(found.values()).count(source) > 1)
    if twice:
        raise NotComparableError(
            f"Several stages would have the greedy answers of {', '.join(twice)}.", "Name another run for each with --greedy-run."
        )
    return found
