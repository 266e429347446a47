"""Writes a learning task: questions made from templates over SQLite databases, in the form of BIRD, by the thousand.

A cell is a wording of a template on a database. Every wording is held out on one database, for `test`: it asks in words that were
learnt on others, for what was learnt of this one in other words. On another database, where there are three, it is in `rollout`
alone; the rest are the cells of `sft`, and further questions of them are in `rollout`. No SQL on a database is in two files: what
the test asks for was never the answer to anything. The same arguments give the same bytes.
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
from text2sql_data.tasks.templates import slots, templates

SPLITS = ("sft", "rollout", "test")
_DATABASES = 2
_TRIES = 100
_LIMITS = Limits(seconds=5, max_rows=1000)


class TaskError(StoreError, ValueError):
    """A task cannot be made as it was asked for."""


class Made(NamedTuple):
    """What was written.

    Attributes:
        files: The question file of each split.
        questions: Questions of each split.
        cells: Wordings on databases of each split.
    """

    files: dict[str, Path]
    questions: dict[str, int]
    cells: dict[str, int]


class Cell(NamedTuple):
    """A wording of a template, by its number, on a database."""

    template: str
    wording: int
    db_id: str


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
    cells = _divided(tables, seed)
    parts = {}
    for split in SPLITS:
        sources = [_questions(split, cell, databases[cell.db_id], tables[cell.db_id], seed) for cell in cells[split]]
        parts[split] = shuffled(seeded("task", seed, split), _drawn(sources, wanted[split]))
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
    counts = {split: len({one["question_id"] for one in found}) for split, found in parts.items()}
    return Made(files, {split: len(found) for split, found in parts.items()}, counts)


def sqlite_files(folder: Path) -> dict[str, Path]:
    """The databases of a folder in the layout of Spider and BIRD, by name.

    Raises:
        TaskError: There is none.
    """
    found = {path.parent.name: path for path in sorted(folder.glob("*/*.sqlite")) if path.stem == path.parent.name}
    if not found:
        raise TaskError(f"{folder} holds no database.", "They are expected as DB_ID/DB_ID.sqlite.")
    return found


def _divided(tables: Mapping[str, Mapping[str, Table]], seed: int) -> dict[str, list[Cell]]:
    """The cells of each split, as far as they can be filled."""
    cells: dict[str, list[Cell]] = {split: [] for split in SPLITS}
    for name, template in templates().items():
        wanted = slots(template.sql)
        rng = seeded("task", seed, name)
        able = [db_id for db_id in shuffled(rng, sorted(tables)) if _able(wanted, tables[db_id], rng)]
        for wording in range(len(template.questions)):
            turned = able[wording % len(able) :] + able[: wording % len(able)] if able else []
            ours = [Cell(name, wording, db_id) for db_id in turned]
            held_out = ours[:1] if len(ours) >= _DATABASES else []
            judged = ours[1:2] if len(ours) > _DATABASES else []
            shown = ours[len(held_out) + len(judged) :]
            for split, found in {"sft": shown, "rollout": judged + shown, "test": held_out}.items():
                cells[split] += found
    return cells


def _able(wanted: frozenset[str], tables: Mapping[str, Table], rng: Random) -> bool:
    return any(fill(wanted, tables, rng) is not None for _ in range(_TRIES))


def _drawn(sources: list[Iterator[Question]], wanted: int) -> list[Question]:
    """Questions, one of each source in turn, as long as there are new ones."""
    found: list[Question] = []
    while sources and len(found) < wanted:
        for source in list(sources):
            question = next(source, None)
            if question is None:
                sources.remove(source)
            elif len(found) < wanted:
                found.append(question)
    return found


def _questions(split: str, cell: Cell, path: Path, tables: Mapping[str, Table], seed: int) -> Iterator[Question]:
    """Different questions of a cell whose SQL has an answer, as they are drawn, until so many draws in a row gave none."""
    template = templates()[cell.template]
    form = template.questions[cell.wording]
    rng = seeded("task", seed, split, *cell)
    connection = open_database(str(path))
    seen: set[str] = set()
    failed = 0
    while failed < _TRIES:
        failed += 1
        filled = fill(slots(template.sql), tables, rng)
        if filled is None:
            continue
        sql = template.sql.format(**filled.sql)
        ours = pick(seeded("task", seed, cell.db_id, sql), SPLITS) == split  # a SQL on a database belongs to one split
        if not ours or sql in seen or not _answered(connection, sql):
            continue
        seen.add(sql)
        failed = 0
        question = form.format(**filled.words)
        yield {
            "question_id": f"{cell.template}.{cell.wording}/{cell.db_id}",
            "db_id": cell.db_id,
            "question": question[:1].upper() + question[1:],
            "evidence": "",
            "SQL": sql,
            "difficulty": template.difficulty,
        }


def _answered(connection: apsw.Connection, sql: str) -> bool:
    outcome = run(connection, sql, _LIMITS)
    return outcome.status == "ok" and bool(outcome.n_rows) and outcome.preview != "[[null]]"
