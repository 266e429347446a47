"""Repair trajectories (`trajectories.jsonl`): several turns a question, each with its samples.

`Attempt` and `candidates` also serve the rollouts for GRPO that are made of the same turns.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from text2sql_data.importers.entries import Entry, EntryError, decode, json_entries
from text2sql_data.importers.model import Answer, Candidate, Format, Generation, Parent, Said


class Attempt(msgspec.Struct):
    """One sample of one turn.

    What seed files leave to their order, the project's own exports say: `sample`, `stage`, `parent` and `prompt`.
    """

    sql: str | None
    turn: int
    ok: bool | None = None
    correct: bool | None = None
    raw_text: str | None = None
    error: str | None = None
    elapsed_ms: float | None = None
    reward: float | None = None
    sample: int | None = None
    stage: str | None = None
    parent: Parent | UnsetType | None = UNSET
    prompt: str | UnsetType | None = UNSET
    critiques: list[Said] = []
    generation: Generation | None = None
    step: int | None = None


class Trajectory(msgspec.Struct):
    """All attempts at one question; there are none when its gold failed or it was skipped."""

    question: str
    db_id: str
    candidates: list[Attempt]
    prompt: str | None = None
    position: int | None = None


def answer(entry: Entry) -> Answer:
    """One line. A file that says no prompts of single attempts holds the prompt of the first turn only."""
    record = decode(entry.content, Trajectory)
    found = candidates(record.candidates, record.prompt)
    return Answer(found, position=record.position, db_id=record.db_id, question=record.question)


def candidates(attempts: Sequence[Attempt], prompt: str | None) -> list[Candidate]:
    """The candidates of all turns of a question.

    Args:
        attempts: Its attempts, in the order of the file.
        prompt: The prompt of the first turn.

    Raises:
        EntryError: A sample of a stage is there twice.
    """
    repaired = _repaired(attempts)
    seen: Counter[int] = Counter()
    found = []
    for attempt in attempts:
        first_prompt = prompt if attempt.turn == 1 else None
        found.append(
            Candidate(
                sample=seen[attempt.turn] if attempt.sample is None else attempt.sample,
                stage=attempt.stage or f"turn {attempt.turn}",
                step=attempt.turn - 1 if attempt.step is None else attempt.step,
                sql=attempt.sql or None,
                completion=attempt.raw_text,
                prompt=first_prompt if attempt.prompt is UNSET else attempt.prompt,
                claimed_ok=attempt.ok,
                correct=attempt.correct,
                critiques=tuple(said.critique() for said in attempt.critiques),
                claimed_ms=attempt.elapsed_ms,
                claimed_error=attempt.error or None,
                parent=repaired.get(attempt.turn) if attempt.parent is UNSET else attempt.parent,
                generation=attempt.generation,
            ),
        )
        seen[attempt.turn] += 1
    if len({(candidate.sample, candidate.stage) for candidate in found}) < len(found):
        raise EntryError("a sample of a stage is there twice")
    return found


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
