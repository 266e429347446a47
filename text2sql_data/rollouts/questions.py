"""The questions that a rollout asks: which there are, and the fields of a prompt that come from the question and its schema."""

import functools
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from store import Lake
from store.scratch import Scratch
from text2sql_data.critiques import stored
from text2sql_data.execution.database_files import database_files
from text2sql_data.lookups import QuestionNotFoundError
from text2sql_data.rollouts.config import Config
from text2sql_data.rollouts.stages import Stage, Work, sql_text
from text2sql_data.schema.rendering import FORMS, Schema
from text2sql_data.schema.retrieval import narrowed, retrieve
from text2sql_data.schema.values import Database, Values, with_values

DIALECT = "SQLite"


class Only(NamedTuple):
    """Which part of the questions one start takes; the run stays the same.

    Attributes:
        limit: The first so many questions.
        questions: Ids of questions (positions where a benchmark has no ids).
        shard: Every n-th question, from the i-th: (i, n), i from 0.
    """

    limit: int | None = None
    questions: tuple[str, ...] | None = None
    shard: tuple[int, int] = (0, 1)


class _Question(NamedTuple):
    db_id: str
    question: str
    evidence: str


def choose(scratch: Scratch, config: Config, only: Only) -> dict[str, int]:
    """Put the questions that can be asked into the temporary table `chosen`; those that cannot, by reason.

    Raises:
        QuestionNotFoundError: An id is not in the benchmark.
    """
    shard, shards = only.shard
    wanted = None if only.questions is None else list(only.questions)
    scratch.execute(
        f"CREATE OR REPLACE TEMP TABLE chosen AS {sql_text('chosen')}",
        benchmark=config.benchmark, questions=wanted, shard=shard, shards=shards,
    )  # fmt: skip
    if wanted is not None:
        asked = f"SELECT coalesce(question_id, position::VARCHAR) FROM ({sql_text('chosen')})"
        found = scratch.execute(asked, benchmark=config.benchmark, questions=wanted, shard=0, shards=1).fetchall()
        if missing := [name for name in wanted if (name,) not in found]:
            raise QuestionNotFoundError(
                f"{config.benchmark} has no question {', '.join(missing[:10])}.",
                f"See them with: t2s sql \"SELECT position, question_id FROM questions WHERE benchmark = '{config.benchmark}'\"",
            )
    if only.limit is not None:
        first = "SELECT position FROM chosen ORDER BY position LIMIT $n"
        scratch.execute(f"DELETE FROM chosen WHERE position NOT IN ({first})", n=only.limit)
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE unasked AS {sql_text('unasked')}", benchmark=config.benchmark)
    excluded = Counter(reason for (reason,) in scratch.execute("SELECT reason FROM unasked").fetchall())
    scratch.execute("DELETE FROM chosen WHERE position IN (SELECT position FROM unasked)")
    return dict(excluded)


class Questions:
    """The questions of a start with their schemas, and prompts made of them."""

    def __init__(
        self,
        config: Config,
        chosen: Mapping[int, _Question],
        schemas: Mapping[str, str],
        databases: Mapping[str, str],
        values: Values,
    ) -> None:
        self._config = config
        self._chosen = chosen
        self._schemas = schemas
        self._databases = databases  # by db_id the content whose values were read
        self._values = values
        self._whole = functools.lru_cache(maxsize=256)(self._read)
        self._text = functools.lru_cache(maxsize=4096)(self._render)  # the stages of a question ask with the same schema

    def __len__(self) -> int:
        return len(self._chosen)

    def schema(self, position: int) -> stored.Schema:
        """The whole stored schema of a question's database, to look names up in."""
        return stored.read(self._schemas[self._chosen[position].db_id])

    def tables(self, position: int) -> tuple[str, ...] | None:
        """The tables that the prompts of a question show; None for all."""
        said, question = self._config.schema, self._chosen[position]
        if said.retrieval == "full":
            return None
        found = retrieve(
            self._whole(question.db_id),
            question.question,
            question.evidence,
            mode=said.retrieval,
            top_k=said.top_k,
            hops=said.hops,
        )
        return found.tables

    def prompt(self, stage: Stage, work: Work) -> str:
        """The prompt for what a stage is to ask."""
        question = self._chosen[work.position]
        return stage.asker.template.render(
            db_id=question.db_id,
            dialect=DIALECT,
            question=question.question,
            evidence=question.evidence,
            schema=self._text(work.position),
            **stage.fields(work),
        )

    def _read(self, db_id: str) -> Schema:
        schema: Schema = msgspec.json.decode(self._schemas[db_id])
        return schema

    def _render(self, position: int) -> str:
        question, said = self._chosen[position], self._config.schema
        schema, tables = self._whole(question.db_id), self.tables(position)
        if tables is not None:
            schema = narrowed(schema, tables)
        text = FORMS[said.form](schema)
        database = self._databases.get(question.db_id)
        if not said.values or database is None:
            return text
        matches = self._values.find(database, question.question, question.evidence, tables=tables, most=said.values)
        return with_values(text, matches)


def read_questions(lake: Lake, scratch: Scratch, config: Config) -> Questions:
    """The chosen questions with the schemas of their databases, and their values where prompts show some."""
    rows = scratch.execute("SELECT position, db_id, question, evidence FROM chosen").fetchall()
    chosen = {position: _Question(db_id, question, evidence or "") for position, db_id, question, evidence in rows}
    used = {question.db_id for question in chosen.values()}
    found = scratch.execute(sql_text("schemas"), benchmark=config.benchmark).fetchall()
    schemas = {db_id: schema for db_id, _, schema in found if db_id in used}
    databases: dict[str, str] = {}
    values = Values()
    if config.schema.values:
        contents = {db_id: database for db_id, database, _ in found if db_id in used and database is not None}
        paths = database_files(lake, set(contents.values())).paths
        databases = {db_id: database for db_id, database in contents.items() if database in paths}
        values.read(
            Database(database, paths[database], msgspec.json.decode(schemas[db_id])) for db_id, database in databases.items()
        )
    return Questions(config, chosen, schemas, databases, values)
