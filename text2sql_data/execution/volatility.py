"""Whether a statement's result may change from one run to the next on the same database.

Chance and `CURRENT_*` are seen by the engine's authorizer. A date function reads the clock where its time value is 'now' (or
'subsec') or is left out; that is read from the text, so a time value that is computed or stored is taken for constant. A
view that reads the clock anywhere does so everywhere.
"""

import re

ALWAYS = frozenset({"random", "randomblob", "current_date", "current_time", "current_timestamp"})
"""Functions that never give the same again."""

CLOCK = {"date": 0, "time": 0, "datetime": 0, "julianday": 0, "unixepoch": 0, "strftime": 1, "timediff": -1}
"""Functions that read the clock when they are called with this many arguments, or with 'now'."""

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]* | /\*.*?(?:\*/|\Z))
      | (?P<quoted>'(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\])
      | (?P<name>\w+)
      | (?P<sign>\S)""",
    re.VERBOSE | re.DOTALL,
)
_NOW = frozenset({"now", "subsec", "subsecond"})


def reads_clock(sql: str) -> bool:
    """Whether a date function in the text is given the current time."""
    tokens = [match for match in _TOKEN.finditer(sql) if match.lastgroup != "comment"]
    for position, match in enumerate(tokens):
        if match.lastgroup == "quoted" and match.group()[1:-1].lower() in _NOW:
            return True
        if match.lastgroup in {"name", "quoted"}:
            arguments = CLOCK.get(match.group().strip('"`[]').lower())
            if arguments is not None and _count_arguments(tokens, position + 1) == arguments:
                return True
    return False


def _count_arguments(tokens: list[re.Match[str]], start: int) -> int | None:
    """Number of arguments in the parentheses that open at a token; None where none open there."""
    if start >= len(tokens) or tokens[start].group() != "(":
        return None
    depth, commas, anything = 0, 0, False
    for match in tokens[start:]:
        sign = match.group()
        if sign == ")" and depth == 1:
            break
        depth += (sign == "(") - (sign == ")")
        commas += sign == "," and depth == 1
        anything = anything or match is not tokens[start]
    return commas + anything
