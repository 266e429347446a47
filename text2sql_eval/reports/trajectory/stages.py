"""What each stage achieved: the figures that `t2s eval` computes, gathered by stage. Nothing is counted here."""

import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import Any, NamedTuple

from store import Lake
from text2sql_data.lookups import NameNotFoundError
from text2sql_eval.comparison.comparing import NotComparableError
from text2sql_eval.figures import Figure, Measure, figures
from text2sql_eval.learnt import Learnt
from text2sql_eval.outcomes import LABEL, NothingToCountError
from text2sql_eval.reports.selectors import Selector
from text2sql_eval.reports.trajectory.options import Options
from text2sql_eval.statistics.selectors import selector_terms

_SQL = files("text2sql_eval") / "reports" / "trajectory" / "sql"

FIRST = ("greedy", "pipeline")
"""Figures of one answer a question: the first SQL, and the final answer, of the first sample."""


class Stages(NamedTuple):
    """The stages, as they stand in the report, and what they have in common.

    Attributes:
        stages: One a run: its figures, by metric.
        benchmark: What they answer.
        revision: Its revision.
        k: The k of oracle: the most samples that all stages have.
        learnt: What the models of the runs learnt of what counts.
    """

    stages: list[dict[str, Any]]
    benchmark: str
    revision: str
    k: int
    learnt: Sequence[Learnt]


def stages(
    lake: Lake,
    runs: Sequence[str],
    parents: Mapping[str, str],
    sources: Mapping[str, str],
    picking: Sequence[Selector],
    how: Options,
) -> Stages:
    """The figures of every stage.

    Args:
        lake: The lake, now or at a version.
        runs: The runs, in the order of training.
        parents: The stage that each stage is compared with.
        sources: The run that holds the greedy answers of each stage.
        picking: The selectors.
        how: Comparator, gold revision, gate and resampling.

    Raises:
        NotComparableError: The runs answer several benchmarks, or no question counts in all of them.
        NothingToCountError: No run has a label of the comparator.
        NameNotFoundError: A run, comparator or gold revision is not in the lake, or a selector has not chosen for a stage.
        TrainedQuestionsError: A model of a run was trained on questions that count, and that is not allowed.
    """
    names = [one.name for one in picking]
    _require_picks(runs, picking)
    measures: list[Measure] = [partial(selector_terms, selectors=names)] if names else []
    every = list(dict.fromkeys([*runs, *sources.values()]))
    counted = figures(
        lake,
        runs=every,
        comparators=[how.comparator],
        gold_revision=how.gold_revision,
        gate=how.gate,
        common=how.common,
        allow_trained=how.allow_trained,
        interval=how.resampling,
        measures=measures,
    )
    found, learnt = counted.figures, counted.learnt
    if missing := sorted(set(every) - {figure.run for figure in found}):
        listed = ", ".join(missing)
        raise NothingToCountError(f"No verdict of {how.comparator} for gold revision {how.gold_revision}: {listed}.", LABEL)
    answered = sorted({(figure.benchmark, figure.revision) for figure in found})
    if len(answered) > 1:
        listed = ", ".join(f"{benchmark} revision {revision}" for benchmark, revision in answered)
        raise NotComparableError(f"The stages answer several benchmarks: {listed}.", "Name runs of one benchmark.")
    own = {(figure.run, figure.metric, figure.k): figure for figure in found}
    samples = {run: max(figure.k for figure in found if figure.run == run) for run in runs}
    k = min(samples.values())
    drawn = temperatures(lake, every)
    made = []
    for run in runs:
        source = sources[run]
        wanted = [(source, metric, 1) for metric in FIRST]
        wanted += [(run, "oracle", k), (run, "majority", samples[run]), (run, "pick_rate", samples[run])]
        wanted += [(run, f"{what}:{name}", samples[run]) for name in names for what in ("selector", "pick_rate")]
        whole = own[run, "majority", samples[run]]
        made.append(
            {
                "run": run,
                "system": whole.system,
                "after": parents.get(run),
                "greedy_run": source,
                "samples": samples[run],
                "temperatures": {"greedy": drawn[source]["first"], **drawn[run]},
                "n": whole.n,
                "excluded": dict(sorted(whole.excluded.items())),
                "figures": {key[1]: plain(own[key]) for key in wanted},
            }
        )
    return Stages(made, *answered[0], k, learnt)


def plain(figure: Figure) -> dict[str, Any]:
    """A figure as it stands in the JSON."""
    interval = figure.interval
    bounds = {"lower": None, "upper": None, "clusters": None, "cluster": None}
    if interval is not None:
        bounds = {name: getattr(interval, name) for name in bounds}
    return {"value": figure.value, "n": figure.n, "k": figure.k, **bounds, "excluded": dict(sorted(figure.excluded.items()))}


def temperatures(lake: Lake, runs: Sequence[str]) -> dict[str, dict[str, list[float]]]:
    """With which temperatures the first and the further samples of each run were drawn; empty where that is not known."""
    rows = lake.sql((_SQL / "temperatures.sql").read_text("utf-8"), runs=list(runs)).fetchall()
    known = {run: {"first": first, "further": further} for run, first, further in rows}
    return {run: known.get(run, {"first": [], "further": []}) for run in runs}


def _require_picks(runs: Sequence[str], picking: Sequence[Selector]) -> None:
    """Refuse a selector that has not chosen for a stage: a hole in the table would be read as a figure."""
    for one in picking:
        missing = [run for run in runs if run not in one.runs]
        if not missing:
            continue
        parts = ["t2s", "select", "run", one.method, *(["--model", one.model] if one.model else [])]
        parts += ["--name", one.name] if one.name != one.method else []
        parts += [part for run in missing for part in ("--run", run)]
        raise NameNotFoundError(f"The selector {one.name} has not chosen for {', '.join(missing)}.", f"Run: {shlex.join(parts)}")
