"""One entry of a file of preference pairs: the published form with `meta`, or what preference trainers read.

`prompt`, `chosen` and `rejected` are texts or lists of messages. A leading `SQL:` belongs to the prompt format and is left out.
"""

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from text2sql_data.importers.entries import Entry, EntryError, decode

_LABEL = re.compile(r"^\s*SQL\s*:\s*", re.IGNORECASE)
_QUERY = re.compile(r"^[\s(]*(?:SELECT|WITH)\b", re.IGNORECASE)
_SYNTHETIC = "synthetic_"
_GOLD = "gold_vs_failed_attempt"
UNKNOWN = "unknown"
"""Type and origin of a pair whose file names no type."""


class Message(msgspec.Struct):
    """One message of a conversation."""

    role: str
    content: str


class Meta(msgspec.Struct):
    """What the execution-guided pipeline says about a pair."""

    pair_type: str | None = None
    db_id: str | None = None
    question: str | None = None
    gold_sql: str | None = None
    chosen_reward: float | None = None
    rejected_reward: float | None = None
    chosen_turn: int | None = None
    rejected_turn: int | None = None
    chosen_cost_flags: dict[str, float] | None = None
    rejected_cost_flags: dict[str, float] | None = None


class Row(msgspec.Struct):
    """One entry."""

    chosen: str | list[Message]
    rejected: str | list[Message]
    prompt: str | list[Message] | None = None
    meta: Meta = msgspec.field(default_factory=Meta)


class Pair(NamedTuple):
    """A pair as a file states it; the fields mean what the columns of `pairs` mean."""

    type: str
    origin: str
    prompt: str | None
    chosen: str
    rejected: str
    db_id: str | None
    question: str | None
    gold_sql: str | None
    chosen_sql: str | None
    rejected_sql: str | None
    chosen_reward: float | None
    rejected_reward: float | None
    chosen_step: int | None
    rejected_step: int | None
    chosen_claimed_ok: bool | None
    rejected_claimed_ok: bool | None


def read(entry: Entry) -> Pair:
    """One entry of a file.

    Raises:
        EntryError: It is not a preference pair; says where in the entry.
    """
    row = decode(entry.content, Row)
    prompt, chosen, rejected = _texts(row)
    meta = row.meta
    type_ = meta.pair_type or UNKNOWN
    _require_margin(meta)
    return Pair(
        type_,
        _origin(type_),
        prompt,
        chosen,
        rejected,
        meta.db_id,
        meta.question,
        meta.gold_sql,
        chosen if _QUERY.match(chosen) else None,
        rejected if _QUERY.match(rejected) else None,
        meta.chosen_reward,
        meta.rejected_reward,
        _step("chosen_turn", meta.chosen_turn),
        _step("rejected_turn", meta.rejected_turn),
        _executable(meta.chosen_cost_flags),
        _executable(meta.rejected_cost_flags),
    )


def _require_margin(meta: Meta) -> None:
    chosen, rejected = meta.chosen_reward, meta.rejected_reward
    if chosen is not None and rejected is not None and chosen <= rejected:
        raise EntryError(f"chosen_reward {chosen:g} is not greater than rejected_reward {rejected:g}")


def _origin(type_: str) -> str:
    if type_.startswith(_SYNTHETIC):
        return "synthetic"
    return {_GOLD: "gold", UNKNOWN: UNKNOWN}.get(type_, "natural")


def _texts(row: Row) -> tuple[str | None, str, str]:
    """Prompt, chosen and rejected as texts; a conversation without `prompt` has it in what both sides share."""
    prompt, chosen, rejected = row.prompt, row.chosen, row.rejected
    if prompt is None and isinstance(chosen, list) and isinstance(rejected, list):
        shared = 0
        while shared < min(len(chosen), len(rejected)) - 1 and chosen[shared] == rejected[shared]:
            shared += 1
        prompt, chosen, rejected = chosen[:shared], chosen[shared:], rejected[shared:]
    return _prompt(prompt), _answer("chosen", chosen), _answer("rejected", rejected)


def _prompt(prompt: str | Sequence[Message] | None) -> str | None:
    """A prompt as text: one message of the user is its content, any other conversation is kept as JSON."""
    if prompt is None or isinstance(prompt, str):
        return prompt
    if not prompt:
        return None
    if len(prompt) == 1 and prompt[0].role == "user":
        return prompt[0].content
    return json.dumps([msgspec.structs.asdict(message) for message in prompt], ensure_ascii=False)


def _answer(side: str, answer: str | Sequence[Message]) -> str:
    if not isinstance(answer, str):
        if len(answer) != 1:
            raise EntryError(f"{side} has {len(answer)} messages; a pair compares one answer with another")
        answer = answer[0].content
    text = _LABEL.sub("", answer).strip()
    if not text:
        raise EntryError(f"{side} is empty")
    return text


def _step(name: str, turn: int | None) -> int | None:
    if turn is None:
        return None
    if not 1 <= turn <= 10_000:  # noqa: PLR2004 - as many as an importer takes
        raise EntryError(f"{name} {turn} is not between 1 and 10000")
    return turn - 1


def _executable(flags: dict[str, float] | None) -> bool | None:
    if flags is None or "executable" not in flags:
        return None
    return flags["executable"] == 1
