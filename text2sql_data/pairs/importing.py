"""Pair sets from other people's files: published pairs with their `meta`, and plain preference rows as trainers read them.

Everything is read before anything is written. What a file does not say is NULL; the question of a pair is looked for, and a
pair whose question is not found stays without one.
"""

import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from store import Commit, Lake, StoreError
from text2sql_data.benchmarks.adding import current_revision
from text2sql_data.importers.entries import Entry, EntryError, Progress, Reader, json_entries, raw_text
from text2sql_data.pairs.preference_rows import Pair, read
from text2sql_data.pairs.recording import PairSet, Recorded, record

_SQL = files("text2sql_data") / "pairs" / "sql"
_BATCH = 20_000
_TYPES = {
    "file": pa.int32(),
    "line": pa.int32(),
    "chosen_step": pa.int16(),
    "rejected_step": pa.int16(),
    "chosen_reward": pa.float64(),
    "rejected_reward": pa.float64(),
    "chosen_claimed_ok": pa.bool_(),
    "rejected_claimed_ok": pa.bool_(),
}
_COLUMNS = ("file", "line", "prompt", *(name for name in Pair._fields if name != "prompt"))


class ImportedPairs(NamedTuple):
    """What an import did.

    Attributes:
        recorded: The pair set.
        read: Pairs that were read.
        matched: Those whose question was found in the benchmark.
        duplicates: Those that repeat an earlier one.
        rejects: Entries that were put aside.
    """

    recorded: Recorded
    read: int
    matched: int
    duplicates: int
    rejects: int


def import_pairs(
    lake: Lake,
    paths: Sequence[Path],
    name: str,
    *,
    benchmark: str,
    quarantine: bool = False,
    progress: Progress | None = None,
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> ImportedPairs:
    """Import files as one pair set, in one commit.

    Args:
        lake: The lake.
        paths: The files, JSON lists or JSON lines.
        name: Name of the new pair set.
        benchmark: Benchmark in which the questions are looked for.
        quarantine: Put entries that cannot be read into `rejects` instead of stopping.
        progress: Told how many bytes were read.
        arguments: Recorded with the snapshot.
        dry_run: Read and match everything, and write nothing.

    Raises:
        StoreError: An entry cannot be read, a file holds no pairs, or there is a pair set of that name with other pairs.
    """
    revision = current_revision(lake, benchmark)
    message = f"import pairs: {name}"
    with lake.commit(message, command="pairs import", arguments=arguments, dry_run=dry_run) as commit:
        staging = _Staging(commit)
        parents: list[dict[str, str]] = []
        rejects: list[dict[str, object]] = []
        for number, path in enumerate(paths):
            digest, bad = _read(staging, number, path, progress, quarantine=quarantine)
            parents.append({"file": path.name, "sha256": digest})
            rejects += bad
        staging.flush()
        if rejects:
            commit.append("rejects", rejects)
        matched = f"CREATE OR REPLACE TEMP TABLE matched_pairs AS {_text('matched_pairs')}"
        commit.execute(matched, benchmark=benchmark, revision=revision)
        commit.execute(f"CREATE OR REPLACE TEMP TABLE found_pairs AS {_text('imported_pairs')}")
        commit.append("prompts", "SELECT DISTINCT ON (prompt) prompt, text FROM pair_prompts")
        n_read, n_matched, n_distinct = commit.execute(_text("import_counts")).fetchone() or (0, 0, 0)
        counts = {"read": n_read, "matched": n_matched, "duplicates": n_read - n_distinct, "rejects": len(rejects)}
        parameters = {"benchmark": benchmark, "files": [parent["sha256"] for parent in parents], **counts}
        pair_set = PairSet(name, "imported", parameters, list(parents), benchmark, revision)
        return ImportedPairs(record(lake, commit, pair_set), **counts)


class _Staging:
    """Puts pairs and prompts into temporary tables of a commit, batch by batch."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._rows: list[tuple[object, ...]] = []
        self._prompts: dict[bytes, str] = {}
        commit.execute((_SQL / "pair_batch.sql").read_text("utf-8"))

    def add(self, file: int, line: int, pair: Pair) -> None:
        """Keep a pair for the next batch."""
        identity = None
        if pair.prompt is not None:
            identity = hashlib.sha256(pair.prompt.encode("utf-8", "surrogatepass")).digest()[:16]
            self._prompts[identity] = pair.prompt
        values = pair._asdict() | {"file": file, "line": line, "prompt": identity}
        self._rows.append(tuple(values[name] for name in _COLUMNS))
        if len(self._rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Stage what is kept."""
        if not self._rows:
            return
        columns = zip(*self._rows, strict=True)
        rows = {name: pa.array(column, self._type(name)) for name, column in zip(_COLUMNS, columns, strict=True)}
        self._commit.stage("read_pairs", pa.table(rows))
        self._commit.execute("INSERT INTO pair_batch BY NAME SELECT * REPLACE (hex(prompt)::UUID AS prompt) FROM read_pairs")
        prompts = {
            "prompt": pa.array(self._prompts.keys(), pa.binary()),
            "text": pa.array(self._prompts.values(), pa.large_string()),
        }
        self._commit.stage("read_prompts", pa.table(prompts))
        self._commit.execute("INSERT INTO pair_prompts SELECT hex(prompt)::UUID, text FROM read_prompts")
        self._rows, self._prompts = [], {}

    @staticmethod
    def _type(name: str) -> pa.DataType:
        return pa.binary() if name == "prompt" else _TYPES.get(name, pa.large_string())


def _read(
    staging: _Staging, number: int, path: Path, progress: Progress | None, *, quarantine: bool
) -> tuple[str, list[dict[str, object]]]:
    """Stage the pairs of one file; its sha256, and the entries that cannot be read."""
    count = 0
    rejects: list[dict[str, object]] = []
    with path.open("rb") as file:
        reader = Reader(file, progress)
        for entry, found in _pairs(reader, path):
            count += 1
            if isinstance(found, Pair):
                staging.add(number, entry.place, found)
                continue
            if not quarantine:
                unit = "line" if isinstance(entry.content, bytes) else "entry"
                raise StoreError(
                    f"{path}, {unit} {entry.place}: {found}",
                    "Nothing was imported. Correct the file, or put such entries aside with --quarantine.",
                )
            row = {"line": entry.place, "path": str(path.absolute()), "format": "pairs", "reason": str(found)}
            rejects.append({**row, "raw": raw_text(entry.content)})
        while reader.read(1 << 20):  # to the end, for the digest
            pass
    if not count:
        raise StoreError(f"{path} holds no pairs.", "Nothing was imported.")
    for reject in rejects:
        reject["sha256"] = reader.sha256
    return reader.sha256, rejects


def _pairs(reader: Reader, path: Path) -> Iterator[tuple[Entry, Pair | EntryError]]:
    for entry in json_entries(reader, path):
        try:
            yield entry, read(entry)
        except EntryError as error:
            yield entry, error


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
