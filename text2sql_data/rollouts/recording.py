"""Rows of a rollout on their way into the lake: collected, and committed every few seconds, so that a kill costs only those."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count

from store import Lake
from store.ids import content_id
from text2sql_data.rollouts.clients.model import CallError, Reply, Request
from text2sql_data.rollouts.stages import sql_text

COMMIT_SECONDS = 5.0
COMMIT_ROWS = 20_000


class Recorder:
    """Collects what a run wrote. Not safe for several threads; commits run in a thread of their own, one at a time."""

    def __init__(self, lake: Lake, run: str, regime: str, arguments: list[str] | None = None) -> None:
        self._lake = lake
        self._run = run
        self._regime = regime
        self._arguments = arguments
        self._rows: dict[str, list[dict[str, object]]] = {"candidates": [], "critiques": [], "calls": []}
        self._turn = asyncio.Lock()
        self._last = time.monotonic()
        self._number = count()
        self.added: Counter[str] = Counter()

    def add(self, table: str, rows: Sequence[dict[str, object]]) -> None:
        """Take rows of candidates or critiques, each with `prompt_text`."""
        self._rows[table] += rows

    def call(self, request: Request, model: str, outcome: Reply | CallError) -> None:
        """Note a call: what it cost, or how it failed, with its prompt and what came back."""
        now = datetime.now(UTC).replace(tzinfo=None)
        place = request.place
        row: dict[str, object] = {
            "call": str(content_id(self._run, *map(str, place), next(self._number), now.isoformat())),
            "position": place.position,
            "stage": place.stage,
            "subject": place.subject,
            "samples": list(place.samples),
            "model": model,
            "prompt_text": request.prompt,
            "ok": isinstance(outcome, Reply),
            "ended": now,
        }
        if isinstance(outcome, Reply):
            row |= {
                "prompt_tokens": outcome.prompt_tokens,
                "completion_tokens": outcome.completion_tokens,
                "seconds": outcome.seconds,
                "served": outcome.model,
            }
        else:
            row |= {"error_kind": outcome.kind, "error": outcome.message, "reply": outcome.reply}
        self._rows["calls"].append(row)

    @property
    def due(self) -> bool:
        """Whether it is time to commit."""
        waiting = sum(map(len, self._rows.values()))
        return waiting >= COMMIT_ROWS or (waiting > 0 and time.monotonic() - self._last > COMMIT_SECONDS)

    async def flush(self) -> None:
        """Commit what was collected."""
        async with self._turn:
            taken, self._rows = self._rows, {name: [] for name in self._rows}
            self._last = time.monotonic()
            if any(taken.values()):
                committing = asyncio.ensure_future(asyncio.to_thread(self._commit, taken))
                try:
                    await asyncio.shield(committing)
                except asyncio.CancelledError:  # Ctrl-C: what is being written is written to its end
                    await committing
                    raise

    def _commit(self, taken: dict[str, list[dict[str, object]]]) -> None:
        counts = ", ".join(f"{len(rows)} {name}" for name, rows in taken.items() if rows)
        with self._lake.commit(f"rollout {self._run}: {counts}", command="rollout run", arguments=self._arguments) as commit:
            for name, value in {"run": self._run, "regime": self._regime}.items():
                commit.execute(f"SET VARIABLE {name} = $value", value=value)
            texts = dict.fromkeys(str(row["prompt_text"]) for rows in taken.values() for row in rows)
            commit.stage("asked_prompts", [{"text": text} for text in texts])
            commit.append("prompts", sql_text("new_prompts"))
            for name, rows in taken.items():
                if rows:
                    commit.stage(f"{name}_batch", rows)
                    commit.append(name, sql_text(f"new_{name}"))
        self.added.update({name: n for name, n in commit.added.items() if name != "prompts"})
