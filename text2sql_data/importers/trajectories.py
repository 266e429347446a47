"""Repair trajectories (`trajectories.jsonl`): several turns a question, each with its samples."""

from collections import Counter

import msgspec

from text2sql_data.importers.entries import Entry, decode, json_entries
from text2sql_data.importers.model import Answer, Candidate, Format


class Attempt(msgspec.Struct):
    """One sample of one turn."""

    sql: str | None
    turn: int
    ok: bool | None = None
    correct: bool | None = None
    raw_text: str | None = None


class Trajectory(msgspec.Struct):
    """All attempts at one question; there are none when its gold failed or it was skipped."""

    question: str
    db_id: str
    candidates: list[Attempt]
    prompt: str | None = None


def answer(entry: Entry) -> Answer:
    """One line. The file holds the prompt of the first turn only; those of the later turns it does not keep."""
    record = decode(entry.content, Trajectory)
    seen: Counter[int] = Counter()
    candidates = []
    for attempt in record.candidates:
        prompt = record.prompt if attempt.turn == 1 else None
        candidates.append(
            Candidate(
                seen[attempt.turn], f"turn {attempt.turn}", attempt.turn - 1, attempt.sql or None, attempt.raw_text, prompt,
                attempt.ok, attempt.correct,
            ),
        )  # fmt: skip
        seen[attempt.turn] += 1
    return Answer(candidates, db_id=record.db_id, question=record.question)


FORMAT = Format(
    "trajectories", "Execution-guided repair: turns of samples a question (trajectories.jsonl).", json_entries, answer
)
