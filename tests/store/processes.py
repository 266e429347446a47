"""What the tests run in processes of their own: `python processes.py VERB FOLDER ...`.

Each says on stdout how far it has come, one line at a time, so that a test can compare its word with the lake.
A commit number n has `size(n)` rows in two tables: a few, which stay in the catalog, or many, which become Parquet.
"""

import contextlib
import itertools
import resource
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import duckdb

import store
from store import pins
from store.address import parse
from store.errors import remedy
from store.ids import content_id
from store.turns import exclusive

HALVES = """
    SELECT coalesce(p.tag, r.tag), coalesce(p.rows, 0), coalesce(r.rows, 0)
    FROM (SELECT split_part(text, '/', 1) AS tag, count(*) AS rows FROM prompts GROUP BY tag) AS p
    FULL JOIN (SELECT sha256 AS tag, count(*) AS rows FROM rejects GROUP BY tag) AS r ON r.tag = p.tag
"""


RANDOM = " || ".join(["uuid()::VARCHAR"] * 30)
"""A kilobyte that does not compress."""


def size(n: int) -> int:
    """The number of rows of commit n in each table."""
    return 30 if n % 4 == 3 else 3


def say(*words: object) -> None:
    """Tell the test, at once."""
    print(*words, flush=True)  # noqa: T201 - this is a program


def commit(lake: store.Lake, tag: str, n: int) -> None:
    """One commit into two tables."""
    with lake.commit(f"{tag} {n}") as rows:
        rows.append(
            "prompts",
            [{"prompt": content_id(tag, n, i), "text": f"{tag}-{n}/{i}"} for i in range(size(n))],
        )
        rows.append(
            "rejects",
            [{"sha256": f"{tag}-{n}", "line": i, "path": "p", "format": "f", "reason": "r", "raw": "x"} for i in range(size(n))],
        )


def create(folder: str) -> None:
    """Open a lake that is not there yet."""
    say("opening")
    store.open(folder).close()
    say("opened")


def open_on(folder: str, seconds: str) -> None:
    """Open the lake until the time is over, where that may be refused with an error that says what to do."""
    deadline = time.monotonic() + float(seconds)
    while time.monotonic() < deadline:
        try:
            store.open(folder, create=False).close()
        except store.StoreError as error:
            if not error.hint:
                raise
            say("refused", type(error).__name__)
        else:
            say("opened")


def write(folder: str, tag: str, count: str = "1000000") -> None:
    """Make commits, and report each one that is done."""
    with store.open(folder, create=False) as lake:
        say("ready")
        for n in range(int(count)):
            commit(lake, tag, n)
            say(n)


def write_on(folder: str, tag: str) -> None:
    """The same where the lake or a commit may be refused: with an error that says what to do this goes on; without, it ends."""
    numbers = itertools.count()
    while True:
        try:
            with store.open(folder, create=False) as lake:
                say("ready")
                for n in numbers:
                    commit(lake, tag, n)
                    say(n)
        except store.StoreError as error:
            if not error.hint:
                raise
            say("refused")
            time.sleep(0.2)


def read(folder: str, seconds: str) -> None:
    """Read both tables in one query until the time is over; every commit must be there in both or in neither."""
    reads, most = 0, 0
    with store.open(folder, create=False) as lake:
        deadline = time.monotonic() + float(seconds)
        while reads == 0 or time.monotonic() < deadline:
            most = look(lake, most)
            reads += 1
    say(reads)


def read_on(folder: str, seconds: str) -> None:
    """The same where reading may fail, with an error for which there is a remedy: the lake is opened again."""
    reads, most = 0, 0
    deadline = time.monotonic() + float(seconds)
    while reads == 0 or time.monotonic() < deadline:
        try:
            with store.open(folder, create=False) as lake:
                while reads == 0 or time.monotonic() < deadline:
                    most = look(lake, most)
                    reads += 1
        except store.StoreError as error:
            if not error.hint:
                raise
        except duckdb.Error as error:  # the rows of a query that had begun
            if not remedy(error):
                raise
        time.sleep(0.1)
    say(reads)


def look(lake: store.Lake, most: int) -> int:
    """The number of commits that are there, all of them whole, and not fewer than before."""
    rows = lake.sql(HALVES).fetchall()
    if any(left != right for _, left, right in rows):
        raise SystemExit(f"half a commit: {rows}")
    if len(rows) < most:
        raise SystemExit(f"{most - len(rows)} commits vanished")
    return len(rows)


def overlap(folder: str, tag: str, first: str, last: str) -> None:
    """Import the prompts of a range of numbers in small commits; another process imports the same ones."""
    added = 0
    with store.open(folder, create=False) as lake:
        for n in range(int(first), int(last), 20):
            with lake.commit(tag) as rows:
                rows.append("prompts", [{"prompt": content_id(i), "text": str(i)} for i in range(n, n + 20)])
            added += rows.added["prompts"]
    say(added)


def grow(folder: str, first: str, rows: str) -> None:
    """Commit the next numbers, then compact; a test kills it somewhere on the way."""
    with store.open(folder, create=False) as lake:
        say("ready")
        with lake.commit("rows") as commit_:
            numbers = range(int(first), int(first) + int(rows))
            commit_.append("prompts", [{"prompt": content_id(n), "text": str(n)} for n in numbers])
        lake.compact(grace=timedelta(0))
        say("done")


def expire(folder: str, keep: str) -> None:
    """Expire all but the latest few versions; a test kills it somewhere on the way."""
    with store.open(folder, create=False) as lake:
        say("ready")
        lake.expire(keep=int(keep), grace=timedelta(0))
        say("done")


def pin(folder: str, name: str, staged: str, build: str) -> None:
    """Pin what two texts of SQL build; a test kills it somewhere on the way."""
    with store.open(folder, create=False) as lake, lake.scratch() as scratch:
        say("ready")
        scratch.execute(staged)
        scratch.execute(build)
        pins.pin(lake, name, scratch, pins.About("sft", lake.version, {}, {}, {}, [], {}))
        say("done")


def hold(folder: str, seconds: str) -> None:
    """Keep the turn to write."""
    with exclusive(parse(folder)):
        say("held")
        time.sleep(float(seconds))


def fill(folder: str, rows: str, limit: str = "0") -> None:
    """Make one commit that is larger than the disk, or than `limit` bytes a file, and report how it failed."""
    if int(limit):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    with store.open(folder, create=False) as lake:
        try:
            with lake.commit("too much") as commit_:
                commit_.append("prompts", f"SELECT uuid() AS prompt, {RANDOM} AS text FROM range({int(rows)})")
        except store.StoreError as error:
            say(type(error).__name__)
            say(error.hint)
        else:
            say("no error")


VERBS: dict[str, Callable[..., None]] = {
    "create": create,
    "open_on": open_on,
    "write": write,
    "write_on": write_on,
    "read": read,
    "read_on": read_on,
    "overlap": overlap,
    "grow": grow,
    "expire": expire,
    "pin": pin,
    "hold": hold,
    "fill": fill,
}

if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        VERBS[sys.argv[1]](*sys.argv[2:])
