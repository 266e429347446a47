"""Sorts SQLite's error messages into a short list of mistakes that people ask about."""

import re

_PATTERNS = (
    ("syntax", r"syntax error|^incomplete input|^unrecognized token|^unknown (or unsupported )?join type"),
    ("no_such_table", r"^no such (table|view)"),
    ("no_such_column", r"^no such column|has no column named|^cannot join using column"),
    ("ambiguous_column", r"^ambiguous column name"),
    ("no_such_function", r"^no such (function|window|module|collation sequence)"),
    ("wrong_arguments", r"^wrong number of arguments|^too many arguments (on|to)|^(first|second|third) argument to"),
    ("wrong_arguments", r"^DISTINCT aggregates must|^argument of "),
    ("misuse", r"^misuse of|aggregate functions? |HAVING clause on a non-aggregate|GROUP BY clause is required"),
    ("misuse", r"may not be used as a (window|aggregate)|window function|non-aggregate function|^row value misused"),
    ("misuse", r"^unable to use function|^RAISE\(\) may only"),
    ("parameters", r"^Statement has \d+ bindings"),
    ("column_count", r"same number of (result columns|terms)|columns? - expected|has \d+ values for \d+ columns"),
    ("order_or_limit", r"(ORDER|GROUP) BY (term|clause)|LIMIT clause should come"),
    ("value", r"^datatype mismatch|^integer overflow|malformed JSON|JSON path|JSON cannot hold"),
    ("write", r"may not be (modified|dropped|altered|indexed)|^cannot modify "),
    ("too_complex", r"^too many|must be between|^Recursion limit|^at most \d+ tables|stack overflow"),
    ("too_complex", r"too large|too deep|too complex"),
    ("circular_reference", r"^circular reference|^recursive|multiple (recursive )?references"),
)
_CLASSES = tuple((error_class, re.compile(pattern)) for error_class, pattern in _PATTERNS)


def classify(message: str) -> str:
    """The class of mistake behind a message of SQLite, `other` where the list has none.

    `write` is no mistake: it is an attempt to change something that SQLite refuses before it asks whether that is allowed.
    """
    for error_class, pattern in _CLASSES:
        if pattern.search(message):
            return error_class
    return "other"
