"""Bradley and Terry's strengths from the outcomes of comparisons.

One wins against another with the probability 1 / (1 + exp(-d)), where d is the difference of their strengths. Outcomes are
shares of a win, so that a probability counts as it is. A weak prior keeps strengths finite where one won everything, and
comparable where no chain of comparisons joins two.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

DRAWN = 0.5
_TOLERANCE = 1e-8


def strengths(comparisons: Sequence[tuple[int, int, float]], n: int, prior: float = 0.1) -> list[float]:
    """The strengths that make the outcomes most likely.

    Args:
        comparisons: First, second, and the first one's share of the win, from 0 to 1; a pair may come up more than once.
        n: How many there are to compare; first and second are from 0 to n - 1.
        prior: Comparisons that each is taken to have drawn against one of the strength 0. More than 0.

    Returns:
        Their strengths in logits. They lie around 0, and one without comparisons has 0.
    """
    if not comparisons:
        return [0.0] * n
    first = np.array([one for one, _, _ in comparisons], np.intp)
    second = np.array([other for _, other, _ in comparisons], np.intp)
    share = np.array([won for _, _, won in comparisons], float)

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        """The negative log-likelihood with the prior, and its gradient."""
        gap = at[first] - at[second]
        # log(1 + exp(x)) - share * x is what an outcome costs.
        value = (np.logaddexp(0, gap) - share * gap).sum() + prior * (np.logaddexp(0, at) - DRAWN * at).sum()
        gradient = prior * (_sigmoid(at) - DRAWN)
        surprise = _sigmoid(gap) - share
        np.add.at(gradient, first, surprise)
        np.add.at(gradient, second, -surprise)
        return float(value), gradient

    def curvature(at: np.ndarray) -> np.ndarray:
        """The Hessian; the loss is convex."""
        hessian = np.diag(prior * _sigmoid(at) * _sigmoid(-at))
        gap = at[first] - at[second]
        weight = _sigmoid(gap) * _sigmoid(-gap)
        for one, other, sign in ((first, first, 1), (second, second, 1), (first, second, -1), (second, first, -1)):
            np.add.at(hessian, (one, other), sign * weight)
        return hessian

    found = minimize(loss, np.zeros(n), jac=True, hess=curvature, method="trust-ncg", options={"gtol": _TOLERANCE})
    return [float(one) for one in found.x]


def _sigmoid(gap: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-np.logaddexp(0, -gap)))
