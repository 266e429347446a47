"""One process at a time trains in a folder, and only who trains there removes checkpoints. Nothing here needs torch."""

import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from text2sql_data.models.folders import folder_digest
from text2sql_train import running
from text2sql_train.locking import LOCK, TrainingRunningError, alone

HOLDS = """
import sys
from pathlib import Path
from text2sql_train.locking import alone

with alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that trains in a folder."""
    told = [sys.executable, "-c", HOLDS, str(folder)]
    with subprocess.Popen(told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield other
        other.kill()


def listing(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Everything under a folder: when it was written, and what."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
        for path in sorted(folder.rglob("*"))
    }


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    """While the first one runs, and not after it was killed; the refused one writes nothing."""
    with holder(tmp_path) as other:
        before = listing(tmp_path)
        with pytest.raises(TrainingRunningError, match="is running already") as caught, alone(tmp_path):
            pass
        assert listing(tmp_path) == before
        other.send_signal(signal.SIGKILL)
        other.wait()
        with alone(tmp_path):
            assert list(listing(tmp_path)) == [LOCK]
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert (str(copy), copy.hint) == (str(caught.value), caught.value.hint)
    assert isinstance(copy, BlockingIOError)


def test_the_lock_ends_with_its_context(tmp_path: Path) -> None:
    """Also after an error; in one process, too, it is held once."""
    with alone(tmp_path), pytest.raises(TrainingRunningError), alone(tmp_path):
        pass
    with pytest.raises(ZeroDivisionError), alone(tmp_path):
        raise ZeroDivisionError
    with alone(tmp_path):
        pass


def test_other_folders_are_free(tmp_path: Path) -> None:
    """Two trainings of different folders run at once."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with alone(tmp_path / "a"), alone(tmp_path / "b"):
        pass


def test_the_lock_is_no_file_of_the_model(tmp_path: Path) -> None:
    """The sha256 of a model is the same with and without it."""
    (tmp_path / "config.json").write_text("{}", "utf-8")
    before = folder_digest(tmp_path)
    with alone(tmp_path):
        assert folder_digest(tmp_path) == before
    assert (tmp_path / LOCK).is_file()
    assert folder_digest(tmp_path) == before


def checkpoint(folder: Path, step: int, state: str | None) -> Path:
    """A checkpoint with weights, and a state unless it was not written."""
    made = folder / "checkpoints" / f"checkpoint-{step}"
    made.mkdir(parents=True)
    (made / "model.safetensors").write_bytes(b"weights")
    if state is not None:
        (made / "trainer_state.json").write_text(state, "utf-8")
    return made


def test_looking_for_a_checkpoint_changes_nothing(tmp_path: Path) -> None:
    """The last whole one is found, by number, among such as were not written to their end, and all of them stay."""
    assert running.last_checkpoint(tmp_path) is None
    checkpoint(tmp_path, 8, '{"global_step": ')
    assert running.last_checkpoint(tmp_path) is None
    whole = [checkpoint(tmp_path, step, json.dumps({"global_step": step})) for step in (2, 10, 9)]
    checkpoint(tmp_path, 11, None)
    checkpoint(tmp_path, 12, "{")
    before = listing(tmp_path)
    assert running.last_checkpoint(tmp_path) == whole[1]
    assert listing(tmp_path) == before


def test_unfinished_checkpoints_are_removed(tmp_path: Path) -> None:
    """Whole ones and other files stay; again, or where there is nothing, nothing happens."""
    running.remove_unfinished(tmp_path)
    whole = [checkpoint(tmp_path, step, "[1]") for step in (2, 10)]
    (tmp_path / "checkpoints" / "runs").mkdir()
    for step, state in ((1, None), (11, "{"), (12, "")):
        checkpoint(tmp_path, step, state)
    for _ in range(2):
        running.remove_unfinished(tmp_path)
        assert {path.name for path in (tmp_path / "checkpoints").iterdir()} == {"runs", *(path.name for path in whole)}
    assert running.last_checkpoint(tmp_path) == whole[1]


def test_what_is_gone_already_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that somebody else removes after it was listed."""
    gone = tmp_path / "checkpoints" / "checkpoint-3"
    monkeypatch.setattr(running, "_checkpoints", lambda _: [gone])
    running.remove_unfinished(tmp_path)
    assert running.last_checkpoint(tmp_path) is None
