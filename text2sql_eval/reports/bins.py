"""Bins of histograms: few, of a round width, the same for every version of a report."""

import math
from typing import NamedTuple

_MOST = 24
_CLOSE = 1e-6  # of a width: what is nearer to an edge stands on it
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


class Bins(NamedTuple):
    """Bins of equal width: the first begins at `low`.

    Attributes:
        low: Where the first bin begins.
        width: Width of each bin.
        bins: How many there are.
        below: Whether smaller values are in the first bin as well.
        above: Whether larger values are in the last bin as well.
    """

    low: float
    width: float
    bins: int
    below: bool
    above: bool

    def edges(self, place: int) -> tuple[float, float]:
        """Where a bin begins and ends."""
        return round(self.low + place * self.width, 9), round(self.low + (place + 1) * self.width, 9)


RATIO = Bins(0.0, 0.05, 20, below=False, above=False)
"""Bins of a ratio from 0 to 1; 1 itself is in the last one."""


def around(low: float, high: float, least: float, most: float, *, whole: bool) -> Bins:
    """Round bins from `low` to `high`; what is beyond, down to `least` and up to `most`, joins the outermost ones.

    Args:
        low: About where the first bin begins.
        high: About where the last bin ends.
        least: The smallest value.
        most: The largest value.
        whole: Whether the values are whole numbers, so that a bin is at least 1 wide.
    """
    low, high = max(low, least), min(high, most)
    span = max(high - low, 1.0 if whole else 0.1)
    target = span / _MOST
    power = 10.0 ** math.floor(math.log10(target))
    width = next(round(factor * power, 9) for factor in _ROUND if factor * power >= target * (1 - 1e-9))
    if whole:
        width = float(math.ceil(width))
    first, last = (math.floor(round(value / width, 6)) for value in (low, high))
    start = round(first * width, 9)
    bins = last - first + 1
    return Bins(start, width, bins, below=least < start - _CLOSE * width, above=most >= start + (bins + _CLOSE) * width)
