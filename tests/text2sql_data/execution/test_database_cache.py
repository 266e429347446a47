"""The cache of databases keeps within its bound, removes nothing that is in use, and never shows a file that is not whole."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import StoreError
from text2sql_data.execution import database_cache, object_files
from text2sql_data.execution.database_cache import CacheFullError, DatabaseFetchError, Lease, fetch, folder, is_address

Put = Callable[[str, int], str]

HAMMER = """
import hashlib, random, sys, time
from text2sql_data.execution.database_cache import fetch
addresses, seed, seconds = sys.argv[3:], int(sys.argv[1]), float(sys.argv[2])
draw, end = random.Random(seed), time.monotonic() + seconds
while time.monotonic() < end:
    address, identity = draw.choice(addresses).split()
    with fetch(address, identity, patience=60) as lease:
        assert hashlib.sha256(lease.path.read_bytes()).hexdigest()[:32] == identity
        time.sleep(draw.random() / 100)
        assert lease.path.exists()
    print(".", end="", flush=True)
"""


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Writes a file of a size that depends on its name, and gives its address; the cache is empty and has 1,000 bytes."""
    monkeypatch.setenv("TEXT2SQL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TEXT2SQL_CACHE_BYTES", "1000")
    monkeypatch.setattr(database_cache.time, "sleep", lambda _: None)

    def write(name: str, size: int) -> str:
        (tmp_path / name).write_bytes((name.encode() * size)[:size])
        return f"file://{tmp_path}/{name}"

    return write


def identity(address: str) -> str:
    """The identity of the content of a file."""
    return hashlib.sha256(Path(address.removeprefix("file://")).read_bytes()).hexdigest()[:32]


def cached() -> list[str]:
    """The identities that are in the cache."""
    return sorted(file.stem for file in folder().iterdir() if file.suffix == ".sqlite")


def test_fetched_once(put: Put, tmp_path: Path) -> None:
    """The file has the content of the object, cannot be written, and is there again when the object is gone or has changed."""
    address = put("a", 300)
    content, name = (tmp_path / "a").read_bytes(), identity(address)
    with fetch(address) as lease:
        assert lease.path.read_bytes() == content
        assert lease.sha256 == hashlib.sha256(content).hexdigest()
        assert lease.path.stat().st_mode & 0o777 == 0o400
    (tmp_path / "a").write_bytes(b"other")
    with fetch(address, name) as lease:
        assert lease.path.read_bytes() == content
    (tmp_path / "a").unlink()
    with fetch(address, f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}") as lease:
        assert lease.path.read_bytes() == content
    assert cached() == [name]


def test_changed_or_gone(put: Put, tmp_path: Path) -> None:
    """Other content than was asked for is refused and does not stay; so is what is not there, and what says no content."""
    address = put("a", 300)
    name = identity(address)
    (tmp_path / "a").write_bytes(b"other")
    with pytest.raises(DatabaseFetchError, match="has changed since the benchmark was added"):
        fetch(address, name)
    (tmp_path / "a").unlink()
    with pytest.raises(DatabaseFetchError, match="there is no file://"):
        fetch(address, name)
    with pytest.raises(DatabaseFetchError, match="does not say which content"):
        fetch(address, "small")
    assert [file.name for file in folder().iterdir()] == ["lock"]


def test_same_content_at_two_addresses(put: Put, tmp_path: Path) -> None:
    """Equal objects are one file."""
    put("a", 300)
    (tmp_path / "b").write_bytes((tmp_path / "a").read_bytes())
    with fetch(f"file://{tmp_path}/a") as a, fetch(f"file://{tmp_path}/b") as b:
        assert a.path == b.path
        assert a.sha256 == b.sha256
    assert len(cached()) == 1


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=30))
def test_bound_and_use(put: Put, steps: list[tuple[int, bool]]) -> None:
    """Whatever is fetched and kept in use: the files have no more bytes than the bound, and none in use is removed."""
    addresses = [put(f"d{n}", 150 + 40 * n) for n in range(8)]
    names = [identity(address) for address in addresses]
    held: dict[int, Lease] = {}
    for number, keep in steps:
        try:
            lease = fetch(addresses[number], names[number])
        except CacheFullError:
            used = sum(one.path.stat().st_size for one in held.values())
            assert used + 150 + 40 * number > 1000
            continue
        assert lease.path.read_bytes() == Path(addresses[number].removeprefix("file://")).read_bytes()
        if keep and number not in held:
            held[number] = lease
        else:
            lease.close()
        assert sum(file.stat().st_size for file in folder().iterdir()) <= 1000
        assert all(one.path.exists() for one in held.values())
    for lease in held.values():
        lease.close()


def test_least_recently_used_goes_first(put: Put) -> None:
    """What was used last stays, not what was fetched last."""
    a, b, c = (put(name, 400) for name in "abc")
    for n, address in enumerate([a, b, a]):
        with fetch(address, identity(address)) as lease:
            os.utime(lease.path, (n, n))  # file systems tell times apart by some milliseconds only
    fetch(c, identity(c)).close()
    assert cached() == sorted([identity(a), identity(c)])


def test_waits_for_room(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database waits until others are given up, for as long as it is told; one that can never fit does not wait."""
    a, b = put("a", 600), put("b", 600)
    lease = fetch(a, identity(a))
    with pytest.raises(CacheFullError, match="600 of the 1000 bytes of the cache are in use"):
        fetch(b, identity(b))
    monkeypatch.setattr(database_cache.time, "sleep", lambda _: lease.close())
    fetch(b, identity(b), patience=60).close()
    assert cached() == [identity(b)]
    with pytest.raises(DatabaseFetchError, match="has 1001 bytes, more than the 1000 bytes"):
        fetch(put("c", 1001), patience=60)


def test_what_a_dead_process_left(put: Put) -> None:
    """A download that was cut off is begun anew, and one that nobody asks for again makes room before a database does."""
    a, b = put("a", 400), put("b", 500)
    fetch(a, identity(a)).close()
    (folder() / f"{identity(b)}.part").write_bytes(b"x" * 100)
    (folder() / "other.part").write_bytes(b"x" * 300)
    with fetch(b, identity(b)) as lease:
        assert lease.path.stat().st_size == 500
    assert cached() == sorted([identity(a), identity(b)])
    assert not list(folder().glob("*.part"))


def test_many_ask_for_the_same(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """One downloads, the others wait and have the same file."""
    address = put("a", 300)
    name, downloads, chunks = identity(address), [], object_files.chunks

    def slow(wanted: str) -> Iterator[bytes]:
        downloads.append(wanted)
        threading.Event().wait(0.2)
        yield from chunks(wanted)

    monkeypatch.setattr(object_files, "chunks", slow)
    monkeypatch.setattr(database_cache.time, "sleep", lambda _: threading.Event().wait(0.01))
    leases: list[Lease] = []
    threads = [threading.Thread(target=lambda: leases.append(fetch(address, name))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert downloads == [address]
    assert len({lease.path for lease in leases}) == 1
    for lease in leases:
        lease.close()


def test_half_a_download(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """An object that does not come whole is tried again, and then said; nothing of it stays."""
    address = put("a", 300)
    whole = (Path(address.removeprefix("file://"))).read_bytes()
    answers = [whole[:100], whole[:299], whole]
    monkeypatch.setattr(object_files, "chunks", lambda _: iter([answers.pop(0)]))
    with fetch(address, identity(address)) as lease:
        assert lease.path.read_bytes() == whole
    lease.path.unlink()
    answers += [whole[:100]] * 3
    with pytest.raises(DatabaseFetchError, match="100 of 300 bytes came"):
        fetch(address, identity(address))
    assert [file.name for file in folder().iterdir()] == ["lock"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("s3://b/x.sqlite", True), ("gs://b/x", True), ("/a/b://c", False), ("b", False), ("C:/x", False), ("", False)],
)
def test_addresses(path: str, expected: bool) -> None:
    """A path of this machine is no address, whatever is in its name."""
    assert is_address(path) is expected


@pytest.mark.parametrize("address", ["s3://key:secret@b/x", "s3://key@b/x", "s3://b/x?secret=y", "https://b/x", "nonsense://b/x"])
def test_no_secrets_in_addresses(address: str) -> None:
    """An address with keys in it is refused, and its message does not repeat them; so is one that Arrow cannot read."""
    with pytest.raises(StoreError) as caught:
        object_files.check_address(address)
    assert "secret" not in f"{caught.value}"
    assert caught.value.hint


def test_bytes_must_be_a_number(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound that cannot be read is said before anything is downloaded."""
    monkeypatch.setenv("TEXT2SQL_CACHE_BYTES", "50GB")
    with pytest.raises(StoreError, match="50GB"):
        fetch(put("a", 10))


@pytest.mark.slow
def test_processes_that_are_killed(put: Put) -> None:
    """Eight processes fetch, use and evict at once, and are killed and started anew: nobody sees a wrong or a missing file."""
    addresses = [put(f"d{n}", 300 + n) for n in range(6)]
    words = [f"{address} {identity(address)}" for address in addresses]

    def start(seed: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HAMMER, str(seed), "6", *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    processes = [start(seed) for seed in range(8)]
    killed, end = [], time.monotonic() + 8
    while time.monotonic() < end:
        threading.Event().wait(0.3)
        victim = processes.pop(0)
        victim.send_signal(signal.SIGKILL)
        killed.append(victim)
        processes.append(start(len(killed) + 8))
    fetched = 0
    for process, code in [*((one, -signal.SIGKILL) for one in killed), *((one, 0) for one in processes)]:
        said, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (code, "")
        fetched += len(said)
    assert fetched > 100
    assert sum(file.stat().st_size for file in folder().iterdir() if file.suffix == ".sqlite") <= 1000
    for file in folder().glob("*.sqlite"):
        assert hashlib.sha256(file.read_bytes()).hexdigest()[:32] == file.stem
