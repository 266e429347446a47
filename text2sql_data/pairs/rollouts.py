"""Preferences from full rollouts: planner, validators and fixer, judged in one of four modes, and fixes that follow a critique.

A rollout is a planner's SQL of one sample, the critiques of it, and the fixes that read them. What each mode calls good, and
when two answers have the same prompt, is in [docs/rollout-pairs.md](../../docs/rollout-pairs.md). All of it is SQL: no row passes
through Python.
"""

from importlib.resources import files

from store import Commit
from text2sql_data.pairs.options import Options, UnknownTypeError

_SQL = files("text2sql_data") / "pairs" / "sql"


def find(commit: Commit, options: Options) -> None:
    """Leave `found_pairs`, `found_drops` and `found_yields` for a mode over rollouts.

    Args:
        commit: A commit that has the temporary table `judged`.
        options: How: `mode`, `gate` (joint only), `per_group`, and `types` to keep (all when empty).

    Raises:
        UnknownTypeError: One of the types is not made by this mode from these runs.
    """
    runs = [run for (run,) in commit.execute("SELECT DISTINCT run FROM judged ORDER BY run").fetchall()]
    values = {
        "mode": options.mode,
        "gate": options.gate,
        "per_group": options.per_group,
        "types": list(options.types),
        "runs": runs,
    }
    for step in ("heads", "critiques", "agents"):
        _create(commit, f"rollout_{step}", f"rollout_{step}", values)
    _require_types(commit, options)
    _create(
        commit,
        "rollout_decisions",
        "rollout_aware_decisions" if options.mode == "critique_aware" else "rollout_decisions",
        values,
    )
    for step in ("prompts", "answers", "matches", "found"):
        _create(commit, f"rollout_{step}", f"rollout_{step}", values)
    for step in ("pairs", "drops", "yields"):
        _create(commit, f"found_{step}", f"rollout_{step}", values)


def _require_types(commit: Commit, options: Options) -> None:
    known = [name for (name,) in commit.execute("SELECT DISTINCT type FROM rollout_agents ORDER BY type").fetchall()]
    for name in options.types:
        if name not in known:
            raise UnknownTypeError(
                f"{options.mode} makes no pairs of the type {name}.", f"From these runs it makes: {', '.join(known)}."
            )


def _create(commit: Commit, table: str, file: str, values: dict[str, object]) -> None:
    text = (_SQL / f"{file}.sql").read_text("utf-8")
    used = {name: value for name, value in values.items() if f"${name}" in text}  # DuckDB refuses the others
    commit.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {text}", **used)
