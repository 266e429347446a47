"""Figures over millions of candidates: a lake filled by SQL, and `t2s eval --json` as a whole process.

A run answers N / 8 questions eight times; a question has five different results, one of them correct.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import store
from store.lake import Lake
from tests.benchmarks.measuring import Measured, machine, measure, table
from text2sql_data.comparators import comparator
from text2sql_data.execution.executing import choose
from text2sql_data.execution.limits import Limits, settings_id

RUNS, K, RESULTS = 1, 8, 5
SIZES = (1_000_000, 10_000_000)
_SETTINGS = settings_id(Limits())
_SQL = "'SELECT ' || q || ' + ' || v"
_SQL_ID = f"substr(sha256({_SQL}), 1, 32)::UUID"
_CANDIDATE = "substr(sha256({run} || ' ' || q || ' ' || s), 1, 32)::UUID"
_BENCHMARK = "'b' AS benchmark, 'r' AS revision"
_ADDED = "TIMESTAMP '2026-01-01' AS added"
_VERSION = f"{comparator('bird').version} AS version"

QUESTIONS = {
    "benchmarks": f"""
        SELECT {_BENCHMARK}, 'generic' AS layout, 'sqlite' AS dialect, {{n}} AS n_questions, '[]' AS sources, '[]' AS notes,
            {_ADDED}
    """,
    "databases": f"""
        SELECT 'b' AS benchmark, 'd' || d AS db_id, substr(sha256(d::VARCHAR), 1, 32)::UUID AS database,
            sha256(d::VARCHAR) AS sha256, 1 AS bytes, 1 AS mtime_ns, '/d' AS path, {_ADDED}
        FROM range(20) AS t (d)
    """,
    "questions": f"""
        SELECT {_BENCHMARK}, q AS position, 'd' || q % 20 AS db_id, 'q' || q AS question, '' AS evidence,
            ['simple', 'hard'][1 + q % 2] AS difficulty
        FROM range({{n}}) AS t (q)
    """,
    "golds": f"""
        SELECT {_BENCHMARK}, q AS position, 'original' AS gold_revision, {_SQL} AS sql, {_SQL_ID} AS sql_id
        FROM range({{n}}) AS t (q), range(1) AS u (v)
    """,
    "runs": f"""
        SELECT 'run' || r AS run, {_BENCHMARK}, 'system' || r AS system, {K} AS k, 'generated' AS format, '[]' AS sources,
            '{{{{}}}}' AS config, {_ADDED}
        FROM range({RUNS}) AS t (r)
    """,
    "comparators": f"SELECT 'bird' AS comparator, {_VERSION}, '' AS meaning, {_ADDED}",
    "executions": f"""
        SELECT substr(sha256((q % 20)::VARCHAR), 1, 32)::UUID AS database, {_SQL_ID} AS sql_id, '{_SETTINGS}' AS settings,
            {_SQL} AS sql, CASE WHEN v = 4 THEN 'error' ELSE 'ok' END AS status, CASE WHEN v < 4 THEN 1 END AS n_rows,
            CASE WHEN v < 4 THEN {_SQL_ID} END AS set_digest, 1.0 AS elapsed_ms
        FROM range({{n}}) AS t (q), range({RESULTS}) AS u (v)
    """,
}
ANSWERS = {
    "candidates": f"""
        SELECT {_CANDIDATE} AS candidate, 'run{{run}}' AS run, q AS position, s AS sample, 'answer' AS stage, 0 AS step,
            {_SQL} AS sql, {_SQL_ID} AS sql_id
        FROM made
    """,
    "labels": f"""
        SELECT {_CANDIDATE} AS candidate, 'original' AS gold_revision, 'bird' AS comparator, {_VERSION},
            '{_SETTINGS}' AS settings, substr(sha256((q % 20)::VARCHAR), 1, 32)::UUID AS database,
            CASE WHEN v = 0 THEN 'correct' ELSE 'wrong' END AS verdict,
            CASE v WHEN 0 THEN NULL WHEN 4 THEN 'error' ELSE 'different_result' END AS reason
        FROM made
    """,
}


def fill(lake: Lake, candidates: int) -> None:
    """Write everything that figures are made of, with the labels of one comparator; a commit a run."""
    n = candidates // (RUNS * K)
    choose(lake, Limits())
    with lake.commit("questions") as commit:
        for table_name, select in QUESTIONS.items():
            commit.append(table_name, select.format(n=n))
    for number in range(RUNS):
        with lake.commit(f"run {number}") as commit:
            variants = f"SELECT q, s, hash(q, s, {number}) % {RESULTS} AS v FROM range({n}) AS t (q), range({K}) AS u (s)"
            commit.stage("made", variants)
            for table_name, select in ANSWERS.items():
                commit.append(table_name, select.format(run=number))


def run() -> list[Measured]:
    """Fill a lake of each size and compute all figures of its runs, overall and by difficulty."""
    measured = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            # In a process of its own: the peak that Linux counts for a child begins with that of its parent.
            subprocess.run([sys.executable, "-m", "tests.benchmarks.figures", folder, str(size)], check=True)
            measured += [
                measure(f"eval, {size:,} candidates", ["eval", "--json"], Path(folder) / "lake"),
                measure(
                    f"eval --by difficulty, {size:,} candidates", ["eval", "--by", "difficulty", "--json"], Path(folder) / "lake"
                ),
            ]
    return measured


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with store.open(Path(sys.argv[1]) / "lake") as opened:
            fill(opened, int(sys.argv[2]))
    else:
        sys.stdout.write(f"{machine()}\n\n{table(run())}\n")
