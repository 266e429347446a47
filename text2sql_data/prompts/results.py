"""What an execution did, as text for a prompt: the same text for the same execution on every machine.

The first rows, one a line, within a limit of rows and of characters; whatever was left out leaves a mark. Messages and values
come from SQLite and from data: they are shown as they are, but a value never breaks a line.
"""

from typing import NamedTuple

from text2sql_data.execution.outcome import Cell, Undecodable
from text2sql_data.execution.preview import Cut, decode_preview

MARK = "..."
_SEPARATOR = " | "
_BREAKS = str.maketrans(
    {
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\x0b": "\\v",
        "\x0c": "\\f",
        "\x1c": "\\x1c",
        "\x1d": "\\x1d",
        "\x1e": "\\x1e",
        "\x85": "\\x85",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)


class Result(NamedTuple):
    """What an execution left in the lake, as far as a prompt may show it.

    Attributes:
        status: ok, error, timeout, memory, rejected, crashed, no_sql, no_database or not_executed.
        error: The message of the engine or the sandbox.
        columns: Names of the result columns.
        n_rows: Rows of the whole result.
        preview: The first rows, as `executions.preview` has them.
    """

    status: str
    error: str | None = None
    columns: list[str] | None = None
    n_rows: int | None = None
    preview: str | None = None


def result_text(result: Result, *, max_rows: int, max_chars: int) -> str:
    """An execution as text.

    Args:
        result: The execution.
        max_rows: At most so many rows.
        max_chars: At most so many characters before the mark of cutting.
    """
    if result.status != "ok":
        message = (result.error or "").translate(_BREAKS)
        return _cut(f"{result.status.replace('_', ' ')}{f': {message}' if message else ''}", max_chars)
    rows = decode_preview(result.preview or "[]")
    n_rows = len(rows) if result.n_rows is None else result.n_rows
    lines = [_SEPARATOR.join(name.translate(_BREAKS) for name in result.columns or [])]
    lines += [_SEPARATOR.join(cell_text(cell) for cell in row) for row in rows[:max_rows]]
    shown = _cut("\n".join(lines), max_chars)
    if n_rows == 0:
        return f"{shown}\n(no rows)"
    more = n_rows - min(len(rows), max_rows)
    return f"{shown}\n{MARK}\n({n_rows} rows in all)" if more else shown


def cell_text(cell: Cell | Cut) -> str:
    """A value as one piece of text without line breaks: NULL, 1, 1.5, text as it is, x'00ff' for a BLOB.

    >>> cell_text(None), cell_text(2.0), cell_text("a\\nb"), cell_text(b"\\x00")
    ('NULL', '2.0', 'a\\\\nb', "x'00'")
    """
    if isinstance(cell, Cut):
        return f"{cell_text(cell.start)}{MARK}({cell.length} {'bytes' if isinstance(cell.start, bytes) else 'characters'})"
    if cell is None:
        return "NULL"
    if isinstance(cell, Undecodable):
        return cell.raw.decode("utf-8", errors="replace").translate(_BREAKS)
    if isinstance(cell, bytes):
        return f"x'{cell.hex()}'"
    return cell.translate(_BREAKS) if isinstance(cell, str) else repr(cell)


def _cut(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[:max_chars] + MARK
