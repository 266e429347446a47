"""Rollouts of published SQL: nulls keep their place, and what all modes give is fixed."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.importers import mats
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.pairs.mining import mine
from text2sql_data.pairs.options import Options

pytestmark = pytest.mark.slow

FILES = {"parallel": "parallel_lists_form.jsonl", "sft_vf": "sft_vf_passAt8_spider_dev.jsonl"}


@pytest.fixture(scope="module")
def lake(template: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """Spider dev with rollouts in both forms, not executed."""
    with store.open(shutil.copytree(template, tmp_path_factory.mktemp("real") / "lake")) as opened:
        add_benchmark(opened, "spider_dev", read(real_data / "spider/dev.json"))
        sources = [Source(run, run, (real_data / "mats" / file,)) for run, file in FILES.items()]
        import_runs(opened, mats.FORMAT, sources, benchmark="spider_dev")
        yield opened


@pytest.fixture(scope="module")
def rows(real_data: Path) -> list[dict[str, Any]]:
    """The parallel lists, as the file has them."""
    return [json.loads(line) for line in (real_data / "mats" / FILES["parallel"]).read_text("utf-8").splitlines()]


def test_every_fix_stays_with_its_own_sql_and_critiques(lake: store.Lake, rows: list[dict[str, Any]]) -> None:
    """Sample by sample: the planner's SQL, the critiques that were read, and the fix, or none where the file has a null."""
    found = lake.sql(
        "SELECT r.position, r.sample, p.sql, f.sql,"
        " max(c.text) FILTER (c.validator = 'select'), max(c.text) FILTER (c.validator = 'condition'), r.fixes, r.critiques"
        " FROM rollouts AS r JOIN candidates AS p ON p.candidate = r.planner LEFT JOIN candidates AS f ON f.candidate = r.fix"
        " LEFT JOIN critiques AS c ON c.candidate = r.planner WHERE r.run = 'parallel' GROUP BY ALL ORDER BY r.position, r.sample"
    ).fetchall()
    questions = lake.sql("SELECT position, db_id, question FROM questions").fetchall()
    position_of = {(db_id, question): position for position, db_id, question in reversed(questions)}
    expected = []
    for row in rows:
        lists = zip(row["predict_sqls"], row["fixed_sqls"], row["feedback_selects"], row["feedback_conditions"], strict=True)
        for sample, (sql, fixed, select, condition) in enumerate(lists):
            position = position_of[row["db_id"], row["question"]]
            expected.append((position, sample, sql, fixed, select, condition, int(fixed is not None), 2))
    assert len(expected) == 1600
    assert sum(fixed is None for _, _, _, fixed, *_ in expected) == 656
    assert found == sorted(expected)


def test_filtering_before_pairing_would_misplace_most_fixes(lake: store.Lake, rows: list[dict[str, Any]]) -> None:
    """Fixes without their nulls, put beside the unfiltered SQL by index, meet another SQL; the rollouts here never do."""
    kept, misplaced = set(), 0
    for row in rows:
        called = [sample for sample, fixed in enumerate(row["fixed_sqls"]) if fixed is not None]
        misplaced += sum(index != sample for index, sample in enumerate(called))
        kept |= {(row["predict_sqls"][sample], row["fixed_sqls"][sample]) for sample in called}
    naive = {
        pair
        for row in rows
        for pair in zip(row["predict_sqls"], [fixed for fixed in row["fixed_sqls"] if fixed is not None], strict=False)
    }
    assert misplaced > 400
    assert len(naive - kept) > 100
    ours = set(
        lake.sql(
            "SELECT p.sql, f.sql FROM rollouts AS r JOIN candidates AS p ON p.candidate = r.planner"
            " JOIN candidates AS f ON f.candidate = r.fix WHERE r.run = 'parallel'"
        ).fetchall()
    )
    assert ours == kept


def test_the_flag_of_a_fixer_that_was_not_called_counts_for_nothing(lake: store.Lake) -> None:
    """The files say false of it; there is no such candidate, so no mode takes that for a wrong fix."""
    (fixes, flags), *_ = lake.sql(
        "SELECT count(*), count(l.candidate) FROM candidates AS c LEFT JOIN labels AS l ON l.candidate = c.candidate"
        " WHERE c.run = 'sft_vf' AND c.stage = 'fixer'"
    ).fetchall()
    assert fixes == flags == 4554
    mine(lake, "fixers", ["sft_vf"], Options(mode="collab", comparator="file:sft_vf", types=("fixer_collab", "select_collab")))
    not_called = lake.sql(
        "SELECT position FROM rollouts WHERE run = 'sft_vf' GROUP BY position HAVING sum(fixes) = 0 ORDER BY position"
    ).fetchall()
    said = lake.sql(
        "SELECT position FROM pair_yields WHERE pair_set = 'fixers' AND agent = 'fixer'"
        " AND reason = 'fixer_not_called' ORDER BY position"
    ).fetchall()
    assert said == not_called
    assert len(said) == 6


@pytest.mark.slow
def test_both_sides_answer_the_same_prompt(lake: store.Lake) -> None:
    """In every mode the sides are of one run and question; a validator's are about one SQL, a fixer's read the same."""
    for mode in ("independent", "collab", "collab_v2", "joint", "critique_aware"):
        mine(lake, mode, ["sft_vf"], Options(mode=mode, comparator="file:sft_vf", per_group=8))
    broken = lake.sql(
        "SELECT x.type, count(*) FROM pairs AS x"
        " JOIN candidates AS c ON c.candidate = x.chosen_candidate JOIN candidates AS r ON r.candidate = x.rejected_candidate"
        " JOIN rollouts AS a ON a.planner = coalesce(c.parent, c.candidate)"
        " JOIN rollouts AS b ON b.planner = coalesce(r.parent, r.candidate)"
        " WHERE c.run <> r.run OR c.position <> r.position OR c.position <> x.position OR c.step <> r.step"
        " OR x.chosen = x.rejected OR x.chosen_reward <= x.rejected_reward"
        " OR (x.agent <> 'planner' AND a.planner_sql_id <> b.planner_sql_id)"
        " OR (x.agent = 'planner' AND a.planner_prompt <> b.planner_prompt)"
        " OR (x.agent = 'fixer' AND (a.critique_set = b.critique_set) = (x.type = 'fixer_critique_aware'))"
        " GROUP BY ALL"
    ).fetchall()
    assert broken == []
    (types, pairs), *_ = lake.sql("SELECT count(DISTINCT type), count(*) FROM pairs").fetchall()
    assert (types, pairs > 3000) == (17, True)
