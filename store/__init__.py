"""The versioned store: `store.open(path)` gives a lake; read it with SQL, commit to it, look at it as it was."""

from store.commit import Commit as Commit
from store.errors import LakeBusyError as LakeBusyError
from store.errors import LakeNotFoundError as LakeNotFoundError
from store.errors import LakeVersionError as LakeVersionError
from store.errors import QueryError as QueryError
from store.errors import ReadOnlyError as ReadOnlyError
from store.errors import RowsError as RowsError
from store.errors import StoreError as StoreError
from store.lake import Difference as Difference
from store.lake import Lake as Lake
from store.lake import Problem as Problem
from store.lake import open as open  # noqa: A004 - store.open, as gzip.open

__all__ = [
    "Commit",
    "Difference",
    "Lake",
    "LakeBusyError",
    "LakeNotFoundError",
    "LakeVersionError",
    "Problem",
    "QueryError",
    "ReadOnlyError",
    "RowsError",
    "StoreError",
    "open",
]
