"""What a model said of the candidates in one prompt: rows of the table `judgements`, and finding those that are there.

The same selector judges the same prompt once, however often, and for however many draws, it comes up.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import NamedTuple
from uuid import UUID

from store import Lake
from store.ids import JSON, canonical_json, content_id
from text2sql_data.rollouts.clients.model import Request

_SQL = files("text2sql_data.selection.language") / "sql"
_AT_ONCE = 10_000


class Prompt(NamedTuple):
    """A prompt that is to be judged.

    Attributes:
        text: What is kept in the lake: all that the model sees, but for a chat template.
        run: Run of the question.
        candidates: The candidates that it shows, in its order.
        request: The call that asks.
    """

    text: str
    run: str
    candidates: tuple[str, ...]
    request: Request

    @property
    def prompt(self) -> UUID:
        """Its identity."""
        return content_id(self.text)


class Judgement(NamedTuple):
    """What a model said.

    Attributes:
        answer: What it wrote; None for a model that gives numbers only.
        probabilities: Of each candidate that the prompt shows; of one alone that it is right, or its reward. None where there is
            none: the answers are not among those that a server tells, or the answer is all there is.
        detail: What else is known.
    """

    answer: str | None
    probabilities: tuple[float, ...] | None
    detail: Mapping[str, JSON]


Known = Callable[[Sequence[UUID]], dict[UUID, Judgement]]
"""Finds the judgements of prompts that were judged before."""


def known(lake: Lake, selector: UUID) -> Known:
    """Finds what a selector has judged."""

    def find(prompts: Sequence[UUID]) -> dict[UUID, Judgement]:
        found: dict[UUID, Judgement] = {}
        for start in range(0, len(prompts), _AT_ONCE):
            wanted = [str(prompt) for prompt in prompts[start : start + _AT_ONCE]]
            rows = lake.sql(text("known_judgements"), selector=str(selector), prompts=wanted).fetchall()
            for prompt, answer, probabilities, detail in rows:
                told = None if probabilities is None else tuple(probabilities)
                found[prompt] = Judgement(answer, told, json.loads(detail or "{}"))
        return found

    return find


def rows(selector: UUID, judged: Mapping[UUID, tuple[Prompt, Judgement]]) -> dict[str, list[Mapping[str, object]]]:
    """Judgements as rows of tables."""
    now = datetime.now(UTC).replace(tzinfo=None)
    if not judged:
        return {}
    return {
        "prompts": [{"prompt": str(key), "text": prompt.text} for key, (prompt, _) in judged.items()],
        "judgements": [
            {
                "selector": str(selector),
                "prompt": str(key),
                "run": prompt.run,
                "position": prompt.request.place.position,
                "candidates": list(prompt.candidates),
                "answer": judgement.answer,
                "probabilities": None if judgement.probabilities is None else list(judgement.probabilities),
                "detail": canonical_json(judgement.detail),
                "added": now,
            }
            for key, (prompt, judgement) in judged.items()
        ],
    }


def text(name: str) -> str:
    """A statement of this package."""
    return (_SQL / f"{name}.sql").read_text("utf-8")
