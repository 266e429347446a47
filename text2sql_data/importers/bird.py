"""BIRD predictions: a JSON object from the position of the question to `SQL<TAB>----- bird -----<TAB>db_id`."""

from text2sql_data.importers.entries import Entry, EntryError, json_object
from text2sql_data.importers.model import Answer, Candidate, Format

_SEPARATOR = "\t----- bird -----\t"
_MOST_DIGITS = 9


def answer(entry: Entry) -> Answer:
    """One entry of the object; without the separator, the whole value is SQL. An empty one has no SQL."""
    key = entry.key or ""
    if not key.isascii() or not key.isdecimal() or len(key) > _MOST_DIGITS:
        raise EntryError(f"key {key[:80]!r} is not the position of a question")
    if not isinstance(entry.content, str):
        raise EntryError(f"the value of key {key!r} is not text")
    sql, _, db_id = entry.content.partition(_SEPARATOR)
    return Answer([Candidate(0, "answer", 0, sql.strip() or None)], position=int(key), db_id=db_id.strip() or None)


FORMAT = Format("bird", 'BIRD predictions: {"0": "SQL\\t----- bird -----\\tdb_id", ...}.', json_object, answer)
