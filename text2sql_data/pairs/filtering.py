"""Filters and caps over pairs, for selecting pair sets and for building datasets alike.

`apply` reads the temporary table `offered_pairs` and leaves `kept_pairs` and `dropped_pairs`: every offered pair is in one of the
two, a dropped one with the reason, its value and the limit that it broke.
"""

import math
from fractions import Fraction
from importlib.resources import files
from typing import Literal

import msgspec

from store import StoreError
from store.scratch import Scratch

_SQL = files("text2sql_data") / "pairs" / "sql"

By = Literal["type", "origin", "set", "database", "question"]
Preference = Literal["chance", "margin", "similar"]


class FilterError(StoreError, ValueError):
    """A filter or cap that cannot be meant."""


class Cap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of the selected pairs may be of one kind.

    Attributes:
        by: What is counted: pairs of one type, origin, source set, database or question.
        at_most: A whole number of pairs, or a share of all selected pairs between 0 and 1.
        value: Which type, origin, set or database; each of them has this cap when None.
    """

    by: By
    at_most: int | float
    value: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be kept, or keeps nothing away."""
        name = f"The cap {self.by}{f':{self.value}' if self.value else ''}={self.at_most}"
        if isinstance(self.at_most, int) and not isinstance(self.at_most, bool):
            if self.at_most < 1:
                raise FilterError(f"{name} leaves nothing.", "Leave pairs out by exclude_types or exclude_origins.")
        elif not 0 < self.at_most < 1:
            raise FilterError(f"{name} is no share between 0 and 1.", "Write 0.2 for 20 per cent, 4 for four pairs.")
        if self.by == "question" and (self.value is not None or not isinstance(self.at_most, int)):
            raise FilterError(f"{name} cannot be: a question has a number of pairs.", "Write it as question=4.")

    @property
    def share(self) -> Fraction | None:
        """The share as it is written, without rounding: 0.2 is one fifth. None for a number of pairs."""
        return None if isinstance(self.at_most, int) else Fraction(str(self.at_most))


class Filters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pairs are kept. A filter that is not given drops nothing.

    Attributes:
        types: Only these types.
        exclude_types: None of these types.
        origins: Only these origins: natural, gold, synthetic.
        exclude_origins: None of these origins.
        min_margin: Least difference of the rewards.
        max_margin: Largest difference of the rewards.
        min_edit_ratio: Least token edit distance by length, 0 to 1.
        max_edit_ratio: Largest token edit distance by length, 0 to 1.
        max_length_ratio: Largest ratio of the longer text's length to the shorter one's.
        executable_rejected_only: Only pairs whose rejected SQL is known to execute.
        drop_near_duplicates: Of pairs of one question and agent with the same two results, only one (of fixes: to one prompt).
        caps: How many of the pairs that are left may be of one kind; solved together.
        prefer: Which pairs stay where not all can: by seeded chance, those with a larger margin, or the most similar texts.
    """

    types: tuple[str, ...] = ()
    exclude_types: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    exclude_origins: tuple[str, ...] = ()
    min_margin: float | None = None
    max_margin: float | None = None
    min_edit_ratio: float | None = None
    max_edit_ratio: float | None = None
    max_length_ratio: float | None = None
    executable_rejected_only: bool = False
    drop_near_duplicates: bool = False
    caps: tuple[Cap, ...] = ()
    prefer: Preference = "chance"

    def __post_init__(self) -> None:
        """Refuse what can drop nothing, or keep nothing, whatever the pairs are."""
        _check_bounds(self)
        for only, never in (("types", "exclude_types"), ("origins", "exclude_origins")):
            if both := sorted(set(getattr(self, only)) & set(getattr(self, never))):
                raise FilterError(f"{', '.join(both)} is in {only} and in {never}.", "Name it once.")
        counted = [(cap.by, cap.value) for cap in self.caps]
        for by, value in counted:
            if counted.count((by, value)) > 1:
                raise FilterError(f"There are two caps for {by}{f':{value}' if value else ''}.", "Give one.")


def _check_bounds(filters: Filters) -> None:
    for name in ("min_margin", "max_margin", "min_edit_ratio", "max_edit_ratio", "max_length_ratio"):
        value = getattr(filters, name)
        if value is not None and not math.isfinite(value):
            raise FilterError(f"{name} is {value}.", "Give a number, or leave it out.")
    if filters.max_edit_ratio is not None and filters.max_edit_ratio >= 1:
        _useless("max_edit_ratio", filters.max_edit_ratio, "the ratio is distance by length, at most 1", "below 1")
    if filters.min_edit_ratio is not None and filters.min_edit_ratio <= 0:
        _useless("min_edit_ratio", filters.min_edit_ratio, "no ratio is below 0", "above 0")
    if filters.max_length_ratio is not None and filters.max_length_ratio < 1:
        raise FilterError(
            f"max_length_ratio {filters.max_length_ratio} keeps nothing: the longer text is divided by the shorter one.",
            "Give at least 1.",
        )
    for low, high in (("min_margin", "max_margin"), ("min_edit_ratio", "max_edit_ratio")):
        least, most = getattr(filters, low), getattr(filters, high)
        if least is not None and most is not None and least > most:
            raise FilterError(f"{low} {least} is more than {high} {most}, which keeps nothing.", "Give the smaller one first.")


def _useless(name: str, value: float, why: str, wanted: str) -> None:
    raise FilterError(f"{name} {value} can drop nothing: {why}.", f"Give a number {wanted}, or leave it out.")


def apply(scratch: Scratch, filters: Filters, seed: int) -> None:
    """Decide about every offered pair.

    It reads the temporary table `offered_pairs`: the columns of the view `pair_measures` and `place`, a number that orders them.
    It makes `kept_pairs`, with the same columns, and `dropped_pairs` (pair_set, pair, reason, detail), and replaces earlier ones.

    What is not known is no pass: a pair whose rejected SQL was not executed is dropped by `executable_rejected_only` as
    `executability_unknown`. A pair without results is never a near-duplicate.

    Args:
        scratch: Where the tables are: a `Scratch` or a `Commit`.
        filters: What is kept.
        seed: Decides, with the identity of each pair, which ones stay where not all can.

    Raises:
        FilterError: A type, origin, set or database is named that no offered pair has.
    """
    from text2sql_data.pairs import caps

    _require_names(scratch, filters)
    scratch.execute(
        f"CREATE OR REPLACE TEMP TABLE select_checked AS {_text('select_checked')}",
        seed=str(seed),
        types=list(filters.types),
        exclude_types=list(filters.exclude_types),
        origins=list(filters.origins),
        exclude_origins=list(filters.exclude_origins),
        min_margin=filters.min_margin,
        max_margin=filters.max_margin,
        min_edit_ratio=filters.min_edit_ratio,
        max_edit_ratio=filters.max_edit_ratio,
        max_length_ratio=filters.max_length_ratio,
        executable_rejected_only=filters.executable_rejected_only,
        prefer=filters.prefer,
    )
    scratch.execute(
        f"CREATE OR REPLACE TEMP TABLE select_distinct AS {_text('select_distinct')}",
        drop_near_duplicates=filters.drop_near_duplicates,
    )
    caps.apply(scratch, filters.caps)
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE kept_pairs AS {_text('select_kept')}")
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE dropped_pairs AS {_text('select_dropped')}")


def _require_names(scratch: Scratch, filters: Filters) -> None:
    """Refuse names that no offered pair has: a misspelt one would silently do nothing."""
    asked: dict[str, tuple[str, tuple[str, ...]]] = {
        "type": ("type", (*filters.types, *filters.exclude_types)),
        "origin": ("origin", (*filters.origins, *filters.exclude_origins)),
        "set": ("pair_set", ()),
        "database": ("db_id", ()),
    }
    for by, (column, names) in asked.items():
        wanted = [*names, *(cap.value for cap in filters.caps if cap.by == by and cap.value is not None)]
        if not wanted:
            continue
        rows = scratch.execute(f"SELECT DISTINCT {column} FROM offered_pairs WHERE {column} IS NOT NULL ORDER BY ALL").fetchall()
        known = [name for (name,) in rows]
        for name in wanted:
            if name not in known:
                raise FilterError(f"No offered pair has the {by} {name}.", f"There are: {', '.join(known) or 'none'}.")


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
