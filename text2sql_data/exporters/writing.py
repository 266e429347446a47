"""A file that is whole or not there: written beside its place and moved there at the end, or to standard output.

A process that is killed leaves its hidden file beside the place, never a part of the file itself.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from text2sql_data.exporters.model import RunExportError

STDOUT = Path("-")


@contextlib.contextmanager
def target(path: Path, *, force: bool = False) -> Iterator[IO[bytes]]:
    """A file to write bytes to, that takes its place when the block ends, and leaves no trace when it fails.

    Args:
        path: The file, or `-` for standard output.
        force: Whether to replace a file that is there.

    Raises:
        RunExportError: There is a file already, or it cannot be written.
    """
    if path == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = path.resolve() if path.is_symlink() else path.absolute()
    require_free(path, force=force)
    new: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:200]}-", dir=path.parent)
        new = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        new.chmod(0o666 & ~umask)
        require_free(path, force=force)  # somebody may have been quicker
        new.replace(path)
    except OSError as error:
        raise RunExportError(f"{path} cannot be written: {error.strerror or error}", "Nothing was written.") from error
    finally:
        if new is not None:
            new.unlink(missing_ok=True)


def require_free(path: Path, *, force: bool) -> None:
    """Refuse a path where something is that must not be replaced.

    Raises:
        RunExportError: A file is there and `force` is false, or what is there is not a file.
    """
    if path == STDOUT:
        return
    if path.exists() and not path.is_file():
        raise RunExportError(f"{path} is not a file.", "Give the path of a file, or - for standard output.")
    if path.exists() and not force:
        raise RunExportError(f"{path} is there already.", "Give another path, or replace it with --force.")
