"""SQLite's own back-up of a catalog, and its own check.

Each in a process of its own: two SQLite libraries in one process undo each other's locks.
"""

import subprocess
import sys
from pathlib import Path

from store.errors import StoreError, remedy

_BACK_UP = """
import sqlite3, sys
source, target = map(sqlite3.connect, sys.argv[1:])
source.backup(target)
target.execute("PRAGMA journal_mode = WAL")
target.close()
"""

_CHECK = """
import sqlite3, sys
for (line,) in sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check(10)"):
    print(line)
"""


def back_up(catalog: Path, target: Path) -> None:
    """Copy a SQLite catalog with SQLite's own back-up, while others may write."""
    done = _run(_BACK_UP, catalog, target)
    if done.returncode:
        reason = done.stderr.strip().rpartition("\n")[2]
        error = StoreError(f"The catalog {catalog} could not be copied: {reason}")
        error.hint = remedy(error) or "Is it damaged? Restore it from a back-up."
        raise error


def damage(catalog: Path) -> list[str]:
    """What SQLite finds wrong in the pages of a catalog, at most ten things."""
    done = _run(_CHECK, catalog)
    if done.returncode:
        return [done.stderr.strip().rpartition("\n")[2]]
    return [line for line in done.stdout.splitlines() if line != "ok"]


def _run(program: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *map(str, paths)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
