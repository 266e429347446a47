"""Pairs to read: drawn by a seed, with both SQL line by line, what they returned, and the prompt."""

from typing import Any

from store.output import visible
from store.scratch import Scratch
from text2sql_eval.reports import staging
from text2sql_eval.reports.diffs import difference
from text2sql_eval.reports.results import cut, result

_PROMPT = 4_000
_SQL_AGENTS = frozenset({"sql", "planner", "fixer"})


def draw(scratch: Scratch, seed: int, most: int) -> list[dict[str, Any]]:
    """The examples: of each type and version, so many pairs that a seeded order puts first; each once, with its versions."""
    if not most:
        return []
    return [_example(row) for row in staging.rows(scratch, "examples", seed=str(seed), most=most)]


def _example(row: staging.Row) -> dict[str, Any]:
    """One pair, in texts that can be shown: control characters are spelt out, and what is long is cut, and says so."""
    is_sql = row["agent"] in _SQL_AGENTS
    found = difference(visible(row["rejected"]), visible(row["chosen"]), sql=is_sql)
    return {
        "pair": str(row["pair"]),
        "type": row["type"],
        "origin": row["origin"],
        "agent": row["agent"],
        "versions": row["versions"],
        "db_id": row["db_id"],
        "run": row["run"],
        "position": row["position"],
        "question": _visible(row["question"]),
        "evidence": _visible(row["evidence"]) or None,
        "prompt": cut(row["prompt"], _PROMPT),
        "rejected_prompt": cut(row["rejected_prompt"], _PROMPT),
        "edit_ratio": round(row["edit_ratio"], 6),
        "word_edit_ratio": round(row["word_edit_ratio"], 6),
        "margin": _less(row["chosen_reward"], row["rejected_reward"]),
        "layout": found.layout,
        "cut": found.cut,
        "lines": [[_parts(line.rejected), _parts(line.chosen), line.same] for line in found.lines],
        "chosen": _side(row, "chosen", is_sql=is_sql),
        "rejected": _side(row, "rejected", is_sql=is_sql),
    }


def _side(row: staging.Row, side: str, *, is_sql: bool) -> dict[str, Any]:
    """What one side is worth, and what its SQL did."""
    sql = row[f"{side}_sql"]
    return {
        "text": cut(row[side], _PROMPT),
        "reward": _less(row[f"{side}_reward"], 0.0),
        "step": row[f"{side}_step"],
        "status": row[f"{side}_status"] or ("not_executed" if sql is not None else "no_sql"),
        "error": cut(row[f"{side}_error"], 200),
        "sql": None if is_sql else cut(sql, _PROMPT),  # for a critique, the SQL that it led to
        "result": result(row[f"{side}_preview"], row[f"{side}_columns"], row[f"{side}_rows"]),
    }


def _less(reward: float | None, other: float | None) -> float | None:
    """A difference of rewards, where both are known."""
    return None if reward is None or other is None else round(reward - other, 6)


def _visible(text: str | None) -> str | None:
    return None if text is None else visible(text)


def _parts(parts: list[tuple[str, bool]] | None) -> list[list[Any]] | None:
    return None if parts is None else [[text, changed] for text, changed in parts]
