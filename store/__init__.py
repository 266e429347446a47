"""The versioned store: `store.open(path)` gives a lake; read it with SQL, commit to it, look at it as it was."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at run time each name is imported when it is first used: `t2s --help` does not wait for DuckDB
    from store.address import Address as Address
    from store.checking import Problem as Problem
    from store.commit import Commit as Commit
    from store.errors import AddressError as AddressError
    from store.errors import LakeBusyError as LakeBusyError
    from store.errors import LakeNotFoundError as LakeNotFoundError
    from store.errors import LakeVersionError as LakeVersionError
    from store.errors import QueryError as QueryError
    from store.errors import ReadOnlyError as ReadOnlyError
    from store.errors import RowsError as RowsError
    from store.errors import StoreError as StoreError
    from store.errors import UnreachableError as UnreachableError
    from store.lake import Difference as Difference
    from store.lake import Lake as Lake
    from store.lake import open as open  # noqa: A004 - store.open, as gzip.open
    from store.loading import load as load
    from store.maintenance import Compacted as Compacted
    from store.maintenance import Expired as Expired
    from store.maintenance import SnapshotExpiredError as SnapshotExpiredError
    from store.pins import Pin as Pin
    from store.pins import PinDigestError as PinDigestError
    from store.pins import PinNameError as PinNameError
    from store.pins import PinNotFoundError as PinNotFoundError

__all__ = [
    "Address",
    "AddressError",
    "Commit",
    "Compacted",
    "Difference",
    "Expired",
    "Lake",
    "LakeBusyError",
    "LakeNotFoundError",
    "LakeVersionError",
    "Pin",
    "PinDigestError",
    "PinNameError",
    "PinNotFoundError",
    "Problem",
    "QueryError",
    "ReadOnlyError",
    "RowsError",
    "SnapshotExpiredError",
    "StoreError",
    "UnreachableError",
    "load",
    "open",
]


if not TYPE_CHECKING:  # a type checker would take every misspelled name for one of ours

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'store' has no attribute {name!r}")
        return getattr(import_module(f"store.{_module(name)}"), name)

    def _module(name: str) -> str:
        if name.startswith("Pin"):
            return "pins"
        if name in {"Compacted", "Expired", "SnapshotExpiredError"}:
            return "maintenance"
        return {"Address": "address", "Commit": "commit", "Problem": "checking", "load": "loading"}.get(
            name, "errors" if name.endswith("Error") else "lake"
        )
