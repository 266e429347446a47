"""One process at a time trains in a folder: a lock that the kernel gives back when its holder ends, however it ends.

The lock is on an empty file, which stays: were it removed, two processes could hold locks on two files of one name. Processes
that `accelerate launch` starts together are one training, for which the first of them holds it.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from store import StoreError

LOCK = ".training.lock"
"""The file in the folder of a model. Its ending is none of those that files of a model have."""


class TrainingRunningError(StoreError, BlockingIOError):
    """The same training is being done by another process."""


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else trains in a folder, until the context is left.

    Args:
        folder: Folder of a model; it exists.

    Raises:
        TrainingRunningError: Another process trains there.
    """
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TrainingRunningError(
                f"This training is running already, in {folder}.",
                "Wait for it to end: the same command then gives its model, or goes on from its last checkpoint.",
            ) from None
        yield
