"""Pinning a recipe, and proving a pin: its rows are built again from its snapshot, by its recipe, and compared.

A pin is the claim that this recipe over that snapshot gives these rows. What is needed to build it again stands in the pin, but
for the code, of which it has the versions.
"""

import contextlib
import functools
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from store import Lake, PinDigestError, StoreError, pins
from store.commit import versions as store_versions
from store.contents import dataset_digest
from store.ids import JSON, canonical_json
from text2sql_data import prompts
from text2sql_data.datasets import comparing
from text2sql_data.datasets.comparing import Comparison, Side

if TYPE_CHECKING:
    from store.pins import Pin, Pinned
    from store.scratch import Scratch
    from text2sql_data.datasets.building import Built
    from text2sql_data.datasets.recipe import Recipe

_SQL = files("text2sql_data") / "datasets" / "sql"
_CODE = (
    "text2sql_data/datasets",
    "text2sql_data/prompts",
    "text2sql_data/schema",
    "text2sql_data/pairs",
    "text2sql_data/sql_ast",
    "store/contents.py",
    "store/ids.py",
    "store/sql/views",
)
"""What decides the rows of a dataset, beside the lake and the libraries: folders and modules."""
_LIBRARIES = ("jinja2", "msgspec", "pyarrow", "rapidfuzz", "transformers")


class Difference(NamedTuple):
    """Something that was one thing when a pin was made and is another now; None where it was or is not there."""

    what: str
    name: str
    pinned: str | None
    now: str | None


class Verification(NamedTuple):
    """What became of a pin when it was built again.

    Attributes:
        ref: The pin.
        stored: What is wrong with its rows in the lake; None when they have its digest.
        problem: Why it could not be built again; None when it could.
        digest: The digest of the pin.
        rebuilt: The digest of the rows that its recipe gives now; None when it could not be built.
        comparison: Which rows differ, as from the pin to what was built; None when it could not be built.
        differences: Templates, code and libraries that are not what they were; they need not matter.
    """

    ref: str
    stored: str | None
    problem: str | None
    digest: str
    rebuilt: str | None
    comparison: Comparison | None
    differences: list[Difference]

    @property
    def holds(self) -> bool:
        """Whether the lake has the pin's rows, and its recipe gives them, made from the same things; in any order."""
        same = self.comparison is not None and not self.comparison.differ
        return self.stored is None and self.rebuilt == self.digest and same


def pin_recipe(
    lake: Lake,
    recipe: "Recipe",
    *,
    name: str | None = None,
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> "Pinned":
    """Build a dataset from the lake as it is now, and pin it.

    Args:
        lake: The lake.
        recipe: What it is made of.
        name: Its name, if not that of the recipe.
        arguments: Recorded with the snapshot.
        dry_run: Build and digest it, and write nothing.

    Raises:
        StoreError: The recipe cannot be built, or its rows cannot be pinned.
    """
    snapshot = lake.version  # it cannot end before it is pinned: nobody expires anything while this lake is open
    with lake.at(snapshot) as past, past.scratch() as scratch:
        built = _build(past, scratch, recipe)
        about = pins.About(
            kind=built.kind,
            snapshot=snapshot,
            recipe=built.recipe,
            templates=built.templates,
            versions=versions(),
            parents=_parents(past, built.parents),
            summary=built.summary,
        )
        return pins.pin(lake, name or built.name, scratch, about, command="pin create", arguments=arguments, dry_run=dry_run)


def verify(lake: Lake, ref: str, *, examples: int = comparing.EXAMPLES) -> Verification:
    """Digest the stored rows of a pin anew, build it again from its snapshot, and compare.

    Args:
        lake: The lake.
        ref: `name@version`, or `name` for the latest version.
        examples: So many differing rows of each kind are given back.

    Raises:
        PinNotFoundError: There is no such pin.
    """
    from text2sql_data.datasets.reading import convert

    pin = pins.find(lake, ref)
    stored = None
    try:
        pins.check(lake, pin)
    except PinDigestError as error:
        stored = error.message
    differences = list(_differences("version", pin.versions, versions()))
    with contextlib.ExitStack() as held:
        try:
            past = held.enter_context(lake.at(pin.snapshot))
            scratch = held.enter_context(past.scratch())
            built = _build(past, scratch, convert(pin.recipe, where=f"The recipe of {pin.ref}"))
        except (StoreError, duckdb.Error) as error:  # an old snapshot may not have every table that the code of today asks for
            problem = f"{pin.ref} cannot be built again from version {pin.snapshot} of the lake: {error}"
            differences += _differences("template", pin.templates, _installed(pin))
            return Verification(pin.ref, stored, problem, pin.digest, None, None, differences)
        differences += _differences("template", pin.templates, built.templates)
        rebuilt, comparison = _compare(lake, pin, built, scratch, examples)
    return Verification(pin.ref, stored, None, pin.digest, rebuilt, comparison, differences)


def versions() -> dict[str, str]:
    """The versions of all that the rows of a dataset can depend on; `code` is a digest over what builds them."""
    found = {**store_versions(), "code": code_digest()}
    for library in _LIBRARIES:
        try:
            found[library] = installed_version(library)
        except PackageNotFoundError:
            continue
    return dict(sorted(found.items()))


@functools.cache
def code_digest() -> str:
    """The first 12 hex digits of a sha256 over the modules, statements and templates that build datasets."""
    digest = hashlib.sha256()
    for name, file in sorted(_code()):
        digest.update(f"{name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:12]


def _code() -> Iterator[tuple[str, Path]]:
    """The files of `_CODE`, each with its path from the folder of its package."""
    for path in _CODE:
        package, _, rest = path.partition("/")
        root = Path(str(files(package)))
        top = root / rest
        for file in top.rglob("*") if top.is_dir() else (top,):
            inside = file.relative_to(root)
            if file.suffix in {".py", ".sql", ".j2"} and "export" not in inside.parts:
                yield f"{package}/{inside.as_posix()}", file


def _build(past: Lake, scratch: "Scratch", recipe: "Recipe") -> "Built":
    from text2sql_data.datasets.building import build

    return build(past, scratch, recipe)


def _compare(lake: Lake, pin: "Pin", built: "Built", rows: "Scratch", examples: int) -> tuple[str, Comparison]:
    """The digest of what was built, and what differs from the pin."""
    with lake.scratch() as scratch:
        comparing.stage_pin(scratch, "before", pin)
        scratch.execute("CREATE TEMP TABLE rows_after AS FROM rows_before LIMIT 0")
        scratch.execute("CREATE TEMP TABLE drops_after AS FROM drops_before LIMIT 0")
        for batch in pins.prepared(rows, pins.columns_of(rows)):
            scratch.stage("batch", batch)
            scratch.execute("INSERT INTO rows_after BY NAME FROM batch")
        for drops in rows.execute("SELECT row::VARCHAR AS row, reason, detail FROM built_drops").to_arrow_reader(pins.BATCH):
            scratch.stage("batch", _table(drops))
            scratch.execute("INSERT INTO drops_after BY NAME FROM batch")
        digest = dataset_digest(scratch.execute("SELECT split, digest FROM rows_after").fetchall())
        now = Side(pin.snapshot, canonical_json(built.recipe), dict(built.templates), code_digest())
        found = comparing.compare(lake, scratch, comparing.side(pin), now, examples=examples)
        return digest, found


def _table(batch: object) -> object:
    import pyarrow as pa

    return pa.Table.from_batches([batch])


def _differences(what: str, pinned: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted(pinned.keys() | now.keys()):
        if pinned.get(name) != now.get(name):
            yield Difference(what, name, pinned.get(name), now.get(name))


def _installed(pin: "Pin") -> dict[str, str]:
    """The sha256 of the templates of a pin as they are installed now."""
    return {name: prompts.template(name).sha256 for name in pin.templates if name in prompts.names()}


def _parents(lake: Lake, parents: Sequence[Mapping[str, JSON]]) -> list[JSON]:
    """The parents of a dataset, each with the sha256 of what it holds: of files, or of the identities of its pairs."""
    found = {(kind, name): sha256 for kind, name, sha256 in lake.sql((_SQL / "pin_parents.sql").read_text("utf-8")).fetchall()}
    return [{**parent, "sha256": found.get(_key(parent))} for parent in parents]


def _key(parent: Mapping[str, JSON]) -> tuple[str, str]:
    return str(parent["kind"]), " ".join(str(parent[part]) for part in ("name", "revision") if part in parent)
