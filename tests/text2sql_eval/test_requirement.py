"""Requirements of a comparison: what is one, what is not, and that nothing is evaluated as code."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_eval.comparison.requirement import NAMES, holds, parse

KNOWN: dict[str, float | None] = dict.fromkeys(NAMES, 1.0)


@given(
    name=st.sampled_from(NAMES),
    sign=st.sampled_from([(">=", operator.ge), ("<=", operator.le), (">", operator.gt), ("<", operator.lt), ("==", operator.eq)]),
    number=st.floats(-100, 100).map(lambda value: round(value, 3)),
    value=st.floats(-100, 100),
    space=st.sampled_from(["", " "]),
)
def test_every_name_with_every_operator(name: str, sign: tuple[str, object], number: float, value: float, space: str) -> None:
    """What is read is what was written, and it holds as Python's operator says."""
    found = parse(f"{name}{space}{sign[0]}{space}{number:f}")
    assert found is not None
    assert (found.name, found.operator, found.number) == (name, sign[0], pytest.approx(number))
    assert callable(sign[1])
    assert holds(found, {**KNOWN, name: value}) == sign[1](value, found.number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gap",
        "gap >=",
        ">= 1",
        "gap >= 1 and a > 2",
        "gap => 1",
        "gap >= one",
        "score > 1",
        "gap >= 1e3",
        "__import__('os')",
        "gap > a",
    ],
)
def test_nothing_else_is_one(text: str) -> None:
    """No other names, no expressions, no code."""
    assert parse(text) is None


def test_what_is_undefined_fulfils_nothing() -> None:
    """A p-value that does not exist is neither above nor below anything."""
    for text in ("p_value >= 0", "p_value < 1", "p_value != 2"):
        requirement = parse(text)
        assert requirement is not None
        assert not holds(requirement, {**KNOWN, "p_value": None})
