"""A seccomp filter, by which a process gives up all system calls but those that reading a database takes.

The program is a list of numbers to compare with, in the classic BPF of seccomp(2). A call that is not allowed fails with EPERM;
memory that can be executed cannot be made, and no file be opened for writing. Known for x86-64 and 64-bit ARM; elsewhere there is
no filter.
"""

import ctypes
import errno
import os
import struct
from typing import NamedTuple

_CALLS = """
read 0 63 | write 1 64 | readv 19 65 | writev 20 66 | pread64 17 67 | preadv 295 69 | lseek 8 62
memfd_create 319 279 | close 3 57 | fcntl 72 25 | poll 7 - | ppoll 271 73
stat 4 - | lstat 6 - | fstat 5 80 | newfstatat 262 79 | statx 332 291 | access 21 - | faccessat 269 48 | faccessat2 439 439
readlink 89 - | readlinkat 267 78 | getcwd 79 17
brk 12 214 | munmap 11 215 | mremap 25 216 | madvise 28 233 | futex 202 98
rt_sigaction 13 134 | rt_sigprocmask 14 135 | rt_sigreturn 15 139 | sigaltstack 131 132 | restart_syscall 219 128
setitimer 38 103 | time 201 - | gettimeofday 96 169 | clock_gettime 228 113 | nanosleep 35 101 | clock_nanosleep 230 115
getrandom 318 278 | sysinfo 99 179 | sched_yield 24 124
getpid 39 172 | gettid 186 178 | getuid 102 174 | geteuid 107 175 | getgid 104 176 | getegid 108 177
exit 60 93 | exit_group 231 94
"""
"""What a worker needs, with its numbers on x86-64 and on 64-bit ARM."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_PROT_EXEC, _STDERR = 4, 2
_LOAD, _IF_EQUAL, _IF_GREATER, _IF_BITS, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_BOUND_CALLS = (
    ("mmap 9 222 | mprotect 10 226", 2, (_IF_BITS, 0, 1, _PROT_EXEC)),
    ("openat 257 56", 2, (_IF_BITS, 0, 1, _WRITING)),
    ("open 2 -", 1, (_IF_BITS, 0, 1, _WRITING)),
    ("pwrite64 18 68 | ftruncate 77 46", 0, (_IF_GREATER, 1, 0, _STDERR)),
)
"""What it needs, but not with every argument: the call, which argument, and an instruction that passes over the refusal or not.

Memory may not be executed, files not be opened for writing, and the standard files of the process only be added to.
"""


class _Machine(NamedTuple):
    """A processor: its mark in what the kernel hands to the program, the number of seccomp(2), and which numbers are its."""

    architecture: int
    seccomp: int
    column: int

    def numbers(self, calls: str) -> list[int]:
        """The numbers of system calls that it has."""
        found = [call.split()[self.column] for call in calls.replace("\n", "|").split("|") if call.strip()]
        return [int(number) for number in found if number != "-"]


_MACHINES = {"x86_64": _Machine(0xC000003E, 317, 1), "aarch64": _Machine(0xC00000B7, 277, 2)}

_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16  # in what the kernel hands to the program
_KILL, _REFUSE, _ALLOW = 0x80000000, 0x00050000 | errno.EPERM, 0x7FFF0000
_SET_FILTER, _IS_AVAILABLE = 1, 2
_ALL_THREADS = 1
_PR_SET_NO_NEW_PRIVS = 38

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def is_available() -> bool:
    """Whether this kernel takes filters, and the system calls of this processor are known here."""
    machine = _MACHINES.get(os.uname().machine)
    refuse = ctypes.c_uint32(_REFUSE & 0xFFFF0000)
    return machine is not None and not _call(machine, _IS_AVAILABLE, 0, ctypes.byref(refuse))


def restrict() -> None:
    """Give up, in all threads and for good, the system calls that are not in the list.

    Raises:
        OSError: The kernel takes no filter, or the system calls of this processor are not known.
    """
    machine = _MACHINES.get(os.uname().machine)
    if machine is None:
        raise OSError(errno.ENOSYS, "no list of system calls for this processor")
    instructions = _instructions(machine)
    program = _Program(len(instructions) // 8, instructions)
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or _call(machine, _SET_FILTER, _ALL_THREADS, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "seccomp")


def _instructions(machine: _Machine) -> bytes:
    """The program; jumps are counted in instructions to be passed over."""
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_IF_EQUAL, 1, 0, machine.architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    for calls, argument, test in _BOUND_CALLS:
        for number in machine.numbers(calls):
            program += [
                (_IF_EQUAL, 0, 4, number),
                (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument),
                test,
                (_RETURN, 0, 0, _REFUSE),
                (_RETURN, 0, 0, _ALLOW),
            ]
    allowed = machine.numbers(_CALLS)
    program += [(_IF_EQUAL, len(allowed) - at, 0, number) for at, number in enumerate(allowed)]
    program += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _call(machine: _Machine, operation: int, flags: int, argument: object) -> int:
    return int(_libc.syscall(ctypes.c_long(machine.seccomp), ctypes.c_long(operation), ctypes.c_long(flags), argument))
