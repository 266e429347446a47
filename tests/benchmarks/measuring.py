"""Measuring commands as whole processes: wall time, processor time and peak memory, with the machine they ran on.

Processor time includes the processes that a command started and waited for; the peak is that of the largest one of them.
"""

import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

REAL_DATA = Path(os.environ.get("TEXT2SQL_REAL_DATA") or Path(__file__).resolve().parents[2] / "../shared/real").resolve()
T2S = [str(Path(sys.executable).parent / "t2s")]


class Measured(NamedTuple):
    """A command and what it took, and what a plain script took for the same where one was measured beside it."""

    what: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    plain_s: float | None = None


def measure(
    what: str, arguments: Sequence[str | Path], lake: Path | str | None = None, environment: Mapping[str, str] | None = None
) -> Measured:
    """Run `t2s` with arguments, on a lake if one is given, and measure it; what it prints is dropped.

    Raises:
        RuntimeError: The command failed; the message is what it wrote to the standard error.
    """
    return measure_process(what, [*T2S, *(["--lake", str(lake)] if lake else []), *map(str, arguments)], environment)


def measure_plain(script: str, folder: Path, *arguments: str | Path) -> float:
    """The wall time of a script of `tests/benchmarks/plain.py` in seconds."""
    path = Path(__file__).with_name("plain.py")
    return measure_process(script, [sys.executable, str(path), script, str(folder), *map(str, arguments)]).wall_s


def measure_process(what: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command, with more environment if it is given, and measure it; what it prints is dropped.

    Raises:
        RuntimeError: The command failed; the message is what it wrote to the standard error.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=os.environ | dict(environment or {})
    )
    stderr = process.stderr.read() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stderr:
        process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{shlex.join(command)} ended with {process.returncode}: {stderr}")
    return Measured(what, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def total(what: str, parts: Iterable[Measured]) -> Measured:
    """The sum of several, with the highest peak."""
    listed = list(parts)
    return Measured(what, sum(p.wall_s for p in listed), sum(p.cpu_s for p in listed), max(p.peak_mb for p in listed))


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
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "apsw", "pyarrow", "msgspec", "text2sql-store"))
    return "\n".join(
        [
            f"- Processor: {models[0] if models else platform.machine()}, {len(os.sched_getaffinity(0))} cores used",
            f"- Memory: {memory / 2**20:.1f} GiB",
            f"- Load before the start: {os.getloadavg()[0]:.1f}",
            f"- {platform.system()} {platform.release()}, Python {platform.python_version()}, {versions}",
        ]
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
