"""Statements of up to several seconds on a generated database of 1 GB, eight answers a question, against the official way.

Which answers and golds are the same text, and which answers are right, is as with eight of the twelve published systems on
neighbouring questions of Spider dev, which often share their gold. (With eight of them on all questions of Spider dev, the
official way executes 2.83 times as many statements as there are different ones.) A plain script does what the official evaluators
do: a fresh connection for each candidate, and candidate and gold executed in it (tests/benchmarks/plain.py); with one process, as
Spider's does, and with two, as BIRD's can. The verdicts of all candidates must be equal, or nothing is printed. The store's time
is that of `t2s execute` and `t2s label`; adding the benchmark, which takes the sha256 of the database, is not in it.
"""

import csv
import json
import os
import random
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import store
from tests.benchmarks import scaled
from tests.benchmarks.measuring import REAL_DATA, machine, measure, measure_plain, table, total

QUESTIONS = int(os.environ.get("TEXT2SQL_BENCH_HEAVY", "16"))
K = 8
_ORDERS = 9_800_000
_SCRIPT = f"""
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, city TEXT, since INTEGER);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000)
INSERT INTO customers SELECT i, 'customer ' || i, 'city ' || (i * 7919 % 500), 1990 + i % 35 FROM n;
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER, product TEXT, price REAL, quantity INTEGER, day TEXT, note TEXT
);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {_ORDERS})
INSERT INTO orders SELECT i, i * 48271 % 200000 + 1, 'product ' || (i * 16807 % 3000), (i * 69621 % 100000) / 100.0, 1 + i % 9,
    date('2015-01-01', (i * 31 % 3650) || ' days'), 'a note about order ' || i || ' that nobody reads: ' || (i * 40692 % 999983)
FROM n;
"""
# {c} differs between golds; {v} between the statements for one gold, and is 0 in the gold. Some take 0.1 s, some several seconds.
_TEMPLATES = (
    "SELECT count(*) FROM orders WHERE id BETWEEN 1000000 + {c} AND {v} + 3000000",
    "SELECT sum(price) FROM orders WHERE id > 8000000 + {c} AND quantity <> {v}",
    "SELECT count(*) FROM orders WHERE id > {c} AND quantity = {v} + 1",
    "SELECT sum(price * quantity) FROM orders WHERE id > {c} AND product = 'product ' || {v}",
    "SELECT city, sum(price) FROM orders o JOIN customers c ON c.id = customer_id WHERE o.id > 4500000 + {c} + {v} GROUP BY 1",
    "SELECT quantity, count(*), avg(price) FROM orders WHERE id > {c} AND price > {v} GROUP BY quantity",
    "SELECT count(*) FROM orders WHERE id > {c} AND note LIKE '%' || ({v} + 17) || '3%'",
    "SELECT city, count(*) FROM orders o JOIN customers c ON c.id = customer_id WHERE o.id > 6000000 + {c} * 9 + {v} GROUP BY 1",
    "SELECT substr(day, 1, 7) AS month, sum(price) FROM orders WHERE id > {c} AND quantity <> {v} GROUP BY month ORDER BY month",
    "SELECT product, sum(quantity) AS n FROM orders WHERE id > {c} AND price > {v} GROUP BY 1 ORDER BY n DESC, product LIMIT 10",
)


def generate(folder: Path) -> int:
    """Write the database, the questions and their answers; the bytes of the database."""
    database = folder / "databases/shop/shop.sqlite"
    database.parent.mkdir(parents=True)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.executescript(_SCRIPT)
    with (folder / "questions.jsonl").open("w") as questions, (folder / "rollouts.jsonl").open("w") as rollouts:
        for position, (gold, answers) in enumerate(arranged()):
            asked = {"question_id": position, "db_id": "shop", "question": f"Question {position}?", "query": gold}
            questions.write(json.dumps(asked) + "\n")
            for sample, sql in enumerate(answers):
                rollouts.write(json.dumps({"question_id": position, "sample": sample, "pred_sql": sql}) + "\n")
    return database.stat().st_size


def arranged() -> Iterator[tuple[str, list[str]]]:
    """Gold and answers of each question, as equal and as right as those of a real one are."""
    chance = random.Random(0)  # noqa: S311 - the same arrangement every time
    with (REAL_DATA / "spider/verdicts.csv").open(encoding="utf-8") as file:
        right = {(int(row["question_index"]), row["system"]) for row in csv.DictReader(file) if row["bird_ex"] == "1"}
    systems = sorted(file.stem for file in (REAL_DATA / "spider/predictions").glob("*.sql"))
    real = scaled.real()
    golds: dict[tuple[str, str], int] = {}
    texts: dict[tuple[str, str], str] = {}  # by database and what was really written
    for first in chance.sample(range(0, len(real) - 1, 2), QUESTIONS // 2):
        for index in (first, first + 1):
            asked = real[index]
            number = golds.setdefault((asked.db_id, asked.gold), len(golds))
            template = _TEMPLATES[number % len(_TEMPLATES)]
            gold = texts.setdefault((asked.db_id, asked.gold), template.format(c=number, v=0))
            answers = []
            for place, which in enumerate(chance.sample(range(len(systems)), K), 1):
                told = (asked.db_id, asked.answers[which])
                if told not in texts:
                    sql = template.format(c=number, v=0 if (index, systems[which]) in right else place)
                    texts[told] = f"{sql} -- {len(texts)}"
                answers.append(texts[told])
            yield gold, answers


def repetition(questions: Iterable[tuple[str, Sequence[str]]]) -> tuple[int, int]:
    """How many statements the official way executes, and how many different ones there are."""
    listed = list(questions)
    return 2 * sum(len(answers) for _, answers in listed), len({sql for gold, answers in listed for sql in (gold, *answers)})


def verdicts(folder: Path) -> list[bool]:
    """Of the plain script, in the order of the candidates."""
    return [json.loads(line)["correct"] for line in (folder / "verdicts.jsonl").read_text().splitlines()]


def written() -> str:
    """Judge all candidates in the official way and with the store, each with one process and with two."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = generate(folder)
        databases = folder / "databases"
        measure_plain("prepare", folder)
        measured = []
        for processes in (1, 2):
            plain = measure_plain("evaluate", folder, databases, str(processes))
            lake = folder / f"lake{processes}"
            measure("add", ["benchmark", "add", folder / "questions.jsonl", "--name", "heavy", "--databases", databases], lake)
            measure("import", ["import", "jsonl", folder / "rollouts.jsonl", "--benchmark", "heavy", "--run", "run"], lake)
            parts = [
                measure("execute", ["execute", "--processes", str(processes)], lake),
                measure("label", ["label", "--comparator", "bird"], lake),
            ]
            with store.open(lake, create=False) as opened:
                found = opened.sql("SELECT verdict = 'correct', sql FROM verdicts ORDER BY position, sample").fetchall()
                times = opened.sql("SELECT min(elapsed_ms), median(elapsed_ms), max(elapsed_ms) FROM executions").fetchone()
            differ = [sql for (right, sql), said in zip(found, verdicts(folder), strict=True) if right != said]
            if differ:  # it may also be that the script had too little time on a slow machine
                raise RuntimeError(f"the store and the plain script differ about {len(differ)} candidates, such as: {differ[0]}")
            who = f"execute and label, {processes} process{'es' * (processes > 1)}"
            measured.append(total(who, parts)._replace(plain_s=plain))
        one_process = measured[0].plain_s
        rows = [*measured, measured[1]._replace(what="the same with 2 processes, the script with 1", plain_s=one_process)]
        executed, different = repetition(arranged())
        least, middle, most = (value / 1000 for value in times or (0, 0, 0))
        told = (
            f"{QUESTIONS} questions, {len(found)} candidates, a database of {size / 1e9:.2f} GB. The script executes {executed} "
            f"statements, of which {different} are different, {executed / different:.2f} times as many. A statement takes "
            f"{least:.2f} to {most:.1f} s (median {middle:.2f} s). All {len(found)} verdicts are equal."
        )
        return f"{told}\n\n{table(rows)}"


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{written()}\n")
