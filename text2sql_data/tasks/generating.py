"""Writes a learning task: questions made from templates over SQLite databases, in the form of BIRD, by the thousand.

A cell is a template on a database. Every template is held out on one database, for the test: it asks what was never asked of
that database, in words that were learnt on others. The other cells give the questions to learn from, in two disjoint parts:
`sft`, whose golds are shown, and `rollout`, whose golds only judge. The same arguments give the same bytes.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import NamedTuple

import apsw

from store import StoreError
from text2sql_data.draws import pick, seeded, shuffled
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.sandbox import open_database, run
from text2sql_data.tasks.slots import Table, fill, read
from text2sql_data.tasks.templates import Template, slots, templates

SPLITS = ("sft", "rollout", "test")
_DATABASES = 2
_TRIES = 60
_LIMITS = Limits(seconds=5, max_rows=1000)


class TaskError(StoreError, ValueError):
    """A task cannot be made as it was asked for."""


class Made(NamedTuple):
    """What was written.

    Attributes:
        files: The question file of each split.
        questions: Questions of each split.
        cells: Pairs of a template and a database of each split.
    """

    files: dict[str, Path]
    questions: dict[str, int]
    cells: dict[str, int]


Cell = tuple[str, str]
"""A template and a database."""

Question = dict[str, str]
"""A question with its gold, with the keys of BIRD."""


def generate(folder: Path, databases: Mapping[str, Path], wanted: Mapping[str, int], *, seed: int = 0) -> Made:
    """Write `sft.json`, `rollout.json` and `test.json` into a folder.

    Args:
        folder: Where; it is made if need be.
        databases: SQLite files by name, at least two.
        wanted: Questions of each split.
        seed: Draws which cells are held out, and what fills the slots.

    Raises:
        TaskError: There are too few databases, or fewer different questions about them than are wanted.
        UnreadableDatabaseError: SQLite cannot read a database.
    """
    if len(databases) < _DATABASES:
        raise TaskError("A template is held out on one database, so there have to be two.", "Give a folder with more databases.")
    tables = {db_id: read(path) for db_id, path in databases.items()}
    learnt, held_out = _divided(tables, seed)
    asked: set[str] = set()
    known = _drawn(learnt, databases, tables, wanted["sft"] + wanted["rollout"], asked, seed)
    known = shuffled(seeded("task", seed), known)
    parts = {
        "sft": known[: wanted["sft"]],
        "rollout": known[wanted["sft"] :],
        "test": _drawn(held_out, databases, tables, wanted["test"], asked, seed),
    }
    for split, found in parts.items():
        if len(found) < wanted[split]:
            raise TaskError(
                f"There are only {len(found):,} different questions for {split}, and {wanted[split]:,} are wanted.",
                "Ask for fewer, or give databases with more columns of few different texts, of numbers, and with foreign keys.",
            )
    folder.mkdir(parents=True, exist_ok=True)
    files = {split: folder / f"{split}.json" for split in SPLITS}
    for split, file in files.items():
        rows = [one | {"question_id": f"{one['question_id']}/{place}"} for place, one in enumerate(parts[split])]
        file.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n")
    cells = {split: len({one["question_id"] for one in found}) for split, found in parts.items()}
    return Made(files, {split: len(found) for split, found in parts.items()}, cells)


def sqlite_files(folder: Path) -> dict[str, Path]:
    """The databases of a folder in the layout of Spider and BIRD, by name.

    Raises:
        TaskError: There is none.
    """
    found = {path.parent.name: path for path in sorted(folder.glob("*/*.sqlite")) if path.stem == path.parent.name}
    if not found:
        raise TaskError(f"{folder} holds no database.", "They are expected as DB_ID/DB_ID.sqlite.")
    return found


def _divided(tables: Mapping[str, Mapping[str, Table]], seed: int) -> tuple[list[Cell], list[Cell]]:
    """The cells that can be filled: those to learn from, and one of each template that is held out where there are two."""
    learnt: list[Cell] = []
    held_out: list[Cell] = []
    for name, template in templates().items():
        wanted = slots(template.sql)
        rng = seeded("task", seed, name)
        able = [(name, db_id) for db_id in shuffled(rng, sorted(tables)) if _able(wanted, tables[db_id], rng)]
        learnt += able[1:]
        held_out += able[:1] if able[1:] else []
    return learnt, held_out


def _able(wanted: frozenset[str], tables: Mapping[str, Table], rng: Random) -> bool:
    return any(fill(wanted, tables, rng) is not None for _ in range(_TRIES))


def _drawn(
    cells: list[Cell],
    databases: Mapping[str, Path],
    tables: Mapping[str, Mapping[str, Table]],
    wanted: int,
    asked: set[str],
    seed: int,
) -> list[Question]:
    """Questions, one of each cell in turn, as long as there are new ones."""
    sources = [_questions(cell, databases[cell[1]], tables[cell[1]], asked, seed) for cell in cells]
    found: list[Question] = []
    while sources and len(found) < wanted:
        for source in list(sources):
            question = next(source, None)
            if question is None:
                sources.remove(source)
            elif len(found) < wanted:
                found.append(question)
    return found


def _questions(cell: Cell, path: Path, tables: Mapping[str, Table], asked: set[str], seed: int) -> Iterator[Question]:
    """New questions of a cell whose SQL has an answer, until so many draws in a row gave none."""
    name, db_id = cell
    template: Template = templates()[name]
    rng = seeded("task", seed, name, db_id)
    connection = open_database(str(path))
    failed = 0
    while failed < _TRIES:
        failed += 1
        filled = fill(slots(template.sql), tables, rng)
        form = pick(rng, template.questions)
        if filled is None:
            continue
        question, sql = form.format(**filled.words), template.sql.format(**filled.sql)
        if question.lower() in asked or not _answered(connection, sql):
            continue
        asked.add(question.lower())
        failed = 0
        yield {
            "question_id": f"{name}/{db_id}",
            "db_id": db_id,
            "question": question[:1].upper() + question[1:],
            "evidence": "",
            "SQL": sql,
            "difficulty": template.difficulty,
        }


def _answered(connection: apsw.Connection, sql: str) -> bool:
    outcome = run(connection, sql, _LIMITS)
    return outcome.status == "ok" and bool(outcome.n_rows) and outcome.preview != "[[null]]"
