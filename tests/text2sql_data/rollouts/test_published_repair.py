"""The repair pipeline over the completions of a published run gives that run again."""

import json
from pathlib import Path

import msgspec
import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.importers import trajectories
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.rollouts.config import Repair
from text2sql_data.rollouts.running import run

SETTINGS = {
    "benchmark": "spider_dev",
    "run": "again",
    "models": {"recorded": {"client": "replay", "run": "published"}},
    "agent": {"samples": [{"n": 4, "temperature": 0.4, "top_p": 0.9}]},
    "repairer": {"samples": [{"n": 4, "temperature": 0.4, "top_p": 0.9}]},
    "turns": 3,
    "of": "best",
    "scope": "verified",
    "feedback": "result_status",
    "detail": "minimal",
    "comparator": "rows",
    "schema": {"retrieval": "bm25_fk", "top_k": 6, "hops": 1},
}


@pytest.mark.slow
def test_the_statuses_are_those_of_the_summary(lake: store.Lake, real_data: Path) -> None:
    """911 questions correct at once, 60 repaired, 63 failed: of the same candidates, asked for in the same turns."""
    add_benchmark(lake, "spider_dev", read(real_data / "spider/dev.json"))
    source = Source("published", "published", (real_data / "trajectories/trajectories.jsonl",))
    import_runs(lake, trajectories.FORMAT, [source], benchmark="spider_dev")
    done = run(lake, msgspec.convert(SETTINGS, Repair), processes=2)
    assert done.failures == {}
    statuses = lake.sql(
        """
        SELECT CASE WHEN first = 0 THEN 'correct_first_turn' WHEN first > 0 THEN 'repaired' ELSE 'failed' END, count(*)
        FROM (
            SELECT min(step) FILTER (verdict = 'correct') AS first
            FROM judged_candidates
            WHERE run = 'again' AND comparator = 'rows'
            GROUP BY position
        )
        GROUP BY ALL
        """
    ).fetchall()
    summary = json.loads((real_data / "trajectories/summary.json").read_text("utf-8"))
    assert dict(statuses) == summary["status"] == {"correct_first_turn": 911, "repaired": 60, "failed": 63}
    rows = "SELECT position, sample, step FROM candidates WHERE run = $run ORDER BY ALL"
    ours, theirs = (lake.sql(rows, run=name).fetchall() for name in ("again", "published"))
    assert ours == theirs
    flags = lake.sql(
        "SELECT count_if(o.verdict <> t.verdict), count(*) FROM judged_candidates AS o JOIN judged_candidates AS t"
        " ON t.position = o.position AND t.sample = o.sample AND t.step = o.step"
        " WHERE o.run = 'again' AND o.comparator = 'rows' AND t.run = 'published' AND t.comparator = 'file:published'"
    ).fetchall()
    assert flags == [(0, len(theirs))]
    marks = lake.sql("SELECT DISTINCT step > 0, saw_gold FROM candidates WHERE run = 'again' ORDER BY ALL").fetchall()
    assert marks == [(False, False), (True, True)]
    helped = lake.sql("SELECT saw_gold, answers FROM gold_feedback WHERE run = 'again' AND gate = 'exec_ok'").fetchall()
    assert helped[0][0] > 0
