"""Comparators: notions of "the same result". One a `.sql` file, each defining the same four macros.

- `comparator_candidate(sql)` and `comparator_gold(sql)`: the SQL that is executed in place of what was written.
- `comparator_undecodable_fails()`: whether TEXT that is not UTF-8 makes an execution fail, as it does in that evaluator.
- `comparator_same(c, g, ordered)`: whether two executions have the same result, from their digests; NULL where the digests do
  not decide, and the rows themselves have to be compared.
"""

from importlib.resources import files
from typing import NamedTuple

from store import StoreError


class Comparator(NamedTuple):
    """A notion of the same result. The version is raised whenever a verdict could change."""

    name: str
    version: int
    meaning: str

    @property
    def sql(self) -> str:
        """The macros that define it."""
        return (files("text2sql_data") / "comparators" / "sql" / f"{self.name}.sql").read_text("utf-8")

    @property
    def rewriting(self) -> str:
        """Those macros of it that say what is executed: comparators with the same ones want the same SQL."""
        return self.sql.partition("CREATE OR REPLACE TEMP MACRO comparator_undecodable_fails")[0].partition("CREATE ")[2]


COMPARATORS: tuple[Comparator, ...] = (
    Comparator("bird", 1, "Equal sets of rows, as BIRD's evaluation_ex.py decides."),
    Comparator(
        "spider",
        1,
        "Equal bags of rows under some permutation of the columns, equal lists when the gold says ORDER BY, DISTINCT removed "
        "from both, as the Spider test-suite evaluator decides with --etype exec.",
    ),
    Comparator("strict", 1, "Equal lists of rows with equally many columns; names of columns do not matter."),
    Comparator("bag", 1, "Equal bags of rows with equally many columns; order and names of columns do not matter."),
)
"""Those that label unless others are named."""

FURTHER: tuple[Comparator, ...] = (
    Comparator("rows", 1, "Equal bags of rows, all empty results being equal, as execution-guided pipelines compare rows."),
)
"""Those that label only when they are named."""


class ComparatorNotFoundError(StoreError, LookupError):
    """There is no comparator of that name."""


def comparator(name: str) -> Comparator:
    """The comparator of a name.

    Raises:
        ComparatorNotFoundError: There is none.
    """
    for known in (*COMPARATORS, *FURTHER):
        if known.name == name:
            return known
    raise ComparatorNotFoundError(
        f"There is no comparator {name}.",
        f"Choose one of {', '.join(known.name for known in (*COMPARATORS, *FURTHER))}.",
    )
