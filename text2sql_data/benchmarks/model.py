"""What a benchmark reader hands over: questions, databases, source files and notes. Plain values, no behaviour."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from store.ids import JSON


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read.

    Attributes:
        path: Absolute path.
        sha256: sha256 of the file in hex.
        bytes: Size of the file.
    """

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the file states it.

    Attributes:
        position: Place in the file, from 0.
        question_id: The id that the file gives, as text; may repeat.
        db_id: Name of its database.
        question: The question in natural language.
        evidence: External knowledge; empty when there is none.
        difficulty: Difficulty as the file states it.
        gold_sql: The gold SQL as it stands in the file; None when there is none.
        db_path: The database file that the entry itself names.
    """

    position: int
    question_id: str | None
    db_id: str
    question: str
    evidence: str
    difficulty: str | None
    gold_sql: str | None
    db_path: Path | None


@dataclass(frozen=True, slots=True)
class Database:
    """A database that questions refer to, as it was found.

    Attributes:
        db_id: Its name in the benchmark.
        database: Identity of a readable file: the first 32 hex digits of its sha256.
        sha256: sha256 of the file, readable or not.
        bytes: Size of the file.
        mtime_ns: Modification time, taken before the file was hashed.
        path: Absolute path of the file, or the path that was looked for.
        reason: Why it cannot be used; None when it can.
        schema: Its tables, from the file or from tables.json (see `text2sql_data.schema.introspect`).
    """

    db_id: str
    database: str | None
    sha256: str | None
    bytes: int | None
    mtime_ns: int | None
    path: str | None
    reason: str | None
    schema: dict[str, JSON] | None


class Note(NamedTuple):
    """Something that the user of a benchmark should know.

    Attributes:
        kind: What was found, such as repeated_question_id.
        count: How many ids, questions, databases or files it is about.
        examples: The first few of them, in words.
    """

    kind: str
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    examples: list[str]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark as it was read.

    Attributes:
        layout: spider, bird or generic.
        questions: In the order of the file.
        databases: One for each db_id that a question names, in the order of their first question.
        sources: The question file first, then the other files that facts were taken from.
        notes: What was found worth reporting.
    """

    layout: str
    questions: list[Question]
    databases: list[Database]
    sources: list[Source]
    notes: list[Note]
