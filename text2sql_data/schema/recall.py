"""How much of what golds read is among the tables that a question retrieves, over a benchmark.

What a gold reads is parsed, and resolved by the rules of SQLite over the stored schema. A column is there when its table is;
columns behind a star or in USING are not counted. Questions that cannot be judged are listed with the reason, never dropped.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from sqlglot import exp
from sqlglot.errors import SqlglotError

from store import Lake, StoreError
from text2sql_data.critiques import stored
from text2sql_data.critiques.scopes import origin, resolve
from text2sql_data.lookups import require
from text2sql_data.schema.retrieval import MODES, retrieve
from text2sql_data.sql_ast.syntax import statements

_SQL = files("text2sql_data") / "schema" / "sql"


class NoGoldsToRecallError(StoreError, ValueError):
    """No question of a benchmark has a schema and a gold that can be read."""


class Gold(NamedTuple):
    """What a gold reads: tables by their names in lower case, and columns as pairs of such names."""

    tables: frozenset[str]
    columns: frozenset[tuple[str, str]]


class Recall(NamedTuple):
    """How well one way to choose tables does.

    Attributes:
        mode: The way, of `retrieval.MODES`.
        top_k: Tables that it could choose; None for `full`.
        hops: Foreign keys that it followed; None where it follows none.
        n: Questions.
        gold_tables: Tables that the golds read, each counted once a question.
        table_recall: Share of them that were chosen.
        all_tables: Share of the questions all of whose tables were.
        any_table: Share of the questions of whose tables at least one was.
        gold_columns: Columns that the golds read, each counted once a question.
        column_recall: Share of them whose table was chosen.
        selected: Mean number of tables chosen.
        of: Mean number of tables in the database.
    """

    mode: str
    top_k: int | None
    hops: int | None
    n: int
    gold_tables: int
    table_recall: float
    all_tables: float
    any_table: float
    gold_columns: int
    column_recall: float
    selected: float
    of: float


class Recalls(NamedTuple):
    """The figures, and the positions of the questions that are not among them, by reason."""

    figures: list[Recall]
    excluded: dict[str, list[int]]


class _Question(NamedTuple):
    question: str
    evidence: str
    schema: Mapping[str, Any]
    gold: Gold


def recall(
    lake: Lake,
    benchmark: str,
    *,
    gold_revision: str = "original",
    modes: Sequence[str] = MODES,
    top_k: Sequence[int] = (6,),
    hops: int = 1,
) -> Recalls:
    """Measure ways to choose tables on the questions of a benchmark.

    Args:
        lake: The lake.
        benchmark: The benchmark.
        gold_revision: Which golds.
        modes: The ways, of `retrieval.MODES`.
        top_k: Numbers of tables; each makes a figure of each mode but `full`.
        hops: Foreign keys to follow in the mode `bm25_fk`.

    Raises:
        NameNotFoundError: The benchmark or the gold revision is not in the lake.
        RetrievalError: There is no such mode, or a number makes no sense.
        NoGoldsToRecallError: No question is left to measure.
    """
    require(lake, "benchmark", [benchmark])
    require(lake, "gold_revision", [gold_revision])
    excluded: dict[str, list[int]] = {}
    questions = list(_questions(lake, benchmark, gold_revision, excluded))
    if not questions:
        reasons = ", ".join(f"{len(positions)} {reason}" for reason, positions in excluded.items())
        raise NoGoldsToRecallError(
            f"No question of {benchmark} can be measured: {reasons or 'there is none'}.",
            "A schema comes with the database files or tables.json: t2s benchmark add PATH",
        )
    ways = [(mode, None if mode == "full" else k) for mode in modes for k in (top_k if mode != "full" else (1,))]
    return Recalls([_measured(questions, mode, k, hops) for mode, k in ways], excluded)


def gold_of(sql: str, schema: stored.Schema) -> Gold | str:
    """What a gold reads, or why that cannot be told."""
    try:
        trees = statements(sql)
        if len(trees) != 1 or not isinstance(trees[0], exp.Query):
            return "gold is not one query"
        scopes, uses = resolve(trees[0], schema, sql)
    except (SqlglotError, RecursionError):
        return "gold cannot be parsed"
    sources = [source for scope in scopes for source in scope.sources]
    if any(source.missing for source in sources):
        return "gold reads a table that the schema lacks"
    tables = frozenset(source.table.name.lower() for source in sources if source.table is not None)
    nodes = (column for scope in scopes for column in scope.columns)
    found = (origin(use.source, node.name, uses) for node in nodes if (use := uses[id(node)]).source is not None)
    columns = frozenset((table.name.lower(), column.lower()) for table, column in filter(None, found))
    return Gold(tables, columns) if tables else "gold reads no table"


def _questions(lake: Lake, benchmark: str, gold_revision: str, excluded: dict[str, list[int]]) -> Iterator[_Question]:
    schemas = {
        db_id: (json.loads(schema), stored.read(schema))
        for db_id, schema in lake.sql(
            "SELECT db_id, schema FROM current_databases WHERE benchmark = $b AND schema IS NOT NULL", b=benchmark
        ).fetchall()
    }
    text = (_SQL / "gold_questions.sql").read_text("utf-8")
    rows = lake.sql(text, benchmark=benchmark, gold_revision=gold_revision).fetchall()
    for position, db_id, question, evidence, sql in rows:
        schema = schemas.get(db_id)
        gold = "no schema" if schema is None else "no gold" if sql is None else gold_of(sql, schema[1])
        if schema is None or isinstance(gold, str):
            excluded.setdefault(str(gold), []).append(position)
        else:
            yield _Question(question, evidence, schema[0], gold)


def _measured(questions: Sequence[_Question], mode: str, top_k: int | None, hops: int) -> Recall:
    tables = hits = columns = column_hits = every = some = selected = of = 0
    for one in questions:
        found = retrieve(one.schema, one.question, one.evidence, mode=mode, top_k=1 if top_k is None else top_k, hops=hops)
        chosen = {name.lower() for name in found.tables}
        hit = one.gold.tables & chosen
        tables += len(one.gold.tables)
        hits += len(hit)
        every += hit == one.gold.tables
        some += bool(hit)
        columns += len(one.gold.columns)
        column_hits += sum(table in chosen for table, _ in one.gold.columns)
        selected += len(found.tables)
        of += len(one.schema["tables"])
    n = len(questions)
    return Recall(
        mode=mode,
        top_k=top_k,
        hops=hops if mode == "bm25_fk" else None,
        n=n,
        gold_tables=tables,
        table_recall=hits / tables,
        all_tables=every / n,
        any_table=some / n,
        gold_columns=columns,
        column_recall=column_hits / columns if columns else 1.0,
        selected=selected / n,
        of=of / n,
    )
