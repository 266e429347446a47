"""The layouts: which file holds the questions, which keys an entry has, and how both are recognised.

One table of aliases serves all layouts; they differ in the key of the gold SQL and in what else an entry must have.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from store.errors import StoreError
from store.ids import JSON
from text2sql_data.benchmarks.entries import Entry, entries, kind
from text2sql_data.benchmarks.model import Question

QUESTION = ("question", "utterance", "nl")
DB_ID = ("db_id", "database_id")
DB_PATH = ("db_path", "database_path", "sqlite_path")
EVIDENCE = ("evidence", "external_knowledge", "hint")
DIFFICULTY = ("difficulty", "hardness")
QUESTION_ID = ("question_id", "id", "instance_id")
GOLD = {"spider": ("query",), "bird": ("SQL",), "generic": ("query", "sql", "SQL", "gold_sql")}
LAYOUTS = tuple(GOLD)

_EXPECTED = f"""a question entry is one of
  spider:  `question`, `query` and `db_id`, with tables.json or database/ beside the file
  bird:    `question`, `evidence`, `db_id` and `SQL`
  generic: {"|".join(QUESTION)}, with {"|".join(DB_ID)} or {"|".join(DB_PATH)},
           and optionally {"|".join(GOLD["generic"])}"""


def question_file(path: Path, questions: str | None) -> Path:
    """The file that holds the questions.

    Args:
        path: That file itself, or the folder that it is in.
        questions: Its name in the folder; without it, dev.json or the only file that holds questions.

    Raises:
        StoreError: There is no such file, or there are several.
    """
    if not path.exists():
        raise StoreError(f"there is no file or folder {path}")
    if not path.is_dir():
        if questions is not None:
            raise StoreError(f"{path} is a file, so there is no {questions} in it", hint="give the folder, or only the file")
        return path
    if questions is not None or (path / "dev.json").is_file():
        file = path / (questions or "dev.json")
        if not file.is_file():
            raise StoreError(f"there is no file {file}", hint=f"question files there: {_listed(_question_files(path))}")
        return file
    files = _question_files(path)
    if len(files) == 1:
        return files[0]
    if files:
        raise StoreError(f"{path} holds several question files: {_listed(files)}", hint=f"choose: --questions {files[0].name}")
    raise StoreError(f"{path} holds no question file (*.json or *.jsonl with questions)", hint=_EXPECTED)


def detect(path: Path, first: Entry) -> str:
    """The layout of a question file, from the keys of its first entry and what lies beside the file.

    Raises:
        StoreError: It is none of the layouts.
    """
    keys = first.value.keys()
    if {"question", "evidence", "db_id"} <= keys and ("SQL" in keys or not keys & set(GOLD["generic"])):
        return "bird"
    beside = path.absolute().parent
    if {"question", "query", "db_id"} <= keys and ((beside / "tables.json").exists() or (beside / "database").is_dir()):
        return "spider"
    if keys & set(QUESTION) and keys & {*DB_ID, *DB_PATH}:
        return "generic"
    raise StoreError(f"{path}, {first.where}: no known layout; its keys are {', '.join(sorted(keys)) or 'none'}", hint=_EXPECTED)


def parse(path: Path, found: Iterable[Entry], layout: str) -> list[Question]:
    """The questions of a file.

    Raises:
        StoreError: An entry lacks a key, or a value is of the wrong kind.
    """
    return [_question(path, entry, position, layout) for position, entry in enumerate(found)]


def _question(path: Path, entry: Entry, position: int, layout: str) -> Question:
    at = f"{path}, {entry.where}"
    question = _text(at, entry.value, QUESTION, agree=True)
    if question is None:
        raise StoreError(f"{at}: no question; expected a string under {_keys(QUESTION)}", hint=_EXPECTED)
    named_path = _text(at, entry.value, DB_PATH)
    db_path = path.absolute().parent / named_path if named_path else None
    db_id = _text(at, entry.value, DB_ID) or (db_path.stem if db_path else None)
    if not db_id:
        raise StoreError(f"{at}: no database; expected a string under {_keys((*DB_ID, *DB_PATH))}")
    if db_id in {".", ".."} or any(character in db_id for character in "/\\\0"):
        raise StoreError(f"{at}: the database name {db_id!r} is refused, for it would lead out of the folder of databases")
    gold = _text(at, entry.value, GOLD[layout], agree=True)
    return Question(
        position=position,
        question_id=_text(at, entry.value, QUESTION_ID, numbers=True),
        db_id=db_id,
        question=question,
        evidence=_text(at, entry.value, EVIDENCE) or "",
        difficulty=_text(at, entry.value, DIFFICULTY, numbers=True),
        gold_sql=gold if gold and gold.strip() else None,
        db_path=db_path,
    )


def _text(at: str, value: dict[str, JSON], keys: Sequence[str], *, numbers: bool = False, agree: bool = False) -> str | None:
    """The text under the first of the keys that has one; with `agree`, no later key may have another."""
    texts: dict[str, str] = {}
    wrong: tuple[str, JSON] | None = None
    for key in keys:
        item = value.get(key)
        if numbers and isinstance(item, int) and not isinstance(item, bool):
            item = str(item)
        if isinstance(item, str):
            texts[key] = item
        elif item is not None:
            wrong = wrong or (key, item)
    if wrong and not texts:  # Spider's dev.json has its SQL under `query` and a parse tree under `sql`
        expected = "a string or an integer" if numbers else "a string"
        raise StoreError(f"{at}: `{wrong[0]}` is {kind(wrong[1])}, expected {expected}")
    if agree and len(set(texts.values())) > 1:
        raise StoreError(f"{at}: {_keys(tuple(texts))} differ, and nothing says which one is meant", hint="keep one of the keys")
    for key, text in texts.items():
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise StoreError(f"{at}: `{key}` has half of a surrogate pair in it, which is not text")
    return next(iter(texts.values()), None)


def _question_files(folder: Path) -> list[Path]:
    candidates = (file for file in sorted(folder.iterdir()) if file.suffix in {".json", ".jsonl", ".ndjson"})
    return [file for file in candidates if not file.name.endswith("tables.json") and _has_questions(file)]


def _has_questions(file: Path) -> bool:
    try:
        return bool(next(entries(file)).value.keys() & set(QUESTION))
    except (StoreError, StopIteration):
        return False


def _listed(files: list[Path]) -> str:
    return ", ".join(file.name for file in files) or "none"


def _keys(keys: Sequence[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)
