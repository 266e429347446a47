"""Reads a benchmark: its questions, the databases that they need, and what about them is worth reporting."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import chain
from pathlib import Path

from store.errors import StoreError
from text2sql_data.benchmarks.databases import find_databases, source
from text2sql_data.benchmarks.entries import entries
from text2sql_data.benchmarks.layouts import LAYOUTS, detect, parse, question_file
from text2sql_data.benchmarks.model import Benchmark, Note, Question

_N_EXAMPLES = 10


def read(
    path: Path,
    *,
    databases: Path | str | None = None,
    layout: str | None = None,
    questions: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Benchmark:
    """Reads a benchmark from its files.

    Args:
        path: A question file (JSON list or JSON lines), or the folder that it is in.
        databases: The folder of databases, or its address in an object store as a text such as s3://bucket/folder; without it,
            what lies beside the question file is searched.
        layout: spider, bird or generic; without it, it is recognised.
        questions: Name of the question file in the folder; without it dev.json, or the only one there.
        progress: Called with the number of databases that are done and their total.

    Returns:
        The benchmark. Questions keep the order of the file and are told apart by their position: repeated ids and
        repeated questions stay, and the notes report them. A database that is missing or unreadable has a reason.

    Raises:
        StoreError: The question file cannot be found or read, or an entry in it is not a question.
    """
    if layout is not None and layout not in LAYOUTS:
        raise StoreError(f"there is no layout {layout!r}", hint=f"known layouts: {', '.join(LAYOUTS)}")
    file = question_file(path, questions)
    found = entries(file)
    first = next(found, None)
    if first is None:
        raise StoreError(f"{file} holds no questions")
    layout = layout or detect(file, first)
    asked = parse(file, chain([first], found), layout)
    where = find_databases(file, asked, databases, progress)
    return Benchmark(
        layout=layout,
        questions=asked,
        databases=where.databases,
        sources=[source(file), *where.files],
        notes=_notes(asked) + where.notes,
    )


def _notes(questions: Sequence[Question]) -> list[Note]:
    ids: dict[Hashable, list[Question]] = defaultdict(list)
    texts: dict[Hashable, list[Question]] = defaultdict(list)
    for question in questions:
        if question.question_id is not None:
            ids[question.question_id].append(question)
        texts[question.db_id, question.question].append(question)
    repeated = [same for same in texts.values() if len(same) > 1]
    without_gold = [question for question in questions if question.gold_sql is None]
    notes = [
        _note("repeated_question_id", (f"{id_}: {_at(same)}" for id_, same in ids.items() if len(same) > 1)),
        _note("repeated_question", (f"{same[0].question!r}: {_at(same)}" for same in repeated)),
        _note(
            "gold_differs_for_repeated_question",
            (f"{same[0].question!r}: {_at(same)}" for same in repeated if len({one.gold_sql for one in same}) > 1),
        ),
        _note("question_without_gold", (_at([question]) for question in without_gold)),
    ]
    return [note for note in notes if note.count]


def _note(kind: str, items: Iterable[str]) -> Note:
    listed = list(items)
    return Note(kind, len(listed), listed[:_N_EXAMPLES])


def _at(questions: Sequence[Question]) -> str:
    positions = ", ".join(str(question.position) for question in questions)
    return f"position{'s' if len(questions) > 1 else ''} {positions}"
