"""Compares runs on the questions that count in all of them: each figure with its interval, and the paired gap of every two.

A winner is named only where the interval of the gap does not contain zero and the exact test agrees. Intervals of several pairs
are not adjusted for their number; McNemar's p-values are, by Holm's method.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from store import Lake, StoreError
from store.scratch import Scratch
from text2sql_eval.comparison.changes import Changes, Facts, changes, read_facts
from text2sql_eval.comparison.model import Comparison, Excluded, Pair, Question, Side
from text2sql_eval.figures import UNDEFINED, Measure
from text2sql_eval.outcomes import LABEL, NothingToCountError, staged, text
from text2sql_eval.statistics.bootstrap import Floats, Interval, Resampling, gap, intervals
from text2sql_eval.statistics.mcnemar import exact_p_value, holm
from text2sql_eval.statistics.selectors import require_selectors, selector_terms
from text2sql_eval.statistics.terms import BINARY, counted_questions, standard_terms

if TYPE_CHECKING:
    import polars as pl

BESIDE = ("greedy", "pipeline", "any_correct", "majority")
"""Figures that stand beside the compared one: a gap says little without them."""

FEW = 10
"""Fewer questions that differ than that make the interval of a gap doubtful, and are said."""

SELECTOR = "selector"
"""The metric of selectors' picks."""

_AT_K = frozenset({"oracle", "majority_at_k"})


class NotComparableError(StoreError, ValueError):
    """Runs that cannot be compared: of several benchmarks, without common questions, or the same run twice."""


def compare(
    lake: Lake,
    runs: Sequence[str],
    *,
    metric: str = "pipeline",
    k: int | None = None,
    comparator: str = "bird",
    gold_revision: str = "original",
    gate: str = "exec_ok",
    resampling: Resampling | None = None,
    measures: Mapping[str, Measure] | None = None,
    selectors: Sequence[str] = (),
    allow_trained: bool = False,
) -> Comparison:
    """Compare runs, two or more, every two of them in the order in which they are given.

    With selectors, what is compared are their picks: each run as each of them picks, so that one run with two selectors is two
    sides. A side is named after its run, and after its selector where there are several.

    Args:
        lake: The lake, now or at a version.
        runs: The runs.
        metric: A metric of `figures.METRICS`, or one that is measured.
        k: For oracle and majority_at_k: how many samples; None is the most that all runs have.
        comparator: Comparator of the verdicts.
        gold_revision: Gold revision of the verdicts.
        gate: Which SQL of a sample is its final answer.
        resampling: How intervals are made; None is the default.
        measures: How metrics are measured that are not in `figures.METRICS`.
        selectors: Names of selectors; the metric is then `selector`.
        allow_trained: Count questions that the model of a run was trained on too.

    Raises:
        NotComparableError: The runs answer different benchmarks or have no question in common, or a run is given twice.
        NothingToCountError: A run has no label of that comparator.
        NameNotFoundError: A run, comparator or gold revision is not in the lake.
        TrainedQuestionsError: A model of a run was trained on questions that count, and that is not allowed.
    """
    sides_of = _sides(runs, selectors)
    labels = list(sides_of)
    if len({*runs}) < len(runs) or len(labels) < 2:  # noqa: PLR2004 - a comparison is between two
        raise NotComparableError(f"These are not several runs: {', '.join(runs)}.", "Name two or more, each once.")
    require_selectors(lake, selectors, gate)
    how = resampling or Resampling()
    with staged(
        lake,
        runs=runs,
        benchmarks=None,
        comparators=[comparator],
        gold_revision=gold_revision,
        gate=gate,
        common=len(runs) > 1,
        allow_trained=allow_trained,
    ) as (scratch, _, _, learnt, _):
        benchmark, revision = _one_benchmark(scratch, runs, comparator, gold_revision)
        counted = _by_side(counted_questions(scratch), sides_of)
        measure = (measures or {}).get(metric)
        terms = standard_terms(counted)
        if not len(terms):
            raise NotComparableError(f"No question counts in all of these runs: {', '.join(runs)}.", "See why with: t2s eval")
        if selectors:
            metric, found = SELECTOR, _picks(selector_terms(scratch, selectors=selectors), sides_of)
        else:
            found = terms if measure is None else measure(scratch)
        at = _samples(terms, labels, metric, k)
        values, positions, undefined = _values(found, labels, metric, at)
        questions = {row[0]: Question(*row) for row in scratch.execute(text("compared_questions")).fetchall()}
        not_counted = [Excluded(*row) for row in scratch.execute(text("not_counted")).fetchall()]
        facts = read_facts(scratch.execute(text("run_facts"), runs=list(runs)).fetchall())
    excluded = [one._replace(run=label) for label, (run, _) in sides_of.items() for one in not_counted if one.run == run]
    reason = UNDEFINED.get(metric, "fewer_than_k_samples")
    excluded += [Excluded(run, reason, missing) for run, missing in undefined.items()]
    if not positions:
        raise NotComparableError(f"No question has {metric} in all of these: {', '.join(labels)}.", "See why with: t2s eval")
    common = [questions[position] for position in positions]
    clusters = _clusters(common, how)
    beside = {name: _values(terms, labels, name, None, positions)[0] for name in BESIDE}
    sides = [
        Side(
            label,
            facts[run].system,
            int(counted.filter(counted["run"] == label)["samples"].max() or 0),  # type: ignore[arg-type]
            *_intervals([values[label], *(beside[name][label] for name in BESIDE)], clusters, how),
        )
        for label, (run, _) in sides_of.items()
    ]
    binary = metric in BINARY or metric in {"oracle", SELECTOR}
    pairs = [
        _pair(a, b, values, common, clusters, how, binary=binary)._replace(changes=_changes(facts, sides_of[a], sides_of[b]))
        for a, b in combinations(labels, 2)
    ]
    return Comparison(
        metric,
        at,
        benchmark,
        revision,
        comparator,
        gold_revision,
        gate,
        lake.version,
        len(common),
        sides,
        _judged(pairs),
        excluded,
        learnt,
    )


def _sides(runs: Sequence[str], selectors: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """The sides by name: a run, and the selector whose picks are compared."""
    if not selectors:
        return {run: (run, None) for run in runs}
    several = len(selectors) > 1
    return {f"{run}: {name}" if several else run: (run, name) for run in runs for name in selectors}


def _by_side(frame: "pl.DataFrame", sides: Mapping[str, tuple[str, str | None]]) -> "pl.DataFrame":
    """Rows of runs as rows of sides."""
    import polars as pl

    return pl.concat([frame.filter(pl.col("run") == run).with_columns(run=pl.lit(label)) for label, (run, _) in sides.items()])


def _picks(terms: "pl.DataFrame", sides: Mapping[str, tuple[str, str | None]]) -> "pl.DataFrame":
    """The terms of selectors' picks, each under its side."""
    import polars as pl

    return pl.concat(
        [
            terms.filter((pl.col("run") == run) & (pl.col("metric") == f"selector:{name}")).with_columns(
                run=pl.lit(label), metric=pl.lit(SELECTOR)
            )
            for label, (run, name) in sides.items()
        ]
    )


def _changes(facts: Mapping[str, Facts], a: tuple[str, str | None], b: tuple[str, str | None]) -> Changes:
    """What changed between two sides; two of one run differ in nothing but their selector."""
    return changes(facts[a[0]], facts[b[0]], a[1], b[1])


def _one_benchmark(scratch: Scratch, runs: Sequence[str], comparator: str, gold_revision: str) -> tuple[str, str]:
    found = scratch.execute("SELECT DISTINCT benchmark, revision, run FROM question_outcomes ORDER BY ALL").fetchall()
    if missing := set(runs) - {run for *_, run in found}:
        listed = ", ".join(sorted(missing))
        raise NothingToCountError(f"No verdict of {comparator} for gold revision {gold_revision}: {listed}.", LABEL)
    benchmarks = sorted({(benchmark, revision) for benchmark, revision, _ in found})
    if len(benchmarks) > 1:
        listed = ", ".join(f"{run} answers {benchmark} revision {revision}" for benchmark, revision, run in found)
        raise NotComparableError(f"Runs of different questions cannot be compared: {listed}.", "Name runs of one benchmark.")
    return benchmarks[0]


def _samples(terms: "pl.DataFrame", runs: Sequence[str], metric: str, k: int | None) -> int | None:
    """The k of a metric that has one: that asked for, or the most that all runs have."""
    if metric not in _AT_K:
        return None
    largest = min(int(terms.filter((terms["run"] == run) & (terms["metric"] == "oracle"))["k"].max() or 0) for run in runs)  # type: ignore[arg-type]
    if k is not None and k > largest:
        raise NotComparableError(f"Not all of these runs have {k} samples: {', '.join(runs)}.", f"Give --k {largest} at most.")
    return k or largest


def _values(
    terms: "pl.DataFrame", runs: Sequence[str], metric: str, k: int | None, only: Sequence[int] | None = None
) -> tuple[dict[str, tuple[Floats, Floats]], list[int], dict[str, list[int]]]:
    """Numerators and denominators by run over the same questions, these questions, and those without a value by run.

    For a metric that divides by something else than questions, a question may add 0 to the denominator of a run.
    """
    import polars as pl

    rows = terms.filter(pl.col("metric") == metric)
    if k is not None:
        rows = rows.filter(pl.col("k") == k)
    undefined: dict[str, list[int]] = {}
    if metric in _AT_K or metric in UNDEFINED:
        missing = rows.filter(pl.col("denominator") == 0).sort("position")
        undefined = {str(run): part["position"].to_list() for (run,), part in missing.group_by("run", maintain_order=True)}
        rows = rows.join(missing.select("position").unique(), on="position", how="anti")
    if only is not None:
        rows = rows.filter(pl.col("position").is_in(list(only)))
    parts = {run: rows.filter(pl.col("run") == run).sort("position") for run in runs}
    values = {run: (part["numerator"].to_numpy(), part["denominator"].to_numpy()) for run, part in parts.items()}
    return values, parts[runs[0]]["position"].to_list(), undefined


def _clusters(questions: Sequence[Question], how: Resampling) -> npt.NDArray[np.int64]:
    if how.cluster == "question":
        return np.arange(len(questions))
    return np.asarray(np.unique([question.db_id for question in questions], return_inverse=True)[1], dtype=np.int64)


def _intervals(
    terms: Sequence[tuple[Floats, Floats]], clusters: npt.NDArray[np.int64], how: Resampling
) -> tuple[Interval, dict[str, Interval]]:
    """The interval of the compared figure, and those of the figures beside it."""
    columns = [np.column_stack([pair[side] for pair in terms]) for side in (0, 1)]
    first, *others = intervals(columns[0], columns[1], clusters, how)
    return first, dict(zip(BESIDE, others, strict=True))


def _pair(
    a: str,
    b: str,
    values: Mapping[str, tuple[Floats, Floats]],
    questions: Sequence[Question],
    clusters: npt.NDArray[np.int64],
    how: Resampling,
    *,
    binary: bool,
) -> Pair:
    (ours, our_n), (theirs, their_n) = values[a], values[b]
    interval, design_effect = gap(values[a], values[b], clusters, how)
    both = (our_n > 0) & (their_n > 0)
    ahead = np.zeros(len(questions))
    ahead[both] = (ours / np.where(both, our_n, 1) - theirs / np.where(both, their_n, 1))[both]
    wins = [question for question, points in zip(questions, ahead, strict=True) if points > 0]
    losses = [question for question, points in zip(questions, ahead, strict=True) if points < 0]
    right_or_wrong = binary and bool(np.isin(ours, (0, 1)).all() and np.isin(theirs, (0, 1)).all())
    p_value = exact_p_value(len(wins), len(losses)) if right_or_wrong else None
    return Pair(a, b, interval, design_effect, wins, losses, p_value, p_value, None, "", Changes([], [], [], ""))


def _judged(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs with their adjusted p-values, and with what they show."""
    adjusted = iter(holm([pair.p_value for pair in pairs if pair.p_value is not None]))
    judged = []
    for pair in pairs:
        p_value = None if pair.p_value is None else next(adjusted)
        shown = winner(pair.gap, p_value, pair.a, pair.b)
        note = _note(pair.gap, p_value, shown, len(pair.wins) + len(pair.losses))
        judged.append(pair._replace(p_adjusted=p_value, winner=shown, note=note))
    return judged


def winner(interval: Interval, p_value: float | None, a: str, b: str) -> str | None:
    """The run that is shown to do better, if any.

    The interval must not contain zero, and the exact test, where there is one, must agree: with few questions that differ, a
    bootstrap alone is too sure of itself.

    Args:
        interval: The gap, first run minus second.
        p_value: Of the exact test, adjusted for the number of pairs; None where there is none.
        a: The first run.
        b: The second run.
    """
    if not _excludes_zero(interval) or (p_value is not None and p_value > 1 - interval.level):
        return None
    return a if interval.value is not None and interval.value > 0 else b


def _excludes_zero(interval: Interval) -> bool:
    return interval.lower is not None and interval.upper is not None and not interval.lower <= 0 <= interval.upper


def _note(interval: Interval, p_value: float | None, shown: str | None, differing: int) -> str:
    if interval.lower is None:
        return f"{interval.drawn}: too few for an interval (--cluster question draws questions)"
    if shown is None and _excludes_zero(interval):
        return f"the interval is beyond zero, and the exact test does not agree (p = {p_value:.3g})"
    if 0 < differing < FEW:
        return f"only {differing} questions differ: the interval has little to draw from"
    return ""
