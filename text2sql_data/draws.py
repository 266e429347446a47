"""Seeded draws that come out the same on every machine and every version of Python.

Only `Random.random()` is used, the one method whose sequence the language promises to keep; `choice`, `gauss` and
`shuffle` may change. Nor is `**` used, which each C library rounds in its own way. Seeds are texts, hashed with sha256.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")


def seeded(*parts: str | int) -> Random:
    """A generator whose sequence depends on nothing but the given parts."""
    digest = hashlib.sha256("\n".join(map(str, parts)).encode()).digest()
    return Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - reproducible data, nothing secret


def chance(rng: Random, probability: float) -> bool:
    """True with the given probability."""
    return rng.random() < probability


def below(rng: Random, n: int) -> int:
    """An integer from 0 to n - 1."""
    return int(rng.random() * n)


def between(rng: Random, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return low + below(rng, high - low + 1)


def pick(rng: Random, items: Sequence[T]) -> T:
    """One of the items, all equally likely."""
    return items[below(rng, len(items))]


def skewed(rng: Random, items: Sequence[T]) -> T:
    """One of the items, the first ones more likely: a few regulars and a long tail."""
    draw = rng.random()
    return items[int(draw * draw * len(items))]


def leaning(rng: Random, items: Sequence[T]) -> T:
    """One of the items, the first about three times as likely as the last."""
    draw = rng.random()
    return items[int((draw + draw * draw) / 2 * len(items))]


def shuffled(rng: Random, items: Sequence[T]) -> list[T]:
    """The items in a random order."""
    left = list(items)
    return [left.pop(below(rng, len(left))) for _ in range(len(left))]


def day(rng: Random, first: date, last: date) -> date:
    """A day from first to last, both included."""
    return first + timedelta(days=below(rng, (last - first).days + 1))
