"""Bins of histograms: few, round, and around every value."""

from hypothesis import example, given
from hypothesis import strategies as st

from text2sql_eval.reports.bins import around

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


@example(values=[120000.0, -0.00390625], whole=False)  # nearer to an edge than can be seen
@given(st.lists(NUMBERS, min_size=1, max_size=30), st.booleans())
def test_every_value_is_within_the_bins_or_said_to_be_beyond(values: list[float], whole: bool) -> None:
    """There are at most 26 bins, and their ends are told from what is beyond them."""
    if whole:
        values = [float(round(value)) for value in values]
    least, most = min(values), max(values)
    found = around(least, most, least, most, whole=whole)
    assert 1 <= found.bins <= 26
    close = 1e-6 * found.width
    assert found.edges(0)[0] <= least + close
    assert found.edges(found.bins - 1)[1] >= most - close
    assert not found.below
    assert not found.above
    assert not whole or found.width == round(found.width) >= 1
    inner = around(least + 10, most - 10, least, most, whole=whole)
    assert inner.below == (least < inner.edges(0)[0] - 1e-6 * inner.width)


def test_zero_is_an_edge() -> None:
    """A histogram of differences tells negative from positive ones."""
    found = around(-37, 91, -500, 500, whole=True)
    assert 0.0 in [found.edges(place)[0] for place in range(found.bins)]
    assert (found.below, found.above) == (True, True)
