"""From runs to a selector over features: the rows are pinned, a model is cross-fitted and saved, and it chooses for the runs."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from store import Lake, pins
from text2sql_data.datasets.pinning import pin_recipe
from text2sql_data.datasets.reading import convert
from text2sql_data.selection import running
from text2sql_data.selection.fitting import crossfit as crossfitting
from text2sql_data.selection.fitting import models
from text2sql_data.selection.methods.features import cross_fitted, feature_names

DRAWS = 2
"""Draws of every k from more than half of the answers on, to learn from besides the whole."""


class Fit(NamedTuple):
    """A fitted selector.

    Attributes:
        model: The model, as name@version.
        pin: The pin that it was fitted on.
        rows: Answers that it was fitted on.
        databases: Their databases.
        folds: Folds of the cross-fit.
        gate: Which SQL of a sample is its final answer.
        calibration: How its probabilities hold on databases that it did not see (see `crossfit.calibration`).
        importances: The features, the most important one first; empty when they were not asked for.
        selected: What the cross-fitted models chose for the runs.
    """

    model: str
    pin: str
    rows: int
    databases: int
    folds: int
    gate: str
    calibration: dict[str, object]
    importances: list[dict[str, object]]
    selected: running.Selected


def pin_features(
    lake: Lake,
    name: str,
    runs: Sequence[str],
    *,
    comparator: str,
    gold_revision: str,
    gate: str,
    draws: int = DRAWS,
    arguments: list[str] | None = None,
) -> str:
    """Pin the features and verdicts of all final answers of runs; the pin that is there when nothing has changed."""
    recipe = convert(
        {
            "kind": "selector_features",
            "name": name,
            "runs": list(runs),
            "comparator": comparator,
            "gold_revision": gold_revision,
            "gate": gate,
            "draws": draws,
            "split": {"fractions": {"train": 1.0}},
        }
    )
    return pin_recipe(lake, recipe, arguments=arguments).pin.ref


def fit(
    lake: Lake,
    name: str,
    pin: str,
    *,
    estimator: str = "blend",
    folds: int = crossfitting.FOLDS,
    seed: int = 0,
    runs: Sequence[str] = (),
    draws: int = 0,
    with_importances: bool = False,
    progress: Callable[[int], None] = lambda _: None,
    arguments: list[str] | None = None,
) -> Fit:
    """Fit a selector on a pin of features, cross-fitted by database, and let it choose.

    Args:
        lake: The lake.
        name: Name of the model, and of the selector in figures.
        pin: The pin, of the kind selector_features.
        estimator: gradient_boosting, logistic, or blend: the mean of both.
        folds: Folds of the cross-fit.
        seed: Seed of folds and estimator.
        runs: More runs to choose for; those of the pin are always chosen for. Each question is scored by the model that did not
            see its database, so a run of other systems over the same questions may be among them.
        draws: For curves over k: see `running.run`.
        with_importances: Measure how much each feature matters.
        progress: Told how many models are fitted.
        arguments: Arguments of the command, for the log.
    """
    found = pins.find(lake, pin)
    data = crossfitting.training(lake, found.ref)
    fitted = crossfitting.crossfit(data, estimator, folds=folds, seed=seed, progress=progress)
    whole = ~data.rows.drawn
    calibration = dict(crossfitting.calibration(fitted.probabilities[whole], data.rows.right[whole]))
    names = feature_names()
    found_importances = crossfitting.importances(data, fitted, names, seed=seed) if with_importances else []
    recipe = found.recipe
    assert isinstance(recipe, dict)  # noqa: S101 - a recipe is a mapping
    said = {
        "estimator": estimator,
        "folds": len(fitted.folds),
        "seed": seed,
        "feature_set": recipe["feature_set"],
        "comparator": recipe["comparator"],
        "gold_revision": recipe["gold_revision"],
        "gate": recipe["gate"],
    }
    summary = {"calibration": calibration, "importances": found_importances, "fold_of": fitted.fold_of}
    ref = models.save(lake, name, fitted.full, pin=found.ref, recipe=said, seed=seed, summary=summary, arguments=arguments)
    own = recipe["runs"]
    every = list(dict.fromkeys([*own, *runs]))
    selector = cross_fitted(fitted, ref, said)
    selected = running.run(lake, selector, every, gate=str(recipe["gate"]), name=name, draws=draws, arguments=arguments)
    return Fit(
        ref,
        found.ref,
        int(whole.sum()),
        len(data.databases),
        len(fitted.folds),
        str(recipe["gate"]),
        calibration,
        found_importances,
        selected,
    )
