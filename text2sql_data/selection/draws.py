"""Draws of k of the final answers of a question, for curves over k: what a selector would choose had there been fewer samples."""

import math
from itertools import combinations
from typing import TYPE_CHECKING

from text2sql_data.draws import seeded, shuffled

if TYPE_CHECKING:
    import polars as pl


def subsets(n: int, k: int, draws: int, *seed: str | int) -> list[tuple[int, ...]]:
    """Subsets of k of n: all of them where there are no more than `draws`, else so many different ones that are drawn."""
    if math.comb(n, k) <= draws:
        return list(combinations(range(n), k))
    rng = seeded(*seed, n, k)
    found: dict[tuple[int, ...], None] = {}
    while len(found) < draws:
        found[tuple(sorted(shuffled(rng, range(n))[:k]))] = None
    return list(found)


def members(sizes: "pl.DataFrame", draws: int, seed: int, *, more_than_half: bool = False) -> "pl.DataFrame":
    """Which answers belong to which draw.

    Args:
        sizes: One row a question: run, position, n (its final answers).
        draws: Draws a k; 0 makes none but the whole.
        seed: Their seed; each question has draws of its own.
        more_than_half: Draw only where k is more than half of the answers.

    Returns:
        One row a draw and answer: run, position, k, draw, place (of the answer, from 0). Draw 0 is all answers.
    """
    import polars as pl

    rows: list[tuple[str, int, int, int, list[int]]] = []
    for run, position, n in sizes.select("run", "position", "n").iter_rows():
        rows.append((run, position, n, 0, list(range(n))))
        for k in range(n // 2 + 1 if more_than_half else 1, n if draws else 1):
            drawn = subsets(n, k, draws, "draw", seed, position)
            rows.extend((run, position, k, number, list(places)) for number, places in enumerate(drawn, 1))
    columns = [
        ("run", pl.String()),
        ("position", pl.Int32()),
        ("k", pl.Int32()),
        ("draw", pl.Int32()),
        ("place", pl.List(pl.Int64)),
    ]
    return pl.DataFrame(rows, schema=columns, orient="row").explode("place")
