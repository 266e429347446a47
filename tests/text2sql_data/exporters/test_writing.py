"""A file is whole or not there, and nothing is replaced unasked."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from text2sql_data.exporters.model import RunExportError
from text2sql_data.exporters.writing import target

SLEEP = """
import sys, time
from pathlib import Path
from text2sql_data.exporters.writing import target
with target(Path(sys.argv[1]), force=True) as file:
    file.write(b"half" * 100_000)
    file.flush()
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), ValueError(), RunExportError("no")])
def test_a_failed_export_leaves_what_was_there(tmp_path: Path, stop: BaseException) -> None:
    """An interrupt or an error in the middle leaves the earlier file, and nothing beside it."""
    file = tmp_path / "out"
    file.write_bytes(b"earlier")
    with pytest.raises(type(stop)):
        write(file, stop)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"out": b"earlier"}


def test_interrupted_process(tmp_path: Path) -> None:
    """Ctrl-C in the middle of writing leaves no file at all."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEP, str(tmp_path / "out")], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    assert [path.name.startswith(".out-") for path in tmp_path.iterdir()] == [True]
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk(tmp_path: Path) -> None:
    """When a write fails, the error says so, and nothing is left."""
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n" + SLEEP
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], capture_output=True, text=True, check=False)
    assert "RunExportError" in done.stderr
    assert "cannot be written: File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    """Without force a file stays, also one that somebody else wrote meanwhile; with it the new one takes its place."""
    file = tmp_path / "out"
    with pytest.raises(RunExportError, match="is there already"):
        write_while_others_do(file)
    with pytest.raises(RunExportError, match="is there already"), target(file):
        pass
    assert file.read_bytes() == b"theirs"
    with target(file, force=True) as opened:
        opened.write(b"mine")
    assert file.read_bytes() == b"mine"
    assert file.stat().st_mode & 0o777 == 0o666 & ~_umask()
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", [".", "/dev/null"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    """A folder or a device is never replaced, not even with force."""
    with pytest.raises(RunExportError, match="is not a file"), target(tmp_path / name, force=True):
        pass


def test_folders_are_made_and_links_followed(tmp_path: Path) -> None:
    """A folder that is missing is made, and a link keeps pointing where it pointed."""
    with target(tmp_path / "a/b/out") as opened:
        opened.write(b"one")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "a/b/out")
    with target(link, force=True) as opened:
        opened.write(b"two")
    assert link.is_symlink()
    assert (tmp_path / "a/b/out").read_bytes() == b"two"


def write(file: Path, stop: BaseException) -> None:
    """Write something and stop."""
    with target(file, force=True) as opened:
        opened.write(b"half")
        raise stop


def write_while_others_do(file: Path) -> None:
    """Write a file while somebody else is quicker."""
    with target(file) as opened:
        opened.write(b"mine")
        file.write_bytes(b"theirs")


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
