"""Writing a query in another way that means the same changes no label, and what sqlglot writes again gives the same result."""

import importlib.util
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text2sql_data.demo.databases import write_databases
from text2sql_data.execution import sandbox
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Outcome
from text2sql_data.features.shapes import shape
from text2sql_data.sql_ast.syntax import parsed, rendered, statements
from text2sql_eval.reports.diffs import formatted

_SPEC = importlib.util.spec_from_file_location("queries", Path(__file__).with_name("queries.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
queries: Any = importlib.util.module_from_spec(_SPEC)
sys.modules["queries"] = queries  # its structures look themselves up there
_SPEC.loader.exec_module(queries)

Verdict = tuple[str, str | None]
Judge = Callable[[str, Sequence[tuple[str, str | None]]], list[dict[str, Verdict]]]
LIMITS = Limits(seconds=10.0)


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo database `bakery`."""
    return write_databases(tmp_path_factory.mktemp("demo"))["bakery"]


@pytest.fixture(scope="module")
def connection(bakery: Path) -> Iterator[apsw.Connection]:
    """The demo database, open as in a worker."""
    opened = sandbox.open_database(str(bakery))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def script(bakery: Path) -> str:
    """Statements that make the demo database."""
    with closing(sqlite3.connect(bakery)) as database:
        return "\n".join(database.iterdump())


def rewrites(query: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - loaded by its path
    """The other ways to write a query, by name."""
    found = [(name, queries.write(query, style, 1)) for name, style in queries.REWRITES.items()]
    return found if query.order else [*found, ("a query around it", queries.write(query, queries.WRAPPED))]


def digests(outcome: Outcome) -> tuple[object, ...]:
    """What comparators look at, but for the order of rows that the query does not tell."""
    return (
        outcome.status, outcome.error_class, outcome.n_rows, len(outcome.columns or ()), outcome.set_digest, outcome.bag_digest,
        outcome.unordered_set_digest, outcome.columns_digest,
    )  # fmt: skip


def same_result(connection: apsw.Connection, query: Any, texts: Sequence[tuple[str, str]]) -> None:  # noqa: ANN401
    """Each text has the result of the query, in the same order where the query tells one."""
    plain = queries.write(query, queries.PLAIN)
    expected = sandbox.run(connection, plain, LIMITS)
    assert expected.status == "ok", (plain, expected.error)
    for name, text in texts:
        found = sandbox.run(connection, text, LIMITS)
        assert digests(found) == digests(expected), (name, plain, text, found.error)
        if query.order:
            assert found.list_digest == expected.list_digest, (name, plain, text)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries.queries())
def test_other_texts_have_the_same_digests(connection: apsw.Connection, query: Any) -> None:  # noqa: ANN401
    """White space, comments, letter case, aliases, the order of conditions and of sides change no digest."""
    same_result(connection, query, rewrites(query))


@pytest.mark.slow
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries.queries())
def test_many_other_texts(connection: apsw.Connection, query: Any) -> None:  # noqa: ANN401
    """So for many queries."""
    same_result(connection, query, rewrites(query))


def written_again(text: str) -> list[tuple[str, str]]:
    """What the project makes of a query with sqlglot: one line, laid out, and as reports show it."""
    tree = parsed(text)
    return [
        ("one line", rendered(tree)),
        ("laid out", rendered(tree, pretty=True)),
        ("twice", rendered(parsed(rendered(tree)))),
        ("in reports", "\n".join(formatted(text))),
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries.queries())
def test_round_trips_have_the_same_digests(connection: apsw.Connection, query: Any) -> None:  # noqa: ANN401
    """A query that is parsed and written again has the same result."""
    same_result(connection, query, written_again(queries.write(query, queries.PLAIN)))


@pytest.mark.slow
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries.queries())
def test_many_round_trips(connection: apsw.Connection, query: Any) -> None:  # noqa: ANN401
    """So for many queries."""
    same_result(connection, query, written_again(queries.write(query, queries.PLAIN)))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries.queries())
def test_features_see_the_same_shape(query: Any) -> None:  # noqa: ANN401
    """Features count the same in a query however it is spaced, commented and cased; only its length differs."""
    plain = shape(queries.write(query, queries.PLAIN))
    assert plain.parsed
    for name in ("white space", "comments", "lower case", "mixed case", "aliases", "semicolon", "semicolon and comment"):
        other = shape(queries.write(query, queries.REWRITES[name], 1))
        differs = {
            field: (getattr(plain, field), getattr(other, field))
            for field in plain._fields
            if getattr(plain, field) != getattr(other, field)
        }
        assert differs.keys() <= {"characters"}, (name, differs)


@pytest.mark.parametrize("end", ["; -- done", ";", " ; ; /* ; */", ";\n-- SELECT 2\n", " -- ;"])
def test_a_comment_after_the_semicolon_is_no_statement(end: str) -> None:
    """What SQLite takes for one statement is one to whatever reads its parts; two are two."""
    assert len(statements(f"SELECT 1{end}")) == 1
    assert len(statements(f"SELECT 1; SELECT 2{end}")) == 2
    assert shape(f"SELECT 1{end}").parsed
    assert rendered(parsed(f"SELECT 1{end}")).startswith("SELECT 1")


def judge_all(judge: Judge, script: str, found: Sequence[Any]) -> None:
    """Each query, as a gold, judges the others: however an answer is written, every comparator says the same."""
    texts = list(dict.fromkeys(queries.write(query, queries.PLAIN) for query in found))
    gold = texts[0]
    pairs: list[tuple[str, str | None]] = [(gold, text) for text in texts]
    named: list[tuple[str, str, str]] = []
    for query in found:
        plain = queries.write(query, queries.PLAIN)
        for name, text in rewrites(query):
            named.append((name, plain, text))
            pairs.append((gold, text))
    verdicts = judge(script, pairs)
    of = dict(zip(texts, verdicts, strict=False))
    ordered = {queries.write(query, queries.PLAIN): bool(query.order) for query in found}
    assert set(of[gold].values()) == {("correct", None)}
    for (name, plain, text), said in zip(named, verdicts[len(texts) :], strict=True):
        told = {one: verdict for one, verdict in said.items() if one != "strict" or ordered[plain]}
        assert told == {one: of[plain][one] for one in told}, (name, gold, plain, text)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=st.lists(queries.queries(), min_size=4, max_size=8))
def test_no_rewrite_changes_a_label(judge: Judge, script: str, found: list[Any]) -> None:
    """A right answer stays right and a wrong one wrong under every comparator, however it is written."""
    judge_all(judge, script, found)
