"""What a user does without a store: scripts over JSONL files, each a process of its own, as the official evaluators are written.

`evaluate` opens a connection for each candidate and executes candidate and gold in it; the other scripts read what it wrote. They
keep nothing for the next time, and no script knows what another one left out.
"""

import json
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from multiprocessing import Pool
from pathlib import Path
from typing import Any

SECONDS = 30
"""What a candidate and its gold may take together, as in BIRD's script."""


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file."""
    with path.open("rb") as file:
        yield from map(json.loads, file)


def write(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    """A line an object."""
    with path.open("w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def prepare(folder: Path) -> None:
    """Put question and gold to each candidate: `joined.jsonl`."""
    questions = {one["question_id"]: one for one in read(folder / "questions.jsonl")}
    joined = (questions[one["question_id"]] | one for one in read(folder / "rollouts.jsonl"))
    write(folder / "joined.jsonl", joined)


def compare(database: str, predicted: str, gold: str) -> bool:
    """Whether both give the same set of rows; what fails or takes too long is wrong. One fresh connection executes both."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        end = time.monotonic() + SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > end, 100_000)
        try:
            one = connection.execute(predicted).fetchall()
            other = connection.execute(gold).fetchall()
        except (sqlite3.Error, sqlite3.Warning):
            return False
    return set(one) == set(other)


def evaluate(folder: Path, databases: str, processes: str = "1") -> None:
    """Judge every candidate: `verdicts.jsonl`."""
    paths = {path.stem: str(path) for path in Path(databases).glob("*/*.sqlite")}
    rows = list(read(folder / "joined.jsonl"))
    tasks = [(paths[one["db_id"]], one["pred_sql"], one["query"]) for one in rows]
    if processes == "1":
        correct = [compare(*task) for task in tasks]
    else:
        with Pool(int(processes)) as pool:
            correct = pool.starmap(compare, tasks, chunksize=1)
    write(folder / "verdicts.jsonl", (row | {"correct": told} for row, told in zip(rows, correct, strict=True)))


def figures(folder: Path) -> None:
    """The accuracy of the first answer and of all, oracle, pick-rate."""
    groups = _groups(folder)
    n = len(groups)
    first = sum(group[0]["correct"] for group in groups)
    oracle = sum(any(one["correct"] for one in group) for group in groups)
    mean = sum(sum(one["correct"] for one in group) / len(group) for group in groups)
    print(json.dumps({"n": n, "ex": first / n, "mean": mean / n, "oracle": oracle / n, "pick_rate": first / oracle}))  # noqa: T201


def pairs(folder: Path) -> None:
    """A right and a wrong answer of each question that has both: `pairs.jsonl`."""

    def found() -> Iterator[dict[str, Any]]:
        for group in _groups(folder):
            right = next((one for one in group if one["correct"]), None)
            wrong = next((one for one in group if not one["correct"]), None)
            if right and wrong:
                yield right | {"chosen": right["pred_sql"], "rejected": wrong["pred_sql"]}

    write(folder / "pairs.jsonl", found())


def dataset(folder: Path, databases: str) -> None:
    """Prompts with the schema, and both answers: `train.jsonl`."""

    @cache
    def schema(db_id: str) -> str:
        with closing(sqlite3.connect(Path(databases) / db_id / f"{db_id}.sqlite")) as connection:
            return "\n".join(sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"))

    def rendered() -> Iterator[dict[str, Any]]:
        for one in read(folder / "pairs.jsonl"):
            prompt = f"Schema:\n{schema(one['db_id'])}\n\nQuestion: {one['question']}\nSQL:"
            yield {"prompt": prompt, "chosen": one["chosen"], "rejected": one["rejected"]}

    write(folder / "train.jsonl", rendered())


def report(folder: Path) -> None:
    """A page with the accuracy and its interval, accuracies by database, and the oracle over k: `report.html`."""
    import altair as alt  # the other scripts need neither
    import numpy as np

    databases: dict[str, list[bool]] = defaultdict(list)
    groups = _groups(folder)
    for group in groups:
        databases[group[0]["db_id"]].append(group[0]["correct"])
    right = np.array([group[0]["correct"] for group in groups])
    drawn = np.random.default_rng(0)
    means = [right[drawn.integers(0, len(right), len(right))].mean() for _ in range(1000)]
    low, high = np.quantile(means, (0.025, 0.975))
    by_database = [{"db_id": name, "ex": sum(told) / len(told)} for name, told in databases.items()]
    most = max(map(len, groups))
    oracle = [
        {"k": k, "oracle": sum(any(one["correct"] for one in group[:k]) for group in groups) / len(groups)}
        for k in range(1, most + 1)
    ]
    bars = alt.Chart(alt.Data(values=by_database)).mark_bar().encode(x="ex:Q", y="db_id:N")
    line = alt.Chart(alt.Data(values=oracle)).mark_line().encode(x="k:Q", y="oracle:Q")
    title = f"EX {right.mean():.3f} [{low:.3f}, {high:.3f}], {len(groups)} questions"
    (bars | line).properties(title=title).save(folder / "report.html")


def _groups(folder: Path) -> list[list[dict[str, Any]]]:
    groups = defaultdict(list)
    for one in read(folder / "verdicts.jsonl"):
        groups[one["question_id"]].append(one)
    return list(groups.values())


_SCRIPTS = (prepare, evaluate, figures, pairs, dataset, report)
SCRIPTS: dict[str, Callable[..., None]] = {script.__name__: script for script in _SCRIPTS}

if __name__ == "__main__":
    SCRIPTS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
