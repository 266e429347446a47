"""Any JSON lines or JSON list with one question, or one candidate, an entry, under the usual names."""

import msgspec

from text2sql_data.importers.entries import Entry, EntryError, decode, json_entries
from text2sql_data.importers.model import Answer, Candidate, Format

_SQL = ("pred_sql", "predicted_sql", "predicted", "prediction", "pred", "sql", "SQL", "query")
_LISTS = ("pred_sqls", "predicted_sqls", "predictions", "candidates", "sqls")
_QUESTION_ID = ("question_id", "instance_id", "id")
_QUESTION = ("question", "utterance", "nl")
_DB_ID = ("db_id", "database_id", "db")


def answer(entry: Entry) -> Answer:
    """One entry: a single SQL (with an optional `sample`) or a list of K; a list item is SQL or an object with SQL."""
    record = decode(entry.content, dict[str, object])
    name = next((name for name in _LISTS if isinstance(record.get(name), list)), None)
    items = record[name] if name else [record]
    if not isinstance(items, list):
        raise EntryError(f"{name} is not a list")
    first = record.get("sample", 0) if name is None else 0
    if not isinstance(first, int) or isinstance(first, bool):
        raise EntryError(f"sample is {first!r}, not a whole number")
    candidates = [_candidate(first + index, item) for index, item in enumerate(items)]
    position = record.get("position")
    if position is not None and (not isinstance(position, int) or isinstance(position, bool)):
        raise EntryError(f"position is {position!r}, not a whole number")
    return Answer(
        candidates,
        position=position,
        question_id=_text(record, _QUESTION_ID),
        db_id=_text(record, _DB_ID),
        question=_text(record, _QUESTION),
        samples="all" if name else "given" if "sample" in record else "next",
    )


def _candidate(sample: int, item: object) -> Candidate:
    if item is None or isinstance(item, str):
        return Candidate(sample, "answer", 0, item.strip() or None if item else None)
    if not isinstance(item, dict):
        raise EntryError(f"candidate {sample} is neither SQL nor an object")
    if not any(name in item for name in _SQL):
        raise EntryError(f"no SQL: expected one of {', '.join(_SQL)}, or a list under one of {', '.join(_LISTS)}")
    # The first name that is there decides, also when it holds null: the next one may be the gold.
    sql, correct = _text(item, (next(name for name in _SQL if name in item),)), item.get("correct")
    return Candidate(
        sample,
        "answer",
        0,
        sql.strip() or None if sql else None,
        _text(item, ("completion", "response", "raw_text", "content")),
        _text(item, ("prompt",)),
        correct=correct if isinstance(correct, bool) else None,
    )


def _text(record: dict[str, object], names: tuple[str, ...]) -> str | None:
    """The first of the names that has a value; a whole number is taken as text, as ids are written both ways."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is not None:
            raise EntryError(f"{name} is {msgspec.json.encode(value).decode()[:60]}, not text")
    return None


FORMAT = Format("jsonl", "JSON lines or a JSON list: question_id or question, and one SQL or a list of K.", json_entries, answer)
