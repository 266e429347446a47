"""The reward of GRPO is the verdict of the comparator: golds are worth 1, and every candidate of the demo what its label says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import store
from text2sql_train.execution_reward import SCALES, ExecutionReward

JUDGED = """
SELECT r.benchmark, d.db_id, d.sha256, g.sql AS gold_sql, c.sql, c.verdict, s.status
FROM judged_candidates AS c
JOIN runs AS r USING (run)
JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = c.position
JOIN golds AS g
    ON g.benchmark = r.benchmark AND g.revision = r.revision AND g.position = c.position AND g.gold_revision = 'original'
JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
JOIN execution_status AS s ON s.candidate = c.candidate
WHERE c.run = 'small' AND c.comparator = $comparator AND c.gold_revision = 'original' AND c.sql IS NOT NULL
    AND c.verdict IN ('correct', 'wrong')
ORDER BY c.candidate
"""


@pytest.fixture
def lake(demo_folder: Path) -> Iterator[store.Lake]:
    """The demo lake; nothing is written to it."""
    with store.open(demo_folder, create=False) as opened:
        yield opened


def columns(rows: list[dict[str, Any]], *names: str) -> dict[str, list[Any]]:
    """Columns as TRL hands them over."""
    return {name: [row[name] for row in rows] for name in names}


def judged(lake: store.Lake, comparator: str, limit: int) -> list[dict[str, Any]]:
    """Some candidates with their verdicts."""
    relation = lake.sql(JUDGED, comparator=comparator)
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()[:limit]]


@pytest.mark.parametrize("comparator", ["bird", "spider"])
@pytest.mark.parametrize("scale", SCALES)
def test_a_reward_is_the_label(lake: store.Lake, comparator: str, scale: str) -> None:
    """Of every candidate; wrong ones by whether they execute. As a text, in a fence, and as a message."""
    rows = judged(lake, comparator, 120)
    reward = ExecutionReward(lake, scale=scale, comparator_name=comparator, processes=1)
    told = columns(rows, "benchmark", "db_id", "sha256", "gold_sql")
    found = reward.rewards([row["sql"] for row in rows], **told)
    worth = SCALES[scale]
    for row, value in zip(rows, found, strict=True):
        wrong = worth.executable if row["status"] == "ok" else worth.fails
        assert value == (worth.correct if row["verdict"] == "correct" else wrong), row
    assert (
        reward.rewards([[{"role": "assistant", "content": f"Here:\n```sql\n{row['sql']}\n```"}] for row in rows], **told) == found
    )
    assert len(set(found)) > 1


def test_what_holds_no_sql_fails(lake: store.Lake) -> None:
    """And what is not a query is refused by the sandbox, and worth no more."""
    (row,) = judged(lake, "bird", 1)
    told = columns([row] * 4, "benchmark", "db_id", "sha256", "gold_sql")
    reward = ExecutionReward(lake, scale="execution_guided", comparator_name="bird", processes=1)
    assert reward.rewards(["", "I do not know.", "DROP TABLE patient", row["gold_sql"]], **told, position=[1] * 4) == [
        -0.2,
        -0.2,
        -0.2,
        1.0,
    ]


def test_a_database_that_was_changed_is_an_error(lake: store.Lake) -> None:
    """Rewards over other data would not be those of the dataset."""
    (row,) = judged(lake, "bird", 1)
    reward = ExecutionReward(lake, scale="binary", comparator_name="bird")
    with pytest.raises(store.StoreError, match="is not the file that the dataset was built with"):
        reward.rewards([row["sql"]], **columns([{**row, "sha256": "0" * 64}], "benchmark", "db_id", "sha256", "gold_sql"))
