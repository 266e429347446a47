"""Labelling: a comparator's verdict on every candidate, decided by a join over digests, and over the rows where it must be."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import NamedTuple, TypeVar

from store import Commit, Lake, StoreError
from text2sql_data.comparators import Comparator
from text2sql_data.comparators.permutation import same_under_permutation
from text2sql_data.execution import pool
from text2sql_data.execution.database_files import database_files
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Fetched, Task
from text2sql_data.lookups import require

T = TypeVar("T")

_SQL = files("text2sql_data") / "comparators" / "sql"
_COMPARISONS = 100


class Labelled(NamedTuple):
    """What a comparator said.

    Attributes:
        comparator: Its name.
        gold_revision: What was compared with.
        labels: New labels by verdict and reason.
        from_rows: How many comparisons needed the rows themselves.
        unusable: Databases whose rows could not be read for that, by path, with the reason; their labels are still missing.
    """

    comparator: str
    gold_revision: str
    labels: dict[tuple[str, str | None], int]
    from_rows: int
    unusable: dict[str, str]


class NotExecutedError(StoreError):
    """There are no executions to compare."""


def label(
    lake: Lake,
    comparators: Sequence[Comparator],
    *,
    gold_revision: str = "original",
    runs: Sequence[str] | None = None,
    processes: int | None = None,
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> list[Labelled]:
    """Label the candidates that have no label yet, in one commit.

    Args:
        lake: The lake.
        comparators: The comparators.
        gold_revision: Gold revision to compare with.
        runs: Only these runs.
        processes: Worker processes for the comparisons that need the rows.
        arguments: Recorded with the snapshot.
        dry_run: Decide everything, and write nothing.

    Raises:
        NotExecutedError: Nothing was executed in this lake.
        NameNotFoundError: A run or the gold revision is not in the lake.
    """
    require(lake, "run", runs)
    require(lake, "gold_revision", [gold_revision])
    settings, limits = current_limits(lake)
    done = []
    names = ", ".join(comparator.name for comparator in comparators)
    with lake.commit(f"label {gold_revision}: {names}", command="label", arguments=arguments, dry_run=dry_run) as commit:
        for comparator in comparators:
            parameters = {
                "comparator": comparator.name,
                "version": comparator.version,
                "gold_revision": gold_revision,
                "settings": settings,
                "runs": None if runs is None else list(runs),
            }
            commit.execute(comparator.sql)
            commit.execute(f"CREATE OR REPLACE TEMP TABLE compared AS {_text('compared')}", **parameters)
            from_rows, unusable = _decide(lake, commit, settings, limits, processes)
            commit.execute(f"CREATE OR REPLACE TEMP TABLE new_labels AS {_text('labels')}", **parameters)
            counts = commit.execute("SELECT verdict, reason, count(*) FROM new_labels GROUP BY ALL ORDER BY ALL").fetchall()
            commit.append("labels", "FROM new_labels")
            now = datetime.now(UTC).replace(tzinfo=None)
            commit.append(
                "comparators",
                [
                    {
                        "comparator": comparator.name,
                        "version": comparator.version,
                        "meaning": comparator.meaning,
                        "added": now,
                    }
                ],
            )
            labels = Counter({(verdict, reason): count for verdict, reason, count in counts})
            done.append(Labelled(comparator.name, gold_revision, dict(labels), from_rows, unusable))
    return done


def current_limits(lake: Lake) -> tuple[str, Limits]:
    """The current settings of the lake: their identity, and the limits.

    Raises:
        NotExecutedError: Nothing was executed in this lake.
    """
    relation = lake.sql("SELECT * EXCLUDE (engine, chosen) FROM current_settings")
    row = relation.fetchone()
    if row is None:
        raise NotExecutedError("Nothing was executed in this lake yet, so there is nothing to compare.", "Run: t2s execute")
    values = dict(zip(relation.columns, row, strict=True))
    return str(values.pop("settings")), Limits(**values)


def _decide(lake: Lake, commit: Commit, settings: str, limits: Limits, processes: int | None) -> tuple[int, dict[str, str]]:
    """Compare the rows where the digests leave it open: the number of such comparisons, and the databases that cannot be used.

    The rows come from a file that still has the content on which the SQL was executed, or from none.
    """
    commit.execute("CREATE OR REPLACE TEMP TABLE decided (compared BIGINT, same BOOLEAN)")
    undecided = commit.execute(_text("undecided"), settings=settings).fetchall()
    if not undecided:
        return 0, {}
    found = database_files(lake, {database for _, database, *_ in undecided})
    rows = []
    for batch in batched([one for one in undecided if one[1] in found.paths], _COMPARISONS):  # whole results are in memory
        tasks = {(one[1], text): Task(one[1], found.paths[one[1]], text, text) for one in batch for text in one[2:4]}
        results = {
            (result.task.database, result.task.sql): result
            for result in pool.fetch_rows(tasks.values(), limits, processes=processes)
        }
        changed = found.changed(database for database, _ in tasks)
        for number, database, sql, gold_sql, ordered in batch:
            if database not in changed:
                both = (results[database, gold_sql], results[database, sql])
                unread = next((result for result in both if result.status == "no_database"), None)
                if unread is not None:
                    found.unusable[found.paths[database]] = f"cannot be read: {unread.error}"
                    continue
                same = _same(*both, ordered=ordered)
                rows.append({"compared": number, "same": same})
    if rows:
        commit.stage("decided", rows)
    return len(rows), found.unusable


def _same(gold: Fetched, candidate: Fetched, *, ordered: bool) -> bool | None:
    if gold.status != "ok" or candidate.status != "ok":  # it was ok before: a fault of the machine, to be tried again
        return None
    return same_under_permutation(gold.rows, candidate.rows, ordered=ordered)


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items, some at a time (itertools has it from Python 3.12 on)."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
