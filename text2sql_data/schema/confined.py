"""Reads the schema of a SQLite file in a process of its own, which the file may take over, kill or hold up without harm.

A view, a generated column or a crafted page is evaluated when examples are read, and one call of a function may take hours that
no bound on steps ends. The process has the file to read, a time, and bounded memory; it can write nothing but its answer.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import cast

import apsw

from store.ids import JSON
from text2sql_data.execution import confinement
from text2sql_data.schema.introspect import Described, Descriptions, UnreadableDatabaseError
from text2sql_data.schema.introspect import introspect as read_here

SECONDS = 120.0
"""Time for one file; counting rows reads a gigabyte at most."""

_HEAP = 512 << 20
_MEMORY = 3 << 30
_GRACE = 5.0


def introspect(path: Path, descriptions: Descriptions | None = None, seconds: float = SECONDS) -> dict[str, JSON]:
    """The schema of the SQLite database in a file, as `text2sql_data.schema.introspect` gives it.

    Args:
        path: The file.
        descriptions: Descriptions to attach to its columns.
        seconds: How long it may take.

    Raises:
        UnreadableDatabaseError: The file is missing, empty, corrupt, or not a database; or reading it takes too long or too much.
    """
    described = [[*names, *said] for names, said in (descriptions or {}).items()]
    asked = json.dumps([os.fsencode(path).hex(), described, seconds])
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", __name__],
            input=asked,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=seconds + _GRACE,
            env=confinement.environment(),
        )
    except subprocess.TimeoutExpired:
        code, answer = -signal.SIGALRM, ""
    else:
        code, answer = done.returncode, done.stdout
    if code == -signal.SIGALRM:
        raise UnreadableDatabaseError(
            f"{path} takes more than {seconds:g} s to be read", "Look at its views and its generated columns."
        )
    if code:
        raise UnreadableDatabaseError(f"{path} makes SQLite fail: its process ended with code {code}", "Do not use this file.")
    schema, wrong = json.loads(answer)
    if wrong is not None:
        raise UnreadableDatabaseError(*wrong)
    return cast("dict[str, JSON]", schema)


def main() -> None:
    """Answer one question from standard input on standard output."""
    name, described, seconds = json.load(sys.stdin)
    path = os.fsdecode(bytes.fromhex(name))
    apsw.hard_heap_limit(_HEAP)
    for kind, bound in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        lowest = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (lowest, lowest))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.setitimer(signal.ITIMER_REAL, seconds)
    confinement.confine([os.fsencode(Path(path).resolve())])
    descriptions = {(table, column): Described(*said) for table, column, *said in described}
    try:
        answer: tuple[JSON, JSON] = (read_here(Path(path), descriptions), None)
    except UnreadableDatabaseError as error:
        answer = (None, [str(error), error.hint])
    except MemoryError:
        answer = (None, [f"{path} takes more memory than is allowed to be read", ""])
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
