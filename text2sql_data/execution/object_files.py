"""Reading files of an object store: their sizes, their content, and what lies in a folder. Arrow's file systems do the work.

Credentials come from where the store's own tools have them, such as AWS_ACCESS_KEY_ID, AWS_PROFILE and AWS_ENDPOINT_URL. An
address holds none: it is kept in the lake.
"""

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from store.errors import StoreError

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

_CHUNK = 8 << 20


class ObjectFile(NamedTuple):
    """A file of an object store: its address, its size in bytes, and when it was written (nanoseconds since 1970)."""

    address: str
    bytes: int
    mtime_ns: int


def check_address(address: str) -> str:
    """The address of a file or folder, without a slash at its end.

    Raises:
        StoreError: Arrow has no file system for it, or it has credentials or options in it.
    """
    url = urlsplit(address)
    if url.username or url.password or url.query or url.fragment:
        raise StoreError(
            f"An address below {url.scheme}://{url.hostname or ''} has keys or options in it, and the lake keeps addresses.",
            "Say them by the variables of the store, such as AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL.",
        )
    _open(address)
    return address.rstrip("/")


def find(places: Sequence[str]) -> ObjectFile | None:
    """The first of some addresses in one bucket at which there is a file.

    Raises:
        OSError: The store does not answer.
    """
    from pyarrow.fs import FileType

    paths = [_open(place) for place in places]
    found = paths[0].system.get_file_info([path.path for path in paths]) if paths else []
    for place, info in zip(places, found, strict=True):
        if info.type == FileType.File:
            return ObjectFile(place, info.size, info.mtime_ns or 0)
    return None


def listed(folder: str) -> list[ObjectFile]:
    """The files in a folder, by name; none where there is no such folder.

    Raises:
        OSError: The store does not answer.
    """
    from pyarrow.fs import FileSelector, FileType

    opened = _open(folder)
    infos = opened.system.get_file_info(FileSelector(opened.path, allow_not_found=True))
    files = [
        ObjectFile(f"{folder}/{info.base_name}", info.size, info.mtime_ns or 0) for info in infos if info.type == FileType.File
    ]
    return sorted(files)


def size(address: str) -> int:
    """Bytes of a file.

    Raises:
        FileNotFoundError: There is none.
        OSError: The store does not answer.
    """
    found = find([address])
    if found is None:
        raise FileNotFoundError(f"there is no {address}")
    return found.bytes


def chunks(address: str) -> Iterator[bytes]:
    """The content of a file, some megabytes at a time.

    Raises:
        OSError: It cannot be read.
    """
    opened = _open(address)
    with opened.system.open_input_stream(opened.path) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def said(error: OSError) -> str:
    """What an error of Arrow says, on one line."""
    return " ".join((error.strerror or str(error)).split())[:500]


class _Opened(NamedTuple):
    system: "FileSystem"
    path: str


def _open(address: str) -> _Opened:
    url = urlsplit(address)
    system = _system(url.scheme.lower(), url.netloc, os.environ.get("AWS_ENDPOINT_URL"), os.environ.get("AWS_ACCESS_KEY_ID"))
    return _Opened(system, f"{url.netloc}{url.path}" if url.netloc else url.path)


@lru_cache(maxsize=16)
def _system(scheme: str, bucket: str, *_of: str | None) -> "FileSystem":
    """The file system of a bucket; what follows tells one apart from another that was used before."""
    import pyarrow as pa
    from pyarrow.fs import FileSystem

    try:
        system, _ = FileSystem.from_uri(f"{scheme}://{bucket}/")
    except (pa.ArrowInvalid, NotImplementedError, OSError) as error:
        raise StoreError(
            f"{scheme}://{bucket} cannot be used: {error}", "Give an address such as s3://bucket/folder or gs://bucket/folder."
        ) from error
    return system
