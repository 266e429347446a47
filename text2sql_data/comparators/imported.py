"""The flags that imported files brought with them, beside the verdicts that a comparator gives on the same candidates."""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from store import Lake
from text2sql_data.comparators import Comparator

_SQL = files("text2sql_data") / "comparators" / "sql"


class Difference(NamedTuple):
    """A candidate that its file calls correct or wrong, and we do not."""

    run: str
    position: int
    sample: int
    stage: str
    file: str
    file_says: str
    we_say: str
    reason: str | None
    sql: str | None


class Comparison(NamedTuple):
    """The candidates where the two differ, and how many flags there were."""

    differences: list[Difference]
    compared: int
    not_compared: int


def compare_imported(
    lake: Lake, comparator: Comparator, *, gold_revision: str = "original", runs: Sequence[str] | None = None
) -> Comparison:
    """Compare the flags of files with the labels under the current settings.

    Args:
        lake: The lake.
        comparator: Whose labels.
        gold_revision: Gold revision that our labels are for; files do not say which one they used.
        runs: Only these runs.

    Returns:
        The differences by run and position; a flag on a candidate that has no label of ours is not compared.
    """
    settings = lake.sql("SELECT settings FROM current_settings").fetchone()
    with lake.scratch() as scratch:
        scratch.execute(
            f"CREATE TEMP TABLE beside AS {(_SQL / 'imported_differences.sql').read_text('utf-8')}",
            comparator=comparator.name,
            version=comparator.version,
            gold_revision=gold_revision,
            settings=settings[0] if settings else None,
            runs=None if runs is None else list(runs),
        )
        counts = scratch.execute((_SQL / "imported_counts.sql").read_text("utf-8")).fetchone()
        differ = scratch.execute("FROM beside WHERE we_say <> file_says").fetchall()
    compared, _, not_compared = counts or (0, 0, 0)
    return Comparison([Difference(*row) for row in differ], compared, not_compared)
