"""Prompts of selectors, rendered from the same fields as the datasets that train them: training and use see the same text.

The schema comes from the databases of the lake; nothing else of it is read here.
"""

import functools
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from store import Lake
from text2sql_data import prompts
from text2sql_data.execution.database_files import database_files
from text2sql_data.prompts.results import Result, result_text
from text2sql_data.rollouts.config import SchemaText, ShownResult
from text2sql_data.schema.rendering import FORMS
from text2sql_data.schema.retrieval import narrowed, retrieve
from text2sql_data.schema.values import Database, Values, with_values
from text2sql_data.selection.language.entries import Row
from text2sql_data.selection.language.judgements import text


class _Stored(NamedTuple):
    database: str | None
    schema: dict[str, Any]
    dialect: str


class Schemas:
    """The schemas of databases as prompts show them. Each benchmark is read when it is first asked for."""

    def __init__(self, lake: Lake, shown: SchemaText) -> None:
        self._lake = lake
        self._shown = shown
        self._values = Values()
        self._stored = functools.cache(self._read)
        self._text = functools.lru_cache(maxsize=4096)(self._render)

    def dialect(self, question: Row) -> str:
        """The dialect of a question's database."""
        stored = self._stored(question["benchmark"]).get(question["db_id"])
        return "" if stored is None else stored.dialect

    def text(self, question: Row) -> str | None:
        """The schema that the prompts of a question show; None where none is stored."""
        said = self._shown
        own = said.retrieval != "full" or said.values > 0  # else every question of a database sees the same
        asked = (question["question"], question["evidence"] or "") if own else ("", "")
        return self._text(question["benchmark"], question["db_id"], *asked)

    def _render(self, benchmark: str, db_id: str, question: str, evidence: str) -> str | None:
        stored, said = self._stored(benchmark).get(db_id), self._shown
        if stored is None:
            return None
        schema, tables = stored.schema, None
        if said.retrieval != "full":
            tables = retrieve(schema, question, evidence, mode=said.retrieval, top_k=said.top_k, hops=said.hops).tables
            schema = narrowed(schema, tables)
        rendered = FORMS[said.form](schema)
        if not said.values or stored.database is None:
            return rendered
        return with_values(rendered, self._values.find(stored.database, question, evidence, tables=tables, most=said.values))

    def _read(self, benchmark: str) -> dict[str, _Stored]:
        rows = self._lake.sql(text("shown_schemas"), benchmarks=[benchmark]).fetchall()
        found = {db_id: _Stored(database, msgspec.json.decode(schema), dialect) for _, db_id, database, schema, dialect in rows}
        if self._shown.values:
            paths = database_files(self._lake, {one.database for one in found.values() if one.database is not None}).paths
            there = [one for one in found.values() if one.database in paths]
            self._values.read(Database(str(one.database), paths[str(one.database)], one.schema) for one in there)
            found = {db_id: one if one in there else one._replace(database=None) for db_id, one in found.items()}
        return found


class Renderer:
    """Makes prompts of one template."""

    def __init__(self, template: prompts.Template, schemas: Schemas, result: ShownResult) -> None:
        self.template = template
        self._schemas = schemas
        self._result = result

    def prompt(self, question: Row, **more: object) -> str | None:
        """The prompt of a question with some more fields; None where the schema that it shows is not known."""
        schema = self._schemas.text(question)
        if schema is None and "schema" in self.template.fields:
            return None
        return self.template.render(
            db_id=question["db_id"],
            dialect=self._schemas.dialect(question),
            question=question["question"],
            evidence=question["evidence"],
            schema=schema,
            **more,
        )

    def fields(self, answer: Row) -> dict[str, object]:
        """What a prompt shows of a candidate: its SQL, and what that did."""
        did = Result(answer["status"], answer["error"], answer["columns"], answer["n_rows"], answer["preview"])
        return {"sql": answer["sql"], "result": result_text(did, max_rows=self._result.rows, max_chars=self._result.chars)}

    def listed(self, names: "list[str] | str", answers: list[Row]) -> list[dict[str, object]]:
        """What a prompt shows of several candidates, each with a name."""
        return [{"name": name, **self.fields(answer)} for name, answer in zip(names, answers, strict=False)]


def template(said: str | None, default: str, fields: frozenset[str], folder: Path) -> prompts.Template:
    """A prompt template, by its name or as a file.

    Args:
        said: What the configuration says.
        default: The template where it says nothing.
        fields: The fields that there are.
        folder: Where the path of a file begins.

    Raises:
        TemplateNotFoundError: There is none of that name, or no such file.
        TemplateError: It uses other fields.
    """
    name = said or default
    found = prompts.template_file(folder / name) if name.endswith(prompts.SUFFIX) else prompts.template(name)
    found.require(fields)
    return found
