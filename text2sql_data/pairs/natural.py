"""Natural pairs: of a run's own answers to one question, the correct against the failed; the rules are in docs/pairs.md.

Whatever form the run has (samples, repair turns, planner and fixer), a candidate's step is its turn. A candidate that nobody
could judge takes no part.
"""

from importlib.resources import files

from store import Commit, StoreError
from text2sql_data.pairs import costs
from text2sql_data.pairs.options import Options, UnknownTypeError

_SQL = files("text2sql_data") / "pairs" / "sql"

GOLD = "gold_vs_failed_attempt"
COST = "correct_low_cost_vs_correct_high_cost"
DEFAULT_TYPES = (
    "first_turn_correct_sample_vs_failed_sample",
    "self_repair_success_vs_failed_attempt",
    "repair_correct_vs_repair_failed",
)
TYPES = (*DEFAULT_TYPES, GOLD, COST)
"""The types; the last two must be asked for: one prefers what no model wrote, the other needs query plans."""


class NoTimesError(StoreError):
    """Wall time is to decide among equals, and the source states none."""


def find(commit: Commit, options: Options) -> None:
    """Leave `found_pairs` and `found_yields`.

    Raises:
        UnknownTypeError: A type is none of the natural ones.
        NoTimesError: Times are to decide, and the runs have none.
    """
    types = _types(options)
    if options.tie_break == "claimed_ms":
        _require_times(commit)
    parameters = {"tie_break": options.tie_break, "per_group": options.per_group}
    commit.execute(f"CREATE OR REPLACE TEMP TABLE natural_answers AS {_text('natural_answers')}", **parameters)
    natural = f"CREATE OR REPLACE TEMP TABLE natural_pairs AS {_text('natural_pairs')}"
    commit.execute(natural, per_group=options.per_group)
    if GOLD in types:
        gold = f"INSERT INTO natural_pairs BY NAME {_text('gold_pairs')}"
        commit.execute(gold, gold_revision=options.gold_revision)
    if COST in types:
        costs.price(commit, f"SELECT {costs.WANTED} FROM judged WHERE verdict = 'correct' AND step = 0 AND executes")
        cost = f"INSERT INTO natural_pairs BY NAME {_text('cost_pairs')}"
        commit.execute(cost, min_cost_gap=options.min_cost_gap)
    commit.execute(f"CREATE OR REPLACE TEMP TABLE found_pairs AS {_text('natural_found')}", types=types)
    commit.execute(f"CREATE OR REPLACE TEMP TABLE found_yields AS {_text('natural_yields')}", types=types)


def _types(options: Options) -> list[str]:
    for name in options.types:
        if name not in TYPES:
            raise UnknownTypeError(f"There is no type {name} of natural pairs.", f"The types are: {', '.join(TYPES)}.")
    return list(options.types or DEFAULT_TYPES)


def _require_times(commit: Commit) -> None:
    query = "SELECT run FROM judged GROUP BY run HAVING count(claimed_ms) = 0 ORDER BY run"
    without = [run for (run,) in commit.execute(query).fetchall()]
    if without:
        raise NoTimesError(
            f"The source of {', '.join(without)} states no wall times, so they cannot break ties.",
            "Leave --tie-break out, and the lowest sample is taken. Runs imported by an earlier version lack the times too.",
        )


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
