"""The table `sql_differences`: each wrong SQL compared with its gold once, and never again.

Stopped at any point, the next call does only what is missing. The number of processes changes no row.
"""

import logging
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from store import Lake
from store.scratch import Scratch
from text2sql_data.execution.executing import COMMIT_SECONDS
from text2sql_eval.taxonomy.clauses import VERSION, differing_clauses
from text2sql_eval.taxonomy.staging import text

_PAGE = 2_000
_BATCH = 100
_FEW = 3_000  # pairs that are not worth the start of a process

Started = Callable[[int], Callable[[int], None]]
"""Called with how much there is to do; what it returns is called as it is done."""

_Pair = tuple[str, str, str, str]


def compare_missing(
    lake: Lake,
    scratch: Scratch,
    *,
    started: Started | None = None,
    processes: int | None = None,
    arguments: list[str] | None = None,
) -> int:
    """Compare every staged answer that is not correct with its gold, where that was not done by this version.

    Args:
        lake: The lake; one at an earlier version is left as it is.
        scratch: The staged answers.
        started: Told of the progress.
        processes: Worker processes, one a processor when None.
        arguments: Recorded with the snapshots.

    Returns:
        The number of pairs that were compared.
    """
    if lake.snapshot is not None:
        return 0
    pairs: list[_Pair] = scratch.execute(text("todo"), version=VERSION).fetchall()
    if not pairs:
        return 0
    advance = started(len(pairs)) if started else lambda _: None
    rows: list[dict[str, object]] = []
    last = time.monotonic()
    try:
        for batch in _compared(pairs, processes or len(os.sched_getaffinity(0))):
            rows += batch
            advance(len(batch))
            if time.monotonic() - last > COMMIT_SECONDS:
                _save(lake, rows, arguments)
                rows, last = [], time.monotonic()
    finally:  # also after Ctrl-C: what is done is kept
        _save(lake, rows, arguments)
    return len(pairs)


def _compared(pairs: Sequence[_Pair], processes: int) -> Iterator[list[dict[str, object]]]:
    batches = [pairs[start : start + _BATCH] for start in range(0, len(pairs), _BATCH)]
    if processes == 1 or len(pairs) < _FEW:
        yield from map(_compare, batches)
        return
    # Started afresh: a fork of a process with DuckDB's threads may stand still.
    pool = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
    try:
        for start in range(0, len(batches), _PAGE // _BATCH):
            yield from pool.map(_compare, batches[start : start + _PAGE // _BATCH])
    finally:
        pool.shutdown(cancel_futures=True)


def _compare(pairs: Sequence[_Pair]) -> list[dict[str, object]]:
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of statements that it does not look into
    found = []
    for sql_id, other, sql, other_sql in pairs:
        clauses = differing_clauses(sql, other_sql)
        found.append(
            {"sql_id": sql_id, "other": other, "version": VERSION, "parsed": clauses is not None, "clauses": list(clauses or ())}
        )
    return found


def _save(lake: Lake, rows: list[dict[str, object]], arguments: list[str] | None) -> None:
    if not rows:
        return
    with lake.commit(f"compare clauses, version {VERSION}", command="taxonomy", arguments=arguments) as commit:
        commit.stage("compared_clauses", rows)
        commit.append("sql_differences", text("new_differences"))
