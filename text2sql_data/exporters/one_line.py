"""A SQLite statement on one line without tabs, that does the same: breaks become spaces, and line comments block comments.

What stands inside a literal or a quoted name is never changed; a break there is refused.
"""

import re

_PART = re.compile(
    r"""
    (?P<quoted> ' (?:[^']|'')* (?:'|\Z) | " (?:[^"]|"")* (?:"|\Z) | ` (?:[^`]|``)* (?:`|\Z) | \[ [^\]]* (?:\]|\Z) )
    | -- (?P<comment> [^\n]* ) (?P<end> \n? )
    | (?P<block> /\* .*? (?:\*/|\Z) )
    """,
    re.VERBOSE | re.DOTALL,
)
_BREAKS = re.compile(r"[\n\r\t]")


class SeveralLinesError(ValueError):
    """A SQL cannot stand on one line."""


def one_line(sql: str) -> str:
    r"""The SQL on one line, without white space around it.

    Args:
        sql: The SQL; it need not be valid.

    Returns:
        The SQL as it is, if it has no line break or tab and no white space around it.

    Raises:
        SeveralLinesError: A literal or a quoted name has a line break or a tab.

    >>> one_line("SELECT 1 -- one\nFROM t")
    'SELECT 1 /* one*/ FROM t'
    """
    sql = sql.strip()
    if not _BREAKS.search(sql):
        return sql
    return _BREAKS.sub(" ", _PART.sub(_safe, sql)).strip()


def _safe(part: re.Match[str]) -> str:
    if part["quoted"] and _BREAKS.search(part["quoted"]):
        raise SeveralLinesError(f"there is a line break or a tab in {part['quoted'][:40]!r}")
    if part["comment"] is None or not part["end"]:
        return part[0]
    return f"/*{part['comment'].replace('*/', '* /')}*/ "
