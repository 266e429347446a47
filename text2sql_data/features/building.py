"""Features in the lake: computed once for what can be seen of a question, and again only where that has changed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import NamedTuple

from store import Lake
from store.commit import versions
from store.ids import canonical_json
from text2sql_data.features.computing import KEY, compute
from text2sql_data.features.definitions import features, set_id
from text2sql_data.lookups import require
from text2sql_data.selection import choices as reading

_SQL = files("text2sql_data.features") / "sql"
CHUNK = 5_000
"""Questions of a commit."""


class Built(NamedTuple):
    """What was done.

    Attributes:
        feature_set: Identity of the features as they are defined.
        features: How many they are.
        questions: Questions with final answers.
        answers: Answers whose features were computed now; those of the others were there.
        snapshot: Version of the lake that they stand in; None when there are none.
    """

    feature_set: str
    features: int
    questions: int
    answers: int
    snapshot: int | None


def build(
    lake: Lake,
    runs: Sequence[str],
    *,
    gate: str = "exec_ok",
    progress: Callable[[int], None] = lambda _: None,
    arguments: list[str] | None = None,
) -> Built:
    """Compute the features of all final answers of runs that have none yet, or of which something else can be seen now.

    Args:
        lake: The lake.
        runs: The runs.
        gate: Which SQL of a sample is its final answer.
        progress: Told how many questions are done.
        arguments: Arguments of the command, for the log.

    Raises:
        NameNotFoundError: A run is not there.
    """
    require(lake, "run", runs)
    done = Built(set_id(gate), len(features()), 0, 0, None)
    for run in runs:
        with lake.scratch() as scratch:
            ranges = list(reading.ranges(scratch, run, CHUNK))
        for first, end in ranges:
            done = _range(lake, done, run, gate, first, end, arguments)
            progress(end - first)
    return done


def _range(lake: Lake, done: Built, run: str, gate: str, first: int, end: int, arguments: list[str] | None) -> Built:
    import polars as pl

    with lake.scratch() as scratch:
        snapshot = lake.version
        done = done._replace(questions=done.questions + reading.stage(scratch, run, gate, first, end))
        missing = scratch.execute((_SQL / "missing_values.sql").read_text("utf-8"), feature_set=done.feature_set).pl()
        if missing.is_empty():
            return done
        choices = reading.choices(reading.staged(scratch, missing))
    values = compute(choices)
    names = [name for name in values.columns if name not in KEY]
    rows = values.select(*KEY, value=pl.concat_list(names)).join(
        choices.questions.select("choice", "run", "position", "inputs"), on="choice", how="left"
    )
    with lake.commit(f"features of {len(rows):,} answers of {run}", command="features build", arguments=arguments) as commit:
        commit.append(
            "feature_sets",
            [
                {
                    "feature_set": done.feature_set,
                    "gate": gate,
                    "features": canonical_json([feature._asdict() for feature in features()]),
                    "versions": canonical_json(versions()),
                    "added": datetime.now(UTC).replace(tzinfo=None),
                }
            ],
        )
        commit.append(
            "feature_values", rows.drop("choice").with_columns(feature_set=pl.lit(done.feature_set), snapshot=pl.lit(snapshot))
        )
    return done._replace(answers=done.answers + len(rows), snapshot=commit.snapshot)


def distribution(lake: Lake, name: str, runs: Sequence[str], gate: str) -> dict[str, dict[str, float | None]]:
    """How the values of a feature are distributed in runs: by run n, missing, mean, least, quartiles and most.

    Raises:
        NameNotFoundError: A run is not there.
    """
    require(lake, "run", runs)
    place = next(number for number, feature in enumerate(features(), 1) if feature.name == name)
    with lake.scratch() as scratch:
        found = scratch.execute(
            (_SQL / "distribution.sql").read_text("utf-8"), feature_set=set_id(gate), place=place, runs=list(runs)
        )
        columns = [column[0] for column in found.description][1:]
        return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in found.fetchall()}
