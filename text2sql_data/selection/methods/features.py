"""The selector over features: the answer that a fitted estimator thinks most likely to be right."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from text2sql_data.features.computing import KEY, compute
from text2sql_data.features.definitions import features, set_id
from text2sql_data.selection.fitting import estimators
from text2sql_data.selection.fitting.crossfit import question_keys
from text2sql_data.selection.model import Choices, Scores, SelectionError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from store.ids import JSON
    from text2sql_data.selection.fitting.crossfit import CrossFitted
    from text2sql_data.selection.fitting.estimators import Fitted
    from text2sql_data.selection.fitting.models import Model

CROSS = "cross-fitted"


@dataclass(frozen=True)
class FeatureSelector:
    """Scores are probabilities of being right.

    Attributes:
        full: The model for databases that no fold knows.
        folds: Models that did not see some databases.
        fold_of: By what a question is known by (see `question_keys`), the fold that did not see its database.
        ref: The model, as name@version.
        said: Its parameters.
        marks: By run and position, why a choice is to be marked: the model was trained on its question or database.
    """

    full: "Fitted"
    folds: "list[Fitted]"
    fold_of: Mapping[str, int]
    ref: str
    said: "Mapping[str, JSON]"
    marks: Mapping[tuple[str, int], str]

    method: ClassVar[str] = "features"
    version: ClassVar[int] = 1

    @property
    def parameters(self) -> "Mapping[str, JSON]":
        """How it was fitted, and which features it reads."""
        return self.said

    @property
    def model(self) -> str:
        """The model, as name@version."""
        return self.ref

    def score(self, choices: Choices) -> Scores:
        """The probability that each answer is right."""
        import numpy as np
        import polars as pl

        values = compute(choices)
        numbers = values.select([name for name in values.columns if name not in KEY]).to_numpy().astype(np.float64)
        fold = self._folds(choices)
        score = np.zeros(len(values))
        # Equal results are equally right under most comparators: what is thought of one goes for all that have it.
        result = pl.coalesce(pl.col("result").cast(pl.String), pl.format("failed {}", "sample"))
        for number in np.unique(fold):
            own, model = fold == number, self.folds[number] if number >= 0 else self.full
            odds = estimators.log_odds(model.rankers, numbers[own])
            pooled = (
                choices.answers.filter(pl.Series(own))
                .select("choice", "result", "sample", odds=pl.Series(odds))
                .select(pl.col("odds").mean().over("choice", result))
            )
            score[own] = estimators.calibrated(model.calibrator, pooled["odds"].to_numpy())
        frame = values.select(KEY).with_columns(score=pl.Series(score))
        if self.folds:
            frame = frame.with_columns(detail=pl.Series([json.dumps({"fold": int(one)}) for one in fold], dtype=pl.String))
        return Scores(frame, self._reasons(choices))

    def _folds(self, choices: Choices) -> "npt.NDArray[np.int64]":
        """For every answer the fold whose model did not see its question's database; -1 where no fold saw it."""
        import numpy as np

        found = {}
        for choice, database, db_id, question in choices.questions.select("choice", "database", "db_id", "question").iter_rows():
            known = (self.fold_of[key] for key in question_keys(database, db_id, question) if key in self.fold_of)
            found[choice] = next(known, -1)
        return np.array([found[choice] for choice in choices.answers["choice"]], dtype=np.int64)

    def _reasons(self, choices: Choices) -> "pl.DataFrame | None":
        import polars as pl

        if not self.marks:
            return None
        rows = [
            (choice, f"trained_on_{self.marks[run, position]}")
            for choice, run, position in choices.questions.select("choice", "run", "position").iter_rows()
            if (run, position) in self.marks
        ]
        return pl.DataFrame(rows, schema={"choice": pl.UInt32, "reason": pl.String}, orient="row")


def cross_fitted(fitted: "CrossFitted", ref: str, said: "Mapping[str, JSON]") -> FeatureSelector:
    """The selector that asks, for every database, the model that did not see it."""
    return FeatureSelector(fitted.full, fitted.folds, fitted.fold_of, ref, {**said, "use": CROSS}, {})


def of_model(model: "Model", gate: str, marks: Mapping[tuple[str, int], str]) -> FeatureSelector:
    """The selector that asks one model about everything.

    Raises:
        SelectionError: The model reads features that are defined in another way now, or under another gate.
    """
    if model.recipe["feature_set"] != set_id(gate):
        of = f"the gate {model.recipe['gate']}" if model.recipe["gate"] != gate else "features as they were defined before"
        raise SelectionError(f"{model.ref} reads {of}.", "Fit it again: t2s select fit")
    return FeatureSelector(model.estimator, [], {}, model.ref, dict(model.recipe), marks)


def feature_names() -> list[str]:
    """The names of the features, in the order of their values."""
    return [feature.name for feature in features()]
