"""Rollouts for GRPO (`grpo_rollouts.jsonl`): a prompt, its completions with their rewards, and what is known of each.

They are made of the turns of repair trajectories, and become the same candidates. A response is the completion; its SQL is what
the project's own exports say, or what follows `SQL:`. No other SQL is looked for in a response.
"""

import msgspec
from msgspec import UNSET, UnsetType

from text2sql_data.importers.entries import Entry, EntryError, decode, json_entries
from text2sql_data.importers.model import Answer, Format, Generation, Parent, Said
from text2sql_data.importers.trajectories import Attempt, candidates

PREFIX = "SQL:"
"""What a response that is nothing but SQL begins with."""


class Meta(msgspec.Struct):
    """What is known of a completion. `from_sql` says that the response was written from the SQL: no completion is known."""

    turn: int
    ok: bool | None = None
    correct: bool | None = None
    error: str | None = None
    elapsed_ms: float | None = None
    sql: str | UnsetType | None = UNSET
    from_sql: bool = False
    sample: int | None = None
    stage: str | None = None
    parent: Parent | UnsetType | None = UNSET
    prompt: str | UnsetType | None = UNSET
    critiques: list[Said] = []
    generation: Generation | None = None
    step: int | None = None


class Completion(msgspec.Struct):
    """One completion of the prompt."""

    response: str
    meta: Meta
    reward: float | None = None


class Rollouts(msgspec.Struct):
    """All completions for one question."""

    question: str
    db_id: str
    completions: list[Completion]
    prompt: str | None = None
    position: int | None = None


def answer(entry: Entry) -> Answer:
    """One line."""
    record = decode(entry.content, Rollouts)
    found = candidates([_attempt(completion) for completion in record.completions], record.prompt)
    return Answer(found, position=record.position, db_id=record.db_id, question=record.question)


def _attempt(completion: Completion) -> Attempt:
    meta = completion.meta
    if meta.sql is not UNSET:
        sql = meta.sql
    elif completion.response.startswith(PREFIX) or not completion.response.strip():
        sql = completion.response.removeprefix(PREFIX).strip()
    else:
        raise EntryError(f"neither meta.sql nor a response that begins with {PREFIX}: {completion.response[:60]!r}")
    return Attempt(
        sql, meta.turn, meta.ok, meta.correct, None if meta.from_sql else completion.response, meta.error, meta.elapsed_ms,
        completion.reward, meta.sample, meta.stage, meta.parent, meta.prompt, meta.critiques,
        meta.generation, meta.step,
    )  # fmt: skip


FORMAT = Format(
    "grpo", "Rollouts for GRPO: the turns of repair as completions with rewards (grpo_rollouts.jsonl).", json_entries, answer
)
