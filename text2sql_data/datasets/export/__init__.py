"""A pin as a folder that `datasets.load_dataset` reads and the Hub takes: Parquet, a dataset card, Croissant, and its lock.

The folder is written beside its place and moved there when it is complete and its rows, read back, have the digest of the pin.
"""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from store import Lake, Pin, PinDigestError, StoreError, contents, pins
from store.ids import JSON, file_sha256
from text2sql_data.datasets import lockfile
from text2sql_data.datasets.export import card, croissant

LOCK = "pins.lock"
_SPLIT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class ExportError(StoreError):
    """A pin cannot be written to that folder."""


class File(NamedTuple):
    """A Parquet file of an export: its split, its path in the folder, its rows, size and sha256."""

    split: str
    path: str
    rows: int
    size: int
    sha256: str


class Exported(NamedTuple):
    """What was written."""

    pin: Pin
    folder: Path
    files: list[File]


def export(
    lake: Lake,
    ref: str,
    folder: Path,
    *,
    licence: str | None = None,
    source_licences: dict[str, str] | None = None,
    language: str = "en",
) -> Exported:
    """Write a pin to a folder. The same pin and the same arguments give the same bytes.

    Args:
        lake: The lake.
        ref: `name@version`, or `name` for the latest version.
        folder: A folder that is not there, that is empty, or that is an earlier export of the same pin.
        licence: Licence of the dataset, as an SPDX identifier such as cc-by-sa-4.0.
        source_licences: Licences of its parents, by name.
        language: Language of the questions.

    Raises:
        PinNotFoundError: There is no such pin.
        PinDigestError: Its rows, here or read back, do not have its digest.
        ExportError: There is something else in the folder, or it cannot be written.
    """
    pin = pins.find(lake, ref)
    pins.check(lake, pin)
    folder = folder.absolute()
    _require_free(folder, pin)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _beside(folder) as new:
            files = _write_rows(lake, pin, new)
            _require_digest(pin, new, files)
            facts = card.facts(lake, pin, licence=licence, source_licences=source_licences or {}, language=language)
            (new / "README.md").write_text(card.text(facts), "utf-8")
            (new / "croissant.json").write_text(croissant.text(facts, files), "utf-8")
            lockfile.add(new / LOCK, [pin])
    except OSError as error:
        raise ExportError(f"{folder} cannot be written: {error.strerror or error}") from error
    return Exported(pin, folder, files)


def push(exported: Exported, repository: str) -> str:
    """Put an exported folder into a dataset repository of the Hub, which is made where there is none; its address.

    Raises:
        ExportError: The Hub refuses it.
    """
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        raise ExportError("The package huggingface_hub is not installed.", "pip install 'text2sql-store[datasets]'") from error
    hub, pin = HfApi(), exported.pin
    try:
        hub.create_repo(repository, repo_type="dataset", private=True, exist_ok=True)
        done = hub.upload_folder(
            repo_id=repository,
            repo_type="dataset",
            folder_path=exported.folder,
            commit_message=f"{pin.ref}, sha256 {pin.digest}",
            delete_patterns=["data/*"],  # splits of an earlier version
        )
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise ExportError(
            f"The Hub did not take {pin.ref}: {error}", f"The folder {exported.folder} is complete; log in with: hf auth login"
        ) from error
    return str(done)


def _require_free(folder: Path, pin: Pin) -> None:
    """Refuse a folder that holds anything but an earlier export of the same pin."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    with contextlib.suppress(StoreError, OSError):
        if lockfile.read(folder / LOCK) == {pin.ref: lockfile.locked(pin)} and (folder / "croissant.json").is_file():
            return
    raise ExportError(f"{folder} holds something else than an export of {pin.ref}.", "Give the path of a new folder.")


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A folder to write to, that takes the place of another one at the end, or leaves no trace."""
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield new
        umask = os.umask(0)
        os.umask(umask)
        new.chmod(0o777 & ~umask)
        old = new.with_name(f"{new.name}-old")
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _write_rows(lake: Lake, pin: Pin, folder: Path) -> list[File]:
    import pyarrow.parquet as pq

    (folder / "data").mkdir()
    files = []
    for split, rows in pins.splits(lake, pin).items():
        if not _SPLIT.fullmatch(split):  # a lake of somebody else may hold anything, also ../ and the like
            raise ExportError(f"{pin.ref} has a split named {split!r}, which cannot be the name of a file.", "Build it anew.")
        path = f"data/{split}-00000-of-00001.parquet"
        reader = pins.rows(lake, pin.ref, split)
        with pq.ParquetWriter(folder / path, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)
        files.append(File(split, path, rows, (folder / path).stat().st_size, file_sha256(folder / path)))
    return files


def _require_digest(pin: Pin, folder: Path, files: list[File]) -> None:
    """Read the files back: what they hold must be the pin."""
    found = contents.dataset_digest((file.split, contents.row_digest(row)) for file in files for row in _read(folder / file.path))
    if found != pin.digest:
        raise PinDigestError(
            f"The Parquet files of {pin.ref} do not have its digest: {found}.", "This is a defect; please report it."
        )


def _read(path: Path) -> Iterator[dict[str, JSON]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(pins.BATCH):
            yield from batch.to_pylist()
