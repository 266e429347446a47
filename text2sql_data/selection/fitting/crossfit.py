"""Cross-fitting by database: every answer is scored by a model that was fitted without any question of its database."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from store import Lake, pins
from text2sql_data.datasets.questions import normalised
from text2sql_data.draws import seeded, shuffled
from text2sql_data.selection.choices import text
from text2sql_data.selection.fitting import estimators
from text2sql_data.selection.fitting.estimators import Fitted, Rows
from text2sql_data.selection.model import SelectionError

if TYPE_CHECKING:
    import polars as pl

FOLDS = 10
_LEAST = 2


class Training(NamedTuple):
    """What a pin of features gives to fit on.

    Attributes:
        rows: The examples; `rows.group` numbers groups of databases that share a name or their bytes.
        databases: A name of each group.
        keys: By what a question is known (see `question_keys`), the group of its database.
        frame: One row an example: candidate, choice, draw, label, db_id.
    """

    rows: Rows
    databases: list[str]
    keys: dict[str, int]
    frame: "pl.DataFrame"


class CrossFitted(NamedTuple):
    """Models of a cross-fit.

    Attributes:
        full: The model that was fitted on everything.
        folds: The models that were fitted without some databases.
        fold_of: By database and what its questions are known by (see `question_keys`), the fold that did not see it.
        probabilities: For every example the probability by the model that did not see its database.
    """

    full: Fitted
    folds: list[Fitted]
    fold_of: dict[str, int]
    probabilities: npt.NDArray[np.float64]


def training(lake: Lake, ref: str, split: str = "train") -> Training:
    """The examples of a pin of the kind selector_features.

    Raises:
        SelectionError: The pin is of another kind, or its answers are all right or all wrong.
        PinNotFoundError: There is no such pin.
    """
    import polars as pl

    pin = pins.find(lake, ref)
    if pin.kind != "selector_features":
        raise SelectionError(f"{pin.ref} is of the kind {pin.kind}.", "Make one with a recipe of kind: selector_features.")
    content = pl.from_arrow(pins.rows(lake, pin.ref, split).read_all())
    assert isinstance(content, pl.DataFrame)  # noqa: S101 - a table is a frame
    places = lake.sql(text("pinned_databases"), name=pin.name, version=pin.version, split=split).pl()
    frame = content.select("candidate", "choice", "draw", "label", "features").join(
        places, on=["candidate", "choice"], how="left", maintain_order="left"
    )
    right = frame["label"].to_numpy().astype(bool)
    if right.all() or not right.any():
        raise SelectionError(
            f"The answers of {pin.ref} are all {'right' if right.all() else 'wrong'}.", "There is nothing to learn."
        )
    values = np.array(frame["features"].to_list(), dtype=np.float64)
    databases, keys, group = _groups(frame)
    # Answers with the same features say the same thing again: n of them weigh as much as the root of n.
    key = pl.col("features").cast(pl.List(pl.String)).list.eval(pl.element().fill_null("")).list.join(",")
    same = frame.select(n=pl.len().over("choice", key))["n"].to_numpy()
    mixed = frame.select((pl.col("label").any() & ~pl.col("label").all()).over("choice"))["label"].to_numpy()
    drawn = (frame["draw"] > 0).to_numpy()
    rows = Rows(values, right, mixed, 1 / np.sqrt(same), group, drawn)
    return Training(rows, databases, keys, frame.drop("features"))


def question_keys(database: object, db_id: str, question: str) -> tuple[str, str, str]:
    """What a question is known by, whatever its benchmark is called: the bytes of its database, its name, and its own words."""
    return f"bytes {database}", f"name {db_id}", f"text {normalised(question)}"


def _groups(frame: "pl.DataFrame") -> tuple[list[str], dict[str, int], npt.NDArray[np.int64]]:
    """Databases that share a name or their bytes, as one: a name of each group, the group of each key, and that of each row."""
    known = frame.select("database", "db_id", "question").unique(maintain_order=True).rows()
    joined: dict[str, str] = {}

    def root(key: str) -> str:
        while joined.setdefault(key, key) != key:
            key = joined[key]
        return key

    for database, db_id, question in known:
        content, name, _ = question_keys(database, db_id, question)
        if database is not None:
            joined[root(content)] = root(name)
    roots = sorted({root(f"name {db_id}") for _, db_id, _ in known})
    number = {one: place for place, one in enumerate(roots)}
    keys = {}
    for database, db_id, question in known:
        group = number[root(f"name {db_id}")]
        content, name, text_ = question_keys(database, db_id, question)
        keys[name] = group
        keys.setdefault(text_, group)
        if database is not None:
            keys[content] = group
    rows = np.array([keys[f"name {db_id}"] for db_id in frame["db_id"]], dtype=np.int64)
    return [one.removeprefix("name ").removeprefix("bytes ") for one in roots], keys, rows


def folds_of(databases: Sequence[str], rows: npt.NDArray[np.int64], n: int, seed: int) -> dict[str, int]:
    """The fold of every database: in an order that is drawn, each to the fold with the fewest rows so far."""
    sizes = dict(zip(databases, rows, strict=True))
    held = [0] * min(n, len(databases))
    found = {}
    for name in shuffled(seeded("fold", seed), sorted(databases)):
        fold = held.index(min(held))
        held[fold] += int(sizes[name])
        found[name] = fold
    return found


def crossfit(
    of: Training, name: str, *, folds: int = FOLDS, seed: int = 0, progress: Callable[[int], None] = lambda _: None
) -> CrossFitted:
    """Fit one model a fold without the databases of that fold, and one on everything.

    Args:
        of: What to fit on.
        name: The estimator.
        folds: Folds at most; there are never more than databases.
        seed: Seed of the folds and of the estimator.
        progress: Told how many models are fitted.

    Raises:
        SelectionError: There is only one database.
    """
    rows = of.rows
    if len(of.databases) < _LEAST:
        raise SelectionError(f"All examples are about one database, {of.databases[0]}.", "Cross-fitting by database needs two.")
    whole = ~rows.drawn
    fold_of = folds_of(of.databases, np.bincount(rows.group[whole], minlength=len(of.databases)), folds, seed)
    by_group = np.array([fold_of[name] for name in of.databases])
    number = by_group[rows.group]
    ranking, odds = [], np.zeros(len(rows.right))
    for fold in range(int(number.max()) + 1):
        held = number == fold
        ranking.append(estimators.fit_rankers(name, rows.part(~held), seed))
        odds[held] = estimators.log_odds(ranking[-1], rows.values[held])
        progress(1)
    models, found = [], np.zeros(len(rows.right))
    for fold, rankers in enumerate(ranking):
        held = number == fold
        # The rankers of the other folds have seen this one: two numbers that keep the order, and not a pick, know of it.
        calibrator = estimators.fit_calibrator(odds[~held & whole], rows.right[~held & whole])
        models.append(Fitted(rankers, calibrator))
        found[held] = estimators.calibrated(calibrator, odds[held])
    full = Fitted(estimators.fit_rankers(name, rows, seed), estimators.fit_calibrator(odds[whole], rows.right[whole]))
    progress(1)
    return CrossFitted(full, models, {key: int(by_group[group]) for key, group in of.keys.items()}, found)


def calibration(probabilities: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], bins: int = 10) -> Mapping[str, object]:
    """How probabilities keep what they promise: Brier score, log loss, expected calibration error, and the bins.

    The expected calibration error is the mean over equally wide bins, weighted by their answers, of the distance between the mean
    probability and the share that is right (Guo et al., 2017).
    """
    clipped = probabilities.clip(1e-6, 1 - 1e-6)
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    shown = []
    for number in range(bins):
        inside = place == number
        if inside.any():
            shown.append(
                {"n": int(inside.sum()), "probability": float(probabilities[inside].mean()), "right": float(right[inside].mean())}
            )
    error = sum(one["n"] * abs(one["probability"] - one["right"]) for one in shown) / len(right)
    return {
        "n": len(right),
        "brier": float(((probabilities - right) ** 2).mean()),
        "log_loss": float(-np.where(right, np.log(clipped), np.log(1 - clipped)).mean()),
        "expected_calibration_error": float(error),
        "bins": shown,
    }


def importances(of: Training, fitted: CrossFitted, names: Sequence[str], *, seed: int = 0) -> list[dict[str, object]]:
    """How much worse the log loss gets when a feature is shuffled, measured on databases that each model did not see.

    The shuffle is among the answers of one fold. Returns the features, the most important one first.
    """
    whole = ~of.rows.drawn
    rows, held_out = of.rows.part(whole), fitted.probabilities[whole]
    by_group = {group: fitted.fold_of[key] for key, group in of.keys.items() if key.startswith("name ")}
    number = np.array([by_group[group] for group in rows.group])
    rng = np.random.default_rng(seed)
    base = _losses(held_out, rows.right)
    found = []
    for column, name in enumerate(names):
        worse = 0.0
        if len(np.unique(rows.values[~np.isnan(rows.values[:, column]), column])) > 1:
            for fold, model in enumerate(fitted.folds):
                held = number == fold
                values = rows.values[held].copy()
                values[:, column] = rng.permutation(values[:, column])
                worse += float((_losses(estimators.probabilities(model, values), rows.right[held]) - base[held]).sum())
        found.append({"feature": name, "log_loss": worse / len(rows.right)})
    return sorted(found, key=lambda one: -float(str(one["log_loss"])))


def _losses(probabilities: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    clipped = probabilities.clip(1e-6, 1 - 1e-6)
    return np.asarray(-np.where(right, np.log(clipped), np.log(1 - clipped)))
