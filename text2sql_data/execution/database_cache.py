"""Databases of an object store as files of this machine: each content once, in a folder of bounded size.

The name of a file is the identity of its content. Whoever uses a file holds a lock on it (flock: the kernel releases it when
its holder dies), and what was not used for longest, and is not locked, makes room for others. Files of other programs on the
same disk are not counted.
"""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from store.errors import StoreError
from text2sql_data.execution import object_files

DEFAULT_BYTES = 50_000_000_000

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_DATABASE, _PART = ".sqlite", ".part"
_POLL = 0.05  # seconds
_TRIES = 3


class DatabaseFetchError(StoreError):
    """A database of an object store cannot be had: it is gone, has changed, or the store does not answer."""


class CacheFullError(DatabaseFetchError):
    """The cache of databases has no room for another one."""


def is_address(path: str) -> bool:
    """Whether a path is the address of an object, such as s3://bucket/name, and no file of this machine."""
    return _ADDRESS.match(path) is not None


def folder() -> Path:
    """The folder of the cache, which is made when it is not there: `databases` in TEXT2SQL_CACHE or ~/.cache/text2sql-store."""
    said = os.environ.get("TEXT2SQL_CACHE")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = (Path(said) if said else home / "text2sql-store").absolute() / "databases"
    place.mkdir(parents=True, exist_ok=True)
    return place


def bound() -> int:
    """Bytes that the files of the cache may have: TEXT2SQL_CACHE_BYTES, or 50 GB.

    Raises:
        StoreError: The variable is not a whole number.
    """
    said = os.environ.get("TEXT2SQL_CACHE_BYTES") or str(DEFAULT_BYTES)
    if not said.isdecimal():
        raise StoreError(f"TEXT2SQL_CACHE_BYTES is {said!r}.", "Give a whole number of bytes, such as 50000000000.")
    return int(said)


class Lease:
    """A file of the cache that stays where it is until the lease is closed, or the process ends.

    Attributes:
        path: The file.
        sha256: Of its content, in hex; only its first half where the file was there already.
    """

    def __init__(self, handle: int, path: Path, sha256: str) -> None:
        self._handle: int | None = handle
        self.path = path
        self.sha256 = sha256

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the file up."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def fetch(address: str, database: str | None = None, *, patience: float = 0.0) -> Lease:
    """A database of an object store as a file.

    Many processes may ask for the same one: one of them downloads it, the others wait.

    Args:
        address: Where it is, such as s3://bucket/folder/name.sqlite.
        database: Identity of the content that it must have, 32 hex digits, with or without hyphens; any content when None, and
            then it is downloaded in any case.
        patience: Seconds to wait for room that is in use.

    Raises:
        CacheFullError: There is no room for it.
        DatabaseFetchError: It is gone, has other content, or cannot be downloaded.
    """
    identity = None if database is None else database.replace("-", "")
    if identity is not None and re.fullmatch("[0-9a-f]{32}", identity) is None:
        raise DatabaseFetchError(f"{database!r} does not say which content {address} must have")
    place = folder()
    part = place / f"{identity or hashlib.sha256(address.encode()).hexdigest()}{_PART}"
    end = time.monotonic() + patience
    while True:
        if identity is not None and (lease := _lease(place, identity)) is not None:
            return lease
        handle = _claim(part)
        if handle is not None:
            try:
                return _fetch(address, handle, part, identity)
            except BaseException as error:
                with suppress(FileNotFoundError):
                    part.unlink()
                os.close(handle)
                if not isinstance(error, CacheFullError) or time.monotonic() >= end:
                    raise
        time.sleep(_POLL)


def _claim(part: Path) -> int | None:
    """Begin a download; None while another process is at it."""
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if _lock(handle, fcntl.LOCK_EX) and _is(part, handle):
        return handle
    os.close(handle)
    return None


def _fetch(address: str, handle: int, part: Path, identity: str | None) -> Lease:
    if identity is not None and (lease := _lease(part.parent, identity)) is not None:  # it came in this moment
        part.unlink()
        os.close(handle)
        return lease
    return _keep(handle, part, _download(address, handle, part, identity))


def _lease(place: Path, identity: str) -> Lease | None:
    """A lease of a file that is there."""
    path = place / f"{identity}{_DATABASE}"
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    fcntl.flock(handle, fcntl.LOCK_SH)
    if not _is(path, handle):  # removed before it was locked
        os.close(handle)
        return None
    os.utime(handle)
    return Lease(handle, path, identity)


def _keep(handle: int, part: Path, sha256: str) -> Lease:
    """Give a downloaded file its name; its lock goes with it."""
    place, identity = part.parent, sha256[:32]
    path = place / f"{identity}{_DATABASE}"
    os.fchmod(handle, 0o400)
    with _exclusive(place):
        if (known := _lease(place, identity)) is not None:  # the same content came from another address
            part.unlink()
            os.close(handle)
            known.sha256 = sha256
            return known
        part.rename(path)
        fcntl.flock(handle, fcntl.LOCK_SH)  # nobody removes anything meanwhile
    return Lease(handle, path, sha256)


def _download(address: str, handle: int, part: Path, identity: str | None) -> str:
    """Write the content of an object into a file; its sha256."""
    for tried in range(1, _TRIES + 1):
        try:
            return _try_to_download(address, handle, part, identity)
        except (FileNotFoundError, PermissionError) as error:
            raise DatabaseFetchError(f"cannot be fetched: {object_files.said(error)}") from error
        except OSError as error:
            if tried == _TRIES:
                raise DatabaseFetchError(f"cannot be fetched: {object_files.said(error)}") from error
        time.sleep(tried)
    raise AssertionError  # the last try returns or raises


def _try_to_download(address: str, handle: int, part: Path, identity: str | None) -> str:
    size = object_files.size(address)
    _make_room(part, handle, size)
    os.lseek(handle, 0, os.SEEK_SET)
    digest, written = hashlib.sha256(), 0
    for chunk in object_files.chunks(address):
        digest.update(chunk)
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(handle, rest) :]
        written += len(chunk)
    if written != size:
        raise OSError(f"{written} of {size} bytes came")
    os.fsync(handle)
    sha256 = digest.hexdigest()
    if identity is not None and not sha256.startswith(identity):
        raise DatabaseFetchError("has changed since the benchmark was added")
    return sha256


def _make_room(part: Path, handle: int, size: int) -> None:
    """Remove what is not in use until a file of this size fits, and take the room: the file has that size from then on."""
    most = bound()
    if size > most:
        raise DatabaseFetchError(f"has {size} bytes, more than the {most} bytes that TEXT2SQL_CACHE_BYTES gives to the cache")
    with _exclusive(part.parent):
        files = [(file, status) for file in part.parent.iterdir() if file != part and (status := _status(file)) is not None]
        total = sum(status.st_size for _, status in files)
        # What a process left half done when it died is of no use; then what was not used for longest.
        for file, status in sorted(files, key=lambda one: (one[0].suffix != _PART, one[1].st_mtime_ns)):
            if total + size <= most:
                break
            if status.st_size and _remove(file):
                total -= status.st_size
        if total + size > most:
            raise CacheFullError(f"has {size} bytes, and {total} of the {most} bytes of the cache are in use")
        os.ftruncate(handle, size)


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat() if file.suffix in {_DATABASE, _PART} else None
    except FileNotFoundError:
        return None


def _remove(file: Path) -> bool:
    """Remove a file that nobody uses; False when somebody does."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        if not _lock(handle, fcntl.LOCK_EX):
            return False
        file.unlink(missing_ok=True)
        return True
    finally:
        os.close(handle)


@contextmanager
def _exclusive(place: Path) -> Iterator[None]:
    """Let one process at a time count, remove and rename."""
    handle = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is(path: Path, handle: int) -> bool:
    """Whether a path still names an open file."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
