"""SQLite's own back-up of a catalog."""

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


def back_up(catalog: Path, target: Path) -> None:
    """Copy a SQLite catalog with SQLite's own back-up, while others may write.

    In a process of its own: two SQLite libraries in one process undo each other's locks.
    """
    done = subprocess.run(
        [sys.executable, "-c", _BACK_UP, str(catalog), str(target)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.strip().rpartition("\n")[2]
        error = StoreError(f"The catalog {catalog} could not be copied: {reason}")
        error.hint = remedy(error) or "Is it damaged? Restore it from a back-up."
        raise error
