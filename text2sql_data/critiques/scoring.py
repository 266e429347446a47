"""How well validators judge: their verdicts against the labels of a comparator, in one query."""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from store import Lake
from text2sql_data.critiques.running import NAMES, REGIME
from text2sql_data.lookups import require

SLICES = ("validator", "regime", "run", "benchmark", "database", "stage")
"""What the scores can be told apart by."""

_SQL = files("text2sql_data") / "critiques" / "sql"


class Score(NamedTuple):
    """How the verdicts of a validator agree with the labels. "Positive" is what the validator calls incorrect.

    Attributes:
        validator: Validator; None, as in the other slices, where the scores are not told apart by it.
        regime: How it was made.
        run: Run of the candidates.
        benchmark: Their benchmark.
        database: Database of their questions.
        stage: Stage that wrote them.
        critiques: Opinions that there are.
        n: Opinions that are scored: they conclude, and the label of the candidate is known.
        unparsed: Opinions that do not conclude.
        unknown: Opinions that do, about candidates whose label is unknown.
        hits: Says incorrect, and the label is wrong.
        false_alarms: Says incorrect, and the label is correct.
        misses: Says correct, and the label is wrong.
        passes: Says correct, and the label is correct.
        precision: hits / (hits + false_alarms); None, as the others, where it is undefined.
        recall: hits / (hits + misses).
        f1: Their harmonic mean.
        agreement: (hits + passes) / n.
        kappa: Cohen's kappa of the two verdicts.
    """

    validator: str | None
    regime: str | None
    run: str | None
    benchmark: str | None
    database: str | None
    stage: str | None
    critiques: int
    n: int
    unparsed: int
    unknown: int
    hits: int
    false_alarms: int
    misses: int
    passes: int
    precision: float | None
    recall: float | None
    f1: float | None
    agreement: float | None
    kappa: float | None


def score(
    lake: Lake,
    *,
    comparator: str = "bird",
    gold_revision: str = "original",
    runs: Sequence[str] | None = None,
    by: Sequence[str] = ("validator", "regime"),
) -> list[Score]:
    """Score every validator against the labels of a comparator.

    Args:
        lake: The lake.
        comparator: Comparator of the labels.
        gold_revision: Gold revision of the labels.
        runs: Only the candidates of these runs.
        by: What the scores are told apart by, of `SLICES`.

    Raises:
        NameNotFoundError: The comparator, the gold revision or a run is not in the lake.
    """
    require(lake, "comparator", [comparator])
    require(lake, "gold_revision", [gold_revision])
    require(lake, "run", runs)
    rows = lake.sql(
        (_SQL / "score.sql").read_text("utf-8"),
        comparator=comparator,
        gold_revision=gold_revision,
        runs=None if runs is None else list(runs),
        by=list(by),
        regime=REGIME,
        critics=list(NAMES),
    ).fetchall()
    return [Score(*row) for row in rows]
