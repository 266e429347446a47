"""Reads another revision of the gold SQL for questions that are already known.

Three forms: a line `SQL<TAB>db_id` for each question in order, a JSON list in the form of a question file, and a JSON
object from question id or position to SQL. None is attached by guess: what fits no question, or several, is an error.
"""

import codecs
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path

from store.errors import StoreError
from store.ids import JSON
from text2sql_data.benchmarks.entries import decode, entries, kind, load_json
from text2sql_data.benchmarks.layouts import parse
from text2sql_data.benchmarks.model import Question

_BIRD_SEPARATOR = "\t----- bird -----\t"
_N_EXAMPLES = 5


def read_golds(path: Path, questions: Sequence[Question], *, ignore_unmatched: bool = False) -> list[tuple[int, str]]:
    """The golds of a file, each with the position of its question.

    Args:
        path: JSON (.json, .jsonl, .ndjson), or lines of SQL (any other suffix).
        questions: The questions, in order. Lines must be as many as they are. Entries of a JSON list go by place when
            they are as many and ask the same; otherwise by question id, or else by database and question, where that
            names one question and one gold (repetitions of the same count as one). Keys of a JSON object are question
            ids, or positions when all of them can be positions and not all can be ids.
        ignore_unmatched: Leave out entries that fit no question, as when a file covers more than these questions.

    Returns:
        (position, SQL) in the order of the positions; questions for which the file has no gold are not in it.

    Raises:
        StoreError: The file cannot be read, names another database than the question, or has golds that fit none.
    """
    if path.suffix not in {".json", ".jsonl", ".ndjson"}:
        return _from_lines(path, questions)
    value = load_json(path) if path.suffix == ".json" else None
    if isinstance(value, dict):
        matched, unmatched = _from_object(path, value, questions)
    else:
        matched, unmatched = _from_list(path, questions)
    if unmatched and not ignore_unmatched:
        raise StoreError(
            f"{path}: {len(unmatched)} golds fit no question, or more than one: {'; '.join(unmatched[:_N_EXAMPLES])}",
            hint="check that the file belongs to this benchmark revision, or leave such golds out on purpose",
        )
    golds: dict[int, str] = {}
    for position, sql in matched:
        if golds.setdefault(position, sql) != sql:
            raise StoreError(f"{path}: two different golds fit the question at position {position}")
    return sorted(golds.items())


def _from_lines(path: Path, questions: Sequence[Question]) -> list[tuple[int, str]]:
    try:
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    lines = decode(path, data, 1).removesuffix("\n").split("\n")
    if len(lines) != len(questions):
        raise StoreError(
            f"{path} has {len(lines)} lines for {len(questions)} questions",
            hint="a file of SQL lines has the gold of each question in its place; JSON can cover some of them",
        )
    golds = []
    for number, (question, line) in enumerate(zip(questions, lines, strict=True), 1):
        at = f"{path}, line {number}"
        sql, tab, name = line.removesuffix("\r").rpartition("\t")
        if not tab or len(name.split()) > 1:  # the tab, if any, is one within the SQL
            sql, name = line.removesuffix("\r"), question.db_id
        golds.append((question.position, _checked(at, sql, name.strip(), question)))
    return golds


def _from_object(path: Path, value: Mapping[str, JSON], questions: Sequence[Question]) -> tuple[list[tuple[int, str]], list[str]]:
    by_id = _grouped(questions, lambda question: question.question_id)
    by_position: dict[Hashable, list[Question]] = {str(question.position): [question] for question in questions}
    are_positions = value.keys() <= by_position.keys() and not value.keys() <= by_id.keys()
    named = by_position if are_positions or not by_id else by_id
    matched, unmatched = [], []
    for key, sql in value.items():
        at = f"{path}, key {key!r}"
        if not isinstance(sql, str):
            raise StoreError(f"{at}: expected SQL as a string, found {kind(sql)}")
        same = named.get(key, [])
        text, _, db_id = sql.partition(_BIRD_SEPARATOR)
        if _are_one(same):
            matched += [(one.position, _checked(at, text, db_id.strip() or one.db_id, one)) for one in same]
        else:
            unmatched.append(f"key {key!r}")
    return matched, unmatched


def _from_list(path: Path, questions: Sequence[Question]) -> tuple[list[tuple[int, str]], list[str]]:
    items = parse(path, entries(path), "generic")
    with_gold = [(item, item.gold_sql) for item in items if item.gold_sql is not None]
    if list(map(_asked, items)) == list(map(_asked, questions)):
        return [(questions[item.position].position, sql) for item, sql in with_gold], []
    keys: tuple[Callable[[Question], Hashable], ...] = (lambda question: question.question_id, _asked)
    known = [(key, _grouped(questions, key), _grouped(items, key)) for key in keys]
    matched, unmatched, reworded, by_id = [], [], [], 0
    for item, sql in with_gold:
        at = f"{path}, entry {item.position + 1}"
        for key, of_benchmark, of_file in known:
            same = of_benchmark.get(key(item), [])
            if _are_one(same) and len({other.gold_sql for other in of_file[key(item)]}) == 1:
                matched += [(one.position, _checked(at, sql, item.db_id, one)) for one in same]
                by_id += key is not _asked
                if same[0].question.strip() != item.question.strip():
                    reworded.append(f"entry {item.position + 1}")
                break
        else:
            unmatched.append(f"entry {item.position + 1} ({item.question[:80]!r})")
    if len(reworded) * 2 > by_id:  # a few questions may be reworded; if most are, the ids number something else
        raise StoreError(
            f"{path}: {len(reworded)} of {by_id} entries ask something else than the question with their id, "
            f"such as {reworded[0]}"
        )
    return matched, unmatched


def _grouped(questions: Iterable[Question], key: Callable[[Question], Hashable]) -> dict[Hashable, list[Question]]:
    groups: dict[Hashable, list[Question]] = defaultdict(list)
    for question in questions:
        if key(question) is not None:
            groups[key(question)].append(question)
    return dict(groups)


def _asked(question: Question) -> tuple[str, str]:
    return question.db_id, question.question.strip()


def _are_one(questions: Sequence[Question]) -> bool:
    """Whether these are one question, though perhaps repeated."""
    return len(set(map(_asked, questions))) == 1


def _checked(at: str, sql: str, db_id: str, question: Question) -> str:
    if db_id != question.db_id:
        raise StoreError(
            f"{at}: is for the database {db_id!r}, but the question at position {question.position} is about {question.db_id!r}"
        )
    if not sql.strip():
        raise StoreError(f"{at}: there is no SQL")
    return sql
