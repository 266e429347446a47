"""What one statement may use, and the identity of engine and limits under which its outcome is true.

The same SQL under another engine, other limits or another format of digests is another fact: `settings_id` names them all.
"""

import math
from dataclasses import asdict, dataclass

FORMAT = 2
"""Version of digests and previews, and of the rules of the sandbox: raise it when one gives another outcome than before."""

_LEAST = {
    "heap_mb": 16,
    "max_rows": 1,
    "max_cell_bytes": 1_000,
    "max_result_bytes": 1,
    "preview_rows": 0,
    "preview_cell_chars": 1,
}
_MOST_CELL_BYTES = 1_000_000_000  # SQLite was compiled with this bound


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one statement.

    Attributes:
        seconds: Wall time for stepping through the statement and digesting its rows.
        heap_mb: Memory that SQLite may allocate, in MiB, and as much again for large sorts, which never touch the disk.
        max_rows: Rows that a result may have.
        max_cell_bytes: Bytes that one value, or one row inside SQLite, may have.
        max_result_bytes: Bytes that a whole result may have, in the ASCII encoding that is digested.
        preview_rows: Rows that the preview keeps.
        preview_cell_chars: Characters of a text, or bytes of a BLOB, that the preview keeps.

    Raises:
        LimitsError: A value is too small, too large or not finite.
    """

    seconds: float = 30.0
    heap_mb: int = 512
    max_rows: int = 5_000_000
    max_cell_bytes: int = 10_000_000
    max_result_bytes: int = 1_000_000_000
    preview_rows: int = 10
    preview_cell_chars: int = 200

    def __post_init__(self) -> None:
        """Refuse what cannot be kept."""
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            _refuse("seconds", self.seconds, "a finite number above 0")
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                _refuse(name, value, f"a whole number of at least {least}")
        if self.max_cell_bytes > _MOST_CELL_BYTES:
            _refuse("max_cell_bytes", self.max_cell_bytes, f"at most {_MOST_CELL_BYTES}")


def _refuse(name: str, value: float, wanted: str) -> None:
    from text2sql_data.execution.errors import LimitsError

    raise LimitsError(f"the limit {name} is {value!r}", f"Give {wanted}.")


def engine() -> str:
    """Engine and version that executes, such as `sqlite 3.54.1`."""
    import apsw

    return f"sqlite {apsw.sqlite_lib_version()}"


def settings_id(limits: Limits) -> str:
    """Identity of the engine, the limits and the format of digests and previews: 12 hex digits."""
    from store.ids import short_id

    return short_id({"engine": engine(), "format": FORMAT, **asdict(limits), "seconds": float(limits.seconds)})
