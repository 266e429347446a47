"""Fitted selectors in the lake: saved with their pin, loaded without a pickle, and kept from what they were trained on."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, NamedTuple

from store import Lake, StoreError, pins
from store.commit import versions
from store.ids import JSON, canonical_json
from text2sql_data.datasets.questions import normalised
from text2sql_data.models.registered import Model as LanguageModel
from text2sql_data.models.registered import ModelNotFoundError
from text2sql_data.models.registered import lineage as language_lineage
from text2sql_data.selection.fitting.estimators import Fitted
from text2sql_data.selection.fitting.weights import pack, unpack

KIND = "feature_selector"
_SQL = files("text2sql_data.selection") / "sql"


class LineageError(StoreError, ValueError):
    """A model would be asked about what it was trained on."""


class Model(NamedTuple):
    """A fitted selector.

    Attributes:
        ref: name@version.
        pin: The pin that it was trained on.
        recipe: How it was fitted.
        summary: What was measured of it.
        estimator: The estimator itself.
    """

    ref: str
    pin: str
    recipe: Mapping[str, Any]
    summary: Mapping[str, Any]
    estimator: Fitted


def save(
    lake: Lake,
    name: str,
    estimator: Fitted,
    *,
    pin: str,
    recipe: Mapping[str, JSON],
    seed: int,
    summary: Mapping[str, object],
    arguments: list[str] | None = None,
) -> str:
    """Register a fitted selector; the same weights from the same pin and recipe are the same model.

    Returns:
        name@version.
    """
    weights = pack(estimator)
    found = pins.find(lake, pin)
    known = lake.sql(
        "SELECT version, recipe::VARCHAR, pin_name, pin_version FROM models WHERE name = $name ORDER BY version", name=name
    ).fetchall()
    for version, said, of, of_version in known:
        if said == canonical_json(recipe) and (of, of_version) == (found.name, found.version):
            return f"{name}@{version}"
    version = len(known) + 1
    with lake.commit(f"model {name}@{version}", command="select fit", arguments=arguments) as commit:
        commit.append(
            "models",
            [
                {
                    "name": name,
                    "version": version,
                    "kind": KIND,
                    "pin_name": found.name,
                    "pin_version": found.version,
                    "recipe": canonical_json(recipe),
                    "seed": seed,
                    "versions": canonical_json(versions()),
                    "summary": _json(summary),
                    "sha256": hashlib.sha256(weights).hexdigest(),
                    "weights": weights,
                    "added": datetime.now(UTC).replace(tzinfo=None),
                }
            ],
        )
    return f"{name}@{version}"


def load(lake: Lake, ref: str) -> Model:
    """A model of the lake; without a version the latest one.

    Raises:
        ModelNotFoundError: There is no such model.
        StoreError: Its weights are not those that were saved, or hold something that is not to be loaded.
    """
    import json

    name, _, version = ref.partition("@")
    if version and not version.isdecimal():
        raise ModelNotFoundError(f"{ref} is no model.", "Name it as name@version, such as features@1.")
    rows = lake.sql(
        "SELECT version, pin_name || '@' || pin_version, recipe::VARCHAR, summary::VARCHAR, sha256, weights FROM models"
        " WHERE name = $name AND kind = $kind AND ($version IS NULL OR version = $version) ORDER BY version DESC LIMIT 1",
        name=name,
        kind=KIND,
        version=int(version) if version else None,
    ).fetchall()
    if not rows:
        known = [f"{one}@{v}" for one, v in lake.sql("SELECT name, version FROM models ORDER BY ALL").fetchall()]
        listed = f"There are: {', '.join(known)}." if known else "There is none yet."
        raise ModelNotFoundError(f"There is no model {ref} in the lake.", f"{listed} Make one with: t2s select fit")
    found_version, pin, recipe, summary, sha256, weights = rows[0]
    if hashlib.sha256(weights).hexdigest() != sha256:
        raise StoreError(f"The weights of {name}@{found_version} are not those that were saved.", "Fit it again: t2s select fit")
    fitted = unpack(weights, f"{name}@{found_version}")
    return Model(f"{name}@{found_version}", pin, json.loads(recipe), json.loads(summary), fitted)


class Shared(NamedTuple):
    """A question of a run that a model was trained on, or whose database it was: `match` says which."""

    run: str
    position: int
    db_id: str
    match: str


def lineage(lake: Lake, pin: str, runs: list[str], splits: Sequence[str] | None = None) -> list[Shared]:
    """The questions of runs that a pin has too, or whose database it has.

    A question is the same by its place in the benchmark or by its words; a database by its name or by its bytes, whatever the
    benchmark is called.

    Args:
        lake: The lake.
        pin: The pin, as name@version.
        runs: The runs.
        splits: The splits of the pin that are looked at; None is all of them.
    """
    found = pins.find(lake, pin)
    with lake.scratch() as scratch:
        statement = (_SQL / "lineage.sql").read_text("utf-8")
        which = None if splits is None else list(splits)
        rows = scratch.execute(statement, name=found.name, version=found.version, splits=which, runs=runs).fetchall()
    places = {tuple(row[2:5]) for row in rows if row[0] == "trained"}
    texts = {normalised(row[6]) for row in rows if row[0] == "trained" and row[6]} - {""}
    databases = {name for row in rows if row[0] == "trained" for name in row[5::2] if name is not None}
    shared = []
    for _, run, *place, db_id, question, database in (row for row in rows if row[0] == "asked"):
        if tuple(place) in places or normalised(question) in texts:
            shared.append(Shared(run, place[2], db_id, "question"))
        elif db_id in databases or database in databases:
            shared.append(Shared(run, place[2], db_id, "database"))
    return shared


def require_unseen(lake: Lake, model: Model, runs: list[str], allow: str) -> list[Shared]:
    """Refuse to score what a model was trained on.

    Args:
        lake: The lake.
        model: The model.
        runs: The runs to score.
        allow: nothing: no question and no database may be shared; databases: they may; questions: these as well.

    Returns:
        What is shared all the same.

    Raises:
        LineageError: Something is shared that is not allowed.
    """
    shared = lineage(lake, model.pin, runs)
    _refuse(model.ref, [model.pin], shared, runs, allow)
    return shared


def require_unseen_by(lake: Lake, model: LanguageModel, runs: list[str], allow: str) -> list[Shared]:
    """The same for a language model of the lake: neither it nor a model before it learnt from, or was chosen by, what it judges.

    Raises:
        LineageError: Something is shared that is not allowed.
    """
    known = language_lineage(model)
    shared = [one for pin in known for one in lineage(lake, pin, runs, ("train", "validation"))]
    closest: dict[tuple[str, int], Shared] = {}
    for one in sorted(shared, key=lambda one: one.match == "question"):  # what is shared as a question is no mere database
        closest[one.run, one.position] = one
    found = list(closest.values())
    _refuse(model.ref, known, found, runs, allow)
    return found


def _refuse(ref: str, known: Sequence[str], shared: Sequence[Shared], runs: Sequence[str], allow: str) -> None:
    """Say no to what is shared and not allowed."""
    refused = [one for one in shared if allow == "nothing" or (allow == "databases" and one.match == "question")]
    if refused:
        questions = sum(one.match == "question" for one in refused)
        databases = sorted({one.db_id for one in refused})
        listed = ", ".join(databases[:5]) + (", ..." if len(databases) > 5 else "")  # noqa: PLR2004 - enough to see
        raise LineageError(
            f"{ref} was trained on {', '.join(known)}, which shares {questions:,} questions and {len(databases)} databases with"
            f" {', '.join(runs)} ({listed}).",
            "Its figures there would be too good. Cross-fit (t2s select fit), or allow it, which is marked: --allow databases (or"
            " questions).",
        )


def _json(value: object) -> str:
    import json

    return json.dumps(value, sort_keys=True, separators=(",", ":"))
