"""What each step of the training gained: comparisons of a stage with the one that it comes after, as `t2s compare` makes them."""

from collections.abc import Mapping, Sequence
from typing import Any

from store import Lake
from store.output import visible
from text2sql_eval.comparison import printing
from text2sql_eval.comparison.comparing import SELECTOR, compare
from text2sql_eval.comparison.model import Comparison, Question
from text2sql_eval.reports.trajectory.options import Options

GAIN, LOSS, OPEN = "gain", "loss", "cannot be told"
"""What the gap of a step shows."""

COMPARED = ("greedy", "pipeline", "oracle", "majority", "selector")
"""What can be compared; a pick-rate divides by other questions in either stage."""


def steps(
    lake: Lake, parents: Mapping[str, str], sources: Mapping[str, str], metrics: Sequence[str], k: int, how: Options
) -> list[dict[str, Any]]:
    """Every stage that comes after another one, compared with it on their common questions.

    Args:
        lake: The lake, now or at a version.
        parents: The stage that each stage is compared with.
        sources: The run that holds the greedy answers of each stage.
        metrics: The metrics that are shown.
        k: The k of oracle.
        how: Comparator, gold revision, gate and resampling.

    Raises:
        NotComparableError: The runs answer different benchmarks, or have no question in common.
        NothingToCountError: A run has no label of the comparator.
        NameNotFoundError: A run, comparator or gold revision is not in the lake.
    """
    made = []
    for child, parent in parents.items():
        found = {
            metric: _compared(lake, metric, child, parent, sources, k, how)
            for metric in metrics
            if metric.partition(":")[0] in COMPARED
        }
        (greedy,) = found["greedy"].pairs
        made.append(
            {
                "stage": child,
                "after": parent,
                "figures": {metric: _figure(one) for metric, one in found.items()},
                "level": how.resampling.level,
                "changes": printing.as_json(found["majority"])["pairs"][0]["changes"],
                "won": [_question(question) for question in greedy.wins[: how.questions]],
                "lost": [_question(question) for question in greedy.losses[: how.questions]],
            }
        )
    return made


def _compared(lake: Lake, metric: str, child: str, parent: str, sources: Mapping[str, str], k: int, how: Options) -> Comparison:
    what, _, selector = metric.partition(":")
    first = metric in {"greedy", "pipeline"}
    return compare(
        lake,
        [sources[child], sources[parent]] if first else [child, parent],
        metric="pipeline" if what == SELECTOR else metric,  # that of picks is set by the selector
        k=k if metric == "oracle" else None,
        comparator=how.comparator,
        gold_revision=how.gold_revision,
        gate=how.gate,
        resampling=how.resampling,
        selectors=[selector] if selector else (),
        allow_trained=how.allow_trained,
    )


def _figure(found: Comparison) -> dict[str, Any]:
    (pair,) = found.pairs
    gap = pair.gap
    counted = pair.p_value is not None  # else a question is not just right or wrong, and is neither won nor lost
    beyond = None if gap.lower is None or gap.upper is None else not gap.lower <= 0 <= gap.upper
    return {
        "n": found.n,
        "k": found.k,
        "before": found.sides[1].figure.value,
        "value": found.sides[0].figure.value,
        "gap": gap.value,
        "lower": gap.lower,
        "upper": gap.upper,
        "clusters": gap.clusters,
        "cluster": gap.cluster,
        "design_effect": pair.design_effect,
        "wins": len(pair.wins) if counted else None,
        "losses": len(pair.losses) if counted else None,
        "p_value": pair.p_value,
        "excludes_zero": beyond,
        "shown": OPEN if pair.winner is None else GAIN if pair.winner == pair.a else LOSS,
        "note": pair.note,
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "position": question.position,
        "question_id": question.question_id,
        "db_id": question.db_id,
        "question": visible(question.question),
    }
