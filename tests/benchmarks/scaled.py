"""Candidates of any number with the repetition of real ones: the twelve systems on Spider dev, repeated under new questions.

A copy's SQL is marked with its number, so that it is another statement: what is executed grows with the candidates. Results,
errors and verdicts are those of the real SQL, on the real databases.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.measuring import REAL_DATA

K = 12
QUESTIONS = 1034
DATABASES = REAL_DATA / "spider/database"


class Asked(NamedTuple):
    """A question with its gold and twelve answers, without the mark of a copy."""

    db_id: str
    question: str
    gold: str
    answers: tuple[str, ...]


def real() -> list[Asked]:
    """The 1,034 questions of Spider dev, with what twelve published systems answered."""
    asked = json.loads((REAL_DATA / "spider/dev.json").read_text("utf-8"))
    files = sorted((REAL_DATA / "spider/predictions").glob("*.sql"))
    systems = [[line.partition("\t")[0].strip() for line in file.read_text("utf-8").splitlines()] for file in files]
    answers = zip(*systems, strict=True)
    return [Asked(one["db_id"], one["question"], one["query"], told) for one, told in zip(asked, answers, strict=True)]


def marked(sql: str, copy: int) -> str:
    """The same statement as another text; what is empty stays so."""
    return f"/* {copy} */ {sql}" if sql else sql  # in front: SQLite would prepare what follows a statement as another


def copies_of(candidates: int) -> int:
    """How many copies have that many candidates, at least."""
    return -(-candidates // (QUESTIONS * K))


def copied(copies: int) -> Iterator[tuple[int, Asked]]:
    """All questions of all copies with their positions, their SQL marked."""
    asked = real()
    for copy in range(copies):
        for number, one in enumerate(asked):
            answers = tuple(marked(sql, copy) for sql in one.answers)
            yield copy * len(asked) + number, Asked(one.db_id, f"{one.question} ({copy})", marked(one.gold, copy), answers)


def write(folder: Path, copies: int) -> int:
    """Write `questions.jsonl` and `rollouts.jsonl`, a line a candidate; the number of candidates."""
    n = 0
    with (folder / "questions.jsonl").open("w") as questions, (folder / "rollouts.jsonl").open("w") as rollouts:
        for position, one in copied(copies):
            told = {"question_id": position, "db_id": one.db_id, "question": one.question, "query": one.gold}
            questions.write(json.dumps(told) + "\n")
            for sample, sql in enumerate(one.answers):
                rollouts.write(json.dumps({"question_id": position, "sample": sample, "pred_sql": sql}) + "\n")
                n += 1
    return n
