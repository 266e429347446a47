"""Repair trajectories (`trajectories.jsonl`): several turns a question, each with its samples."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from text2sql_data.importers.entries import Entry, decode, json_entries
from text2sql_data.importers.model import Answer, Candidate, Format, Parent


class Attempt(msgspec.Struct):
    """One sample of one turn."""

    sql: str | None
    turn: int
    ok: bool | None = None
    correct: bool | None = None
    raw_text: str | None = None
    error: str | None = None
    elapsed_ms: float | None = None
    reward: float | None = None


class Trajectory(msgspec.Struct):
    """All attempts at one question; there are none when its gold failed or it was skipped."""

    question: str
    db_id: str
    candidates: list[Attempt]
    prompt: str | None = None


def answer(entry: Entry) -> Answer:
    """One line. The file holds the prompt of the first turn only; those of the later turns it does not keep."""
    record = decode(entry.content, Trajectory)
    repaired = _repaired(record.candidates)
    seen: Counter[int] = Counter()
    candidates = []
    for attempt in record.candidates:
        prompt = record.prompt if attempt.turn == 1 else None
        candidates.append(
            Candidate(
                seen[attempt.turn], f"turn {attempt.turn}", attempt.turn - 1, attempt.sql or None, attempt.raw_text, prompt,
                attempt.ok, attempt.correct, claimed_ms=attempt.elapsed_ms, claimed_error=attempt.error or None,
                parent=repaired.get(attempt.turn),
            ),
        )  # fmt: skip
        seen[attempt.turn] += 1
    return Answer(candidates, db_id=record.db_id, question=record.question)


def _repaired(attempts: Sequence[Attempt]) -> dict[int, Parent]:
    """By turn, what its samples repair: they share one prompt, about the first of the highest rewards of the turn before.

    A turn without samples leaves the prompt as it was. Where a turn has no rewards, nothing says which of its samples it was.
    """
    turns: dict[int, list[Attempt]] = {}
    for attempt in attempts:
        turns.setdefault(attempt.turn, []).append(attempt)
    parents = {}
    before: Parent | None = None
    for turn in sorted(turns):
        if before is not None:
            parents[turn] = before
        rewards = [attempt.reward for attempt in turns[turn]]
        known = [reward for reward in rewards if reward is not None]
        before = Parent(rewards.index(max(known)), f"turn {turn}") if len(known) == len(rewards) else None
    return parents


FORMAT = Format(
    "trajectories", "Execution-guided repair: turns of samples a question (trajectories.jsonl).", json_entries, answer
)
