"""Statements of 0.1 to 10 seconds on a generated database of 1 GB, eight answers a question, against the official way.

Which of a question's answers are the same text, and which are right, is as with eight of the twelve published systems on Spider
dev, drawn for each question. A plain script does what the official evaluators do: a fresh connection for each candidate, and
candidate and gold executed in it (tests/benchmarks/plain.py), once in one process, as they come, and once in two. The verdicts of
all candidates must be equal, or nothing is printed.
"""

import csv
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import store
from tests.benchmarks import scaled
from tests.benchmarks.measuring import REAL_DATA, Measured, machine, measure, measure_plain, table, total

QUESTIONS = int(os.environ.get("TEXT2SQL_BENCH_HEAVY", "24"))
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
# {v} differs between the statements of a question: 0 is the gold. A later one takes longer.
_TEMPLATES = (
    "SELECT count(*) FROM orders WHERE id BETWEEN 1000000 AND {v} + 2000000",
    "SELECT sum(price) FROM orders WHERE id > 8000000 AND quantity <> {v}",
    "SELECT count(*) FROM orders WHERE quantity = {v} + 1",
    "SELECT sum(price * quantity) FROM orders WHERE product = 'product ' || {v}",
    "SELECT count(*) FROM orders WHERE day >= '2016-01-0' || ({v} + 1)",
    "SELECT quantity, count(*), avg(price) FROM orders WHERE price > {v} GROUP BY quantity",
    "SELECT count(*) FROM orders WHERE note LIKE '%' || ({v} + 17) || '3%'",
    "SELECT city, count(*) FROM orders AS o JOIN customers AS c ON c.id = customer_id WHERE o.id > 6000000 + {v} GROUP BY 1",
    "SELECT substr(day, 1, 7) AS month, sum(price) FROM orders WHERE quantity <> {v} GROUP BY month ORDER BY month",
    "SELECT product, sum(quantity) AS n FROM orders WHERE price > {v} GROUP BY product ORDER BY n DESC, product LIMIT 10",
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
    right = {
        (int(row["question_index"]), row["system"])
        for row in csv.DictReader((REAL_DATA / "spider/verdicts.csv").open(encoding="utf-8"))
        if row["bird_ex"] in ("1", "True", "true")
    }
    systems = sorted(file.stem for file in (REAL_DATA / "spider/predictions").glob("*.sql"))
    real = scaled.real()
    for number, index in enumerate(chance.sample(range(len(real)), QUESTIONS)):
        template = _TEMPLATES[number % len(_TEMPLATES)]
        gold = template.format(v=0)
        texts = {real[index].gold: gold}
        answers = []
        for which in chance.sample(range(len(systems)), K):
            told = real[index].answers[which]
            if told not in texts:
                sql = gold if (index, systems[which]) in right else template.format(v=len(texts))
                texts[told] = f"{sql} -- {len(texts)}"
            answers.append(texts[told])
        yield gold, answers


def verdicts(folder: Path) -> list[bool]:
    """Of the plain script, in the order of the candidates."""
    return [json.loads(line)["correct"] for line in (folder / "verdicts.jsonl").read_text().splitlines()]


def run() -> list[Measured]:
    """Judge all candidates in the official way and with the store, each with one process and with two."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: the peak that Linux counts for a child begins with that of its parent.
        subprocess.run([sys.executable, "-m", "tests.benchmarks.heavy", folder], check=True)
        databases = folder / "databases"
        measure_plain("prepare", folder)
        measured = []
        for processes in (1, 2):
            plain = measure_plain("evaluate", folder, databases, str(processes))
            lake = folder / f"lake{processes}"
            for words in (
                ["benchmark", "add", folder / "questions.jsonl", "--name", "heavy", "--databases", databases],
                ["import", "jsonl", folder / "rollouts.jsonl", "--benchmark", "heavy", "--run", "run"],
            ):
                measure(words[0], words, lake)
            parts = [
                measure("execute", ["execute", "--processes", str(processes)], lake),
                measure("label", ["label", "--comparator", "bird"], lake),
            ]
            with store.open(lake, create=False) as opened:
                found = opened.sql("SELECT verdict = 'correct' FROM verdicts ORDER BY position, sample").fetchall()
            if [correct for (correct,) in found] != verdicts(folder):
                raise RuntimeError("the verdicts of the store and of the plain script differ")
            label = f"execute and label, {processes} process{'es' * (processes > 1)}"
            measured.append(total(label, parts)._replace(plain_s=plain))
        one_process = measured[0].plain_s
        return [*measured, measured[1]._replace(what="**2 processes, the script with 1 as it comes**", plain_s=one_process)]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        generate(Path(sys.argv[1]))
    else:
        sys.stdout.write(f"{machine()}\n\n{table(run())}\n")
