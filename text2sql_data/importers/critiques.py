"""Critique files: a predicted SQL and what a judge or a person said about it, one an entry."""

import msgspec

from text2sql_data.importers.entries import Entry, EntryError, decode, json_entries
from text2sql_data.importers.model import Answer, Candidate, Critique, Format


class Record(msgspec.Struct):
    """One critique. `question_id` is not used: these files number their own subset of the questions."""

    question: str
    db_id: str | None = None
    predicted: str | None = None
    predicted_parse: str | None = None
    predicted_sql: str | None = None
    judge_explanation: str | None = None
    feedback: str | None = None
    critique: str | None = None
    validator: str | None = None
    prompt: str | None = None


def answer(entry: Entry) -> Answer:
    """One entry: the SQL becomes a candidate, and the critique is about it."""
    record = decode(entry.content, Record)
    sql = record.predicted or record.predicted_parse or record.predicted_sql
    said = (
        ("human", record.feedback),
        ("judge", record.judge_explanation),
        (record.validator or "judge", record.critique),
    )
    critiques = tuple(Critique(validator, text) for validator, text in said if text)
    if not critiques:
        raise EntryError("no critique: expected judge_explanation, feedback or critique")
    candidate = Candidate(0, "answer", 0, sql, prompt=record.prompt, critiques=critiques)
    return Answer([candidate], db_id=record.db_id, question=record.question, samples="next")


FORMAT = Format("critiques", "A predicted SQL and a judge's or a person's critique of it, one an entry.", json_entries, answer)
