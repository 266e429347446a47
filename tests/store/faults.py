"""What becomes of commits when things break: each scenario runs real processes against real servers, and counts.

`python -m tests.store.faults` runs all of them at length and prints the table of docs/faults.md; the tests run them briefly.
"""

import argparse
import contextlib
import itertools
import os
import random
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import store
from store.errors import patiently
from tests import servers

HERE = Path(__file__).parent
PROCESSES = HERE / "processes.py"
PROGRAM = runpy.run_path(str(PROCESSES))
BEHIND = ("env", "LD_PRELOAD=/usr/$LIB/faketime/libfaketimeMT.so.1", "FAKETIME=-1h")
"""What stands before a command to let its clock be an hour behind; the program `faketime` would stay its parent."""
_PATIENCE = 300.0
"""Seconds that a reader may go on after its time."""
_STALL = 45.0
"""Seconds after which the object store does not answer a request, again and again."""
_FILLINGS = 30
"""How often a disk is filled at most until a commit was refused."""
FAULTY = runpy.run_path(str(HERE / "faulty.py"))


class Counted(NamedTuple):
    """What was counted: commits that writers tried, those that they reported as done and that are there, and what must be 0.

    Attributes:
        tried: Commits that writers began; one of each that was killed in the middle of it is neither reported nor refused.
        reported: Commits that a writer said were done.
        found: Commits that are there; a writer may die after its commit and before it said so.
        lost: Reported, and not there.
        doubled: There with more rows than they have.
        half: There in one of the two tables only, or with fewer rows.
        failed: Writers that gave up with an error, or were ended by something else than this program.
        reads: Looks that readers had at all commits meanwhile, each finding whole commits, and never fewer than before.
        bad_reads: Readers that found something else, or an error.
        problems: What `t2s check` finds afterwards.
        faults: How often something broke.
    """

    tried: int
    reported: int
    found: int
    lost: int
    doubled: int
    half: int
    failed: int
    reads: int
    bad_reads: int
    problems: int
    faults: str

    @property
    def sound(self) -> bool:
        """Whether nothing was lost, nothing doubled, nothing seen by half."""
        return not (self.lost or self.doubled or self.half or self.bad_reads or self.problems)


class Group:
    """Writers and readers of one lake, and what they said."""

    def __init__(
        self,
        address: str,
        writers: int,
        readers: int,
        seconds: float,
        *,
        read: str = "read",
        write: str = "write",
        before: Sequence[Sequence[str]] = ((),),
    ) -> None:
        """Start them; `before` are words that stand before the command of a writer, one after the other."""
        self._address = address
        self._write, self._before = write, itertools.cycle(before)
        self._said: dict[str, list[str]] = {}
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._threads: list[threading.Thread] = []
        self._number = 0
        for tag in [self.start_writer() for _ in range(writers)]:
            while not self._said[tag] and self._processes[tag].poll() is None:  # all have opened the lake before anything breaks
                time.sleep(0.05)
        self._readers = [self._start(read, address, str(seconds)) for _ in range(readers)]

    def start_writer(self) -> str:
        """Start a writer that goes on until it is stopped."""
        self._number += 1
        tag = f"w{self._number}"
        process = self._start(self._write, self._address, tag, before=next(self._before))
        self._processes[tag], self._said[tag] = process, []
        thread = threading.Thread(target=self._listen, args=(tag, process))
        thread.start()
        self._threads.append(thread)
        return tag

    def kill_one(self, moments: random.Random) -> None:
        """Kill a writer with SIGKILL at a random moment, and start another."""
        tag = moments.choice([tag for tag, process in self._processes.items() if process.poll() is None])
        self._processes[tag].kill()
        self.start_writer()

    def refused(self) -> int:
        """How often a lake could not be opened, or a commit failed, and a writer was told what to do."""
        return sum(line == "refused" for lines in self._said.values() for line in lines)

    def end(self, faults: str) -> Counted:
        """Let the readers end, kill the writers, and look at the lake."""
        reads = bad = 0
        for reader in self._readers:
            try:
                said, _ = reader.communicate(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:  # it could not read once, or hangs: a bad read
                reader.kill()
                said, _ = reader.communicate()
            reads += int(said) if reader.returncode == 0 else 0
            bad += reader.returncode != 0
        codes = [process.poll() for process in self._processes.values()]
        for process in self._processes.values():
            process.kill()
            process.wait()
        for thread in self._threads:
            thread.join()
        done = {f"{tag}-{line}" for tag, lines in self._said.items() for line in lines if line.isdigit()}
        size = PROGRAM["size"]
        with store.open(self._address, create=False) as lake:
            found = {tag: (left, right) for tag, left, right in patiently(lambda: lake.sql(PROGRAM["HALVES"]).fetchall())}
            wanted = {tag: size(int(tag.partition("-")[2])) for tag in found}
            return Counted(
                # After "ready", and after each commit, a writer tries the next one.
                tried=sum(line == "ready" or line.isdigit() for lines in self._said.values() for line in lines),
                reported=len(done),
                found=len(found),
                lost=len(done - found.keys()),
                doubled=sum(max(counts) > wanted[tag] for tag, counts in found.items()),
                half=sum(min(counts) < wanted[tag] for tag, counts in found.items()),
                failed=sum(code not in {None, -signal.SIGKILL} for code in codes),
                reads=reads,
                bad_reads=bad,
                problems=len(patiently(lake.check)),
                faults=faults,
            )

    def _start(self, *words: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
        return subprocess.Popen([*before, sys.executable, str(PROCESSES), *words], stdout=subprocess.PIPE, text=True)

    def _listen(self, tag: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                if line.endswith("\n"):  # a killed writer may have said a part of a line
                    self._said[tag].append(line.strip())


def crowd(address: str, seconds: float, writers: int, readers: int) -> Counted:
    """All at once, and nothing breaks."""
    group = Group(address, writers, readers, seconds)
    time.sleep(seconds)
    return group.end("none")


def killed(address: str, seconds: float, writers: int = 3, readers: int = 1) -> Counted:
    """Writers are killed with SIGKILL, a new one in the place of each."""
    group, moments, kills = Group(address, writers, readers, seconds), random.Random(1), 0  # noqa: S311 - moments
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(moments.uniform(0.5, 2.5))
        group.kill_one(moments)
        kills += 1
    return group.end(f"{kills} kills")


def restarted(address: str, server: servers.Postgres, seconds: float, writers: int = 3, readers: int = 1) -> Counted:
    """The PostgreSQL server crashes and comes back, again and again; readers open the lake again."""
    group = Group(address, writers, readers, seconds, read="read_on", write="write_on")
    moments, restarts = random.Random(2), 0  # noqa: S311 - moments
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(moments.uniform(2, 4))
        server.restart()
        restarts += 1
    time.sleep(3)
    refused = group.refused()
    return group.end(f"{restarts} restarts, {refused} times refused")


def store_fails(address: str, faults: object, seconds: float, writers: int = 3, readers: int = 1) -> Counted:
    """The object store answers 500, cuts uploads, is slow, and now and then gives no answer; readers open the lake again."""
    group = Group(address, writers, readers, seconds, read="read_on")
    for _ in range(int(seconds // _STALL)):
        time.sleep(_STALL)
        faults.stalls += 1  # type: ignore[attr-defined]  # of faulty.py
    time.sleep(seconds % _STALL)
    said = group.end("")
    counted = faults.counted  # type: ignore[attr-defined]
    return said._replace(faults=", ".join(f"{number} {what}" for what, number in counted.items()))


def disk_fills(folder: Path, seconds: float, writers: int = 3, readers: int = 1) -> Counted:
    """The disk of the lake is filled up and freed, again and again; writers try on, readers open the lake again."""
    group = Group(str(folder), writers, readers, seconds, read="read_on", write="write_on")
    moments, fillings = random.Random(3), 0  # noqa: S311 - moments
    ballast, until = folder.parent / "ballast", time.monotonic() + seconds
    while time.monotonic() < until or (fillings < _FILLINGS and not group.refused()):  # a busy machine may commit at other times
        time.sleep(moments.uniform(0.5, 2))
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        fillings += 1
        time.sleep(moments.uniform(0.5, 2))
        ballast.unlink()
    time.sleep(2)
    refused = group.refused()
    return group.end(f"{fillings} times full, {refused} times refused")


@contextlib.contextmanager
def small_disk(point: Path, size: str) -> Iterator[Path]:
    """A file system of some size.

    Raises:
        PermissionError: It cannot be mounted here.
    """
    point.mkdir()
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(point)], check=False).returncode:
        raise PermissionError("a small file system cannot be mounted here")
    try:
        yield point
    finally:
        subprocess.run(["umount", str(point)], check=True)


def clocks_apart(address: str, seconds: float, writers: int = 3, readers: int = 1) -> Counted:
    """The clock of every other writer is an hour behind, as on another machine."""
    group = Group(address, writers, readers, seconds, before=((), BEHIND))
    time.sleep(seconds)
    return group.end("an hour")


@contextlib.contextmanager
def _settings(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def main() -> None:
    """Run everything, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    columns = Counted._fields
    write = sys.stdout.write
    write(f"| scenario | {' | '.join(column.replace('_', ' ') for column in columns)} |\n|{'---|' * (len(columns) + 1)}\n")

    unsound = []

    def show(name: str, run: Callable[[], Counted]) -> None:
        counted = run()
        unsound.extend([] if counted.sound and not counted.failed else [name])
        write(f"| {name} | {' | '.join(str(value) for value in counted)} |\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as stack:
        Path(place).chmod(0o755)
        folders = [str(Path(place) / name) for name in ("crowd", "killed", "clocks")]
        for folder in folders:
            store.open(folder).close()
        show("16 writers and 16 readers, folder", lambda: crowd(folders[0], seconds, 16, 16))
        show("kill -9 of writers, folder", lambda: killed(folders[1], seconds))
        show("clocks an hour apart, folder", lambda: clocks_apart(folders[2], seconds))
        full = stack.enter_context(small_disk(Path(place) / "disk", "48m")) / "lake"
        store.open(full).close()
        show("disk full, folder", lambda: disk_fills(full, seconds))
        server = stack.enter_context(servers.postgres(Path(place) / "cluster"))
        url = stack.enter_context(servers.s3())
        servers.make_bucket(url, "lakes")
        stack.enter_context(_settings(PGPASSWORD=servers.PASSWORD, AWS_ENDPOINT_URL=url, **servers.CREDENTIALS))

        def shared(name: str) -> str:
            address = f"{server.url()}?schema={name}"
            store.open(address, data=f"s3://lakes/{name}").close()
            return address

        show("16 writers and 16 readers, shared", lambda: crowd(shared("crowd"), seconds, 16, 16))
        show("kill -9 of writers, shared", lambda: killed(shared("killed"), seconds))
        show("clocks an hour apart, shared", lambda: clocks_apart(shared("clocks"), seconds))
        show("PostgreSQL restarted, shared", lambda: restarted(shared("restarted"), server, seconds))
        address = shared("faulty")
        faulty, faults = stack.enter_context(FAULTY["in_front_of"](url, errors=0.15, cuts=0.1, slow=0.05))
        with _settings(AWS_ENDPOINT_URL=faulty):
            show("object store fails, shared", lambda: store_fails(address, faults, seconds))
    if unsound:
        sys.exit(f"not as it should be: {', '.join(unsound)}")


if __name__ == "__main__":
    main()
