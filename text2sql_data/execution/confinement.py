"""What the kernel takes away from a worker beside the limits of its resources: Landlock and a seccomp filter, where it has them.

A memory error in SQLite could give a hostile statement the process; then it has what the process has left: to read the named
files, and to answer. Outcomes are the same with and without: a kernel that has neither is no reason not to work, and is said.
"""

import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

from text2sql_data.execution import landlock, seccomp

_ALWAYS_READABLE = (b"/dev/urandom", b"/etc/localtime", b"/usr/share/zoneinfo")
_ENVIRONMENT = ("LANG", "LC_", "LD_", "MALLOC_", "PATH", "PYTHON", "SQLITE_TMPDIR", "TMPDIR", "TZ")
_BESIDE = (b"", b"-wal", b"-shm", b"-journal")


def available() -> str:
    """What workers on this machine are confined by, such as `landlock 7, seccomp`; `none` where the kernel has nothing."""
    return _said(landlock.version(), filtered=seccomp.is_available())


def confine(databases: Iterable[bytes] | None) -> str:
    """Confine this process, and say by what, as `available` does. What it writes to standard error afterwards is lost.

    Args:
        databases: The only files that are read from now on, with the logs beside them; None leaves all readable.
    """
    for encoding in ("ascii", "utf-16-le", "utf-16-be"):
        "".encode(encoding)  # loads what is in a file of its own
    time.localtime()
    # It may be a file of the caller's, which this process could cut or write over.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    os.close(nothing)
    version, filtered = landlock.version(), False
    try:
        files = None if databases is None else [path + suffix for path in databases for suffix in _BESIDE]
        landlock.restrict(files if files is None else [*files, *_ALWAYS_READABLE])
    except OSError:
        version = 0
    with suppress(OSError):
        seccomp.restrict()
        filtered = True
    return _said(version, filtered=filtered)


def environment() -> dict[str, str]:
    """The variables of a process that is to be confined: those of language, paths, time zone and memory; keys stay here."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(_ENVIRONMENT)}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _said(version: int, *, filtered: bool) -> str:
    parts = [*([f"landlock {version}"] if version else []), *(["seccomp"] if filtered else [])]
    return ", ".join(parts) or "none"
