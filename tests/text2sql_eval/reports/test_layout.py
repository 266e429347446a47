"""What the page says in words is of each version."""

import math

import pytest

from text2sql_eval.reports import layout


@pytest.mark.parametrize("kinds", [1, 2, 11])
def test_the_most_that_an_entropy_can_be_is_of_its_version(kinds: int) -> None:
    """The bound is log2 of the types that the version itself has; one type has none."""
    told = layout._entropy({"name": "a@1", "types": [{}] * kinds, "type_entropy": {"value": 0.0}})
    bound = f" (of at most {math.log2(kinds):.4f} with {kinds} types)"
    assert told == f"a@1 0.0000 bits{bound if kinds > 1 else ''}"
