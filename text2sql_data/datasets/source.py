"""What the kinds of datasets read: questions, schemas, candidates and what they did, all from one snapshot."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple
from uuid import UUID

from store.ids import content_id
from store.scratch import Scratch
from text2sql_data.datasets.prompting import Given, NoPrompt, Prompter
from text2sql_data.datasets.questions import question_key
from text2sql_data.datasets.recipe import Recipe
from text2sql_data.datasets.rows import Question
from text2sql_data.pairs.measures import tokens
from text2sql_data.prompts.results import Result, result_text
from text2sql_data.schema.rendering import schema_text

_SQL = files("text2sql_data") / "datasets" / "sql"
_ROWS = 1_000
_DIALECTS = {"sqlite": "SQLite"}

Row = Mapping[str, Any]
"""A row of a query: values of DuckDB's types by the name of their column."""


class Subject(NamedTuple):
    """A candidate as a prompt shows it.

    Attributes:
        sql: Its SQL; None when there was none.
        result: What it did, as text.
        critiques: What was said about it before it was fixed: validator, verdict and text of each.
    """

    sql: str | None
    result: str
    critiques: Sequence[Mapping[str, str]]


class Source:
    """Reads what examples are made of, and makes their prompts. One for one build."""

    def __init__(self, scratch: Scratch, recipe: Recipe, benchmarks: Iterable[str]) -> None:
        self.scratch = scratch
        self.recipe = recipe
        self.prompter = Prompter(recipe)
        self._schemas: dict[tuple[str | None, str | None], str | None] = {}
        wanted = sorted(set(benchmarks))
        # Types are told, because a benchmark may have no question.
        scratch.execute(f"CREATE OR REPLACE TEMP TABLE known_questions AS {text('questions')}", benchmarks=wanted)
        self._dialects = dict(scratch.execute("SELECT benchmark, any_value(dialect) FROM benchmarks GROUP BY ALL").fetchall())
        self.questions: dict[tuple[str, str, int], Question] = {}
        keys: list[tuple[str, str, int, str]] = []
        for row in self.rows("FROM known_questions ORDER BY benchmark, revision, position"):
            place = (row["benchmark"], row["revision"], row["position"])
            self.questions[place] = Question(*place, row["db_id"], row["question"], row["evidence"])
            keys.append((*place, question_key(row["question"], *place)))
        stage_rows(scratch, "question_keys", ("benchmark VARCHAR", "revision VARCHAR", "position INTEGER", "key VARCHAR"), keys)

    def question(self, row: Row) -> Question:
        """The question of a row; one without a text where the lake does not have it."""
        known = self.questions.get((row["benchmark"], row["revision"], row["position"]))
        return known or Question(row["benchmark"], row["revision"], row["position"], row.get("db_id"))

    def rows(self, statement: str, **parameters: object) -> Iterator[Row]:
        """The rows of a query. Nothing else may run on the scratch before the last one is read."""
        result = self.scratch.execute(statement, **parameters)
        columns = [column for column, *_ in result.description or ()]
        while batch := result.fetchmany(_ROWS):
            for values in batch:
                yield dict(zip(columns, values, strict=True))

    def schemas(self) -> None:
        """Read the schemas of all databases, rendered as the recipe says."""
        statement = "SELECT benchmark, db_id, schema FROM current_databases"
        for benchmark, db_id, schema in self.scratch.execute(statement).fetchall():
            self._schemas[benchmark, db_id] = None if schema is None else schema_text(schema, self.recipe.schema)

    def subjects(self, candidates: Iterable[UUID | None]) -> dict[UUID, Subject]:
        """Candidates as prompts show them."""
        wanted = [(str(candidate),) for candidate in {one for one in candidates if one is not None}]
        stage_rows(self.scratch, "wanted_subjects", ("candidate UUID",), wanted)
        found = self.rows(text("subjects"))
        return {row["candidate"]: Subject(row["sql"], self.result(row), row["critiques"] or ()) for row in found}

    def result(self, row: Row) -> str:
        """What an execution did, as the recipe wants it shown."""
        limits = self.recipe.result
        shown = Result(row["status"], row["error"], row["columns"], row["n_rows"], row["preview"])
        return result_text(shown, max_rows=limits.rows, max_chars=limits.chars)

    def fields(self, question: Question, **more: object) -> Given:
        """The fields of a question's prompt, with some more, for whichever template asks."""

        def given(used: frozenset[str]) -> Mapping[str, object] | NoPrompt:
            if question.benchmark is None or (question.benchmark, question.revision, question.position) not in self.questions:
                return NoPrompt("no_question", "the lake does not know the question, so no prompt can be rendered")
            schema = self._schemas.get((question.benchmark, question.db_id))
            if schema is None and "schema" in used:
                return NoPrompt("no_schema", f"the schema of the database {question.db_id} is not known")
            dialect = str(self._dialects.get(question.benchmark, ""))
            return {
                "db_id": question.db_id,
                "dialect": _DIALECTS.get(dialect, dialect),
                "evidence": question.evidence,
                "question": question.text,
                "schema": schema,
                **more,
            }

        return given


def stage_sql_forms(scratch: Scratch, table: str) -> None:
    """Put into `sql_forms` what each SQL of a table is but for white space, the case of names, and a semicolon at its end."""
    found = scratch.execute(f"SELECT DISTINCT sql_id, sql FROM {table} WHERE sql_id IS NOT NULL ORDER BY sql_id").fetchall()
    forms = [(str(sql_id), str(sql_form(sql))) for sql_id, sql in found]
    stage_rows(scratch, "sql_forms", ("sql_id UUID", "form UUID"), forms)


def sql_form(sql: str) -> UUID:
    """The identity of a SQL but for its spelling. Quoted text is part of it as it stands."""
    parts = tokens(sql)
    while parts and parts[-1] == ";":
        parts.pop()
    return content_id(*parts)


def stage_rows(scratch: Scratch, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Make a temporary table of rows whose columns have their types told, for it may be empty."""
    import pyarrow as pa

    names = [column.partition(" ")[0] for column in columns]
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({', '.join(columns)})")
    if rows:
        arrays = [pa.array(values) for values in zip(*rows, strict=True)]
        scratch.stage("told_rows", pa.table(arrays, names=names))
        scratch.execute(f"INSERT INTO {name} SELECT * FROM told_rows")


def text(name: str) -> str:
    """One of the statements of this package."""
    return (_SQL / f"{name}.sql").read_text("utf-8")
