"""The demo benchmark as a lake with judged candidates and pair sets, one mined and two small ones: written to by no test."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import store
from text2sql_data.pairs.mining import mine
from text2sql_data.pairs.options import Options
from text2sql_data.pairs.recording import PairSet, record

SQL_PAIRS = """
CREATE OR REPLACE TEMP TABLE found_pairs AS
SELECT
    'first_turn_correct_sample_vs_failed_sample' AS type, 'natural' AS origin, 'sql' AS agent,
    g.benchmark, g.revision, g.position, g.db_id, g.run, c.prompt, NULL::UUID AS rejected_prompt, g.sql AS chosen,
    w.sql AS rejected, g.candidate AS chosen_candidate,
    w.candidate AS rejected_candidate, NULL::UUID AS chosen_critique, NULL::UUID AS rejected_critique, g.sql AS chosen_sql,
    w.sql AS rejected_sql, 1.0 AS chosen_reward, -0.5 AS rejected_reward, 0 AS chosen_step, 0 AS rejected_step,
    NULL::BOOLEAN AS chosen_claimed_ok, NULL::BOOLEAN AS rejected_claimed_ok,
    row_number() OVER (ORDER BY g.position, g.candidate, w.candidate) AS place
FROM lake.judged_candidates AS g
JOIN lake.judged_candidates AS w USING (run, position, comparator, gold_revision)
JOIN lake.candidates AS c ON c.candidate = g.candidate
WHERE
    g.comparator = 'bird' AND g.run IN ('small', 'large') AND g.verdict = 'correct' AND w.verdict = 'wrong'
QUALIFY row_number() OVER (PARTITION BY g.run, g.position ORDER BY g.sample, w.sample) <= 2
"""

CRITIQUE_PAIRS = """
CREATE OR REPLACE TEMP TABLE found_pairs AS
SELECT
    'condition_collab' AS type, 'natural' AS origin, 'condition' AS agent, r.benchmark, r.revision, g.position, q.db_id, g.run,
    NULL::UUID AS prompt, NULL::UUID AS rejected_prompt, k.text AS chosen, l.text AS rejected, k.candidate AS chosen_candidate,
    l.candidate AS rejected_candidate, k.critique AS chosen_critique, l.critique AS rejected_critique,
    NULL::VARCHAR AS chosen_sql,
    NULL::VARCHAR AS rejected_sql, 1.0 AS chosen_reward, 0.0 AS rejected_reward, 0 AS chosen_step, 0 AS rejected_step,
    NULL::BOOLEAN AS chosen_claimed_ok, NULL::BOOLEAN AS rejected_claimed_ok,
    row_number() OVER (ORDER BY k.critique, l.critique) AS place
FROM lake.critiques AS k
JOIN lake.candidates AS g ON g.candidate = k.candidate
JOIN lake.runs AS r USING (run)
JOIN lake.questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = g.position
JOIN lake.candidates AS b ON b.run = g.run AND b.position = g.position AND b.candidate <> g.candidate
JOIN lake.critiques AS l ON l.candidate = b.candidate AND l.validator = k.validator
WHERE k.validator = 'condition' AND k.verdict = 'correct' AND l.verdict = 'incorrect'
QUALIFY row_number() OVER (PARTITION BY g.run, g.position ORDER BY g.sample, b.sample) = 1
"""


@pytest.fixture(scope="session")
def demo_folder(demo_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the lake; test processes that run side by side share it, so a test that writes makes a copy of its own."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "demo_of_datasets"
    with (shared / "demo_of_datasets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            shutil.copytree(demo_made, folder, ignore=shutil.ignore_patterns("done"), dirs_exist_ok=True)
            with store.open(folder / "lake") as lake:
                for name, found in (("demo_pairs", SQL_PAIRS), ("demo_critique_pairs", CRITIQUE_PAIRS)):
                    with lake.commit(name) as commit:
                        commit.execute(found)
                        record(lake, commit, PairSet(name, "mined", {"name": name}, []))
                mine(lake, "natural", ["small", "large", "mats_rollouts"], Options())
            (folder / "done").write_text(str(current(folder / "lake")), "utf-8")
    yield folder / "lake"
    assert current(folder / "lake") == int((folder / "done").read_text("utf-8")), "a test wrote to the lake that all share"


def current(folder: Path) -> int:
    """The last snapshot of a lake."""
    with store.open(folder, create=False) as lake:
        return lake.version


@pytest.fixture
def demo(demo_folder: Path) -> Iterator[store.Lake]:
    """The lake, open."""
    with store.open(demo_folder, create=False) as lake:
        yield lake
