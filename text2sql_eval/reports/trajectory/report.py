"""A training in stages as one JSON value that the page, the Markdown, the LaTeX table and the terminal show.

The same lake and the same options give the same value. Shares are from 0 to 1, every figure has its `n`.
"""

from collections.abc import Sequence
from typing import Any

from store import Lake
from text2sql_eval.declared import warnings
from text2sql_eval.learnt import as_json as in_training
from text2sql_eval.reports import selectors
from text2sql_eval.reports.made import envelope
from text2sql_eval.reports.trajectory.drawn import drawn
from text2sql_eval.reports.trajectory.options import Options, parents_of, sources_of
from text2sql_eval.reports.trajectory.stages import stages
from text2sql_eval.reports.trajectory.steps import steps
from text2sql_eval.reports.trajectory.training import differing, models_of

Report = dict[str, Any]

_SAME_AS_THE_VOTE = frozenset({"majority", "first"})


def trajectory_report(lake: Lake, runs: Sequence[str], options: Options | None = None) -> Report:
    """What each stage of a training achieved, and what each step gained.

    Args:
        lake: The lake, now or at a version.
        runs: A run of each stage on the same questions, in the order of training.
        options: How.

    Raises:
        NotComparableError: The runs are not those of several stages, answer different benchmarks, or have no question in common.
        NothingToCountError: A run has no label of the comparator.
        NameNotFoundError: A run, comparator, gold revision or selector is not in the lake, a selector has not chosen for a stage,
            or `after` or `greedy_runs` name what is no stage.
        TrainedQuestionsError: A model of a run was trained on questions that count, and that is not allowed.
    """
    how = options or Options()
    parents, sources = parents_of(runs, how.after), sources_of(runs, how.greedy_runs)
    picking = selectors.chosen(lake, how.selectors, runs, how.gate)
    if not how.selectors:
        picking = [one for one in picking if set(runs) <= set(one.runs) and one.method not in _SAME_AS_THE_VOTE]
    names = [one.name for one in picking]
    found = stages(lake, runs, parents, sources, picking, how)
    metrics = _metrics(found.stages, names)
    made = steps(lake, parents, sources, metrics, found.k, how)
    counted = list(dict.fromkeys([*runs, *sources.values()]))
    trained = models_of(lake, counted)
    for stage in found.stages:
        of = dict.fromkeys((stage["run"], stage["greedy_run"]))
        stage["models"] = [{"run": run, **model} for run in of for model in trained.get(run, [])]
    return {
        **envelope("trajectory", lake, how.title or f"Training: {', '.join(runs)}"),
        "options": {
            "runs": list(runs),
            "after": dict(how.after),
            "greedy_runs": dict(how.greedy_runs),
            **{
                name: getattr(how, name)
                for name in ("comparator", "gold_revision", "gate", "common", "questions", "allow_trained")
            },
            "selectors": list(how.selectors),
            **how.resampling._asdict(),
        },
        "benchmark": found.benchmark,
        "revision": found.revision,
        "k": found.k,
        "metrics": metrics,
        "stages": found.stages,
        "steps": made,
        "selectors": [one._asdict() for one in picking],
        "pins": [pin._asdict() for pin in selectors.pins(lake, picking)],
        "in_training": in_training(found.learnt),
        "warnings": warnings(lake, counted, how.gate, names, found.learnt),
        "notes": [*drawn(found.stages, found.k), *differing(found.stages)],
    }


def _metrics(found: Sequence[dict[str, Any]], names: Sequence[str]) -> list[str]:
    """The metrics that are shown, in their order: that of the final answer only where some stage has fixes that stand."""
    fixed = any(stage["figures"]["greedy"]["value"] != stage["figures"]["pipeline"]["value"] for stage in found)
    return [
        "greedy",
        *(["pipeline"] if fixed else []),
        "oracle",
        "majority",
        *(f"selector:{name}" for name in names),
        "pick_rate",
        *(f"pick_rate:{name}" for name in names),
    ]
