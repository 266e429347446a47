"""K answers a question in the order of the questions, without ids, as OmniSQL, CSC-SQL and Arctic-Text2SQL write them."""

import msgspec

from text2sql_data.importers.entries import Entry, EntryError, decode, json_entries
from text2sql_data.importers.model import Answer, Candidate, Format


class Record(msgspec.Struct):
    """One question: `pred_sqls` holds K SQL, `responses` the raw completions they were taken from."""

    pred_sqls: list[str | None]
    responses: list[str | None] | None = None
    db_id: str | None = None
    input_seq: str | None = None


def answer(entry: Entry) -> Answer:
    """One entry of the list. `input_seq` may be the question or a whole prompt, so it is kept as the prompt."""
    record = decode(entry.content, Record)
    completions = record.responses or [None] * len(record.pred_sqls)
    if len(completions) != len(record.pred_sqls):
        raise EntryError(f"{len(record.pred_sqls)} pred_sqls beside {len(completions)} responses")
    candidates = [
        Candidate(sample, "answer", 0, sql.strip() or None if sql else None, completion, record.input_seq)
        for sample, (sql, completion) in enumerate(zip(record.pred_sqls, completions, strict=True))
    ]
    return Answer(candidates, position=entry.place - 1, db_id=record.db_id)


FORMAT = Format(
    "k-lists",
    "K SQL a question in the order of the questions (OmniSQL, CSC-SQL, Arctic).",
    json_entries,
    answer,
    ordered=True,
)
