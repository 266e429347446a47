"""Landlock, by which a process gives up rights over files, network and other processes, for itself and for good.

Three system calls without a wrapper in the C library; see landlock(7). What the kernel does not know of is left out, and its
version says what there is: files since 1, moving 2, truncating 3, TCP 4, devices 5, signals and abstract sockets 6.
"""

import ctypes
import os
import stat
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every processor
_VERSION = 1
_PATH_BENEATH = 1
_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
_FILES = {1: 13, 2: 14, 3: 15, 5: 16}  # how many rights over files each version knows
_TCP_SINCE, _TCP = 4, 0b11  # bind, connect
_SCOPES_SINCE, _SCOPES = 6, 0b11  # abstract sockets and signals to processes outside
_PR_SET_NO_NEW_PRIVS = 38

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Version of Landlock in this kernel; 0 where there is none."""
    try:
        return _call(_CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[bytes] | None) -> None:
    """Give up all rights that this kernel can take away but reading, and reading other files too if some are named.

    Files that are open stay open. What is named is what lies there now: a file that takes its place later is another one.

    Args:
        readable: Files, and folders with all that is in them; None allows all. What does not exist is left out.

    Raises:
        OSError: The kernel has no Landlock, or refuses.
    """
    known = version()
    files = max((1 << count) - 1 for since, count in _FILES.items() if since <= max(known, 1))
    ruleset = _Ruleset(files, _TCP if known >= _TCP_SINCE else 0, _SCOPES if known >= _SCOPES_SINCE else 0)
    handle = _call(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    try:
        for path in [b"/"] if readable is None else readable:
            _allow_reading(handle, path)
        if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "no_new_privs")
        _call(_RESTRICT_SELF, handle, 0)
    finally:
        os.close(handle)


def _allow_reading(handle: int, path: bytes) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (OSError, ValueError):
        return
    try:
        is_folder = stat.S_ISDIR(os.fstat(place).st_mode)
        rule = _Beneath(_READ_FILE | _READ_DIR if is_folder else _READ_FILE, place)
        _call(_ADD_RULE, handle, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    words = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *words))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return result
