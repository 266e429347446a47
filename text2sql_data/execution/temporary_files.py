"""SQLite's temporary files, in memory and without a name: what a large sort or a materialized table takes beyond its cache.

A stock SQLite sorts in files what is larger than its cache, several times as fast as in its heap. Here such a file is memory of
the kernel (memfd_create): nothing is written to a disk or left behind. SQLite's table of system calls leads here for opening,
writing, cutting and closing files, so that all bytes are counted, and no other file is opened for writing.
"""

import ctypes
import errno
import os

import apsw

MOST_FILES = 200
"""Temporary files at a time; a sort takes two."""

_INT, _SIZE, _OFFSET = ctypes.c_int, ctypes.c_size_t, ctypes.c_int64
_OPEN = ctypes.CFUNCTYPE(_INT, ctypes.c_char_p, _INT, _INT, use_errno=True)
_CLOSE = ctypes.CFUNCTYPE(_INT, _INT, use_errno=True)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_ssize_t, _INT, ctypes.c_void_p, _SIZE, _OFFSET, use_errno=True)
_CUT = ctypes.CFUNCTYPE(_INT, _INT, _OFFSET, use_errno=True)
_libc = ctypes.CDLL(None, use_errno=True)
_libc.pwrite64.argtypes, _libc.pwrite64.restype = [_INT, ctypes.c_void_p, _SIZE, _OFFSET], ctypes.c_ssize_t
_libc.ftruncate64.argtypes = [_INT, _OFFSET]

_kept: list[object] = []
"""What SQLite calls, which must not be collected; empty until files are kept in memory."""


class _Files:
    """The temporary files that are open. SQLite has one table of system calls in a process, so there is one of these."""

    def __init__(self) -> None:
        self.most_bytes = self.total = 0
        self.refused = False
        self.sizes: dict[int, int] = {}
        """Bytes by descriptor."""

    def resize(self, descriptor: int, size: int) -> bool:
        """Take note of a new size, if there is room for it."""
        total = self.total + size - self.sizes[descriptor]
        if total > self.most_bytes:
            return False
        self.total, self.sizes[descriptor] = total, size
        return True


_files = _Files()


def keep_in_memory(most_bytes: int) -> bool:
    """Let all temporary files of this process be memory, from now on and for good; whether that can be done here.

    Args:
        most_bytes: What all of them may have together; a statement that wants more ends with `apsw.FullError`.
    """
    folders = [os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp", "."]  # noqa: S108
    if not any(folder and os.access(folder, os.W_OK | os.X_OK) for folder in folders):
        return False  # SQLite looks for a folder that it could write to, though it then does not
    try:
        os.close(os.memfd_create("probe"))
        callbacks = {"open": _OPEN(_open), "close": _CLOSE(_close), "pwrite": _WRITE(_write), "ftruncate": _CUT(_cut)}
    except (AttributeError, OSError, MemoryError):  # no such system call, or no memory that holds code
        return False
    callbacks["pwrite64"] = callbacks["pwrite"]
    unix = apsw.VFS("temporary_files", base="unix")
    for name, callback in callbacks.items():
        unix.xSetSystemCall(name, ctypes.cast(callback, ctypes.c_void_p).value or 0)
    _kept[:] = [unix, callbacks]
    _files.most_bytes = most_bytes
    return True


def are_in_memory() -> bool:
    """Whether temporary files of this process are memory."""
    return bool(_kept)


def begin() -> None:
    """Another statement begins."""
    _files.refused = False


def were_refused() -> bool:
    """Whether a temporary file could not be had since `begin`: SQLite then says that it cannot open the database."""
    return _files.refused


# An exception in what SQLite calls would be a number without meaning to it: whatever happens becomes -1 and an errno.


def _open(path: bytes, flags: int, mode: int) -> int:
    """open(2): a file that must be new is a temporary one; another that is to be written is refused, and SQLite only reads it."""
    try:
        if not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return int(_libc.open(path, flags, mode))
        if not flags & os.O_EXCL:
            ctypes.set_errno(errno.EACCES)
            return -1
        if len(_files.sizes) < MOST_FILES:
            descriptor = os.memfd_create("sqlite", os.MFD_CLOEXEC)
            _files.sizes[descriptor] = 0
            return descriptor
    except BaseException:  # noqa: BLE001, S110 - as above
        pass
    _files.refused = True
    ctypes.set_errno(errno.ENOMEM)
    return -1


def _close(descriptor: int) -> int:
    try:
        _files.total -= _files.sizes.pop(descriptor, 0)
        return int(_libc.close(descriptor))
    except BaseException:  # noqa: BLE001 - as above
        ctypes.set_errno(errno.EIO)
        return -1


def _write(descriptor: int, data: int, size: int, offset: int) -> int:
    """pwrite(2), into temporary files only, and only while there is room: SQLite takes the errno for a full disk."""
    try:
        end = offset + size
        if end <= _files.sizes[descriptor] or _files.resize(descriptor, end):
            return int(_libc.pwrite64(descriptor, data, size, offset))
    except BaseException:  # noqa: BLE001, S110 - as above
        pass
    ctypes.set_errno(errno.ENOSPC)
    return -1


def _cut(descriptor: int, size: int) -> int:
    try:
        if _files.resize(descriptor, size):
            return int(_libc.ftruncate64(descriptor, size))
    except BaseException:  # noqa: BLE001, S110 - as above
        pass
    ctypes.set_errno(errno.ENOSPC)
    return -1
