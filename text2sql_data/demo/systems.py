"""Two invented Text-to-SQL systems and their candidates: an error model over the AST of the gold SQL.

Whether a sample is right depends on the system, on the difficulty of the question and on how hard that one question
is, which all systems share. A wrong sample often makes the question's favourite mistake, so that wrong answers agree
with each other and a majority is not trivially right. No result is looked at: some mistakes turn out to change nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sqlglot import exp

from text2sql_data.demo.mistakes import MISTAKES, cut_off, misspelt_column, wrong_table
from text2sql_data.demo.rewrites import REWRITES
from text2sql_data.draws import chance, pick, seeded, shuffled
from text2sql_data.sql_ast.syntax import Columns, Mutation, applied, parsed, rendered

K = 8
EXECUTABLE_MISTAKES = tuple(mistake for mistake in MISTAKES if mistake not in {misspelt_column, wrong_table})
"""Mistakes that a system can be fond of, because the query still runs."""
SPREAD = 0.6
"""How far the hardness of one question moves the chance of a right answer, up or down."""
PLAIN_SQL, LAID_OUT, SEMICOLON, TWO_MISTAKES, CORRECTION = 0.35, 0.2, 0.3, 0.12, 0.5
"""Chances: no rewrite; several lines; a final semicolon; a second mistake; answering better than a flawed gold."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the demo; `better` is the SQL that a flawed gold should have been."""

    question_id: int
    db_id: str
    question: str
    evidence: str
    sql: str
    difficulty: str
    better: str | None


@dataclass(frozen=True, slots=True)
class System:
    """An invented system: chance of a right sample by difficulty, and what its wrong samples are like."""

    name: str
    skill: Mapping[str, float]
    favourite: float
    """Share of wrong samples that make the question's favourite mistake."""
    cut_off: float
    """Share of wrong samples that break off and do not parse."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One candidate and the names of the mistakes in it, none when it was meant to be right."""

    sql: str
    mistakes: tuple[str, ...]


SMALL = System("small", {"simple": 0.58, "moderate": 0.34, "challenging": 0.2}, favourite=0.7, cut_off=0.08)
LARGE = System("large", {"simple": 0.8, "moderate": 0.6, "challenging": 0.42}, favourite=0.9, cut_off=0.02)
PLANNER = System("planner", {"simple": 0.66, "moderate": 0.48, "challenging": 0.28}, favourite=0.5, cut_off=0.2)
FIXER = System("fixer", {"simple": 0.74, "moderate": 0.58, "challenging": 0.38}, favourite=0.5, cut_off=0.02)


def read_questions(questions: str, corrections: str) -> list[Question]:
    """The questions in the order of the file, from the JSON text of the questions and of the corrected golds."""
    better: dict[str, str] = json.loads(corrections)
    return [
        Question(
            question_id=entry["question_id"],
            db_id=entry["db_id"],
            question=entry["question"],
            evidence=entry["evidence"],
            sql=entry["SQL"],
            difficulty=entry["difficulty"],
            better=better.get(str(entry["question_id"])),
        )
        for entry in json.loads(questions)
    ]


def candidates(system: System, question: Question, columns: Columns) -> list[Sample]:
    """The K samples of a system for a question."""
    return [sample(system, question, number, columns) for number in range(K)]


def sample(system: System, question: Question, number: int, columns: Columns) -> Sample:
    """One sample. The same arguments give the same text wherever sqlglot renders trees the same way."""
    rng = seeded("sample", system.name, question.question_id, number)
    tree = parsed(question.better if question.better and chance(rng, CORRECTION) else question.sql)
    names: tuple[str, ...] = ()
    if not chance(rng, _chance_of_right(system, question)):
        tree, names = _mistaken(system, question, tree, rng, columns)
    for _ in range(0 if chance(rng, PLAIN_SQL) else 1 + int(chance(rng, 0.4))):
        tree = applied(pick(rng, REWRITES), tree, rng, columns) or tree
    sql = rendered(tree, pretty=chance(rng, LAID_OUT))
    if names and chance(rng, system.cut_off):
        return Sample(cut_off(sql, rng), (*names, cut_off.__name__))
    return Sample(f"{sql};" if chance(rng, SEMICOLON) else sql, names)


def _chance_of_right(system: System, question: Question) -> float:
    shared = seeded("hardness", question.question_id).random()
    own = seeded("hardness", question.question_id, system.name).random()
    return system.skill[question.difficulty] + SPREAD * (1 - 2 * (0.75 * shared + 0.25 * own))


def _mistaken(
    system: System, question: Question, tree: exp.Expr, rng: Random, columns: Columns
) -> tuple[exp.Expr, tuple[str, ...]]:
    """A tree with the favourite mistake of the question or with one or two others."""
    if chance(rng, system.favourite):
        # Every sample draws from the same seed here: the mistake is the same down to the column.
        fond = seeded("favourite", question.question_id)
        tree, names = _first(shuffled(fond, EXECUTABLE_MISTAKES), tree, fond, columns)
    else:
        tree, names = _first(shuffled(rng, MISTAKES), tree, rng, columns)
    if chance(rng, TWO_MISTAKES):
        tree, more = _first(shuffled(rng, MISTAKES), tree, rng, columns)
        names += more
    return tree, names


def _first(mutations: Sequence[Mutation], tree: exp.Expr, rng: Random, columns: Columns) -> tuple[exp.Expr, tuple[str, ...]]:
    """The tree changed by the first mutation that applies, with its name."""
    for mutation in mutations:
        changed = applied(mutation, tree, rng, columns)
        if changed is not None:
            return changed, (mutation.__name__,)
    return tree, ()
