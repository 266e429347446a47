"""The reward of GRPO: the SQL of a completion is executed in the sandbox, and compared with the gold by a comparator of the lake.

So label, metric and reward are one notion of correct. A SQL that takes too long counts as one that does not execute: there is no
second chance in a step of training.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from store import StoreError
from store.ids import file_sha256
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import NotExecutedError, current_limits
from text2sql_data.comparators.permutation import same_under_permutation
from text2sql_data.datasets.source import stage_rows
from text2sql_data.execution import pool
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Outcome, Task
from text2sql_data.rollouts.extraction import extract

if TYPE_CHECKING:
    from store import Lake

_SQL = files("text2sql_train") / "sql"
_KEPT = 20_000
_BATCH = ("place INTEGER", "database VARCHAR", "sql VARCHAR", "gold_sql VARCHAR")
_OUTCOME = (
    "database VARCHAR",
    "sql VARCHAR",
    "status VARCHAR",
    "undecodable BOOLEAN",
    "n_rows BIGINT",
    "n_columns INTEGER",
    "set_digest VARCHAR",
    "bag_digest VARCHAR",
    "list_digest VARCHAR",
    "unordered_set_digest VARCHAR",
    "unordered_list_digest VARCHAR",
    "columns_digest VARCHAR",
)


class Scale(NamedTuple):
    """What a completion is worth.

    Attributes:
        correct: It has the result of the gold.
        executable: It executes, and has another result.
        fails: It does not execute, or there is no SQL in it.
    """

    correct: float
    executable: float
    fails: float


SCALES: Mapping[str, Scale] = {"binary": Scale(1.0, 0.0, 0.0), "execution_guided": Scale(1.0, 0.2, -0.2)}
"""The scales by the name that a recipe gives."""


class ExecutionReward:
    """Judges completions; it keeps what it executed, for a policy repeats itself. One for one training."""

    def __init__(self, lake: "Lake", *, scale: str, comparator_name: str, processes: int | None = None) -> None:
        self._lake = lake
        self._scale = SCALES[scale]
        self._comparator = comparator(comparator_name)
        self._processes = processes
        self._limits = _limits(lake)
        self._paths: dict[tuple[str, str, str], str] = {}
        self._known: dict[tuple[str, str], Outcome] = {}

    def rewards(
        self,
        completions: Sequence[Any],
        benchmark: Sequence[str],
        db_id: Sequence[str],
        sha256: Sequence[str],
        gold_sql: Sequence[str],
        **more: object,
    ) -> list[float | None]:
        """The rewards of completions; TRL hands over the columns of their rows by name.

        Args:
            completions: Texts, or lists of messages.
            benchmark: Benchmark of each one's question.
            db_id: Its database.
            sha256: That of the database's file.
            gold_sql: Its gold.
            more: Other columns, which are not read.

        Raises:
            StoreError: A database is not where it was, or has other bytes than when the dataset was built.
        """
        del more
        written = [extract(_text(completion)) for completion in completions]
        paths = [self._path(*one) for one in zip(benchmark, db_id, sha256, strict=True)]
        batch = [(place, sha256[place], sql, gold_sql[place]) for place, sql in enumerate(written) if sql is not None]
        rewards: list[float | None] = [self._scale.fails] * len(written)
        for place, value in self._judged(batch, paths):
            rewards[place] = value
        return rewards

    def _judged(self, batch: Sequence[tuple[int, str, str, str]], paths: Sequence[str]) -> Iterable[tuple[int, float]]:
        """The rewards of those completions that hold a SQL, by their place."""
        with self._lake.scratch() as scratch:
            scratch.execute(self._comparator.sql)
            stage_rows(scratch, "completion_batch", _BATCH, batch)
            rewritten = scratch.execute((_SQL / "rewritten_completions.sql").read_text("utf-8")).fetchall()
            executed = [(place, batch[at][1], sql, gold) for at, (place, sql, gold) in enumerate(rewritten)]
            self._execute({(database, sql): paths[place] for place, database, *both in executed for sql in both})
            wanted = {(database, sql) for _, database, *both in executed for sql in both}
            stage_rows(scratch, "rewritten_batch", _BATCH, executed)
            stage_rows(scratch, "completion_outcomes", _OUTCOME, [_line(*one, self._known[one]) for one in sorted(wanted)])
            compared = scratch.execute((_SQL / "compared_completions.sql").read_text("utf-8")).fetchall()
        by_place = {place: (database, sql, gold) for place, database, sql, gold in executed}
        for place, status, gold_status, ordered, same in compared:
            if gold_status != "ok":  # nobody can be right there
                yield place, 0.0
                continue
            decided = self._by_rows(*by_place[place], paths[place], ordered=ordered) if same is None else same
            yield place, self._scale.correct if decided else self._scale.executable if status == "ok" else self._scale.fails
        if len(self._known) > _KEPT:
            self._known.clear()

    def _execute(self, wanted: Mapping[tuple[str, str], str]) -> None:
        """Execute what is not known yet."""
        tasks = [Task(database, path, sql, sql) for (database, sql), path in wanted.items() if (database, sql) not in self._known]
        for outcome in pool.execute(tasks, self._limits, processes=self._processes) if tasks else ():
            if outcome.status == "no_database":
                raise StoreError(f"A database of the training cannot be read any more: {outcome.error}", "Put its file back.")
            self._known[outcome.database, outcome.sql] = outcome

    def _by_rows(self, database: str, sql: str, gold: str, path: str, *, ordered: bool) -> bool:
        """Compare the rows where digests do not decide."""
        tasks = [Task(database, path, text, text) for text in {sql, gold}]
        found = {one.task.sql: one for one in pool.fetch_rows(tasks, self._limits, processes=1)}
        both_ok = found[sql].status == found[gold].status == "ok"
        return both_ok and same_under_permutation(found[gold].rows, found[sql].rows, ordered=ordered)

    def _path(self, benchmark: str, db_id: str, sha256: str) -> str:
        """Where a database is; its bytes are proven once."""
        key = (benchmark, db_id, sha256)
        if key not in self._paths:
            row = self._lake.sql(
                "SELECT path FROM current_databases WHERE benchmark = $benchmark AND db_id = $db_id",
                benchmark=benchmark,
                db_id=db_id,
            ).fetchone()
            path = None if row is None or row[0] is None else Path(row[0])
            if path is None or not path.is_file() or file_sha256(path) != sha256:
                raise StoreError(
                    f"The database {db_id} of {benchmark} is not the file that the dataset was built with.",
                    "Add it again with t2s benchmark add, or pin the dataset anew.",
                )
            self._paths[key] = str(path)
        return self._paths[key]


def _limits(lake: "Lake") -> Limits:
    """What a statement may use: as everything in the lake was executed."""
    try:
        return current_limits(lake)[1]
    except NotExecutedError:
        return Limits()


def _line(database: str, sql: str, outcome: Outcome) -> tuple[object, ...]:
    columns = None if outcome.columns is None else len(outcome.columns)
    digests = (outcome.set_digest, outcome.bag_digest, outcome.list_digest, outcome.unordered_set_digest)
    more = (outcome.unordered_list_digest, outcome.columns_digest)
    return (database, sql, outcome.status, outcome.undecodable, outcome.n_rows, columns, *digests, *more)


def _text(completion: Any) -> str:  # noqa: ANN401 - a text, or messages
    return completion if isinstance(completion, str) else "\n".join(message["content"] for message in completion)
