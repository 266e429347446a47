"""Content-addressed identities and digests.

Every identity in the lake is the first 128 bits of a sha256, kept as a UUID: half the size of the full digest in ten
million rows, the same in Python and in SQL (`substr(sha256(text), 1, 32)::UUID`), and still free of accidental collisions.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

JSON = Mapping[str, "JSON"] | Sequence["JSON"] | str | int | float | bool | None

_CHUNK = 1 << 20


def content_id(*parts: str | int) -> UUID:
    """The identity of a text, or of several parts joined by newlines."""
    return UUID(hex=hashlib.sha256("\n".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:32])


def canonical_json(value: JSON) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def short_id(value: JSON) -> str:
    """The first 12 hex digits of the sha256 of a value's canonical JSON: for names that people read."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()[:12]


def file_sha256(path: Path) -> str:
    """The sha256 of a file in hex, read in constant memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
