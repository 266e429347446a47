"""Measuring commands as whole processes: wall time, processor time and peak memory, with the machine they ran on.

Processor time includes the processes that a command started and waited for; the peak is that of the largest one of them. Where
servers or a cluster do a part of the work, which are no children of the command, both can be taken of the whole machine.
"""

import json
import os
import platform
import shlex
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

REAL_DATA = Path(os.environ.get("TEXT2SQL_REAL_DATA") or Path(__file__).resolve().parents[2] / "../shared/real").resolve()
T2S = [str(Path(sys.executable).parent / "t2s")]
_LOOK_EVERY = 0.1
"""Seconds between looks at how much memory is used."""


class Measured(NamedTuple):
    """A command and what it took, and what a plain script took for the same where one was measured beside it."""

    what: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    plain_s: float | None = None


def measure(
    what: str,
    arguments: Sequence[str | Path],
    lake: Path | str | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    whole_machine: bool = False,
) -> Measured:
    """Run `t2s` with arguments, on a lake if one is given, and measure it, or the whole machine; what it prints is dropped.

    Raises:
        RuntimeError: The command failed; the message is what it wrote to the standard error.
    """
    command = [*T2S, *(["--lake", str(lake)] if lake else []), *map(str, arguments)]
    return (_measure_machine if whole_machine else measure_process)(what, command, environment)


def measure_plain(script: str, folder: Path, *arguments: str | Path) -> float:
    """The wall time of a script of `tests/benchmarks/plain.py` in seconds."""
    path = Path(__file__).with_name("plain.py")
    return measure_process(script, [sys.executable, str(path), script, str(folder), *map(str, arguments)]).wall_s


_LAUNCHER = """
import json, os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
print(json.dumps([os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))
"""


def measure_process(what: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command, with more environment if it is given, and measure it; what it prints is dropped.

    The peak that Linux counts for a process begins with that of the one that started it, so a small one does.

    Raises:
        RuntimeError: The command failed; the message is what it wrote to the standard error.
    """
    launcher = [sys.executable, "-S", "-E", "-c", _LAUNCHER, *command]
    done = subprocess.run(launcher, env=os.environ | dict(environment or {}), capture_output=True, text=True, check=True)
    code, wall, cpu, peak = json.loads(done.stdout)
    if code:
        raise RuntimeError(f"{shlex.join(command)} ended with {code}: {done.stderr}")
    return Measured(what, wall, cpu, peak)


def _measure_machine(what: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """The same with the processor time of all processes, and the most memory that was used beyond what was used before."""
    ended, most, before = threading.Event(), 0.0, _used_mb()

    def watch() -> None:
        nonlocal most
        while not ended.wait(_LOOK_EVERY):
            most = max(most, _used_mb() - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        busy = _busy()
        measured = measure_process(what, command, environment)
        return measured._replace(cpu_s=_busy() - busy, peak_mb=most)
    finally:
        ended.set()
        watcher.join()


def _busy() -> float:
    """Seconds that the processors have worked since the machine was started; see proc_stat(5)."""
    user, nice, system, _idle, _waiting, interrupts, soft = map(int, _lines("/proc/stat")[0].split()[1:8])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def _used_mb() -> float:
    """The memory of all processes that is not that of files: what the kernel could not take back."""
    return _megabytes("AnonPages") + _megabytes("Shmem")


def _megabytes(what: str) -> float:
    """An amount of memory that the kernel tells of; 0 where it does not."""
    return next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith(f"{what}:")), 0) / 2**10


def total(what: str, parts: Iterable[Measured]) -> Measured:
    """The sum of several, with the highest peak."""
    listed = list(parts)
    return Measured(what, sum(p.wall_s for p in listed), sum(p.cpu_s for p in listed), max(p.peak_mb for p in listed))


def mean(first: Measured, second: Measured) -> Measured:
    """The mean of two measurements of the same, with the higher peak."""
    plain = None if first.plain_s is None or second.plain_s is None else (first.plain_s + second.plain_s) / 2
    wall, cpu = (first.wall_s + second.wall_s) / 2, (first.cpu_s + second.cpu_s) / 2
    return Measured(first.what, wall, cpu, max(first.peak_mb, second.peak_mb), plain)


def table(rows: Iterable[Measured]) -> str:
    """The measurements as a Markdown table, with what plain scripts took where any did."""
    listed = list(rows)
    compared = any(row.plain_s is not None for row in listed)
    head, rule = "| what | wall (s) | processor (s) | peak (MB) |", "|---|---:|---:|---:|"
    lines = [head + " plain script (s) | times faster |" * compared, rule + "---:|---:|" * compared]
    for row in listed:
        line = f"| {row.what} | {row.wall_s:.2f} | {row.cpu_s:.2f} | {row.peak_mb:.0f} |"
        if compared and row.plain_s is not None:
            line += f" {row.plain_s:.2f} | {row.plain_s / row.wall_s:.2f} |"
        elif compared:
            line += " | |"
        lines.append(line)
    return "\n".join(lines)


def machine() -> str:
    """What everything was measured on, as a Markdown list."""
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory, swap = _megabytes("MemTotal") / 2**10, _megabytes("SwapTotal") / 2**10
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "apsw", "pyarrow", "msgspec", "text2sql-store"))
    return "\n".join(
        [
            f"- Processor: {models[0] if models else platform.machine()}, {len(os.sched_getaffinity(0))} cores used",
            f"- Memory: {memory:.1f} GiB; swap: {f'{swap:.1f} GiB' if swap else 'none'}",
            f"- Load before the start: {os.getloadavg()[0]:.1f}",
            f"- {platform.system()} {platform.release()}, Python {platform.python_version()}, {versions}",
            f"- SQLite of plain scripts (Python's own): {sqlite3.sqlite_version}",
        ]
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
