"""What a comparison is required to show: a name, an operator and a number, such as `gap_lower >= 1.0`.

Nothing is evaluated as code. Gap, its bounds and the figures of the runs are in points, as they are printed.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

NAMES = ("gap", "gap_lower", "gap_upper", "a", "b", "p_value", "n")
"""The gap A - B, the bounds of its interval, the figures of A and B, McNemar's p-value, and the number of common questions."""

_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_FORM = re.compile(r"\s*(?P<name>[a-z_]+)\s*(?P<operator>>=|<=|==|!=|>|<)\s*(?P<number>[+-]?(\d+(\.\d*)?|\.\d+))\s*")


class Requirement(NamedTuple):
    """A name, an operator and a number."""

    name: str
    operator: str
    number: float

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.number:g}"


def parse(text: str) -> Requirement | None:
    """Read a requirement; None where the text is none."""
    found = _FORM.fullmatch(text)
    if found is None or found["name"] not in NAMES:
        return None
    return Requirement(found["name"], found["operator"], float(found["number"]))


def holds(requirement: Requirement, values: Mapping[str, float | None]) -> bool:
    """Whether a requirement holds. What is undefined fulfils none.

    Args:
        requirement: What is required.
        values: The value of every name in `NAMES`.
    """
    value = values[requirement.name]
    return value is not None and _OPERATORS[requirement.operator](value, requirement.number)
