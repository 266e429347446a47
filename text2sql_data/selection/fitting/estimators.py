"""The estimators of the selector `features`, from scikit-learn: each gives the probability that an answer is right."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Classifier = Any
"""An estimator of scikit-learn, which has no types."""

ESTIMATORS = ("blend", "gradient_boosting", "logistic")

_CLASSES = 2
_DRAWS = 3


class Rows(NamedTuple):
    """Examples to fit on.

    Attributes:
        values: One row an answer, one column a feature; nan where a feature has no value.
        right: Whether each answer is right.
        mixed: Whether it was to be chosen among right and wrong answers.
        weight: Weight of each answer.
        group: Number of its database.
        drawn: Whether it stands among some of the answers of its question only, drawn so that there is more to learn from.
    """

    values: Matrix
    right: Flags
    mixed: Flags
    weight: npt.NDArray[np.float64]
    group: npt.NDArray[np.int64]
    drawn: Flags

    def part(self, chosen: Flags) -> "Rows":
        """The rows that are chosen."""
        return Rows(
            self.values[chosen],
            self.right[chosen],
            self.mixed[chosen],
            self.weight[chosen],
            self.group[chosen],
            self.drawn[chosen],
        )


class Fitted(NamedTuple):
    """A fitted estimator.

    Attributes:
        rankers: Tell right from wrong answers of one question; of several the mean log-odds count. They learn from choices that
            have both: the others say which questions are hard, and nothing about which answer to pick.
        calibrator: Makes a probability of what the rankers say; it keeps the order.
    """

    rankers: dict[str, Classifier]
    calibrator: Classifier


def fit_rankers(name: str, rows: Rows, seed: int) -> dict[str, Classifier]:
    """Fit what ranks answers."""
    part = rows.part(rows.mixed)
    if len(np.unique(part.right)) < _CLASSES:
        part = rows
    names = ("gradient_boosting", "logistic") if name == "blend" else (name,)
    return {one: _RANKERS[one](part, seed) for one in names}


def fit_calibrator(odds: npt.NDArray[np.float64], right: Flags) -> Classifier:
    """Fit what makes probabilities of log-odds: Platt's sigmoid, on answers that the rankers did not see."""
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(right)) < _CLASSES:  # nothing to learn from: as good as no calibration
        odds, right = np.array([-1.0, 1.0]), np.array([False, True])
    return LogisticRegression(C=1e6).fit(odds[:, None], right)


def log_odds(rankers: Mapping[str, Classifier], values: Matrix) -> npt.NDArray[np.float64]:
    """What the rankers say of answers, before it is calibrated."""
    found = [np.asarray(ranker.predict_proba(values)[:, 1]).clip(1e-6, 1 - 1e-6) for ranker in rankers.values()]
    return np.asarray(np.mean([np.log(p / (1 - p)) for p in found], axis=0))


def probabilities(fitted: Fitted, values: Matrix) -> npt.NDArray[np.float64]:
    """The probability that each answer is right."""
    return calibrated(fitted.calibrator, log_odds(fitted.rankers, values))


def calibrated(calibrator: Classifier, odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Log-odds as probabilities."""
    return np.asarray(calibrator.predict_proba(odds[:, None])[:, 1])


def _gradient_boosting(rows: Rows, seed: int) -> Classifier:
    """Small trees over a fifth of the features each, with large leaves, three draws averaged: examples are few and noisy."""
    from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
    from sklearn.pipeline import make_pipeline

    trees = [
        HistGradientBoostingClassifier(
            max_iter=300,
            learning_rate=0.04,
            max_leaf_nodes=15,
            min_samples_leaf=max(5, min(100, len(rows.right) // 100)),
            l2_regularization=3.0,
            max_features=0.2,
            random_state=_DRAWS * seed + draw,
        )
        for draw in range(_DRAWS)
    ]
    model = make_pipeline(
        _usable(rows.values), VotingClassifier([(f"draw_{n}", one) for n, one in enumerate(trees)], voting="soft")
    )
    return model.fit(rows.values, rows.right, votingclassifier__sample_weight=rows.weight)


def _logistic(rows: Rows, seed: int) -> Classifier:  # noqa: ARG001 - nothing is drawn
    """Standardised features and strong regularisation."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(_usable(rows.values), SimpleImputer(), StandardScaler(), LogisticRegression(C=0.005, max_iter=1000))
    return model.fit(rows.values, rows.right, logisticregression__sample_weight=rows.weight)


def _usable(values: Matrix) -> Classifier:
    """A transformer that keeps the columns that tell rows apart; the others have nothing to learn from, and break the binning."""
    from sklearn.compose import ColumnTransformer

    kept = [column for column in range(values.shape[1]) if len(np.unique(values[~np.isnan(values[:, column]), column])) > 1]
    return ColumnTransformer([("kept", "passthrough", kept)])


_RANKERS: Mapping[str, Callable[[Rows, int], Classifier]] = {"gradient_boosting": _gradient_boosting, "logistic": _logistic}
