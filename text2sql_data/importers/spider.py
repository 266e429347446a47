"""Spider prediction lines: one SQL a line in the order of the questions; a tab and the db_id may follow."""

from collections.abc import Iterator
from pathlib import Path

from text2sql_data.importers.entries import Entry, EntryError, Reader, text_lines
from text2sql_data.importers.model import Answer, Candidate, Format


def entries(reader: Reader, path: Path) -> Iterator[Entry]:  # noqa: ARG001 - the signature of every format
    """The lines."""
    return text_lines(reader)


def answer(entry: Entry) -> Answer:
    """One line; an empty one is an answer without SQL."""
    content = entry.content
    if not isinstance(content, bytes):
        raise TypeError(content)
    try:
        line = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EntryError(f"not UTF-8: {error.reason} at byte {error.start}") from error
    sql, tab, db_id = line.rpartition("\t")
    # A tab inside the SQL is only white space: what follows the last one is a db_id if it looks like one.
    if not tab or not db_id.strip() or " " in db_id.strip():
        sql, db_id = line, ""
    return Answer([Candidate(0, "answer", 0, sql.strip() or None)], position=entry.place - 1, db_id=db_id.strip() or None)


FORMAT = Format("spider", "Spider predictions: one SQL a line, in the order of the questions.", entries, answer, ordered=True)
