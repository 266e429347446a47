"""Which part of the work a shard does: n calls of `t2s execute --shard i/n` do together what one call would do.

The parts depend on what is wanted, not on what was executed, so that shards may start at any time, also one after another.
sql/shard.sql has the rule.
"""

import re
from typing import NamedTuple

from store.errors import StoreError


class ShardError(StoreError, ValueError):
    """A shard that does not exist."""


class Shard(NamedTuple):
    """Part `number`, from 1, of `of` parts."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def parse(text: str) -> Shard:
    """Read a shard such as 3/8.

    Raises:
        ShardError: It is not of that form, or there is no such part.
    """
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*", text)
    if found is None:
        raise ShardError(f"{text!r} is no shard.", "Give the number of the part and of all parts, such as 3/8.")
    shard = Shard(int(found[1]), int(found[2]))
    if not 1 <= shard.number <= shard.of:
        raise ShardError(f"There is no shard {shard}.", "Shards are counted from 1: of 8 parts the first is 1/8, the last 8/8.")
    return shard
