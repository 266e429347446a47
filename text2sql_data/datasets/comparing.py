"""What differs between two versions of a dataset: which rows, in what, and why as far as the lake knows.

The two may be two pins, or a pin and the rows that its recipe gives now.
"""

import contextlib
from importlib.resources import files
from typing import NamedTuple

import duckdb

from store import Lake, StoreError
from store.ids import canonical_json
from store.pins import BATCH, Pin
from store.scratch import Scratch

CHANGES = ("added", "removed", "moved", "relabelled", "re_rendered", "other_columns", "other_sources")
"""What can be different about a row: it is there in one version only; it is in another split; its answer, its prompt, or another
of its columns is another one; it was made from something else. A row may differ in several ways at once."""

EXAMPLES = 3
_SQL = files("text2sql_data") / "datasets" / "sql"
_AROUND = 40
_ROWS = "* EXCLUDE (name, version) REPLACE (substr(sha256(content::VARCHAR), 1, 32)::UUID AS digest)"


class Field(NamedTuple):
    """A column of a row that differs, each side around the first difference."""

    name: str
    before: str
    after: str


class Change(NamedTuple):
    """A row that differs.

    Attributes:
        row: Its identity.
        changes: What is different, as in `CHANGES`.
        reason: Why, where that can be known.
        detail: More about the reason, for people.
        split_before: Its split before; None when it was not there.
        split_after: Its split after; None when it is not there.
        benchmark: Benchmark of its question.
        position: Position of its question.
        db_id: Its database.
        fields: The columns that differ.
    """

    row: str
    changes: list[str]
    reason: str
    detail: str
    split_before: str | None
    split_after: str | None
    benchmark: str | None
    position: int | None
    db_id: str | None
    fields: list[Field]


class Comparison(NamedTuple):
    """What two versions have in common and what not.

    Attributes:
        same: Rows that are the same in both.
        counts: Rows by what is different about them; one that differs in two ways counts in both.
        reasons: The same by what is different and why.
        reordered: Rows of the same split that are at another place. No difference to a digest.
        examples: Some rows of each of `reasons`.
    """

    same: int
    counts: dict[str, int]
    reasons: dict[tuple[str, str], int]
    reordered: int
    examples: list[Change]

    @property
    def differ(self) -> bool:
        """Whether any row differs."""
        return any(self.counts.values())


class Side(NamedTuple):
    """One of the two versions: what it was built from."""

    snapshot: int
    recipe: str
    templates: dict[str, str]
    code: str | None


def side(pin: Pin) -> Side:
    """What a pin was built from."""
    return Side(pin.snapshot, canonical_json(pin.recipe), pin.templates, pin.versions.get("code"))


def compare_pins(lake: Lake, before: Pin, after: Pin, *, examples: int = EXAMPLES) -> Comparison:
    """What differs between two pins."""
    with lake.scratch() as scratch:
        for name, pin in (("before", before), ("after", after)):
            stage_pin(scratch, name, pin)
        return compare(lake, scratch, side(before), side(after), examples=examples)


def stage_pin(scratch: Scratch, name: str, pin: Pin) -> None:
    """Put the rows and drops of a pin into `rows_NAME` and `drops_NAME`; rows with the digest that their content has now."""
    version = {"name": pin.name, "version": pin.version}
    for kind, columns in (("rows", _ROWS), ("drops", "row, reason, detail")):
        scratch.execute(
            f"CREATE OR REPLACE TEMP TABLE {kind}_{name} AS"
            f" SELECT {columns} FROM lake.pin_{kind} WHERE name = $name AND version = $version",
            **version,
        )


def compare(lake: Lake, scratch: Scratch, before: Side, after: Side, *, examples: int = EXAMPLES) -> Comparison:
    """What differs between `rows_before` and `rows_after`, with `drops_before` and `drops_after`, in a scratch.

    Args:
        lake: The lake.
        scratch: Holds the rows.
        before: What the first version was built from.
        after: What the second one was built from.
        examples: So many rows of each kind and reason.
    """
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE pin_changes AS {_text('pin_changes')}")
    _find_new_sources(lake, scratch, before.snapshot)
    scratch.execute(
        f"CREATE OR REPLACE TEMP TABLE reasoned_changes AS {_text('pin_reasons')}",
        recipe_differs=before.recipe != after.recipe,
        templates_differ=before.templates != after.templates,
        snapshot_differs=before.snapshot != after.snapshot,
        code_differs=before.code != after.code,
    )
    each = "SELECT unnest(changes) AS change, reason FROM reasoned_changes"
    counted = scratch.execute(f"SELECT change, reason, count(*) FROM ({each}) GROUP BY ALL ORDER BY ALL")
    reasons = {(change, reason): count for change, reason, count in counted.fetchall()}
    counts = {change: sum(count for (what, _), count in reasons.items() if what == change) for change in CHANGES}
    same, reordered = scratch.execute(_text("pin_common")).fetchone() or (0, 0)
    shown = scratch.execute(_text("pin_examples"), examples=examples)
    names = [name for name, *_ in shown.description or ()]
    found = [_change(dict(zip(names, row, strict=True))) for row in shown.fetchall()]
    return Comparison(same, counts, dict(sorted(reasons.items(), key=_order)), reordered, found)


def _order(item: tuple[tuple[str, str], int]) -> tuple[int, str]:
    (change, reason), _ = item
    return CHANGES.index(change), reason


def _find_new_sources(lake: Lake, scratch: Scratch, snapshot: int) -> None:
    """Fill `new_sources`: added rows that are made from something that the earlier snapshot did not have."""
    scratch.execute("CREATE OR REPLACE TEMP TABLE new_sources (row UUID, reason VARCHAR)")
    added = (
        "SELECT row::VARCHAR AS row, benchmark, revision, position, sources_after::VARCHAR AS sources FROM pin_changes"
        " WHERE split_before IS NULL"
    )
    # A snapshot that is gone, or that is older than the tables that are asked for, cannot say anything.
    with contextlib.suppress(StoreError, duckdb.Error), lake.at(snapshot) as past, past.scratch() as asked:
        asked.execute(
            "CREATE TEMP TABLE asked_rows (row UUID, benchmark VARCHAR, revision VARCHAR, position INTEGER, sources JSON)"
        )
        for batch in scratch.execute(added).to_arrow_reader(BATCH):
            _insert(asked, "asked_rows", batch)
        for batch in asked.execute(f"SELECT row::VARCHAR AS row, reason FROM ({_text('pin_new_sources')})").to_arrow_reader(
            BATCH
        ):
            _insert(scratch, "new_sources", batch)


def _insert(scratch: Scratch, table: str, batch: object) -> None:
    import pyarrow as pa

    scratch.stage("batch", pa.Table.from_batches([batch]))
    scratch.execute(f"INSERT INTO {table} BY NAME FROM batch")


def _change(row: dict[str, object]) -> Change:
    import json

    before, after = (json.loads(str(row[f"content_{when}"] or "{}")) for when in ("before", "after"))
    names = row["fields"] or []
    fields = [Field(name, *excerpts(_shown(before.get(name)), _shown(after.get(name)))) for name in names]  # type: ignore[attr-defined]  # a list
    if row["split_before"] and row["split_after"] and row["verdict_before"] != row["verdict_after"]:
        fields.append(Field("sources.verdict", str(row["verdict_before"]), str(row["verdict_after"])))
    if "other_sources" in row["changes"]:  # type: ignore[operator]  # a list
        fields.append(Field("sources", *excerpts(str(row["sources_before"]), str(row["sources_after"]))))
    values = {name: row[name] for name in Change._fields if name != "fields"}
    return Change(**{**values, "row": str(row["row"])}, fields=fields)  # type: ignore[arg-type]  # DuckDB's rows are untyped


def _shown(value: object) -> str:
    return value if isinstance(value, str) else canonical_json(value)  # type: ignore[arg-type]  # from JSON


def excerpts(before: str, after: str, around: int = _AROUND) -> tuple[str, str]:
    """Two texts around their first difference, each as short as a line allows."""
    shorter = min(len(before), len(after))
    at = next((place for place in range(shorter) if before[place] != after[place]), shorter)
    start = max(0, at - around)
    shown = ((text, text[start : at + 2 * around]) for text in (before, after))
    first, second = (f"{'...' if start else ''}{part}{'...' if len(text) > at + 2 * around else ''}" for text, part in shown)
    return first, second


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
