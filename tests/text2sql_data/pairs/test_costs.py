"""Costs of query plans by their lines, and pairs of a cheap and a dear correct answer."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import jsonl
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.pairs.mining import mine
from text2sql_data.pairs.natural import COST, TYPES
from text2sql_data.pairs.options import Options

pytestmark = pytest.mark.slow

KEY = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize(
    ("steps", "reward", "flags"),
    [
        ([], 0.0, (0, 0, 0, 0, 0, 0)),
        (None, -0.1, (0, 0, 0, 0, 0, 1)),
        (["SCAN t"], -0.06, (1, 0, 0, 0, 0, 0)),
        (["scan t"], -0.06, (1, 0, 0, 0, 0, 0)),
        (["SCAN t USING INDEX i"], 0.0, (0, 0, 0, 0, 0, 0)),
        (["SCAN t USING COVERING INDEX i"], 0.0, (0, 0, 0, 0, 0, 0)),
        (["SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"], 0.0, (0, 0, 0, 0, 0, 0)),
        (["SEARCH t USING AUTOMATIC COVERING INDEX (a=?)"], 0.0, (0, 0, 0, 0, 0, 0)),
        (["SEARCH t USING INDEX i (a=?)"], 0.025, (0, 1, 0, 0, 0, 0)),
        (["SEARCH t USING COVERING INDEX i (a=?)"] * 5, 0.08, (0, 5, 0, 0, 5, 0)),
        (["SCAN research", "USE TEMP B-TREE FOR ORDER BY"], -0.1, (1, 0, 1, 0, 0, 0)),
        (["SCAN a", "SCAN b", "SCAN c"], -0.195, (3, 0, 0, 0, 3, 0)),
        (["SCAN a"] * 9, -0.25, (9, 0, 0, 0, 9, 0)),
    ],
)
def test_flags_and_rewards(lake: store.Lake, steps: list[str] | None, reward: float, flags: tuple[int, ...]) -> None:
    """Each line counts once, names of tables are no words of the plan, and the reward has its bounds."""
    with lake.commit("plan") as commit:
        commit.append("plans", [{"database": KEY, "sql_id": KEY, "engine": "e", "steps": steps}])
    row = lake.sql(
        "SELECT cost_reward, full_scan, index_search, temp_btree, cartesian, multi_table, explain_error FROM plan_costs"
    ).fetchone()
    assert row == (reward, *flags)


def test_cost_pairs(lake: store.Lake, tmp_path: Path) -> None:
    """Of correct answers the cheapest is preferred to the dearest, where the prompt gave no other pair and the gap suffices."""
    (tmp_path / "database/d").mkdir(parents=True)
    with closing(sqlite3.connect(tmp_path / "database/d/d.sqlite")) as database:
        database.executescript("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT); CREATE INDEX i ON t(b);")
        database.execute("INSERT INTO t VALUES (1, 'x')")
        database.commit()
    cheap, dear, dearest, wrong = (
        "SELECT a FROM t WHERE b = 'x'",
        "SELECT a FROM t WHERE a + 0 = 1",
        "SELECT a FROM t WHERE a + 0 = 1 ORDER BY -a",
        "SELECT 2",
    )
    questions = [[dear, cheap, dearest, dearest], [cheap, dear, wrong], [dear, dear], [cheap, "SELECT  a FROM t WHERE b = 'x'"]]
    rows = [{"db_id": "d", "question": f"q{n}", "query": "SELECT 1"} for n in range(len(questions))]
    (tmp_path / "dev.json").write_text(json.dumps(rows), "utf-8")
    lines = [json.dumps({"question": f"q{n}", "pred_sqls": sqls}) for n, sqls in enumerate(questions)]
    (tmp_path / "r").write_text("\n".join(lines), "utf-8")
    add_benchmark(lake, "b", read(tmp_path / "dev.json"))
    import_runs(lake, jsonl.FORMAT, [Source("r", "r", (tmp_path / "r",))], benchmark="b")
    execute(lake, Limits(), processes=1)
    label(lake, [comparator("bird")])
    assert mine(lake, "dry", ["r"], Options(types=TYPES), dry_run=True).pairs[COST] == 1
    assert lake.counts()["plans"] == 0
    mine(lake, "x", ["r"], Options(types=TYPES))
    found = lake.sql(
        "SELECT position, chosen, rejected, chosen_reward, rejected_reward, origin FROM pairs WHERE type = $t", t=COST
    )
    assert found.fetchall() == [(0, cheap, dearest, 1.025, 0.9, "natural")]
    plans = lake.counts()["plans"]
    assert plans == 4
    assert mine(lake, "y", ["r"], Options(types=(COST,), min_cost_gap=0.2)).pairs == {}
    assert lake.counts()["plans"] == plans
