"""How many pairs mining gave a question, and why the others gave none; and how much fixers depend on what they read.

Both are views (`pair_yield_rates`, `critique_sensitivity`); this module asks them for chosen sets or runs, and refuses names that
are not there.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from store import Lake, StoreError
from text2sql_data.lookups import NameNotFoundError, require

_SQL = files("text2sql_data") / "pairs" / "sql"


class Yield(NamedTuple):
    """What one set has of one run and agent: the columns of the view `pair_yield_rates`."""

    pair_set: str
    mode: str | None
    run: str
    agent: str
    questions: int
    with_pair: int
    without_pair: int
    pairs: int
    pairs_per_question: float
    reasons: dict[str, int]
    types: dict[str, int]


class NoYieldsError(StoreError):
    """A pair set that was not mined, so that nobody looked at questions for it."""


class Sensitivity(NamedTuple):
    """How one run's fixer depends on one validator's critiques: the columns of the view `critique_sensitivity`."""

    run: str
    comparator: str
    gold_revision: str
    validator: str
    rollouts: int
    doubted: int
    fixed: int
    doubted_fixed: int
    doubted_changed: int
    undoubted_fixed: int
    undoubted_changed: int
    other_pairs: int
    other_questions: int
    other_sql: int
    other_results: int
    other_result: int
    other_verdicts: int
    other_verdict: int
    same_pairs: int
    same_questions: int
    same_sql: int
    same_results: int
    same_result: int
    same_verdicts: int
    same_verdict: int
    sql_sensitivity: float | None
    sql_base_rate: float | None
    result_sensitivity: float | None
    result_base_rate: float | None
    verdict_sensitivity: float | None
    verdict_base_rate: float | None


class NoFixesError(StoreError):
    """No fixer wrote anything in the chosen runs."""


def yields(lake: Lake, sets: Sequence[str]) -> list[Yield]:
    """The yields of mined pair sets, agent by agent, the sets in the order given.

    Args:
        lake: The lake.
        sets: Their names; all mined sets when empty.

    Raises:
        NameNotFoundError: There is no pair set of that name.
        NoYieldsError: One of them was not mined.
    """
    kinds = dict(lake.sql("SELECT pair_set, kind FROM pair_sets ORDER BY pair_set").fetchall())
    for name in sets:
        if name not in kinds:
            listed = f"There are: {', '.join(kinds)}." if kinds else "There is none yet."
            raise NameNotFoundError(f"There is no pair set {name} in the lake.", f"{listed} Make one with: t2s pairs mine")
    found = [Yield(*row) for row in lake.sql(_text("yield_rates"), sets=list(sets)).fetchall()]
    without = [name for name in sets if name not in {row.pair_set for row in found}]
    if without:
        raise NoYieldsError(
            f"{', '.join(without)}: {kinds[without[0]]}, so no questions were looked at for it.",
            "Only mined sets have yields: t2s pairs mine",
        )
    return found


def sensitivity(
    lake: Lake, runs: Sequence[str], *, comparator: str = "bird", gold_revision: str = "original", validators: bool = False
) -> list[Sensitivity]:
    """How much the fixers of runs depend on the critiques that they read.

    Args:
        lake: The lake.
        runs: Runs; all that have fixes when empty.
        comparator: Whose verdicts count.
        gold_revision: Gold revision of the verdicts.
        validators: Also each validator by itself.

    Raises:
        NameNotFoundError: A run, the comparator or the gold revision is not in the lake.
        NoFixesError: None of the runs has a fix.
    """
    require(lake, "run", runs)
    require(lake, "comparator", [comparator])
    require(lake, "gold_revision", [gold_revision])
    rows = lake.sql(
        _text("sensitivity"), runs=list(runs), comparator=comparator, gold_revision=gold_revision, validators=validators
    ).fetchall()
    if not rows:
        raise NoFixesError("No fixer wrote anything in these runs.", "Import rollouts with fixes: t2s import mats")
    return [Sensitivity(*row) for row in rows]


def _text(name: str) -> str:
    return (_SQL / f"rollout_{name}.sql").read_text("utf-8")
