"""Statistics of a dataset: rows, questions and databases of each split, balance of classes, types, and drops by reason."""

from typing import Any

from store.scratch import Scratch
from text2sql_data.datasets.source import text


def summary(scratch: Scratch) -> dict[str, Any]:
    """The statistics of what was built, from `divided_rows` and `built_drops`."""
    splits: dict[str, dict[str, Any]] = {}
    for split, part, name, rows, questions, databases in scratch.execute(text("statistics")).fetchall():
        told = splits.setdefault(split, {"rows": 0, "questions": 0, "databases": {}, "labels": {}, "types": {}})
        if part == "rows":
            told.update(rows=rows, questions=questions, n_databases=databases)
        elif name:
            told[part][name] = rows
    drops = scratch.execute("SELECT reason, count(*) FROM built_drops GROUP BY ALL ORDER BY ALL").fetchall()
    total = sum(split["rows"] for split in splits.values())
    return {"rows": total, "splits": splits, "drops": dict(drops), "dropped": sum(count for _, count in drops)}
