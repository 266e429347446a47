"""Pair sets to report on: published pairs, and made-up ones, recorded as every pair set is."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import store
from store.ids import content_id
from text2sql_data.pairs.recording import PairSet, record

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

_COLUMNS = (
    "type", "origin", "agent", "benchmark", "revision", "position", "db_id", "run", "prompt", "rejected_prompt", "chosen",
    "rejected", "chosen_candidate", "rejected_candidate", "chosen_critique", "rejected_critique", "chosen_sql", "rejected_sql",
    "chosen_reward", "rejected_reward", "chosen_step", "rejected_step", "chosen_claimed_ok", "rejected_claimed_ok", "place",
)  # fmt: skip
_FOUND = """
CREATE OR REPLACE TEMP TABLE found_pairs AS
SELECT * EXCLUDE (pair_set, pair, edit_ratio, word_edit_ratio), 0 AS place FROM lake.pairs LIMIT 0
"""

Pairs = Sequence[dict[str, Any]]


def write(lake: store.Lake, name: str, pairs: Pairs, **tables: Pairs) -> None:
    """Record a pair set; `tables` are rows of other tables (or `found_drops`, `found_yields`) to write with it."""
    with lake.commit(f"pairs {name}") as commit:
        commit.execute(_FOUND)
        prompts: dict[str, str] = {}
        found = []
        for place, pair in enumerate(pairs):
            row = {**dict.fromkeys(_COLUMNS), "agent": "sql", "place": place, **pair}
            for side in ("prompt", "rejected_prompt"):
                if row[side] is not None:
                    identity = content_id(row[side]).hex
                    prompts[identity] = row[side]
                    row[side] = identity
            for side in ("chosen", "rejected"):
                row[f"{side}_sql"] = row[f"{side}_sql"] or row[side]
            found.append(row)
        if found:
            commit.stage("rows", found)
            commit.execute("INSERT INTO found_pairs BY NAME FROM rows")
        for table, rows in tables.items():
            if table.startswith("found_"):
                commit.stage(table, rows)
            else:
                commit.append(table, rows)
        if prompts:
            commit.append("prompts", [{"prompt": identity, "text": text} for identity, text in prompts.items()])
        record(lake, commit, PairSet(name, "imported", {"name": name}, []))


@pytest.fixture(scope="session")
def write_pairs() -> Callable[..., None]:
    """Record a pair set."""
    return write


def published(path: Path, positions: dict[tuple[str, str], int], revision: str | None) -> list[dict[str, Any]]:
    """The pairs of a published file, as rows of `found_pairs`."""
    found = []
    for entry in json.loads(path.read_text("utf-8")):
        meta = entry["meta"]
        kind = meta["pair_type"]
        position = positions.get((meta["db_id"], " ".join(meta["question"].split())))
        found.append(
            {
                "type": kind,
                "origin": "synthetic" if kind.startswith("synthetic") else "gold" if kind.startswith("gold") else "natural",
                "benchmark": "spider_dev" if position is not None else None,
                "revision": revision if position is not None else None,
                "position": position,
                "db_id": meta["db_id"],
                "prompt": entry["prompt"],
                "chosen": entry["chosen"].removeprefix("SQL: "),
                "rejected": entry["rejected"].removeprefix("SQL: "),
                "chosen_reward": meta["chosen_reward"],
                "rejected_reward": meta["rejected_reward"],
                "chosen_step": meta["chosen_turn"] - 1,
                "rejected_step": meta["rejected_turn"] - 1,
                "chosen_claimed_ok": _executable(meta.get("chosen_cost_flags")),
                "rejected_claimed_ok": _executable(meta.get("rejected_cost_flags")),
            }
        )
    return found


def _executable(flags: dict[str, int] | None) -> bool | None:
    return None if flags is None else bool(flags.get("executable"))


@pytest.fixture(scope="session")
def published_pairs(real_data: Path) -> Callable[..., list[dict[str, Any]]]:
    """Read one of the published files, matched to the questions of a lake that has them."""

    def read(name: str, lake: store.Lake | None = None) -> list[dict[str, Any]]:
        positions: dict[tuple[str, str], int] = {}
        revision = None
        if lake is not None:
            for position, db_id, question, of in lake.sql(
                "SELECT position, db_id, question, revision FROM questions WHERE benchmark = 'spider_dev' ORDER BY position"
            ).fetchall():
                positions.setdefault((db_id, " ".join(question.split())), position)
                revision = of
        return published(real_data / "trajectories" / name, positions, revision)

    return read


NOW = datetime(2026, 1, 1)  # noqa: DTZ001 - the lake has no zone
LIMITS = ("seconds", "heap_mb", "max_rows", "max_cell_bytes", "max_result_bytes", "preview_rows", "preview_cell_chars")


def world(questions: Sequence[tuple[str, str]], outcomes: dict[str, str], benchmark: str = "made_up") -> dict[str, Pairs]:
    """Rows of a benchmark: its questions as (db_id, text), and what SQL does on every database, a result or a status.

    Args:
        questions: The questions.
        outcomes: By SQL: a name of its result, or `!status`.
        benchmark: Name of the benchmark.
    """
    databases = sorted({db_id for db_id, _ in questions})
    made = {"sources": "[]", "added": NOW}
    key = {"benchmark": benchmark, "revision": "1"}
    return {
        "benchmarks": [
            {**key, **made, "layout": "generic", "dialect": "sqlite", "n_questions": len(questions), "notes": "[]"}
        ],
        "questions": [
            {**key, "position": place, "db_id": db_id, "question": text, "evidence": ""}
            for place, (db_id, text) in enumerate(questions)
        ],
        "databases": [
            {"benchmark": benchmark, "db_id": db_id, "database": content_id(db_id).hex, "added": NOW} for db_id in databases
        ],
        "settings": [{"settings": "s", "engine": "e", **dict.fromkeys(LIMITS, 1), "chosen": NOW}],
        "executions": [
            {
                "database": content_id(db_id).hex,
                "sql_id": content_id(sql).hex,
                "settings": "s",
                "sql": sql,
                "status": outcome.removeprefix("!") if outcome.startswith("!") else "ok",
                "error": "no such column: x" if outcome.startswith("!") else None,
                "columns": None if outcome.startswith("!") else [outcome, "n"],
                "n_rows": None if outcome.startswith("!") else 2,
                "preview": None if outcome.startswith("!") else json.dumps([[outcome, 1], [None, {"blob": "00ff"}]]),
                "set_digest": None if outcome.startswith("!") else content_id(outcome).hex,
            }
            for db_id in databases
            for sql, outcome in outcomes.items()
        ],
    }  # fmt: skip


@pytest.fixture(scope="session")
def make_world() -> Callable[..., dict[str, Pairs]]:
    """Rows of a benchmark and of what was executed."""
    return world


def pinned(name: str, pairs: Sequence[tuple[str, str]], contents: Sequence[dict[str, Any]], drops: int = 0) -> dict[str, Pairs]:
    """Rows of version 1 of a dataset that was made from pairs, as (pair set, pair)."""
    pin = {"name": name, "version": 1, "kind": "preference", "snapshot": 3, "recipe": "{}", "templates": "{}", "versions": "{}"}
    return {
        "pins": [{**pin, "parents": "[]", "summary": "{}", "n_rows": len(pairs), "digest": "ab" * 32, "added": NOW}],
        "pin_rows": [
            {
                "name": name,
                "version": 1,
                "split": "train",
                "row": content_id(name, place).hex,
                "digest": content_id(name, place).hex,
                "place": place,
                "sources": json.dumps({"pair": pair, "pair_set": pair_set} if pair else {}),
                "content": json.dumps(content),
            }
            for place, ((pair_set, pair), content) in enumerate(zip(pairs, contents, strict=True))
        ],
        "pin_drops": [
            {"name": name, "version": 1, "row": content_id(name, "drop", place).hex, "reason": "too_long", "detail": "9 tokens"}
            for place in range(drops)
        ],
    }


@pytest.fixture(scope="session")
def make_pin() -> Callable[..., dict[str, Pairs]]:
    """Rows of a dataset."""
    return pinned


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a head."""
    executable = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    playwright = pytest.importorskip("playwright.sync_api")
    if not executable.exists():
        pytest.skip(f"no browser at {executable}; set CHROMIUM")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=str(executable), args=ARGUMENTS)
        yield opened
        opened.close()
