"""Writing a benchmark that was read into the lake, and further gold revisions of it."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from store import Lake, StoreError
from store.ids import content_id, short_id
from text2sql_data.benchmarks.model import Benchmark, Database, Question
from text2sql_data.lookups import check_name, require


class Added(NamedTuple):
    """What was added: the revision and the number of new rows by table; all zero when it was there already."""

    benchmark: str
    revision: str
    added: dict[str, int]


def add_benchmark(
    lake: Lake,
    name: str,
    benchmark: Benchmark,
    *,
    revision: str | None = None,
    split: str | None = None,
    command: str = "benchmark add",
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> Added:
    """Write a benchmark: its questions, its golds as revision `original`, and its databases as they were found.

    Args:
        lake: The lake.
        name: Name of the benchmark in the lake.
        benchmark: What was read.
        revision: Name of this content; the sha256 of the question file, shortened, when None.
        split: Split that the questions belong to, such as dev.
        command: Recorded with the snapshot.
        arguments: Recorded with the snapshot.
        dry_run: Write nothing.

    Raises:
        StoreError: The revision is there with other content.
    """
    check_name("benchmark", name)
    sources = [{"path": source.path, "sha256": source.sha256, "bytes": source.bytes} for source in benchmark.sources]
    revision = revision or benchmark.sources[0].sha256[:12]
    known = lake.sql("SELECT sources FROM benchmarks WHERE benchmark = $b AND revision = $r", b=name, r=revision).fetchone()
    if known and json.loads(known[0])[0]["sha256"] != sources[0]["sha256"]:
        raise StoreError(f"{name} has a revision {revision} already, made of another file.", "Give --revision another name.")
    found = _changed(lake, name, benchmark.databases)
    now = datetime.now(UTC).replace(tzinfo=None)
    key = {"benchmark": name, "revision": revision}
    with lake.commit(f"benchmark {name} {revision}", command=command, arguments=arguments, dry_run=dry_run) as commit:
        commit.append(
            "benchmarks",
            [
                {
                    **key,
                    "layout": benchmark.layout,
                    "dialect": "sqlite",
                    "n_questions": len(benchmark.questions),
                    "sources": json.dumps(sources),
                    "notes": json.dumps([note._asdict() for note in benchmark.notes]),
                    "added": now,
                },
            ],
        )
        commit.append(
            "questions",
            [
                {
                    **key,
                    "position": question.position,
                    "question_id": question.question_id,
                    "db_id": question.db_id,
                    "question": question.question,
                    "evidence": question.evidence,
                    "difficulty": question.difficulty,
                    "split": split,
                }
                for question in benchmark.questions
            ],
        )
        golds = [(question.position, question.gold_sql) for question in benchmark.questions if question.gold_sql is not None]
        if golds:
            commit.append("golds", _gold_rows(name, revision, "original", golds))
        commit.append(
            "databases",
            [
                {
                    "benchmark": name,
                    "db_id": database.db_id,
                    "database": database.database,
                    "sha256": database.sha256,
                    "bytes": database.bytes,
                    "mtime_ns": database.mtime_ns,
                    "path": database.path,
                    "reason": database.reason,
                    "schema": None if database.schema is None else json.dumps(database.schema, ensure_ascii=False),
                    "added": now,
                }
                for database in found
            ],
        )
    return Added(name, revision, commit.added)


def add_golds(
    lake: Lake,
    benchmark: str,
    gold_revision: str,
    golds: Iterable[tuple[int, str]],
    *,
    command: str = "benchmark golds add",
    arguments: list[str] | None = None,
) -> Added:
    """Add a gold revision to the current revision of a benchmark; the other revisions stay as they are.

    Raises:
        StoreError: The gold revision is there with other content.
    """
    revision = current_revision(lake, benchmark)
    rows = _gold_rows(benchmark, revision, gold_revision, golds)
    where = "benchmark = $b AND revision = $r AND gold_revision = $g"
    known = lake.sql(
        f"SELECT position, sql_id FROM golds WHERE {where} ORDER BY position",
        b=benchmark,
        r=revision,
        g=gold_revision,
    ).fetchall()
    if known and short_id([f"{p} {s}" for p, s in known]) != short_id([f"{row['position']} {row['sql_id']}" for row in rows]):
        raise StoreError(
            f"{benchmark} has a gold revision {gold_revision} already, with other SQL.",
            "Facts are never changed: give this one another --revision name.",
        )
    with lake.commit(f"golds {benchmark} {gold_revision}", command=command, arguments=arguments) as commit:
        commit.append("golds", rows)
    return Added(benchmark, revision, commit.added)


def _changed(lake: Lake, benchmark: str, databases: Sequence[Database]) -> list[Database]:
    """The databases that are not known as they are now: one that was found again, or is gone, is a new row."""
    rows = lake.sql(
        "SELECT db_id, replace(database::VARCHAR, '-', ''), path, reason FROM current_databases WHERE benchmark = $b",
        b=benchmark,
    ).fetchall()
    known = {db_id: (database, path, reason) for db_id, database, path, reason in rows}
    return [d for d in databases if known.get(d.db_id) != (d.database, d.path, d.reason)]


def current_revision(lake: Lake, benchmark: str) -> str:
    """The latest revision of a benchmark.

    Raises:
        NameNotFoundError: There is no such benchmark; the hint lists those that there are.
    """
    require(lake, "benchmark", [benchmark])
    ((revision,),) = lake.sql("SELECT revision FROM current_benchmarks WHERE benchmark = $b", b=benchmark).fetchall()
    return str(revision)


def lake_questions(lake: Lake, benchmark: str) -> list[Question]:
    """The questions of the current revision of a benchmark, without their golds."""
    rows = lake.sql(
        "SELECT position, question_id, db_id, question FROM questions WHERE benchmark = $b AND revision = $r ORDER BY position",
        b=benchmark,
        r=current_revision(lake, benchmark),
    ).fetchall()
    return [Question(position, question_id, db_id, text, "", None, None, None) for position, question_id, db_id, text in rows]


def _gold_rows(benchmark: str, revision: str, gold_revision: str, golds: Iterable[tuple[int, str]]) -> list[dict[str, object]]:
    return [
        {
            "benchmark": benchmark,
            "revision": revision,
            "position": position,
            "gold_revision": gold_revision,
            "sql": sql,
            "sql_id": str(content_id(sql)),
        }
        for position, sql in sorted(golds)
    ]
