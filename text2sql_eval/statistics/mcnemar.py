"""The exact McNemar test: whether as many questions are won as lost, where each is right or wrong.

It takes the questions for independent ones. Where those of one database go together, the cluster interval is what counts.
"""

from collections.abc import Sequence


def exact_p_value(wins: int, losses: int) -> float:
    """Two-sided p-value of the exact test.

    Args:
        wins: Questions that only the first run has right.
        losses: Questions that only the second run has right.
    """
    if wins + losses == 0:
        return 1.0
    from scipy.stats import binomtest  # type: ignore[import-untyped]

    return float(binomtest(wins, wins + losses, 0.5).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for their number by Holm's step-down method, in the same order."""
    adjusted, reached = [0.0] * len(p_values), 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        reached = max(reached, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = reached
    return adjusted
