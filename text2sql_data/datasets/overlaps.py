"""The guard against leaks: what rows share with the benchmarks that a model will be judged on."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from store import StoreError
from store.scratch import Scratch
from text2sql_data.datasets.recipe import Recipe
from text2sql_data.datasets.source import stage_rows, text

_LISTED = 10


class Shared(NamedTuple):
    """A question of the dataset that a benchmark has too, or whose database it has.

    Attributes:
        match: question, text, database or content: in which way it is the same.
        against: The benchmark.
        against_position: Position of the question there, where a question is shared.
        shared: The text of that question, or the name of that database.
        benchmark: Where the dataset has it from.
        revision: Revision of that benchmark.
        position: Its position there.
        db_id: Its database.
        rows: Rows of the dataset that are about it.
    """

    match: str
    against: str
    against_position: int | None
    shared: str
    benchmark: str | None
    revision: str | None
    position: int | None
    db_id: str | None
    rows: int


class OverlapError(StoreError):
    """The dataset shares something with a benchmark that it must keep away from.

    Attributes:
        shared: All that is shared.
    """

    def __init__(self, shared: Sequence[Shared]) -> None:
        counts = Counter((one.against, one.match) for one in shared)
        told = "; ".join(f"{count} by {match} with {against}" for (against, match), count in sorted(counts.items()))
        lines = [f"  {line(one)}" for one in shared[:_LISTED]]
        if len(shared) > _LISTED:
            lines.append(f"  ... and {len(shared) - _LISTED} more")
        super().__init__(
            "\n".join([f"The dataset overlaps with what it is to be judged on: {told}.", *lines]),
            "Leave those rows out with overlap: {action: drop}, or allow shared databases with overlap: {by: [question, text]}.",
        )
        self.shared = list(shared)

    def __reduce__(self) -> tuple[type["OverlapError"], tuple[list[Shared]]]:
        """How it is pickled: by what it is made from."""
        return OverlapError, (self.shared,)


def line(one: Shared) -> str:
    """A shared question on a line, for people."""
    where = "an imported pair" if one.position is None else f"{one.benchmark} {one.position}"
    there = one.against if one.against_position is None else f"{one.against} {one.against_position}"
    return f"{one.match}: {where} ({one.db_id}) and {there}: {one.shared}"


def look(scratch: Scratch, recipe: Recipe) -> list[Shared]:
    """What the rows of `keyed_rows` share with the recipe's `against`; leaves the rows themselves in `overlapping_rows`.

    Raises:
        OverlapError: They share something, and the recipe refuses that.
    """
    found = []
    if recipe.against:
        found = scratch.execute(text("overlaps"), against=list(recipe.against), by=list(recipe.overlap.by)).fetchall()
    shared = [Shared(*(*told, len(rows))) for *told, rows in found]
    if shared and recipe.overlap.action == "refuse":
        raise OverlapError(shared)
    details = {str(row): line(one) for one, (*_, rows) in zip(reversed(shared), reversed(found), strict=True) for row in rows}
    stage_rows(scratch, "overlapping_rows", ("row UUID", "detail VARCHAR"), sorted(details.items()))
    return shared
