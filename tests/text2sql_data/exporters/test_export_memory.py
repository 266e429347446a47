"""Memory does not grow with the run that is exported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PEAK_MB = 1100  # 800 MB of them DuckDB's
BUILD = """
import json, sys
from pathlib import Path
import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
folder = Path(sys.argv[1])
questions = [{"question_id": number, "db_id": "d", "question": f"q{number}", "query": "SELECT 1"} for number in range(20_000)]
(folder / "b.json").write_text(json.dumps(questions))
with store.open(folder / "lake", memory_limit="1GB") as lake:
    add_benchmark(lake, "b", read(folder / "b.json"))
    ((revision,),) = lake.sql("SELECT revision FROM benchmarks").fetchall()
    with lake.commit("made up") as commit:
        run = f"SELECT 'r' AS run, 'b' AS benchmark, '{revision}' AS revision, 's' AS system, 10 AS k, 'mats' AS format"
        commit.append("runs", f"{run}, '[]'::JSON AS sources, '{{}}'::JSON AS config, now()::TIMESTAMP AS added")
        commit.append("candidates", sys.argv[2])
"""
CANDIDATES = """
    SELECT
        substr(sha256(concat_ws(chr(10), 'r', position, sample, 'planner')), 1, 32)::UUID AS candidate, 'r' AS run,
        position::INTEGER AS position, sample::SMALLINT AS sample, 'planner' AS stage, 0::SMALLINT AS step,
        'SELECT ' || position AS sql, substr(sha256('SELECT ' || position), 1, 32)::UUID AS sql_id,
        repeat(sha256(concat_ws(' ', position, sample)), 80) AS completion
    FROM range(10) AS k (sample), range(20_000) AS q (position)
"""
EXPORT = """
import json, sys
from pathlib import Path
import store
from text2sql_data.exporters.exporting import export_run
folder = Path(sys.argv[1])
with store.open(folder / "lake", memory_limit="800MB") as lake:
    done = export_run(lake, "r", sys.argv[2], folder / sys.argv[2])
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps([done.questions, done.candidates, int(peak.split()[1]) // 1024]))
"""


def run(code: str, *arguments: object) -> str:
    """What a program of its own prints. Its peak is VmHWM: ru_maxrss begins with that of the process that started it."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize("format_name", ["mats", "grpo"])
def test_export_of_a_large_run(tmp_path: Path, format_name: str) -> None:
    """1 GB of completions, in the lake in another order, is exported within 1,100 MB, DuckDB's 800 MB included."""
    run(BUILD, tmp_path, CANDIDATES)
    written, candidates, peak_mb = json.loads(run(EXPORT, tmp_path, format_name))
    assert (written, candidates) == (20_000, 200_000)
    assert (tmp_path / format_name).stat().st_size > 10**9
    assert peak_mb < PEAK_MB
