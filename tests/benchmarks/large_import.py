"""One gigabyte of MATS rollouts with their prompts: the real file repeated under new questions."""

import json
import os
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measuring import REAL_DATA, Measured, machine, measure, table

SIZE = int(os.environ.get("TEXT2SQL_BENCH_BYTES", "1_000_000_000"))


def generate(folder: Path) -> int:
    """Write `rollouts.jsonl` and the questions that it answers to `questions.jsonl`; their number."""
    rows = [json.loads(line) for line in (REAL_DATA / "mats/sft_vf_passAt8_spider_dev.jsonl").read_text("utf-8").splitlines()]
    n = 0
    with (folder / "rollouts.jsonl").open("w") as rollouts, (folder / "questions.jsonl").open("w") as questions:
        while rollouts.tell() < SIZE:
            for row in rows:
                question = f"{row['question']} (copy {n})"
                prompt = row["prompt_planner"].replace(row["question"], question)
                rollouts.write(json.dumps(row | {"question_id": n, "question": question, "prompt_planner": prompt}) + "\n")
                asked = {"question_id": n, "db_id": row["db_id"], "question": question, "query": row["sql"]}
                questions.write(json.dumps(asked) + "\n")
                n += 1
    return n


def run() -> list[Measured]:
    """Add the questions, import the rollouts, and import them again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        n, lake = generate(folder), folder / "lake"
        size = (folder / "rollouts.jsonl").stat().st_size / 1e9
        add = ["benchmark", "add", folder / "questions.jsonl", "--name", "many"]
        import_ = ["import", "mats", folder / "rollouts.jsonl", "--benchmark", "many"]
        return [
            measure(f"benchmark add ({n:,} questions)", add, lake),
            measure(f"import mats ({size:.2f} GB, {8 * n:,} rollouts)", import_, lake),
            measure("import mats, repeated", import_, lake),
        ]


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{table(run())}\n")
