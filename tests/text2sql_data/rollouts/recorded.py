"""Completions for the demo benchmark as a model might write them, right and wrong ones, for the replay client."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WRONG = "SELECT count(*) FROM no_such_table"
EMPTY = "SELECT 1 WHERE 0"


def questions(folder: Path) -> list[dict[str, Any]]:
    """The questions of the demo with their golds."""
    found: list[dict[str, Any]] = json.loads((folder / "questions.json").read_text("utf-8"))
    return found


def sql_of(gold: str, draw: random.Random) -> str | None:
    """A SQL, often the gold; or prose without any."""
    return draw.choice([gold, gold, f"{gold.rstrip('; ')} LIMIT 1", WRONG, EMPTY, None])


def completion(sql: str | None, draw: random.Random) -> str:
    """A completion that holds a SQL in one of the usual ways, or none."""
    if sql is None:
        return "I cannot answer this; please select another question."
    return draw.choice(
        [sql, f"```sql\n{sql}\n```", f"First look at the tables.\nFinal SQL query:\n```\n{sql};\n```", f"SQL: {sql}"]
    )


def lines(
    folder: Path, stages: dict[str, int], validators: tuple[str, ...] = (), critiques: int = 1
) -> Iterator[dict[str, object]]:
    """A recording: by stage the number of samples, and critiques of every sample of the planner."""
    for position, question in enumerate(questions(folder)):
        draw = random.Random(position)  # noqa: S311 - not cryptography
        for stage, n in stages.items():
            for sample in range(n):
                text = completion(sql_of(question["SQL"], draw), draw)
                yield {"position": position, "stage": stage, "sample": sample, "completion": text, "logprobs": [-0.5, -0.25]}
        for sample in range(stages.get("planner", 0)):
            for validator in validators:
                for ordinal in range(critiques):
                    verdict = draw.choice(["correct", "incorrect"])
                    text = f"{validator.upper()}.\nSeen {ordinal}.\nConclude: {verdict}."
                    place = {"position": position, "stage": "planner", "sample": sample, "subject": f"{validator} {ordinal}"}
                    yield {**place, "completion": text}


def write(path: Path, recording: Iterator[dict[str, object]]) -> Path:
    """Write a recording to a file."""
    path.write_text("".join(f"{json.dumps(line)}\n" for line in recording))
    return path
