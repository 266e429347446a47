"""The lake documents itself: every table, view and column says what it is, and every statement in a file is bound."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import store
from store import reference, tables

ROOT = Path(__file__).resolve().parents[2]
STATEMENTS = sorted(
    path
    for package in ("store", "text2sql_data", "text2sql_train", "text2sql_eval")
    for path in (ROOT / package).rglob("sql/**/*.sql")
    if path.parent.name not in {"tables", "views", "migrations"}
)

STAGED = """
CREATE TEMP TABLE prompt_batch (prompt BLOB, text VARCHAR);
CREATE TEMP TABLE candidate_batch (position INTEGER, sample INTEGER, stage VARCHAR, step INTEGER, sql VARCHAR,
    completion VARCHAR, prompt BLOB, claimed_ok BOOLEAN, correct BOOLEAN);
CREATE TEMP TABLE critique_batch (position INTEGER, sample INTEGER, stage VARCHAR, validator VARCHAR, ordinal INTEGER,
    text VARCHAR, prompt BLOB);
CREATE TEMP TABLE texts (benchmark VARCHAR, db_id VARCHAR, sql VARCHAR, kind VARCHAR);
CREATE TEMP TABLE statements (benchmark VARCHAR, db_id VARCHAR, sql VARCHAR);
CREATE TEMP TABLE wanted (database UUID, sql_id UUID, sql VARCHAR);
CREATE TEMP TABLE compared (benchmark VARCHAR, revision VARCHAR, position INTEGER, sql_id UUID, database UUID, executed UUID,
    gold_executed UUID, has_gold BOOLEAN, ordered BOOLEAN, status VARCHAR, gold_status VARCHAR, undecodable BOOLEAN,
    gold_undecodable BOOLEAN, same BOOLEAN);
CREATE TEMP TABLE decided (compared BIGINT, same BOOLEAN);
CREATE TEMP TABLE comparator_versions (comparator VARCHAR, version INTEGER);
CREATE TEMP TABLE beside (we_say VARCHAR, file_says VARCHAR);
CREATE TEMP TABLE question_outcomes AS FROM lake.question_outcomes LIMIT 0;
CREATE TEMP TABLE common_questions (benchmark VARCHAR, revision VARCHAR, comparator VARCHAR, position INTEGER);
"""
"""What the code stages before it runs the statements; a statement over another staged table needs it here, or in staged/*.sql."""


@pytest.fixture(scope="module")
def relations(template: Path) -> list[reference.Relation]:
    """All tables and views of an empty lake."""
    with store.open(template, create=False) as lake:
        return reference.relations(lake)


@pytest.fixture(scope="module")
def scratch(template: Path) -> Iterator[store.Lake]:
    """A lake to bind statements on."""
    with store.open(template, create=False) as lake:
        yield lake


def test_all_tables_and_views_are_in_the_reference(relations: list[reference.Relation]) -> None:
    """The reference lists exactly the files of the schema, tables first."""
    assert [relation.name for relation in relations if relation.kind == "table"] == sorted(tables.tables())
    assert [relation.name for relation in relations if relation.kind == "view"] == sorted(tables.views())


@pytest.mark.parametrize("name", [*tables.tables(), *tables.views()])
def test_every_relation_and_column_has_a_meaning(relations: list[reference.Relation], name: str) -> None:
    """The comment is a sentence; every column has one; a view's header speaks of no column that is not there."""
    (relation,) = [relation for relation in relations if relation.name == name]
    assert relation.comment.endswith(".")
    assert [column.column for column in relation.columns if not column.comment] == []
    if name in tables.views():
        assert set(tables.views()[name].columns) <= {column.column for column in relation.columns}


@pytest.mark.parametrize("name", tables.tables())
def test_every_key_is_made_of_columns(relations: list[reference.Relation], name: str) -> None:
    """The key in the first line of a table's file names columns of that table, each once."""
    (relation,) = [relation for relation in relations if relation.name == name]
    assert set(relation.key) <= {column.column for column in relation.columns}
    assert len(set(relation.key)) == len(relation.key) > 0


def test_repeated_keys_looks_at_the_key_of_every_table() -> None:
    """The check cannot fall behind the tables: it groups each by its key."""
    text = tables.views()["repeated_keys"].select
    grouped = dict(re.findall(r"FROM (\w+)\s+GROUP BY ([\w, ]+)", text))
    assert {table: tuple(columns.split(", ")) for table, columns in grouped.items()} == {
        name: table.key for name, table in tables.tables().items()
    }


@pytest.mark.parametrize("name", tables.views())
def test_a_view_reads_what_it_says_it_reads(name: str) -> None:
    """`reads:` names exactly the views that the text names, so that they are created in order."""
    view = tables.views()[name]
    words = set(re.findall(r"(?<=FROM )\w+|(?<=JOIN )\w+", re.sub(r"--.*", "", view.select)))
    assert words & set(tables.views()) == set(view.reads)


@pytest.mark.slow  # creating a lake has bound each of them already
@pytest.mark.parametrize("name", tables.views())
def test_every_view_can_be_run(scratch: store.Lake, name: str) -> None:
    """On an empty lake each view gives no row, or one that says so; routes are there for every type of error."""
    assert name == "routes" or len(scratch.sql(f"FROM {name}").fetchall()) <= 1


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_statement_is_bound(scratch: store.Lake, path: Path) -> None:
    """DuckDB finds every table, column and function that the files name, and plans each statement."""
    with scratch.scratch() as temporary:
        temporary.execute((ROOT / "text2sql_data/comparators/sql/bird.sql").read_text("utf-8"))
        temporary.execute(STAGED)
        for staged in sorted(Path(__file__).with_name("staged").glob("*.sql")):
            temporary.execute(staged.read_text("utf-8"))
        text = path.read_text("utf-8")
        if "CREATE TEMP TABLE common_questions" in text:
            temporary.execute("DROP TABLE temp.common_questions")
        bare = re.sub(r"--.*", "", text)
        parameters: dict[str, object] = dict.fromkeys(re.findall(r"\$([a-z_]+)", bare))
        if all(statement.type == duckdb.StatementType.CREATE for statement in duckdb.extract_statements(text)):
            temporary.execute(text, **parameters)
        else:
            assert temporary.execute(f"EXPLAIN {text}", **parameters).fetchall()


def test_the_reference_page_has_every_column(relations: list[reference.Relation]) -> None:
    """The Markdown has a heading a relation and a line a column."""
    page = reference.markdown(relations)
    assert page.count("\n## ") + page.startswith("## ") == len(relations)
    assert page.count("\n| `") == sum(len(relation.columns) for relation in relations)
