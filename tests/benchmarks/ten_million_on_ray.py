"""Ten million candidates, executed by Ray on this machine. As in the section of set-ups.

One million is measured before and after it in the same run, for the exponents: its figures are the mean of both.
What plain scripts take is in the sections of growth and of set-ups.
"""

import sys

from tests.benchmarks.measuring import machine
from tests.benchmarks.setups import LARGE, grown


def written() -> str:
    """Measure one and ten million on this set-up."""
    return grown(["Ray"], LARGE, compared=False)


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{written()}\n")
