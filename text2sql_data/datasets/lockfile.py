"""`pins.lock`: the pins that a paper or a project rests on, in a small text file beside its code.

A table a pin, sorted, one value a line, so that two people who add pins seldom meet in a merge. TOML, to be read anywhere.
"""

import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from store import Lake, Pin, PinNotFoundError, StoreError, pins
from store.ids import JSON, canonical_json, short_id

HEADER = """\
# The datasets that this work rests on. Check them against a lake with: t2s pin verify --lock pins.lock
# digest: sha256 over the sorted lines "split row-digest"; row-digest: first 128 bits of the sha256 of the row as canonical JSON.
"""

_SHA256 = "sha256:"


class LockError(StoreError, ValueError):
    """A file is no lock file, or cannot be read or written."""


class Locked(NamedTuple):
    """A pin in a lock file.

    Attributes:
        ref: The pin, as name@version.
        digest: Its digest.
        rows: Its rows in all splits.
        snapshot: Version of the lake that it was built from.
        recipe: Digest of its recipe.
        templates: Prompt templates with their sha256, one an item.
        parents: What it was built from, with the sha256 of what that holds, one an item.
    """

    ref: str
    digest: str
    rows: int
    snapshot: int
    recipe: str
    templates: list[str]
    parents: list[str]


class Mismatch(NamedTuple):
    """Something that a lock file says, and the lake does not."""

    ref: str
    what: str
    locked: str
    lake: str


def locked(pin: Pin) -> Locked:
    """What a lock file says of a pin."""
    return Locked(
        pin.ref,
        _SHA256 + pin.digest,
        pin.n_rows,
        pin.snapshot,
        _SHA256 + hashlib.sha256(canonical_json(pin.recipe).encode()).hexdigest(),
        sorted(f"{name} {_SHA256}{sha256}" for name, sha256 in pin.templates.items()),
        sorted(map(_parent, pin.parents)),
    )


def read(path: Path) -> dict[str, Locked]:
    """The pins of a lock file.

    Raises:
        LockError: It cannot be read, or is no lock file.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LockError(
            f"The lock file {path} cannot be read: {error}", "Write one with: t2s pin create ... --lock FILE"
        ) from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = "Keep what both sides of the merge have, and take the marks out." if "<<<<<<<" in text else ""
        raise LockError(f"The lock file {path} is not TOML: {error}", hint) from error
    return {ref: _locked(path, ref, table) for ref, table in sorted(tables.items(), key=lambda item: _order(item[0]))}


def add(path: Path, new: Iterable[Pin]) -> None:
    """Put pins into a lock file, which is made where there is none; all at once or not at all.

    Raises:
        LockError: It cannot be written, or is no lock file.
    """
    known = read(path) if path.exists() else {}
    known.update({pin.ref: locked(pin) for pin in new})
    text = HEADER + "".join(_table(known[ref]) for ref in sorted(known, key=_order))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
            file.write(text)
        umask = os.umask(0)  # a temporary file is for its owner only, and this one is to be shared
        os.umask(umask)
        Path(file.name).chmod(0o666 & ~umask)
        Path(file.name).replace(path)
    except OSError as error:
        raise LockError(f"The lock file {path} cannot be written: {error.strerror or error}") from error


def table(pin: Pin) -> str:
    """The table of a pin in a lock file."""
    return _table(locked(pin)).strip()


def mismatches(lake: Lake, entries: Mapping[str, Locked]) -> list[Mismatch]:
    """What pins of a lock file are not, or are otherwise, in a lake. The number of the snapshot is the lake's own affair."""
    found = []
    for ref, entry in entries.items():
        try:
            here = locked(pins.find(lake, ref))
        except PinNotFoundError:
            found.append(Mismatch(ref, "pin", entry.digest, "not in the lake"))
            continue
        for what in ("digest", "rows", "recipe", "templates", "parents"):
            said, is_ = getattr(entry, what), getattr(here, what)
            if said != is_:
                found.append(Mismatch(ref, what, _shown(said), _shown(is_)))
    return found


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _order(ref: str) -> tuple[str, int, str]:
    name, _, version = ref.partition("@")
    return name, int(version) if version.isdecimal() else 0, ref


def _parent(parent: Mapping[str, JSON]) -> str:
    words = [str(parent[part]) for part in ("kind", "name", "revision") if parent.get(part) is not None]
    sha256 = parent.get("sha256")
    return " ".join([*words, f"{_SHA256}{sha256}" if sha256 else f"id:{short_id(dict(parent))}"])


def _table(entry: Locked) -> str:
    lines = [f"\n[{json.dumps(entry.ref)}]"]
    for name, value in entry._asdict().items():
        if name == "ref":
            continue
        if isinstance(value, list):
            items = "".join(f"\n    {_string(item)}," for item in value)
            lines.append(f"{name} = [{items}\n]" if items else f"{name} = []")
        else:
            lines.append(f"{name} = {value if isinstance(value, int) else _string(value)}")
    return "\n".join(lines) + "\n"


def _string(text: str) -> str:
    """A string of TOML, which is one of JSON but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _locked(path: Path, ref: str, table: object) -> Locked:
    values = dict(table) if isinstance(table, dict) else {}
    try:
        entry = Locked(ref, **values)
    except TypeError as error:
        raise LockError(f"The lock file {path}: {ref} does not have the fields of a pin.", _fields()) from error
    texts = isinstance(entry.digest, str) and isinstance(entry.recipe, str)
    lists = isinstance(entry.templates, list) and isinstance(entry.parents, list)
    if not (texts and lists and isinstance(entry.rows, int) and isinstance(entry.snapshot, int)):
        raise LockError(f"The lock file {path}: {ref} has a field of another type.", _fields())
    return entry


def _fields() -> str:
    return f"They are: {', '.join(Locked._fields[1:])}. Write them with: t2s pin create ... --lock FILE"
