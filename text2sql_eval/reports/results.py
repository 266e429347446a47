"""Results and texts as a page can show them: the first rows of a result, values without a form in JSON, and what is cut."""

import json
from typing import Any

from store.output import visible

ROWS = 5
COLUMNS = 8
CELL = 60
"""Rows, columns and characters of a value that are shown."""


def result(preview: str | None, columns: list[str] | None, n_rows: int | None) -> dict[str, Any] | None:
    """The first rows of a result, as texts; None where there is no result."""
    if preview is None:
        return None
    rows = json.loads(preview)
    names = columns or []
    return {
        "columns": [cut(name, CELL) for name in names[:COLUMNS]],
        "more_columns": max(0, len(names) - COLUMNS),
        "rows": [[cell(value) for value in row[:COLUMNS]] for row in rows[:ROWS]],
        "n_rows": n_rows,
    }


def cell(value: object) -> str | None:
    """A value of a result as text; None is NULL. A value that JSON has no form for is an object (see executions.preview)."""
    if value is None:
        return None
    if isinstance(value, dict):
        if "cut" in value:
            return cut(f"{value['cut']}…", CELL)
        kind, shown = next(iter(value.items()), ("", ""))
        return cut(f"x'{shown}'" if kind in {"blob", "bytes"} else str(shown), CELL)
    return cut(value if isinstance(value, str) else json.dumps(value), CELL)


def cut(text: str | None, most: int) -> str | None:
    """A text of at most so many characters, which says how many there are besides."""
    if text is None:
        return None
    shown = visible(text)
    return shown if len(shown) <= most else f"{shown[:most]} … ({len(shown) - most:,} more characters)"
