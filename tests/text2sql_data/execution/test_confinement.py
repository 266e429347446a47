"""Whoever takes a worker over has what the kernel leaves it: the named databases to read, and its answer to write."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from store.cli import cli
from text2sql_data.execution import confinement, landlock, pool, seccomp
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Outcome, Task
from text2sql_data.execution.process import WorkerProcess
from text2sql_data.execution.worker import READY, Job, Setup

needs_landlock = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
needs_seccomp = pytest.mark.skipif(not seccomp.is_available(), reason="this kernel takes no seccomp filter")

# A worker in which a statement has turned into code of an attacker: the text of each job is executed as Python.
TAKEN_OVER = textwrap.dedent("""
    import builtins, ctypes, mmap, os, signal, socket, subprocess, sys
    from text2sql_data.execution import confinement, sandbox, worker
    from text2sql_data.execution.outcome import Outcome

    def attempt(connection, sql, limits):
        try:
            return Outcome(preview=repr(eval(sql)))
        except BaseException as error:
            return Outcome(status="error", error=type(error).__name__)

    sandbox.run = attempt
    {prepare}
    worker.main()
""")
NO_LANDLOCK = "from text2sql_data.execution import landlock; landlock._CREATE_RULESET = 100_000"
NO_SECCOMP = "from text2sql_data.execution import seccomp; seccomp._MACHINES.clear()"


def take_over(
    database: Path, attempts: list[str], *, prepare: str = "", reads_all: bool = False, stderr: int = subprocess.PIPE
) -> tuple[str, list[Outcome]]:
    """What the worker says it is confined by, and what came of each attempt after that."""
    setup = msgspec.json.encode(Setup(Limits(), os.getpid(), "outcomes")).decode()
    lines = [None if reads_all else [os.fsencode(database)], *(Job(os.fsencode(database), text.encode()) for text in attempts)]
    done = subprocess.run(
        [sys.executable, "-c", TAKEN_OVER.format(prepare=prepare), setup],
        input=b"".join(msgspec.json.encode(line) + b"\n" for line in lines),
        stdout=subprocess.PIPE,
        stderr=stderr,
        check=True,
    )
    first, *answers = done.stdout.splitlines()
    assert first.startswith(READY)
    return json.loads(first.removeprefix(READY)), [msgspec.json.decode(answer, type=Outcome) for answer in answers]


@needs_landlock
@needs_seccomp
def test_a_worker_that_was_taken_over(database: Path, tmp_path: Path) -> None:
    """It cannot read another file, write, start a program or a thread, reach the network or touch another process."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    attempts = [
        f"open({str(secret)!r}).read()",
        f"os.listdir({str(tmp_path)!r})",
        "open('/etc/passwd').read()",
        f"open({str(tmp_path / 'new')!r}, 'w')",
        f"open({str(database)!r}, 'r+b')",
        f"os.truncate({str(database)!r}, 0)",
        f"os.unlink({str(secret)!r})",
        f"os.rename({str(secret)!r}, {str(tmp_path / 'moved')!r})",
        f"os.symlink('/etc/passwd', {str(tmp_path / 'link')!r})",
        f"os.mkdir({str(tmp_path / 'folder')!r})",
        f"os.chmod({str(secret)!r}, 0o777)",
        "os.execv('/bin/true', ['true'])",
        "subprocess.run(['/bin/true'])",
        "os.fork()",
        "__import__('_thread').start_new_thread(print, ())",
        "socket.socket()",
        "socket.socket(socket.AF_UNIX)",
        "socket.socketpair()",
        "os.kill(os.getppid(), 0)",
        "os.kill(os.getpid(), 0)",
        "open(f'/proc/{os.getppid()}/environ').read()",
        "os.readlink(f'/proc/{os.getppid()}/fd/0')",
        "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
        "__import__('resource').setrlimit(6, (99, 99))",
        "os.setuid(1)",
        "mmap.mmap(os.memfd_create('x'), 0, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
        "os.execve(os.memfd_create('x'), ['x'], {})",
        "os.ftruncate(2, 0)",
        "os.pwrite(2, b'x', 0)",
        "os.ftruncate(__import__('fcntl').fcntl(2, 0, 3), 0)",
        "os.pidfd_open(os.getppid())",
        "ctypes.CDLL('libsqlite3.so.0')",
    ]
    said, outcomes = take_over(database, attempts)
    assert said == confinement.available()
    wrong = {text: one.preview for text, one in zip(attempts, outcomes, strict=True) if one.status == "ok"}
    assert wrong == {}
    refused = {
        "PermissionError",
        "OSError",
        "FileNotFoundError",
        "RuntimeError",
        "ZeroDivisionError",
        "ImportError",
        "ValueError",
    }
    assert {one.error for one in outcomes} <= refused, outcomes
    assert secret.read_text() == "secret"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret"]


@pytest.mark.parametrize("prepare", ["", NO_LANDLOCK, f"{NO_LANDLOCK}\n{NO_SECCOMP}"], ids=["all", "no Landlock", "none"])
def test_the_file_of_standard_error_is_out_of_reach(database: Path, tmp_path: Path, prepare: str) -> None:
    """`2> log`: a worker can neither write over what is there nor cut it, nor read it, whatever the kernel has."""
    log = tmp_path / "log"
    log.write_text("kept")
    attempts = [
        "os.lseek(2, 0, 0), os.write(2, b'over')",
        "os.ftruncate(2, 0)",
        "os.ftruncate(__import__('fcntl').fcntl(2, 0, 3), 0)",
        "mmap.mmap(2, 4).write(b'over')",
        "os.pread(2, 4, 0)",
    ]
    with log.open("r+b") as file:
        _, outcomes = take_over(database, attempts, prepare=prepare, stderr=file.fileno())
    assert len(outcomes) == len(attempts)
    assert log.read_text() == "kept"
    assert not any("kept" in (one.preview or "") for one in outcomes)


@needs_landlock
def test_only_the_named_databases_are_read(database: Path, tmp_path: Path) -> None:
    """The database is read, a copy of it beside is not; where none are named all are read, and still nothing is written."""
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(database.read_bytes())
    attempts = [f"open({str(path)!r}, 'rb').read(6)" for path in (database, copy)]
    attempts.append(f"open({str(copy)!r}, 'r+b')")
    named = [one.preview or one.error for one in take_over(database, attempts)[1]]
    assert named == ["b'SQLite'", "PermissionError", "PermissionError"]
    free = [one.preview or one.error for one in take_over(database, attempts, reads_all=True)[1]]
    assert free == ["b'SQLite'", "b'SQLite'", "PermissionError"]


@needs_seccomp
def test_without_landlock(database: Path, tmp_path: Path) -> None:
    """On a kernel without Landlock the filter alone stands, and the worker says so; files are read, and none is written."""
    (tmp_path / "file").write_text("text")
    attempts = ["socket.socket()", "os.fork()", f"open({str(tmp_path / 'file')!r}).read()"]
    attempts += [f"open({str(tmp_path / name)!r}, {mode!r})" for name in ("file", "new") for mode in ("w", "r+", "a", "x")]
    attempts += [f"os.open({str(tmp_path / 'new')!r}, os.O_RDONLY | os.O_CREAT)"]
    said, outcomes = take_over(database, attempts, prepare=NO_LANDLOCK)
    assert said == "seccomp"
    assert [one.preview or one.error for one in outcomes] == [*["PermissionError"] * 2, "'text'", *["PermissionError"] * 9]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "text"


@needs_landlock
def test_without_seccomp(database: Path, tmp_path: Path) -> None:
    """On a processor whose system calls are not known Landlock alone stands, and the worker says so."""
    attempts = [f"open({str(tmp_path / 'new')!r}, 'w')", "os.execv('/bin/true', ['true'])", "1"]
    said, outcomes = take_over(database, attempts, prepare=NO_SECCOMP)
    assert said == f"landlock {landlock.version()}"
    assert [one.preview or one.error for one in outcomes] == ["PermissionError", "PermissionError", "1"]


def test_without_both(database: Path) -> None:
    """A kernel that has neither gives the same outcomes, and the worker says that there is nothing."""
    said, (outcome,) = take_over(database, ["1"], prepare=f"{NO_LANDLOCK}; {NO_SECCOMP}")
    assert (said, outcome.preview) == ("none", "1")


def test_keys_stay_with_the_parent(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker has no variable but those of its language, paths, time zone and memory."""
    for name in ("AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "HF_TOKEN", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "secret")
    worker = WorkerProcess(Limits(), mode="outcomes", databases=[str(database)])
    environment = Path(f"/proc/{worker.pid}/environ")
    worker.give(Task("small", str(database), "", "SELECT 1"))
    worker.send()
    while not worker.receive():  # until it has answered, so that it is the program that it was started as
        pass
    names = {entry.partition(b"=")[0] for entry in environment.read_bytes().split(b"\0")}
    assert worker.confinement == confinement.available()
    worker.end()
    assert not names & {b"AWS_SECRET_ACCESS_KEY", b"PGPASSWORD", b"HF_TOKEN", b"OPENAI_API_KEY", b"HOME"}
    assert b"PYTHONPATH" in names


def test_a_worker_that_got_less_is_named(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker says that it is confined by is compared with what the kernel has."""
    monkeypatch.setattr(confinement, "available", lambda: "landlock 99, seccomp")
    with pytest.warns(UserWarning, match="A worker is confined by .*, and this kernel has landlock 99, seccomp"):
        (outcome,) = pool.execute([Task("small", str(database), "", "SELECT 1")], Limits(), processes=1)
    assert outcome.preview == "[[1]]"


def test_the_command_says_it(folder: Path) -> None:
    """`t2s execute --json` has by what workers are confined here."""
    done = CliRunner().invoke(cli, ["--lake", str(folder), "execute", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["confinement"] == confinement.available()


def test_numbers_of_system_calls() -> None:
    """The numbers are those that the kernel's headers give, where this machine has them."""
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not header.exists():
        pytest.skip("the kernel's headers are not installed")
    numbers = dict(line.split()[1:3] for line in header.read_text().splitlines() if line.startswith("#define __NR_"))
    calls = "|".join([seccomp._CALLS, *(calls for calls, _, _ in seccomp._BOUND_CALLS)]).replace("\n", "|").split("|")
    for name, number, _ in (call.split() for call in calls if call.strip()):
        assert numbers[f"__NR_{name}"] == number
