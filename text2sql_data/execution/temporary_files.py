"""SQLite's temporary files, in memory and without a name: what a large sort or a materialized table takes beyond its cache.

A stock SQLite sorts in files what is larger than its cache, several times as fast as in its heap. Here such a file is memory of
the kernel (memfd_create): nothing is written to a disk or left behind, and SQLite cannot open any file for writing, for whatever
it opens so becomes one of these.
"""

import ctypes
import errno
import os

import apsw

MOST_FILES = 16
"""Temporary files at a time; a large sort takes two."""

_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_int, use_errno=True)
_libc = ctypes.CDLL(None, use_errno=True)
_kept: list[object] = []
"""What SQLite calls must not be collected; there is something here when files are kept in memory."""
_inodes: dict[int, int] = {}
"""Of the files that were made, by descriptor; SQLite closes them without a word."""
_most_bytes = 0
_full = False


def keep_in_memory(most_bytes: int) -> bool:
    """Let all temporary files of this process be memory, from now on and for good; whether that can be done here.

    Args:
        most_bytes: What all of them may have together. `is_full` says when it is too much: who executes must ask now and then.
            The limit of the process on the size of a file bounds each one strictly.
    """
    global _most_bytes  # noqa: PLW0603 - SQLite has one table of system calls in a process
    folders = [os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp", "."]  # noqa: S108
    if not any(folder and os.access(folder, os.W_OK | os.X_OK) for folder in folders):
        return False  # SQLite looks for a folder that it could write to, though it then does not
    try:
        os.close(os.memfd_create("probe"))
    except OSError:
        return False
    callback = _OPEN(_open)
    unix = apsw.VFS("temporary_files", base="unix")
    unix.xSetSystemCall("open", ctypes.cast(callback, ctypes.c_void_p).value or 0)
    _kept[:] = [callback, unix]
    _most_bytes = most_bytes
    return True


def are_in_memory() -> bool:
    """Whether temporary files of this process are memory."""
    return bool(_kept)


def begin() -> None:
    """Another statement begins."""
    global _full  # noqa: PLW0603 - as above
    _full = False


def is_full() -> bool:
    """Whether there were too many files, or too many bytes in them, since `begin`."""
    global _full  # noqa: PLW0603 - as above
    _full = _full or (bool(_inodes) and _size() > _most_bytes)
    return _full


def _size() -> int:
    """The memory of the files that are open, in bytes; those that SQLite has closed meanwhile are forgotten."""
    total = 0
    for descriptor, inode in list(_inodes.items()):
        try:
            found = os.fstat(descriptor)
        except OSError:
            found = None
        if found is None or found.st_ino != inode:
            del _inodes[descriptor]
        else:
            total += found.st_blocks * 512
    return total


def _open(path: bytes, flags: int, mode: int) -> int:
    """open(2) as SQLite calls it: a file that is to be written becomes memory."""
    global _full  # noqa: PLW0603 - as above
    if not flags & (os.O_WRONLY | os.O_RDWR):
        return int(_libc.open(path, flags, mode))
    _full = is_full() or len(_inodes) >= MOST_FILES
    try:
        descriptor = -1 if _full else os.memfd_create("sqlite", os.MFD_CLOEXEC)
    except OSError:
        descriptor = -1
    if descriptor < 0:
        ctypes.set_errno(errno.ENOMEM)
        return -1
    _inodes[descriptor] = os.fstat(descriptor).st_ino
    return descriptor
