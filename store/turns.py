"""Turns: who may write, pin or tidy at a moment. They end when their holder dies, whatever it dies of.

In a folder they are file locks, which the kernel takes back; at a PostgreSQL catalog advisory locks of a transaction, which
the server takes back when the connection ends. Readers of either are never in the way of a writer.
"""

import contextlib
import fcntl
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from store import engine
from store.address import Address
from store.errors import PATIENCE, LakeBusyError, passing

_CLOSE = "Let the other programs and notebooks that use the lake end, or close it there, and try again."
_AGAIN = "Wait for it to end and run the command again."


@contextlib.contextmanager
def exclusive(address: Address, patience: float = PATIENCE) -> Iterator[Callable[[], None]]:
    """The turn to write to a lake.

    Yields:
        What raises duckdb.Error when the turn was lost meanwhile, as after a restart of the server.

    Raises:
        LakeBusyError: Another writer had it for longer than `patience` seconds.
    """
    with turn(address, "writer", patience, "has been writing to") as still:
        yield still


@contextlib.contextmanager
def turn(address: Address, name: str, patience: float = PATIENCE, doing: str | None = None) -> Iterator[Callable[[], None]]:
    """A turn at something in a lake, such as `pin`; see `exclusive`."""
    busy = f"Another process {doing or f'has held its turn to {name} in'} {address} for over {patience:g} s."
    if address.kind == "postgres":
        with _advisory(address, name, patience, busy) as still:
            yield still
        return
    with lock_of(address, name).open("a") as file:
        _flock(file.fileno(), fcntl.LOCK_EX, patience, busy, _AGAIN)
        yield lambda: None


def lock_of(address: Address, name: str) -> Path:
    """The file that is locked during a turn at a lake in a folder."""
    return address.folder / f"{name}.lock"


@contextlib.contextmanager
def present(address: Address) -> Iterator[int | None]:
    """While this lasts, nobody else tidies a lake that is in a folder. Any number may be present.

    DuckLake reads a SQLite catalog in several transactions: a query that begins while it is rewritten can find a table empty.
    From PostgreSQL it reads within one, so nobody has to wait there.

    Yields:
        The descriptor of the lock; None where there is no such folder, or none is needed.
    """
    if address.kind != "folder":
        yield None
        return
    try:
        opened = os.open(address.folder, os.O_RDONLY)  # the folder itself: it needs no file, and no permission to write
    except OSError:
        yield None
        return
    try:
        busy = f"Somebody else has been tidying the lake in {address} for over {PATIENCE:g} s."
        _flock(opened, fcntl.LOCK_SH, PATIENCE, busy, _CLOSE)
        yield opened
    finally:
        os.close(opened)


@contextlib.contextmanager
def alone(address: Address, opened: int | None, patience: float = PATIENCE) -> Iterator[None]:
    """Nobody else has the lake open, as far as that matters; and the turn to write.

    Args:
        address: Where the lake is.
        opened: The caller's own lock, from `present`.
        patience: Seconds to wait for others.

    Raises:
        LakeBusyError: Others had it open all the time.
    """
    with contextlib.ExitStack() as held:
        if address.kind == "folder":
            own = held.enter_context(present(address)) if opened is None else opened
            if own is None:
                raise engine.not_found(address)
            held.callback(fcntl.flock, own, fcntl.LOCK_SH)  # whoever was present before is so again
            busy = f"Somebody else has had the lake open in {address} for over {patience:g} s."
            _flock(own, fcntl.LOCK_EX, patience, busy, _CLOSE)
        held.enter_context(exclusive(address, patience))
        yield


def _flock(file: int, kind: int, patience: float, busy: str, hint: str) -> None:
    def taken() -> bool:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    _wait(taken, patience, busy, hint)


@contextlib.contextmanager
def _advisory(address: Address, name: str, patience: float, busy: str) -> Iterator[Callable[[], None]]:
    with contextlib.closing(duckdb.connect()) as connection:
        engine.attach_database(connection, address, "turns")
        key = f"text2sql-store {address.schema} {name}".replace("'", "''''")  # a text in a text

        def ask(text: str) -> object:
            row = connection.execute(f"FROM postgres_query('turns', '{text}')").fetchone()
            return row and row[0]

        def taken() -> bool:
            return bool(ask(f"SELECT pg_try_advisory_xact_lock(hashtextextended(''{key}'', 0))"))

        def still() -> None:
            ask("SELECT 1")

        connection.execute("BEGIN")  # the connection to the server stays the same for as long as this lasts
        try:
            try:
                _wait(taken, patience, busy, _AGAIN)
            except duckdb.Error as error:
                if passing(error) == "unreachable":
                    raise engine.hung_up(address) from error
                raise
            yield still
        finally:
            with contextlib.suppress(duckdb.Error):  # where the server is gone, DuckDB's destructor would end the process
                connection.execute("ROLLBACK")


def _wait(taken: Callable[[], bool], patience: float, busy: str, hint: str) -> None:
    deadline = time.monotonic() + patience
    while not taken():
        if time.monotonic() > deadline:
            raise LakeBusyError(busy, hint)
        time.sleep(random.uniform(0.005, 0.03))  # noqa: S311 - jitter, not cryptography
