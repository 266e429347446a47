"""Labels: the known pitfalls of comparing results, what is unknown rather than wrong, and what is not done twice."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark, add_golds
from text2sql_data.comparators import COMPARATORS, ComparatorNotFoundError, comparator
from text2sql_data.comparators.labelling import NotExecutedError, label
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import jsonl
from text2sql_data.importers.importing import Source, import_runs

Verdict = tuple[str, str | None]
Judge = Callable[[str, Sequence[tuple[str, str | None]]], list[dict[str, Verdict]]]
LIMITS = Limits(seconds=1.0, max_rows=1_000)
SALES = """
    CREATE TABLE sales (region TEXT, rep TEXT, amt REAL, code TEXT);
    INSERT INTO sales VALUES
        ('north', 'Ann', 10, '9'), ('north', 'Bob', 30, '100'), ('south', 'Cem', 30, '20'), ('south', 'Dee', NULL, '3');
    CREATE TABLE t (a INTEGER, b REAL);
    INSERT INTO t VALUES (1, 1.0), (2, 2.0), (10, 10.0);
"""
PITFALLS = {
    # name: prediction, gold, verdicts of bird, bag, strict, spider ("=" is correct)
    "duplicates": ("SELECT region FROM sales", "SELECT DISTINCT region FROM sales", "=!!="),
    "duplicates without DISTINCT": ("SELECT region FROM sales", "SELECT region FROM sales GROUP BY region", "=!!!"),
    "order": ("SELECT rep FROM sales ORDER BY code", "SELECT rep FROM sales", "==!="),
    "order when the gold asks": ("SELECT rep FROM sales ORDER BY rep DESC", "SELECT rep FROM sales ORDER BY rep", "==!!"),
    "order of columns": ("SELECT amt, rep FROM sales", "SELECT rep, amt FROM sales", "!!!="),
    "names of columns": ("SELECT rep AS x FROM sales", "SELECT rep FROM sales", "===="),
    "empty and empty": ("SELECT rep FROM sales WHERE region = 'zzz'", "SELECT rep FROM sales WHERE amt > 1000", "===="),
    "empty and empty of another width": ("SELECT rep, amt FROM sales WHERE 0", "SELECT rep FROM sales WHERE 0", "=!!="),
    "empty and not": ("SELECT rep FROM sales WHERE 0", "SELECT rep FROM sales", "!!!!"),
    "same scalar by chance": ("SELECT count(*) FROM t", "SELECT count(DISTINCT region) + 1 FROM sales", "===!"),
    "LIMIT cuts a tie": (
        "SELECT rep FROM sales WHERE amt = (SELECT max(amt) FROM sales)",
        "SELECT rep FROM sales ORDER BY amt DESC, rep LIMIT 1",
        "!!!!",
    ),
    "NULL sorts first": (
        "SELECT rep FROM sales ORDER BY amt LIMIT 1",
        "SELECT rep FROM sales WHERE amt IS NOT NULL ORDER BY amt LIMIT 1",
        "!!!!",
    ),
    "numbers kept as text": ("SELECT max(code) FROM sales", "SELECT max(CAST(code AS INT)) FROM sales", "!!!!"),
    "text and number": ("SELECT '1'", "SELECT 1", "!!!!"),
    "text and blob": ("SELECT x'31'", "SELECT '1'", "!!!!"),
    "NULL and its name": ("SELECT '<NULL>'", "SELECT NULL", "!!!!"),
    "NULL and zero": ("SELECT 0", "SELECT NULL", "!!!!"),
    "NULL and NULL": ("SELECT NULL", "SELECT amt FROM sales WHERE rep = 'Dee'", "===="),
    "rounding": ("SELECT round(2.0 / 3, 2)", "SELECT 2.0 / 3", "!!!!"),
    "division of integers": ("SELECT 1 / 2", "SELECT 1.0 / 2", "!!!!"),
    "float noise": ("SELECT 0.1 + 0.2", "SELECT 0.3", "!!!!"),
    "integer and float": ("SELECT a FROM t ORDER BY a", "SELECT b FROM t ORDER BY b", "===="),
    "misspelt column in double quotes": ('SELECT "nosuch" FROM t', "SELECT 'nosuch' FROM t", "===="),
    "comment at the end": ("SELECT a FROM t -- all\n", "SELECT a FROM t", "===="),
    "semicolon in a literal": ("SELECT 'a;b'", "SELECT 'a' || ';' || 'b'", "===="),
    "white space in a literal": ("SELECT 'a  b'", "SELECT 'a b'", "!!!!"),
    "broken operator": ("SELECT a FROM t WHERE a > = 2", "SELECT a FROM t WHERE a >= 2", "EEE="),
}


def by_comparator(marks: str, verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
    """What a row of marks expects."""
    meaning: dict[str, Verdict] = {"=": ("correct", None), "!": ("wrong", "different_result"), "E": ("wrong", "error")}
    assert set(verdicts) == {"bird", "bag", "strict", "spider"}
    return dict(zip(("bird", "bag", "strict", "spider"), (meaning[mark] for mark in marks), strict=True))


def test_pitfalls(judge: Judge) -> None:
    """Every known way in which two comparisons differ gives the verdicts that the definitions give."""
    verdicts = judge(SALES, [(gold, answer) for answer, gold, _ in PITFALLS.values()])
    for (name, (_, _, marks)), found in zip(PITFALLS.items(), verdicts, strict=True):
        assert (name, found) == (name, by_comparator(marks, found))


def test_text_that_is_not_utf8(judge: Judge) -> None:
    """BIRD's script fails on such text, on either side; the others compare it, the test-suite by what is left of it."""
    broken = "SELECT CAST(x'636166e9' AS TEXT)"
    as_answer, as_gold, on_both = judge(SALES, [("SELECT 'caf'", broken), (broken, "SELECT 'caf'"), (broken, broken)])
    assert as_answer["bird"] == ("wrong", "undecodable")
    assert as_gold["bird"] == on_both["bird"] == ("unknown", "gold_undecodable")
    assert as_answer["spider"] == as_gold["spider"] == on_both["spider"] == ("correct", None)
    assert as_answer["bag"] == as_gold["strict"] == ("wrong", "different_result")
    assert on_both["bag"] == on_both["strict"] == ("correct", None)


LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1001) SELECT i FROM n"


def test_what_is_not_known_is_not_wrong(judge: Judge) -> None:
    """A timeout or a result over the bounds says nothing about the answer; an error, a refusal and no SQL do."""
    answers = {
        LONG: ("unknown", "timeout"),
        MANY: ("unknown", "memory"),
        "SELECT nosuch FROM t": ("wrong", "error"),
        "not SQL": ("wrong", "error"),
        "DELETE FROM t": ("wrong", "rejected"),
        "ATTACH 'x' AS y": ("wrong", "rejected"),
        None: ("wrong", "no_sql"),
        "SELECT a FROM t": ("correct", None),
    }
    verdicts = judge(SALES, [("SELECT a FROM t", answer) for answer in answers])
    for (answer, expected), found in zip(answers.items(), verdicts, strict=True):
        assert (answer, found) == (answer, dict.fromkeys(("bird", "bag", "strict", "spider"), expected))


def test_gold_that_fails(judge: Judge) -> None:
    """When the gold fails nobody can be right or wrong, whatever the answer is, and the reason says what it did."""
    golds = {"SELECT nosuch FROM t": "gold_error", LONG: "gold_timeout", "DELETE FROM t": "gold_rejected", MANY: "gold_memory"}
    for answer in ("SELECT a FROM t", "SELECT nosuch FROM t", None):
        verdicts = judge(SALES, [(gold, answer) for gold in golds])
        assert [found["bird"] for found in verdicts] == [("unknown", reason) for reason in golds.values()]


def test_no_database(lake: store.Lake, tmp_path: Path) -> None:
    """Questions without a database file are unknown, with that reason, and cost nothing."""
    (tmp_path / "b.json").write_text(json.dumps([{"db_id": "absent", "question": "q", "query": "SELECT 1"}]))
    (tmp_path / "a.jsonl").write_text(json.dumps({"position": 0, "pred_sqls": ["SELECT 1", None]}))
    add_benchmark(lake, "b", read(tmp_path / "b.json"))
    import_runs(lake, jsonl.FORMAT, [Source("r", "s", (tmp_path / "a.jsonl",))], benchmark="b")
    assert execute(lake, LIMITS).statuses == {}
    assert label(lake, [comparator("bird")])[0].labels == {}
    assert lake.counts()["labels"] == 0
    found = lake.sql("SELECT sample, verdict, reason FROM verdicts ORDER BY 1").fetchall()
    assert found == [(0, "unknown", "no_database"), (1, "unknown", "no_database")]


def test_nothing_executed(lake: store.Lake, tmp_path: Path) -> None:
    """Labelling before executing says what to run."""
    (tmp_path / "b.json").write_text(json.dumps([{"db_id": "absent", "question": "q", "query": "SELECT 1"}]))
    add_benchmark(lake, "b", read(tmp_path / "b.json"))
    with pytest.raises(NotExecutedError, match="Nothing was executed") as caught:
        label(lake, COMPARATORS)
    assert caught.value.hint == "Run: t2s execute"


def test_unknown_comparator() -> None:
    """The error lists the comparators."""
    with pytest.raises(ComparatorNotFoundError, match="There is no comparator exact") as caught:
        comparator("exact")
    assert caught.value.hint == "Choose one of bird, spider, strict, bag, rows."


def test_what_was_not_executed_yet_gets_no_label(judge: Judge, lake: store.Lake, tmp_path: Path) -> None:
    """A run imported after the last execution stays unlabelled, with the reason, until it is executed."""
    judge(SALES, [("SELECT a FROM t", "SELECT a FROM t")])
    ((benchmark,),) = lake.sql("SELECT benchmark FROM benchmarks").fetchall()
    (tmp_path / "new.jsonl").write_text(json.dumps({"position": 0, "pred_sqls": ["SELECT b FROM t", "SELECT a FROM t"]}))
    import_runs(lake, jsonl.FORMAT, [Source("new", "s", (tmp_path / "new.jsonl",))], benchmark=benchmark)
    (done,) = label(lake, [comparator("bird")])
    assert done.labels == {("correct", None): 1}
    verdicts = "SELECT sample, verdict, reason FROM verdicts WHERE run = 'new' AND comparator = 'bird' ORDER BY 1"
    assert lake.sql(verdicts).fetchall() == [(0, "unknown", "not_executed"), (1, "correct", None)]
    assert sum(execute(lake, LIMITS).statuses.values()) == 1
    (done,) = label(lake, [comparator("bird")])
    assert done.labels == {("correct", None): 1}
    assert lake.sql(verdicts).fetchall() == [(0, "correct", None), (1, "correct", None)]
    assert label(lake, [comparator("bird")])[0].labels == {}


def test_new_gold_revision(judge: Judge, lake: store.Lake) -> None:
    """Corrected golds relabel every candidate, executing nothing but golds that nobody ran before; the old labels stay."""
    judge(SALES, [("SELECT a FROM t", "SELECT b FROM t"), ("SELECT a FROM t", "SELECT rep FROM sales")])
    ((benchmark,),) = lake.sql("SELECT benchmark FROM benchmarks").fetchall()
    known, unknown = "SELECT rep FROM sales", "SELECT rep FROM sales WHERE rep > ''"
    add_golds(lake, benchmark, "known", [(1, known)])
    add_golds(lake, benchmark, "new", [(0, "SELECT b FROM t"), (1, unknown)])
    before = lake.counts()["executions"]
    (done,) = label(lake, [comparator("bird")], gold_revision="known")
    assert done.labels == {("correct", None): 1, ("unknown", "gold_missing"): 1}
    assert sum(execute(lake, LIMITS).statuses.values()) == 1
    assert lake.counts()["executions"] == before + 1
    assert lake.sql("SELECT count(*) FROM executions WHERE sql = $sql", sql=unknown).fetchall() == [(1,)]
    (done,) = label(lake, [comparator("bird")], gold_revision="new")
    assert done.labels == {("correct", None): 2}
    rows = lake.sql("""
        SELECT gold_revision, position, verdict, reason FROM judged_candidates WHERE comparator = 'bird' ORDER BY ALL
    """).fetchall()
    assert rows == [
        ("known", 0, "unknown", "gold_missing"), ("known", 1, "correct", None),
        ("new", 0, "correct", None), ("new", 1, "correct", None),
        ("original", 0, "correct", None), ("original", 1, "wrong", "different_result"),
    ]  # fmt: skip


def test_permutation_is_decided_from_rows(judge: Judge, lake: store.Lake, tmp_path: Path) -> None:
    """Only results with equal columns and unequal rows need the rows: pairs that no digest tells apart."""
    script = "CREATE TABLE p (a, b, c); INSERT INTO p VALUES (1, 2, 1), (2, 1, 1), (1, 1, 2), (2, 2, 2);"
    (found, other) = judge(
        script, [("SELECT a, b FROM p", "SELECT b, a FROM p"), ("SELECT a, c FROM p ORDER BY 1", "SELECT c, a FROM p ORDER BY 2")]
    )
    assert found["spider"] == other["spider"] == ("correct", None)
    ((benchmark,),) = lake.sql("SELECT benchmark FROM benchmarks").fetchall()
    records = [
        {
            "position": 0,
            "pred_sqls": [
                "SELECT b, a FROM p ORDER BY c",
                "SELECT a, b FROM p ORDER BY b",
                "SELECT a, c FROM p WHERE a <> c UNION ALL SELECT a, a FROM p WHERE a = c",
            ],
        }
    ]
    (tmp_path / "more.json").write_text(json.dumps(records))
    import_runs(lake, jsonl.FORMAT, [Source("more", "s", (tmp_path / "more.json",))], benchmark=benchmark)
    execute(lake, LIMITS)
    (done,) = label(lake, [comparator("spider")])
    path = lake.sql("SELECT path FROM databases").fetchall()[0][0]
    with closing(sqlite3.connect(path)) as database:
        gold = sorted(database.execute("SELECT a, b FROM p").fetchall())
        same = [
            gold in (sorted(rows), sorted((y, x) for x, y in rows))
            for rows in (database.execute(sql).fetchall() for sql in records[0]["pred_sqls"])  # type: ignore[attr-defined]
        ]
    rows = lake.sql("SELECT verdict = 'correct' FROM verdicts WHERE run = 'more' AND comparator = 'spider' ORDER BY sample")
    assert [verdict for (verdict,) in rows.fetchall()] == same
    assert done.from_rows <= 3


def test_a_database_that_was_replaced_is_judged_anew(lake: store.Lake, tmp_path: Path) -> None:
    """Labels belong to the content of the database: another content is unlabelled until it is executed and labelled itself."""
    file = tmp_path / "db.sqlite"
    questions = tmp_path / "b.json"
    questions.write_text(json.dumps([{"db_path": "db.sqlite", "db_id": "db", "question": "q", "query": "SELECT max(a) FROM t"}]))
    answers = tmp_path / "run.jsonl"
    answers.write_text(json.dumps({"position": 0, "pred_sql": "SELECT a FROM t WHERE a < 5"}))

    def become(value: int) -> None:
        file.unlink(missing_ok=True)
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(f"CREATE TABLE t (a); INSERT INTO t VALUES ({value})")
        add_benchmark(lake, "b", read(questions))

    def verdict() -> tuple[str, str | None]:
        ((found, reason),) = lake.sql("SELECT verdict, reason FROM verdicts WHERE comparator = 'bird'").fetchall()
        return found, reason

    become(1)
    import_runs(lake, jsonl.FORMAT, [Source("run", "s", (answers,))], benchmark="b")
    execute(lake, Limits())
    label(lake, [comparator("bird")])
    assert verdict() == ("correct", None)
    become(9)
    assert verdict() == ("unknown", "not_executed")
    execute(lake, Limits())
    assert verdict() == ("unknown", "not_labelled")
    label(lake, [comparator("bird")])
    assert verdict() == ("wrong", "different_result")
    become(1)
    assert verdict() == ("correct", None)
    assert lake.check() == []


def test_a_gold_revision_of_one_benchmark_says_nothing_of_another(judge: Judge, lake: store.Lake) -> None:
    """Labels for a gold revision are given where it exists, and a benchmark that gets it later is labelled then."""
    judge(SALES, [("SELECT a FROM t", "SELECT a FROM t")])
    judge(SALES, [("SELECT a FROM t", "SELECT a FROM t")])
    first, second = (name for (name,) in lake.sql("SELECT benchmark FROM benchmarks ORDER BY added").fetchall())
    for benchmark in (first, second):
        add_golds(lake, benchmark, "fixed", [(0, "SELECT a FROM t")])
        execute(lake, Limits(seconds=1.0, max_rows=1_000))
        (done,) = label(lake, [comparator("bird")], gold_revision="fixed")
        assert done.labels == {("correct", None): 1}


def test_sql_over_virtual_tables_is_a_query(judge: Judge) -> None:
    """R-Tree and full-text tables, which prepare statements of their own, can be read like any other table."""
    script = """
        CREATE VIRTUAL TABLE r USING rtree(id, x0, x1);
        INSERT INTO r VALUES (1, 0, 2), (2, 5, 6);
        CREATE VIRTUAL TABLE f USING fts4(body);
        INSERT INTO f VALUES ('hello wide world'), ('hello');
    """
    queries = ["SELECT id FROM r WHERE x0 > 1", "SELECT body FROM f WHERE f MATCH 'hello world'"]
    assert [found["bird"] for found in judge(script, [(query, query) for query in queries])] == [("correct", None)] * 2
