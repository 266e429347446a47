"""The report over runs as one JSON value that the page, the Markdown, the LaTeX table and the terminal show.

A figure is `{value, n, k, lower, upper, clusters, excluded}`; bounds are there for whole runs only. The same lake and the same
options give the same value.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from store import Lake, StoreError
from text2sql_eval.declared import declared_gates, gold_feedback
from text2sql_eval.figures import Common, Figure
from text2sql_eval.learnt import as_json as in_training
from text2sql_eval.reports import made, selectors
from text2sql_eval.reports.leaderboard import types
from text2sql_eval.reports.leaderboard.counting import Counting, count

Report = dict[str, Any]

CURVES = ("oracle", "majority_at_k")
"""Metrics with a value at every k, beside those of selectors."""

_OF_ONE_SAMPLE = frozenset({"ex", "greedy"})


class Options(NamedTuple):
    """How a report is made.

    Attributes:
        counting: What is counted.
        selectors: Names of selectors; empty is all that have chosen for the runs.
        rank_by: The metric that orders the runs, and that stands in the heat maps.
        types: Whether types of errors are counted.
        title: Heading of the report.
    """

    counting: Counting = Counting()
    selectors: Sequence[str] = ()
    rank_by: str = "ex"
    types: bool = True
    title: str = ""


class RankError(StoreError, LookupError):
    """Runs cannot be ordered by a metric that none of them has."""


def runs_report(lake: Lake, options: Options | None = None) -> Report:
    """Everything that a report says about runs.

    Args:
        lake: The lake, now or at a version.
        options: How.

    Raises:
        NothingToCountError: No candidate of the chosen runs has a label of the chosen comparators.
        NameNotFoundError: A run, benchmark, comparator, gold revision or selector is not in the lake.
        TrainedQuestionsError: A model of a run was trained on questions that count, that is not allowed, and the run is named or
            no other is left.
        RankError: No run has the metric that is to order them.
    """
    options = options or Options()
    what = options.counting
    picking = selectors.chosen(lake, options.selectors, what.runs, what.gate)
    found = count(lake, what, [one.name for one in picking])
    helped, gates = gold_feedback(lake, what.gate), declared_gates(lake)
    shown = {figure.run for figure in found.figures}
    boards = [
        _board(list(group), options.rank_by)
        for _, group in groupby(found.figures, key=lambda f: (f.benchmark, f.revision, f.comparator))
    ]
    names = ", ".join(dict.fromkeys(board["benchmark"] for board in boards))
    return {
        **made.envelope("runs", lake, options.title or f"Leaderboard: {names}"),
        "options": {
            "runs": None if what.runs is None else list(what.runs),
            "benchmarks": None if what.benchmarks is None else list(what.benchmarks),
            "comparators": None if what.comparators is None else list(what.comparators),
            "gold_revision": what.gold_revision,
            "gate": what.gate,
            "common": what.common,
            "selectors": list(options.selectors),
            "rank_by": options.rank_by,
            "types": options.types,
            "allow_trained": what.allow_trained,
            **what.resampling._asdict(),
        },
        "selectors": [one._asdict() for one in picking],
        "pins": [pin._asdict() for pin in selectors.pins(lake, picking)],
        "saw_gold": {run: said._asdict() for run, said in sorted(helped.items()) if run in shown},
        "in_training": in_training(found.learnt),
        "left_out": in_training(found.left_out),
        "made_for_gate": {run: gate for run, gate in sorted(gates.items()) if run in shown and gate != what.gate},
        "common": [_common(one) for one in found.common],
        "unjudged": found.unjudged,
        "boards": [{**board, "types": _types(lake, board, what) if options.types else None} for board in boards],
    }


def _board(figures: Sequence[Figure], rank_by: str) -> dict[str, Any]:
    """The runs of one benchmark under one comparator, the best first."""
    first = figures[0]
    whole = [figure for figure in figures if figure.dimension == "all"]
    runs = [_run(list(group)) for _, group in groupby(whole, key=lambda figure: figure.run)]
    known = sorted({metric for run in runs for metric in run["figures"]})
    if rank_by not in known:
        raise RankError(f"No run of {first.benchmark} has the metric {rank_by}.", f"There are: {', '.join(known)}.")
    runs.sort(key=lambda run: (-_value(run, rank_by), run["run"]))
    for run in runs:
        ahead = sum(_value(other, rank_by) > _value(run, rank_by) for other in runs)
        run["rank"] = None if _value(run, rank_by) < 0 else ahead + 1
    return {
        "benchmark": first.benchmark,
        "revision": first.revision,
        "comparator": first.comparator,
        "gold_revision": first.gold_revision,
        "gate": first.gate,
        "runs": runs,
        **{dimension: _slices(figures, dimension, rank_by) for dimension in ("difficulty", "database")},
    }


def _types(lake: Lake, board: dict[str, Any], what: Counting) -> dict[str, Any] | None:
    return types.of_board(lake, [run["run"] for run in board["runs"]], board["comparator"], what)


def _value(run: dict[str, Any], metric: str) -> float:
    """A figure to order by; below all others where it is not known."""
    figure = run["figures"].get(metric)
    return -1.0 if figure is None or figure["value"] is None else figure["value"]


def _run(figures: Sequence[Figure]) -> dict[str, Any]:
    """One run: its figures among all its samples, and those that it has at every k."""
    first, largest = figures[0], max(figure.k for figure in figures)
    metrics = {figure.metric for figure in figures}
    curves: dict[str, list[dict[str, Any]]] = {
        metric: [] for metric in (*CURVES, *sorted(m for m in metrics if m.startswith("selector_at_k:")))
    }
    own: dict[str, dict[str, Any]] = {}
    for figure in figures:
        if figure.metric in curves:
            curves[figure.metric].append({**_figure(figure), "k": figure.k})
        elif figure.k == (1 if figure.metric in _OF_ONE_SAMPLE else largest):
            own[figure.metric] = _figure(figure)
    return {
        "run": first.run,
        "system": first.system,
        "rank": None,
        "k": largest,
        "n": first.n,
        "excluded": dict(sorted(first.excluded.items())),
        "figures": own,
        "curves": {metric: found for metric, found in curves.items() if found and largest > 1},
        "headroom": _headroom(own) if largest > 1 else [],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    interval = figure.interval
    bounds = {"lower": None, "upper": None, "clusters": None, "cluster": None}
    if interval is not None:
        bounds = {name: getattr(interval, name) for name in bounds}
    return {"value": figure.value, "n": figure.n, **bounds}


def _headroom(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """What is missing to 1, by who picks: beyond the oracle, and lost by the pick."""
    found = []
    oracle = figures["any_correct"]["value"]
    for metric, figure in figures.items():
        name = (
            "majority" if metric == "majority" else metric.removeprefix("selector:") if metric.startswith("selector:") else None
        )
        if name is None or figure["value"] is None or oracle is None:
            continue
        lost = figures[f"headroom:{name}"]["value"] if f"headroom:{name}" in figures else oracle - figure["value"]
        beyond = 1 - figure["value"] - lost
        missing = lost + beyond
        found.append(
            {
                "pick": name,
                "selector": metric.startswith("selector:"),
                "right": figure["value"],
                "lost": max(0.0, lost),
                "beyond": max(0.0, beyond),
                "share": lost / missing if missing > 0 else None,
                "n": figure["n"],
            }
        )
    return found


def _slices(figures: Sequence[Figure], dimension: str, metric: str) -> list[dict[str, Any]]:
    """One metric of every run on each slice, among all samples that the run has there."""
    found: dict[str | None, dict[str, Figure]] = {}
    for figure in figures:
        if figure.dimension == dimension and figure.metric == metric:
            own = found.setdefault(figure.slice, {})
            if figure.run not in own or own[figure.run].k < figure.k:
                own[figure.run] = figure
    return [
        {"slice": label, "runs": {run: {"value": figure.value, "n": figure.n} for run, figure in sorted(of.items())}}
        for label, of in sorted(found.items(), key=lambda item: (item[0] is None, item[0] or ""))
    ]


def _common(one: Common) -> dict[str, Any]:
    return one._asdict()
