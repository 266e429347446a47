"""Two regimes of validators as one JSON value: end to end, and inside. Nothing is counted twice: the gaps are comparisons.

The same lake and the same options give the same value.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from store import Lake
from text2sql_eval.comparison import printing
from text2sql_eval.comparison.comparing import compare
from text2sql_eval.comparison.model import Comparison
from text2sql_eval.declared import gold_feedback
from text2sql_eval.learnt import as_json as in_training
from text2sql_eval.reports import selectors
from text2sql_eval.reports.collab.inside import Reported, inside
from text2sql_eval.reports.made import envelope
from text2sql_eval.statistics.bootstrap import Resampling

Report = dict[str, Any]

METRICS = ("greedy", "pipeline", "oracle", "majority")
"""What is compared end to end, beside the selectors: planner@1, pipeline@1, oracle at the largest common K, and the vote."""


class Options(NamedTuple):
    """How the report is made.

    Attributes:
        further: Runs whose absolute figures stand beside, such as one before training.
        comparator: Comparator of the verdicts.
        gold_revision: Gold revision of the verdicts.
        gate: Which SQL of a sample is its final answer.
        selectors: Names of selectors; empty is all that have chosen for both runs.
        reported: Reward accuracies that trainers reported.
        resampling: How intervals are made.
        title: Heading of the report.
        allow_trained: Count questions that the model of a run was trained on too.
    """

    further: Sequence[str] = ()
    comparator: str = "bird"
    gold_revision: str = "original"
    gate: str = "exec_ok"
    selectors: Sequence[str] = ()
    reported: Sequence[Reported] = ()
    resampling: Resampling = Resampling()
    title: str = ""
    allow_trained: bool = False


def collab_report(lake: Lake, a: str, b: str, options: Options | None = None) -> Report:
    """Is the first run better than the second, and what did their validators learn?

    Args:
        lake: The lake, now or at a version.
        a: The first run, such as that of validators that were trained together with the fixer.
        b: The second run, such as that of validators that were trained by themselves.
        options: How.

    Raises:
        NotComparableError: The runs answer different benchmarks or have no question in common, or a run is given twice.
        NothingToCountError: A run has no label of the comparator.
        NameNotFoundError: A run, comparator, gold revision or selector is not in the lake.
        TrainedQuestionsError: A model of a run was trained on questions that count, and that is not allowed.
    """
    options = options or Options()
    runs = [a, b, *options.further]
    picking = selectors.chosen(lake, options.selectors, runs, options.gate)
    common = [one for one in picking if {a, b} <= set(one.runs)]
    figures = [_figure(_compare(lake, runs, options, metric), metric, runs) for metric in METRICS]
    for one in common:
        sides = [run for run in runs if run in one.runs]
        found = _compare(lake, sides, options, "pipeline", one.name)
        figures.append(_figure(found, f"selector:{one.name}", sides))
    first = _compare(lake, runs, options, "pipeline")
    return {
        **envelope("collab", lake, options.title or f"{a} against {b}"),
        "options": {
            "a": a,
            "b": b,
            "further": list(options.further),
            **{name: getattr(options, name) for name in ("comparator", "gold_revision", "gate")},
            "selectors": list(options.selectors),
            "allow_trained": options.allow_trained,
            "reported": [one._asdict() for one in options.reported],
            **options.resampling._asdict(),
        },
        "benchmark": first.benchmark,
        "revision": first.revision,
        "n": first.n,
        "saw_gold": {run: said._asdict() for run, said in sorted(gold_feedback(lake, options.gate).items()) if run in runs},
        "in_training": in_training(first.learnt),
        "selectors": [one._asdict() for one in common],
        "excluded": [{**left._asdict(), "questions": len(left.positions)} for left in first.excluded],
        "figures": figures,
        "changes": printing.as_json(first)["pairs"][0]["changes"],
        "inside": inside(lake, runs, options.comparator, options.gold_revision, options.reported),
    }


def _compare(lake: Lake, runs: Sequence[str], options: Options, metric: str, selector: str | None = None) -> Comparison:
    return compare(
        lake,
        runs,
        metric=metric,
        comparator=options.comparator,
        gold_revision=options.gold_revision,
        gate=options.gate,
        resampling=options.resampling,
        selectors=[selector] if selector else (),
        allow_trained=options.allow_trained,
    )


def _figure(found: Comparison, metric: str, runs: Sequence[str]) -> dict[str, Any]:
    """One figure of every run on the common questions, and the gap of the first two."""
    pair = printing.as_json(found)["pairs"][0]
    return {
        "metric": metric,
        "k": found.k,
        "n": found.n,
        "runs": {run: side.figure._asdict() for run, side in zip(runs, found.sides, strict=True)},
        "gap": pair["gap"],
        "wins": len(pair["wins"]),
        "losses": len(pair["losses"]),
        "p_value": pair["p_value"],
        "winner": pair["winner"],
        "note": pair["note"],
    }
