"""SQL out of completions: a slice of the text, whatever stands around it, and no mistake that others have made."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data.rollouts.extraction import extract

FENCE = "```"

WRAPS = {
    "bare": "{}",
    "sql": "SQL: {};",
    "fence": "Here is the query that you want:\n```sql\n{}\n```\nIt selects what is asked, with a join.",
    "tildes": "~~~\n{};\n~~~",
    "open_fence": "<think>Let me select something from x.</think>```sqlite\n{}",
    "plan": "1. Find the tables; select the columns.\n2. Join them.\n\nFinal SQL query:\n```\n{};\n```",
    "fixed": "FIXED SQL: {}<|im_end|>\n<|im_start|>user\nSELECT 2",
    "prose": "To answer this, we select the columns from the table.\n\n{};\n\nThis query doesn't use a join.",
    "no_semicolon": "The query:\n{}\nThis query selects the names of all singers.",
    "two_fences": "```sql\nSELECT draft FROM plan\n```\nBetter:\n```sql\n{}\n```\n```python\nprint(1)\n```",
    "next_question": "{};\n\nQuestion: How many?\nSQL: SELECT 3",
}

QUERIES = [
    "SELECT 1",
    "select a from t",
    "SELECT a FROM t WHERE b = 'x; y' AND c = 'sql  sql'",
    "SELECT 'a\n\n  b' AS \"two;  lines\", `c;d`, [e;f] FROM sql_t",
    "SELECT a -- one; two\nFROM t /* three; four */ WHERE b = 'it''s'",
    "WITH x AS (SELECT 1 AS n), y(m) AS (SELECT 2) SELECT n, m FROM x, y",
    "with recursive c(n) as (select 1 union all select n + 1 from c where n < 9) select * from c",
    "VALUES (1, 'a'), (2, 'b')",
    "SELECT a,\n\n  b\nFROM t\nORDER BY\n  a",
    "SELECT T1.a FROM t AS T1\nJOIN u\nT2 ON T1.x = T2.x",
    "SELECT count(*) FROM a WHERE b IN (\n  SELECT b FROM c\n  UNION\n  SELECT d FROM e\n)",
    "(SELECT a FROM t) UNION (SELECT b FROM u)",
    "SELECT a FROM t WHERE b = '<think>' AND c LIKE '%<|im_end|>' AND d = 'Final SQL query: x'",
    "SELECT a FROM t WHERE b = '```' AND c = '~~~'",
    "SELECT * FROM t",
]


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("query", QUERIES)
def test_a_query_comes_back_as_it_was_written(wrap: str, query: str) -> None:
    """Fences, prose, plans, marks and what follows are taken away; not a byte of the query is."""
    assert extract(WRAPS[wrap].replace("{}", query)) == query


@pytest.mark.parametrize(
    ("completion", "sql"),
    [
        ("", None),
        ("SELECT", None),
        ("There is nothing; please select the best.", None),
        ("Select the name from the singers.", None),
        ("With this query we find it: SELECT 1", "SELECT 1"),
        ("SELECT.\n1. Based on the query, it selects a.\nConclude: correct.", None),
        ("<think>\nSELECT 1 FROM t", None),
        ("SELECT 9 FROM x</think>\n\nSELECT 1", "SELECT 1"),
        ("Plan: SELECT x FROM y\nFinal SQL query:\n", None),
        ("```sql\nSELECT 1\n```\nFinal SQL query: see above", "SELECT 1"),
        ("Final SQL query: SELECT 1\nCorrected SQL:\nSELECT 2", "SELECT 2"),
        ("**Final SQL Query:**\n\nSELECT 1", "SELECT 1"),
        ("1. select the name\n2. from t\n\nFinal SQL query: SELECT name FROM t", "SELECT name FROM t"),
        ("The answer is `SELECT a FROM t`.", "SELECT a FROM t"),
        ("The answer is: select a from t.", "select a from t"),
        ("The SQL is: SELECT a FROM t WHERE b = 'c'. This gives all of them.", "SELECT a FROM t WHERE b = 'c'"),
        ("SELECT a FROM t\n\nSELECT b FROM u", "SELECT a FROM t"),
        ("SELECT T1. Name FROM t AS T1", "SELECT T1. Name FROM t AS T1"),
        ("One way (such as SELECT a FROM t) is this.", "SELECT a FROM t"),
        ("```SELECT a FROM t```", "SELECT a FROM t"),
        ("```sql SELECT a FROM t```", "SELECT a FROM t"),
        ("```SELECT\na FROM t```", "SELECT\na FROM t"),
        ("SELECT a FROM t\n```", "SELECT a FROM t"),
        ("<answer>\nSELECT 1\n</answer>", "SELECT 1"),
        ("<|im_start|>assistant\nSELECT 1<|im_end|>", "SELECT 1"),
        ("-- all of them\nSELECT a FROM t", "SELECT a FROM t"),
        ("SELECT 1; SELECT 2", "SELECT 1"),
        ("CREATE TABLE t (a INT);\n\nSELECT a FROM t", "SELECT a FROM t"),
        ("INSERT INTO t SELECT * FROM u", "INSERT INTO t SELECT * FROM u"),
        ("```sql\nDROP TABLE t;\n```", "DROP TABLE t"),
        ("SELECT a FROM t WHERE (", "SELECT a FROM t WHERE ("),
        ("SELECT a FROM b OR c EXCEPT SELECT a FROM d", "SELECT a FROM b OR c EXCEPT SELECT a FROM d"),
        ("SELECT a FROM ) (\nSELECT b FROM c\n)", "SELECT a FROM ) (\nSELECT b FROM c\n)"),
        ("WITH x AS (SELECT ) ,\nSELECT * FROM x", "WITH x AS (SELECT ) ,\nSELECT * FROM x"),
    ],
)
def test_rules(completion: str, sql: str | None) -> None:
    """Each rule of the docstring; of a query that does not parse no part that would is taken instead."""
    assert extract(completion) == sql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sqlite_version() AS sql, 'nosql' FROM mysql_users",  # removing every "sql" changes names and literals
        "SELECT a FROM t WHERE b = 'x;y;z'",  # splitting at ; cuts literals
        "SELECT a FROM t WHERE b = 'two  blanks\tand\n\nlines'",  # collapsing blanks changes literals
        "SELECT a -- the name\nFROM t",  # collapsing line breaks makes the rest a comment
        "SELECT '``` not the end' FROM t",
    ],
)
def test_mistakes_of_others(sql: str) -> None:
    """What other extractors do to a query does not happen, fenced or not."""
    assert extract(f"Final SQL query:\n{FENCE}sql\n{sql}\n{FENCE}") == sql
    assert extract(f"SQL: {sql}") == sql


PIECES = st.sampled_from(
    [
        *("SELECT", "select ", "WITH x AS (", "VALUES (", " FROM t", " a", ";", "\n", "\n\n", "```", "```sql\n", "~~~", "'", '"'),
        *("[", "]", "(", ")", "--", "/*", "*/", "<think>", "</think>", "<|im_end|>", "Final SQL query:", "FIXED SQL:", "SQL:"),
        *("INSERT INTO t ", ".", "*", "\\", "\0", "é", "\u2028", "Question:", ",", "`"),
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map("".join)))
def test_any_text_has_an_answer(completion: str) -> None:
    """No text is an error; what comes out is a part of it, without blanks around it."""
    sql = extract(completion)
    assert sql is None or (sql and sql in completion and sql == sql.strip())


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="'"), max_size=40), st.sampled_from(sorted(WRAPS)))
def test_a_literal_is_left_alone(text: str, wrap: str) -> None:
    """Whatever a literal holds on one line, the query that it stands in comes back; also next to a fence or an end mark."""
    text = " ".join(text.splitlines())
    query = f"SELECT a FROM t WHERE b = '{text}' AND c = 1"
    assert extract(WRAPS[wrap].replace("{}", query)) == query


LONG = [
    *("select ", "SELECT x\n", "'", '"', "`", "```\n", "[", "(", "/*", "/*\n", "-- ", "\n", " ", "with x (", "with x as ("),
    *("insert into t select 1;\n", "insert into t select 1\n", "Final SQL query: ", "</think>SELECT a ( ", "we SELECT a, "),
    *(": select a ", " \t", ">", "<|", "values (", "''", "`SELECT a ", "SELECT a FROM t\nAnd this is prose\n\n", "<think>"),
    "```sql\nselect a b c d\n```\n",
]


@pytest.mark.slow
def test_long_texts_end() -> None:
    """A text of 100 kB of anything is read in a moment: no rule takes time in the square of its length."""
    for piece in LONG:
        for text in (piece * (100_000 // len(piece)), "SELECT " + piece * (100_000 // len(piece))):
            extract(text)
    columns = "SELECT " + "a, " * 30_000 + "a FROM t"
    assert extract(f"{FENCE}sql\n{columns};\n{FENCE}") == columns


def answers(folder: Path) -> Iterator[str]:
    """The SQL of the published systems, without what stands after it."""
    for path in sorted(folder.glob("*.sql")):
        for line in path.read_text("utf-8").split("\n"):
            if sql := line.split("\t")[0].strip().rstrip(";").strip():
                yield sql


# Answers that are no SQL as a whole: a bare word, and one with a second statement that is none.
NO_SQL = "select"
TWO = "select cylinders from cars_data where model = 'Volvo' order by accelerate limit 1;.030 sec"


def test_published_answers_come_back(real_data: Path) -> None:
    """A part of what the systems answered on Spider, in one wrapping after the other."""
    texts = [sql for sql in dict.fromkeys(answers(real_data / "spider/predictions")) if "--" not in sql][::25]
    names = sorted(set(WRAPS) - {"no_semicolon"})
    for place, sql in enumerate(texts):
        assert extract(WRAPS[names[place % len(names)]].replace("{}", sql)) == sql


@pytest.mark.slow
@pytest.mark.parametrize("wrap", sorted(set(WRAPS) - {"no_semicolon"}))
def test_all_published_answers_come_back(real_data: Path, wrap: str) -> None:
    """All of them, also those that SQLite refuses; but for what is no SQL, and what begins a comment in front of the wrapping."""
    texts = dict.fromkeys(answers(real_data / "spider/predictions"))
    changed = [sql for sql in texts if "--" not in sql and extract(WRAPS[wrap].replace("{}", sql)) != sql]
    assert set(changed) <= {NO_SQL, TWO}


@pytest.mark.slow
def test_recorded_completions_give_their_sql(real_data: Path) -> None:
    """Over the recorded rollouts the SQL is the file's, with its blanks collapsed; but for two that are no SQL."""
    n, different = 0, set()
    for line in (real_data / "trajectories/trajectories.jsonl").read_text("utf-8").splitlines():
        for candidate in json.loads(line)["candidates"]:
            n += 1
            sql = extract(candidate["raw_text"])
            if " ".join((sql or "").split()) != candidate["sql"].rstrip("; "):
                different.add(candidate["sql"])
    assert n == 4506
    assert different == {NO_SQL, TWO}
