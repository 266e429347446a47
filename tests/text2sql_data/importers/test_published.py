"""Every format on files that others published, against an independent reading of the same files."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import store
from store import StoreError
from text2sql_data.importers.importing import Imported

pytestmark = pytest.mark.slow  # whole flows over whole lakes

Import = Callable[..., Imported]

SPIDER_SYSTEMS = 12
BIRD_SYSTEMS = 13


def rows(path: Path) -> list[dict[str, Any]]:
    """The objects of JSON lines or of a JSON list."""
    text = path.read_text("utf-8")
    return list(json.loads(text)) if text.lstrip().startswith("[") else [json.loads(line) for line in text.splitlines() if line]


def candidates(lake: store.Lake, run: str, stage: str = "answer") -> dict[tuple[int, int], str | None]:
    """The SQL of a run by position and sample."""
    found = lake.sql("SELECT position, sample, sql FROM candidates WHERE run = $run AND stage = $stage", run=run, stage=stage)
    return {(position, sample): sql for position, sample, sql in found.fetchall()}


def count(lake: store.Lake, table: str) -> int:
    """The number of rows of a table."""
    return lake.counts()[table]


def test_spider_predictions(published_lake: store.Lake, real_data: Path, import_one: Import) -> None:
    """Line i of every system is the answer to question i, without the db_id after the tab and the white space around."""
    files = sorted((real_data / "spider/predictions").glob("*.sql"))
    assert len(files) == SPIDER_SYSTEMS
    for file in files:
        done = import_one(published_lake, "spider", file, "spider")
        lines = file.read_text("utf-8").rstrip("\n").split("\n")
        assert (done.answers, len(lines)) == (1034, 1034)
        expected = {(position, 0): line.split("\t")[0].strip() or None for position, line in enumerate(lines)}
        assert candidates(published_lake, file.stem) == expected
    assert count(published_lake, "candidates") == SPIDER_SYSTEMS * 1034
    assert published_lake.check() == []


def test_bird_predictions(published_lake: store.Lake, real_data: Path, import_one: Import) -> None:
    """Key i of every system is the answer to question i; empty answers stay as candidates without SQL."""
    files = sorted((real_data / "bird/predictions").glob("*.json"))
    assert len(files) == BIRD_SYSTEMS
    longest = 0
    for file in files:
        done = import_one(published_lake, "bird", file, "bird")
        answers = json.loads(file.read_text("utf-8"))
        assert done.answers == len(answers)
        expected = {(int(key), 0): str(value).split("\t----- bird -----\t")[0].strip() or None for key, value in answers.items()}
        assert candidates(published_lake, file.stem) == expected
        longest = max(longest, *(len(sql or "") for sql in expected.values()))
    assert longest > 33_000


@pytest.mark.parametrize(
    ("name", "questions", "k", "fixes"),
    [
        ("sft_vf_passAt8", 1034, 8, 4554),
        ("collab_passAt8", 1034, 8, 3688),
        ("indep_passAt8", 979, 8, 4710),
        ("greedy_passAt1", 1034, 1, 550),
    ],
)
def test_mats_rollouts(
    published_lake: store.Lake, real_data: Path, import_one: Import, name: str, questions: int, k: int, fixes: int
) -> None:
    """Planner and fixer keep their place, critiques and flags stay with their candidate, flags are labels of the file only."""
    path = real_data / f"mats/{name}_spider_dev.jsonl"
    done = import_one(published_lake, "mats", path, "spider", run="r")
    planners, fixers, critiques, flags = {}, {}, Counter[str](), Counter[tuple[str, str]]()
    for row in rows(path):
        for sample, trajectory in enumerate(row["trajectories"]):
            at = (row["question_id"], sample)
            planners[at] = trajectory["planner_sql"]
            flags["planner", "correct" if trajectory["is_planner_correct"] else "wrong"] += 1
            if trajectory["fixed_sql"] is not None:
                fixers[at] = trajectory["fixed_sql"]
                flags["fixer", "correct" if trajectory["is_fixed_correct"] else "wrong"] += 1
            for validator in ("select", "condition", "join", "order"):
                critiques[validator] += bool(trajectory[f"fb_{validator}"])
    assert (done.answers, len(planners), len(fixers)) == (questions, questions * k, len(fixers))
    assert candidates(published_lake, "r", "planner") == planners
    assert candidates(published_lake, "r", "fixer") == fixers
    assert dict(published_lake.sql("SELECT validator, count(*) FROM critiques GROUP BY ALL").fetchall()) == +critiques
    labels = published_lake.sql(
        "SELECT stage, verdict, count(*) FROM labels JOIN candidates USING (candidate) "
        "WHERE comparator = 'file:r' AND settings = 'imported' GROUP BY ALL"
    ).fetchall()
    assert {(stage, verdict): n for stage, verdict, n in labels} == flags
    assert count(published_lake, "labels") == flags.total()
    assert published_lake.check() == []
    assert len(fixers) == fixes


def test_both_mats_forms_give_the_same(published_lake: store.Lake, real_data: Path, import_one: Import) -> None:
    """The parallel lists and the trajectories of the same 200 questions give the same candidates, nulls in their place."""
    lists, trajectories = real_data / "mats/parallel_lists_form.jsonl", real_data / "mats/sft_vf_passAt8_spider_dev.jsonl"
    import_one(published_lake, "mats", lists, "spider", run="lists")
    import_one(published_lake, "mats", trajectories, "spider", run="trajectories")
    nulls = sum(sql is None for row in rows(lists) for sql in row["fixed_sqls"])
    assert nulls == 656
    for stage, n in (("planner", 200 * 8), ("fixer", 200 * 8 - nulls)):
        older, newer = candidates(published_lake, "lists", stage), candidates(published_lake, "trajectories", stage)
        asked = {position for position, _ in candidates(published_lake, "lists", "planner")}
        assert len(asked) == 200
        assert older == {at: sql for at, sql in newer.items() if at[0] in asked}
        assert len(older) == n
    texts = """
        SELECT position, sample, stage, validator, text, verdict
        FROM critiques JOIN candidates USING (candidate) WHERE run = $run
    """
    older_texts = set(published_lake.sql(texts, run="lists").fetchall())
    newer_texts = {row for row in published_lake.sql(texts, run="trajectories").fetchall() if row[0] in asked}
    assert older_texts == newer_texts
    assert len(older_texts) == 2 * 200 * 8


def test_fixer_belongs_to_its_planner(published_lake: store.Lake, real_data: Path, import_one: Import) -> None:
    """The parent of every fix is the planner's candidate of the same question and sample."""
    import_one(published_lake, "mats", real_data / "mats/parallel_lists_form.jsonl", "spider", run="r")
    pairs = published_lake.sql("""
        SELECT count(*), count(*) FILTER (p.position = f.position AND p.sample = f.sample AND p.stage = 'planner')
        FROM candidates AS f LEFT JOIN candidates AS p ON p.candidate = f.parent
        WHERE f.stage = 'fixer'
    """).fetchone()
    assert pairs == (944, 944)


def test_k_lists(published_lake: store.Lake, real_data: Path, import_one: Import, tmp_path: Path) -> None:
    """Item j of entry i is sample j of question i, with its raw completion; a list with too few entries is refused."""
    path = real_data / "mats/k_lists_form.json"
    entries = rows(path)
    done = import_one(published_lake, "k-lists", path, "spider", run="r")
    assert (done.answers, done.added["candidates"]) == (1034, 8272)
    expected = {(i, j): sql.strip() or None for i, row in enumerate(entries) for j, sql in enumerate(row["pred_sqls"])}
    assert candidates(published_lake, "r") == expected
    completions = published_lake.sql("SELECT position, sample, completion FROM candidates").fetchall()
    assert {(i, j): text for i, j, text in completions} == {
        (i, j): text for i, row in enumerate(entries) for j, text in enumerate(row["responses"])
    }
    short = tmp_path / "short.json"
    short.write_text(json.dumps(entries[:-1]))
    before = published_lake.version
    with pytest.raises(StoreError, match="has 1033 answers, and the benchmark has 1034 questions"):
        import_one(published_lake, "k-lists", short, "spider")
    assert published_lake.version == before


def test_trajectories(published_lake: store.Lake, real_data: Path, import_one: Import) -> None:
    """Each turn keeps its samples in order, and the prompt belongs to the first turn."""
    path = real_data / "trajectories/trajectories.jsonl"
    done = import_one(published_lake, "trajectories", path, "spider", run="r")
    expected: dict[tuple[int, str, int], tuple[str, bool]] = {}
    for position, row in enumerate(rows(path)):
        seen = Counter[int]()
        for candidate in row["candidates"]:
            expected[position, f"turn {candidate['turn']}", seen[candidate["turn"]]] = (candidate["sql"], candidate["ok"])
            seen[candidate["turn"]] += 1
    found = published_lake.sql("SELECT position, stage, sample, sql, claimed_ok FROM candidates").fetchall()
    assert {(position, stage, sample): (sql, ok) for position, stage, sample, sql, ok in found} == expected
    assert (done.answers, len(expected)) == (1034, 4506)
    prompts = dict(published_lake.sql("SELECT stage, count(prompt) FROM candidates GROUP BY ALL").fetchall())
    assert prompts == {"turn 1": 3782, "turn 2": 0, "turn 3": 0}


def test_human_feedback(published_lake: store.Lake, real_data: Path, import_one: Import) -> None:
    """19 of 179 questions are not those of the benchmark: the import stops and says where, or puts exactly these aside."""
    path = real_data / "critiques/human_feedback_editsql.json"
    asked = {(row["db_id"], " ".join(row["question"].split())) for row in rows(real_data / "spider/dev.json")}
    entries = rows(path)
    unknown = [n for n, row in enumerate(entries, 1) if (row["db_id"], " ".join(row["question"].split())) not in asked]
    before = published_lake.version
    with pytest.raises(StoreError, match=rf"human_feedback_editsql\.json, entry {unknown[0]}: the benchmark has no question"):
        import_one(published_lake, "critiques", path, "spider", run="r")
    assert published_lake.version == before
    done = import_one(published_lake, "critiques", path, "spider", run="r", quarantine=True)
    assert (done.answers, done.rejects, len(unknown)) == (160, 19, 19)
    rejects = published_lake.sql("SELECT line, raw FROM rejects ORDER BY line").fetchall()
    assert [(line, json.loads(raw)) for line, raw in rejects] == [(line, entries[line - 1]) for line in unknown]
    texts = published_lake.sql("SELECT validator, text, verdict FROM critiques").fetchall()
    assert Counter(texts) == Counter(
        ("human", row["feedback"], "unparsed") for n, row in enumerate(entries, 1) if n not in unknown
    )


@pytest.mark.parametrize(
    ("name", "benchmark"),
    [("judge_spider_dev_test_50_failures", "spider"), ("judge_bird_mini_dev_sqlite_test_50_failures", "mini_dev")],
)
def test_judge_critiques(published_lake: store.Lake, real_data: Path, import_one: Import, name: str, benchmark: str) -> None:
    """Several systems' failures on one question become further samples of it, each with its judge's text, if there is one."""
    path = real_data / f"critiques/{name}.jsonl"
    every = rows(path)
    entries = [row for row in every if row["judge_explanation"]]
    with pytest.raises(StoreError, match="no critique: expected judge_explanation"):
        import_one(published_lake, "critiques", path, benchmark, run="r")
    done = import_one(published_lake, "critiques", path, benchmark, run="r", quarantine=True)
    assert (done.answers, done.rejects) == (len(entries), len(every) - len(entries))
    found = published_lake.sql(
        """
        SELECT q.question, c.sql, k.text
        FROM candidates AS c JOIN critiques AS k USING (candidate)
        JOIN questions AS q ON q.position = c.position AND q.benchmark = $benchmark
    """,
        benchmark=benchmark,
    ).fetchall()
    assert Counter(found) == Counter((row["question"], row["predicted"], row["judge_explanation"]) for row in entries)
    ((prompts,),) = published_lake.sql("SELECT count(DISTINCT prompt) FROM candidates WHERE run = $r", r=done.run).fetchall()
    assert prompts == len({row["prompt"] for row in entries if row["prompt"] is not None})
