"""Databases of a benchmark that lie in an object store: found by their names, downloaded once into the cache, and read there.

The lake keeps the address, not the place in the cache. A store that does not answer is an error, not a missing database.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from store.errors import StoreError
from text2sql_data.benchmarks.descriptions import read_descriptions
from text2sql_data.benchmarks.model import Database, Source
from text2sql_data.execution import database_cache, object_files
from text2sql_data.schema.confined import introspect
from text2sql_data.schema.introspect import Descriptions, UnreadableDatabaseError


class Stored(NamedTuple):
    """A database as it was found, the descriptions of its columns, the files they are from, and what could not be read."""

    database: Database
    descriptions: Descriptions
    files: list[Source]
    problems: list[str]


def examine(db_id: str, root: str, suffixes: Sequence[str]) -> Stored:
    """A database below an address, looked for as below a folder.

    Raises:
        StoreError: The store does not answer, or the cache has no room.
    """
    places = [f"{folder}/{db_id}{suffix}" for folder in (f"{root}/{db_id}", root) for suffix in suffixes]
    try:
        found = object_files.find(places)
        described = _descriptions(found.address.rpartition("/")[0] if found else f"{root}/{db_id}")
    except OSError as error:
        raise StoreError(
            f"{root} cannot be read: {object_files.said(error)}", "Look at the address, the credentials and AWS_ENDPOINT_URL."
        ) from error
    if found is None:
        reason = f"missing: there is no {places[0]}, nor one in the {len(places) - 1} other places looked at"
        return Stored(Database(db_id, None, None, None, None, places[0], reason, None), *described)
    try:
        with database_cache.fetch(found.address) as lease:
            sha256, size = lease.sha256, lease.path.stat().st_size
            schema = introspect(lease.path, described[0])
    except UnreadableDatabaseError as error:
        reason = f"unreadable: {str(error).replace(str(lease.path), found.address)}"
        return Stored(Database(db_id, None, sha256, size, found.mtime_ns, found.address, reason, None), *described)
    except database_cache.DatabaseFetchError as error:
        raise StoreError(f"{found.address} {error.message}.", error.hint) from error
    return Stored(Database(db_id, sha256[:32], sha256, size, found.mtime_ns, found.address, None, schema), *described)


def _descriptions(folder: str) -> tuple[Descriptions, list[Source], list[str]]:
    """What the files in `database_description` say, their addresses, and what of them cannot be read."""
    files = [file for file in object_files.listed(f"{folder}/database_description") if file.address.lower().endswith(".csv")]
    if not files:
        return {}, [], []
    with tempfile.TemporaryDirectory() as temporary:
        copies = Path(temporary) / "database_description"
        copies.mkdir()
        addresses = {}
        for file in files:
            copy = copies / file.address.rpartition("/")[2]
            copy.write_bytes(b"".join(object_files.chunks(file.address)))
            addresses[copy] = file.address
        read = read_descriptions([Path(temporary)])
        sources = [
            Source(addresses[copy], hashlib.sha256(data := copy.read_bytes()).hexdigest(), len(data)) for copy in read.files
        ]
        return read.descriptions, sources, [problem.replace(f"{copies.parent}", folder) for problem in read.problems]
