"""Pins: datasets that can be cited as name@version, with their rows, and with all that it takes to build them again.

A pin is rows of the lake like everything else, and never changes. It knows nothing of what a dataset is for: rows come in
temporary tables, and go out as columns. What protects the snapshot of a pin is in `store.maintenance`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from store import contents
from store.errors import RowsError, StoreError
from store.ids import JSON, canonical_json
from store.lake import Lake
from store.scratch import Scratch
from store.tables import query
from store.turns import turn

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 20_000
"""Rows that are in memory as Python objects at a time."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_ROWS = "SELECT split, row::VARCHAR AS row, place, benchmark, revision, position, db_id, sources::VARCHAR AS sources, "
FIRST = ("train", "validation", "test")
"""The splits that come first, in this order; others follow by name."""


class PinNotFoundError(StoreError, LookupError):
    """There is no such pin in the lake."""


class PinNameError(StoreError, ValueError):
    """Not the name of a pin."""


class PinDigestError(StoreError, ValueError):
    """The rows of a pin are not those that were pinned: their digest is another one."""


class Pin(NamedTuple):
    """A dataset version.

    Attributes:
        name: Name of the dataset.
        version: Version, from 1.
        kind: What it is for, such as sft or preference.
        snapshot: Version of the lake that it was built from.
        recipe: How it was built, with every default written out.
        templates: Prompt templates: sha256 by name.
        versions: Versions of the code and the libraries that built it.
        parents: What it was built from.
        summary: Statistics; under `columns` the types of its columns.
        n_rows: Rows in all splits.
        digest: sha256, in hex, over the sorted digests of all rows and their splits.
        added: When it was pinned, in UTC.
    """

    name: str
    version: int
    kind: str
    snapshot: int
    recipe: JSON
    templates: dict[str, str]
    versions: dict[str, str]
    parents: list[dict[str, JSON]]
    summary: dict[str, JSON]
    n_rows: int
    digest: str
    added: datetime

    @property
    def ref(self) -> str:
        """How it is cited: name@version."""
        return f"{self.name}@{self.version}"

    @property
    def columns(self) -> dict[str, contents.Column]:
        """The columns of its rows and their types."""
        return self.summary["columns"]  # type: ignore[return-value]  # written by `pin` alone


class About(NamedTuple):
    """What is recorded of a dataset beside its rows; see `Pin`."""

    kind: str
    snapshot: int
    recipe: JSON
    templates: Mapping[str, str]
    versions: Mapping[str, str]
    parents: Sequence[JSON]
    summary: Mapping[str, JSON]


class Pinned(NamedTuple):
    """A pin, and whether it was there already, so that nothing was written."""

    pin: Pin
    already: bool


class _AlreadyThereError(Exception):
    """Ends a commit that has nothing to write."""

    def __init__(self, there: Pin) -> None:
        super().__init__()
        self.pin = there


def pin(
    lake: Lake,
    name: str,
    built: Scratch,
    about: About,
    *,
    command: str | None = None,
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> Pinned:
    """Pin a dataset under the next version of its name, in one commit.

    The very same dataset, with the same rows and the same recipe, is not pinned twice: the pin that there is is given back.

    Args:
        lake: The lake.
        name: Name of the dataset.
        built: Holds the rows as temporary tables: `built_rows` (split, row UUID, place, benchmark, revision, position, db_id,
            sources JSON, content JSON) and `built_drops` (row, benchmark, revision, position, reason, detail).
        about: What is recorded beside the rows.
        command: Recorded with the snapshot.
        arguments: Recorded with the snapshot.
        dry_run: Count and digest everything, and write nothing.

    Raises:
        PinNameError: The name cannot be given to a pin.
        RowsError: The rows cannot be those of a dataset.
        SnapshotExpiredError: The snapshot that they were built from is gone.
    """
    if not _NAME.fullmatch(name):
        raise PinNameError(
            f"{name!r} cannot be the name of a dataset.", "Use letters, digits, _, - and dots, beginning with a letter or digit."
        )
    columns = columns_of(built)
    with turn(lake.address, "pin"):  # versions are given one after the other
        others = [other for other in pins(lake) if other.name == name]
        version = max((other.version for other in others), default=0) + 1
        commit = lake.commit(f"pin {name}@{version}", command=command, arguments=arguments, dry_run=dry_run)
        try:
            with commit:
                for rows in prepared(built, columns):
                    commit.append(
                        "pin_rows",
                        rows.append_column("name", [[name] * len(rows)]).append_column("version", [[version] * len(rows)]),
                    )
                # The staged rows under the name of the table, so that what is digested is what is written.
                commit.execute("CREATE TEMP VIEW pin_rows AS FROM temp.append_pin_rows")
                n_rows, digest, _ = commit.execute(query("pin_digest"), name=name, version=version).fetchone() or (0, "", 0)
                _require_new(others, digest, about.recipe)
                row = _row(
                    Pin(
                        name,
                        version,
                        about.kind,
                        about.snapshot,
                        about.recipe,
                        dict(about.templates),
                        dict(about.versions),
                        list(about.parents),  # type: ignore[arg-type]  # JSON of the caller's
                        {**about.summary, "columns": columns},
                        n_rows,
                        digest,
                        datetime.now(UTC).replace(tzinfo=None),
                    )
                )
                commit.append("pins", [row])
                for drops in _batches(built, query("built_drops"), name=name, version=version):
                    commit.append("pin_drops", drops)
                lake.require(about.snapshot)  # a shared lake may have been tidied while the dataset was built
        except _AlreadyThereError as there:
            return Pinned(there.pin, already=True)
    return Pinned(_pin(tuple(row.values())), already=False)


def pins(lake: Lake) -> list[Pin]:
    """All pins, by name and version."""
    relation = lake.sql(f"SELECT {', '.join(Pin._fields)} FROM pins ORDER BY name, version")
    return [_pin(row) for row in relation.fetchall()]


def find(lake: Lake, ref: str) -> Pin:
    """The pin of a reference: `name@version`, or the latest version of `name`.

    Raises:
        PinNotFoundError: There is none; the hint says which there are.
    """
    name, at, number = ref.partition("@")
    known = pins(lake)
    versions = [one for one in known if one.name == name]
    if not at and versions:
        return versions[-1]
    for one in versions:
        if str(one.version) == number:
            return one
    listed = ", ".join(one.ref for one in versions or known)
    hint = f"There {'is' if len(versions or known) == 1 else 'are'}: {listed}." if known else "There is none yet."
    raise PinNotFoundError(f"There is no pin {ref} in the lake.", f"{hint} Make one with: t2s pin create RECIPE")


def check(lake: Lake, pin_: Pin) -> None:
    """Digest the stored rows of a pin anew.

    Raises:
        PinDigestError: They are not the rows that were pinned.
    """
    row = lake.sql(query("pin_digest"), name=pin_.name, version=pin_.version).fetchone()
    n_rows, digest, differing = row or (0, "", 0)
    if (n_rows, digest) != (pin_.n_rows, pin_.digest):
        rows = f"{differing} of them are not what they were" if differing else f"there are {n_rows}, and were {pin_.n_rows}"
        raise PinDigestError(
            f"The rows of {pin_.ref} do not have its digest: {rows}.",
            "Restore the lake from a copy; which rows differ says: t2s pin verify " + pin_.ref,
        )


def splits(lake: Lake, pin_: Pin) -> dict[str, int]:
    """The number of rows of each split: train, validation and test first."""
    counted = "SELECT split, count(*) FROM pin_rows WHERE name = $name AND version = $version GROUP BY split ORDER BY split"
    found = dict(lake.sql(counted, name=pin_.name, version=pin_.version).fetchall())
    return {
        split: found[split] for split in [*(one for one in FIRST if one in found), *(one for one in found if one not in FIRST)]
    }


def rows(lake: Lake, ref: str, split: str) -> "pa.RecordBatchReader":
    """The rows of a split in their order, with the columns that a trainer reads; `polars.from_arrow(reader)` takes them.

    Raises:
        PinNotFoundError: There is no such pin, or it has no such split.
    """
    import pyarrow as pa

    found = find(lake, ref)
    if split not in (known := splits(lake, found)):
        raise PinNotFoundError(f"{found.ref} has no split {split}.", f"It has: {', '.join(known)}.")
    schema = pa.schema([(name, contents.arrow_type(column)) for name, column in found.columns.items()])

    def read() -> "Iterator[pa.RecordBatch]":
        text = "SELECT content::VARCHAR AS content FROM pin_rows WHERE name = $name AND version = $version AND split = $split"
        relation = lake.sql(f"{text} ORDER BY place, row", name=found.name, version=found.version, split=split)
        for batch in relation.to_arrow_reader(BATCH):
            examples = [json.loads(content) for content in batch["content"].to_pylist()]
            yield pa.RecordBatch.from_pylist(examples, schema)

    return pa.RecordBatchReader.from_batches(schema, read())


def columns_of(built: Scratch) -> dict[str, contents.Column]:
    """The columns of the rows in `built_rows`, all rows considered.

    Raises:
        RowsError: They have none in common, or are not the rows of a dataset.
    """
    if problem := built.execute(query("built_problem")).fetchone():
        empty = built.execute("SELECT count(*) = 0 FROM built_rows").fetchone() == (True,)
        hint = "What was left out, and why, says: t2s dataset build RECIPE --dry-run" if empty else ""
        raise RowsError(f"This cannot be pinned: {problem[0]}", hint)
    columns: contents.Column = None
    for batch in _batches(built, "SELECT content::VARCHAR AS content FROM built_rows"):
        for text in batch["content"].to_pylist():
            columns = contents.merged(columns, contents.column_of(contents.decode(text)))
    found = contents.settled(columns)
    if not isinstance(found, dict):
        raise RowsError("The content of a row must be a JSON object: its columns by name.")
    return found


def prepared(built: Scratch, columns: dict[str, contents.Column]) -> "Iterator[pa.Table]":
    """The rows in `built_rows` as they are kept: canonical contents and their digests, a batch at a time."""
    import pyarrow as pa

    for batch in _batches(built, f"{_ROWS} content::VARCHAR AS content FROM built_rows ORDER BY split, place, row"):
        texts = [contents.canonical(text, columns) for text in batch["content"].to_pylist()]
        digests = [str(contents.text_digest(text)) for text in texts]
        kept = pa.Table.from_batches([batch]).drop_columns("content")
        yield kept.append_column("content", [texts]).append_column("digest", [digests])


def _require_new(others: list[Pin], digest: str, recipe: JSON) -> None:
    for other in others:
        if (other.digest, canonical_json(other.recipe)) == (digest, canonical_json(recipe)):
            raise _AlreadyThereError(other)


def _batches(scratch: Scratch, text: str, **parameters: object) -> "Iterator[pa.RecordBatch]":
    yield from scratch.execute(text, **parameters).to_arrow_reader(BATCH)


def _row(new: Pin) -> dict[str, object]:
    return {name: canonical_json(value) if isinstance(value, (dict, list)) else value for name, value in new._asdict().items()}


def _pin(row: tuple[object, ...]) -> Pin:
    values = dict(zip(Pin._fields, row, strict=True))
    for name in ("recipe", "templates", "versions", "parents", "summary"):
        values[name] = json.loads(str(values[name]))
    return Pin(**values)  # type: ignore[arg-type]  # DuckDB's rows are untyped
