"""Loading a pin as a trainer takes it: `store.load("name@2")` gives a `datasets.DatasetDict`.

Rows go from the lake into an Arrow file that is mapped into memory, some at a time, so a dataset may be larger than memory. The
files lie in the system's temporary folder until the process ends.
"""

import atexit
import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from store import pins
from store.address import Address
from store.errors import StoreError
from store.lake import Lake
from store.lake import open as open_lake

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa


def load(ref: str, lake: str | Path | Address | Lake = "lake") -> "datasets.DatasetDict":
    """The rows of a pin by split, in their order, after their digest was checked.

    Args:
        ref: `name@version`, or `name` for its latest version.
        lake: The lake, or its address.

    Raises:
        PinNotFoundError: There is no such pin.
        PinDigestError: The rows in the lake are not those that were pinned.
        StoreError: The package `datasets` is not installed.
    """
    try:
        import datasets
    except ImportError as error:
        raise StoreError(
            "Loading a pin needs the package datasets.",
            "pip install 'text2sql-store[datasets]', or read rows with store.pins.rows",
        ) from error
    if not isinstance(lake, Lake):
        with open_lake(lake, create=False) as opened:
            return load(ref, opened)
    found = pins.find(lake, ref)
    pins.check(lake, found)
    folder = Path(tempfile.mkdtemp(prefix=f"{found.ref}-", dir=_folder(os.getpid())))
    splits = {}
    for split in pins.splits(lake, found):
        file = folder / f"{split}.arrow"
        _write(file, pins.rows(lake, found.ref, split))
        splits[split] = datasets.Dataset(
            datasets.table.MemoryMappedTable.from_file(str(file)),
            info=datasets.DatasetInfo(dataset_name=found.name, version=f"{found.version}.0.0"),
            split=datasets.NamedSplit(split),
            # The same rows are the same dataset to the cache of `datasets`, in every process.
            fingerprint=found.digest[:32] + split,
        )
    return datasets.DatasetDict(splits)


def _write(file: Path, reader: "pa.RecordBatchReader") -> None:
    import pyarrow as pa

    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


@functools.cache
def _folder(process: int) -> Path:
    """A temporary folder of this process, removed when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="text2sql-pins-"))

    def remove() -> None:
        if os.getpid() == process:  # a forked child ends without taking its parent's files along
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder
