"""The rule critics on published systems and golds: column errors are explained, and SQL that executes is not blamed for names."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.critiques import running, scoring, stored
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import bird, spider
from text2sql_data.importers.importing import Source, import_runs

pytestmark = pytest.mark.slow

NAMING = ("unknown_table", "unknown_column", "ambiguous_column", "syntax")


@pytest.fixture(scope="module")
def criticised(template: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """All published systems and the golds as one more, executed, labelled by bird, and criticised."""
    folder = tmp_path_factory.mktemp("criticised")
    golds = [" ".join(row["query"].split()) for row in json.loads((real_data / "spider/dev.json").read_text("utf-8"))]
    (folder / "golds.sql").write_text("\n".join(golds) + "\n")
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        for name, format_, files in (
            ("spider", spider.FORMAT, [*sorted((real_data / "spider/predictions").glob("*.sql")), folder / "golds.sql"]),
            ("bird", bird.FORMAT, sorted((real_data / "bird/predictions").glob("*.json"))),
        ):
            add_benchmark(lake, name, read(real_data / name / "dev.json"))
            import_runs(lake, format_, [Source(file.stem, file.stem, (file,)) for file in files], benchmark=name)
        execute(lake, Limits(), comparators=[comparator("bird")])
        label(lake, [comparator("bird")])
        done = running.run(lake)
        assert done.postponed == {}
        yield lake


def test_column_errors_name_the_owner(criticised: store.Lake) -> None:
    """Of the SQL that SQLite refuses for a column that some table has, at least 95 in 100 are told all tables that have it."""
    errors = criticised.sql("""
        SELECT DISTINCT r.database, r.sql, r.error, d.schema,
            (SELECT list(saw) FROM critiques AS k WHERE k.candidate = r.candidate AND k.validator LIKE '%_column') AS saw
        FROM candidate_results AS r JOIN current_databases AS d USING (benchmark, db_id)
        WHERE r.error_class IN ('no_such_column', 'ambiguous_column')
        """).fetchall()
    named, missed = 0, []
    for _, sql, error, schema, saw in errors:
        said = re.match(r"(?:no such column|ambiguous column name): (.*?)(?: - should this be|$)", error)
        assert said
        column = said[1].split(".")[-1].strip('"')
        owners = [stored.shown(table.name) for table in stored.read(schema).owners(column)]
        if not owners:
            continue
        if any(column.lower() in one.lower() and _names(one, owners) for one in saw or ()):
            named += 1
        else:
            missed.append((error, sql))
    assert named > 200
    assert len(missed) <= 0.05 * (named + len(missed)), missed


def _names(saw: str, owners: list[str]) -> bool:
    """Whether the owners are in a finding: an ambiguous column names those in FROM, a long list is cut."""
    if "have a column of that name" in saw or "times" in saw:
        return True
    return all(owner.lower() in saw.lower() for owner in owners[:6])


def test_what_executes_is_not_blamed_for_names(criticised: store.Lake) -> None:
    """No SQL that executes has an unknown or ambiguous name, or cannot be parsed."""
    blamed = criticised.sql(
        """
        SELECT k.validator, k.saw, r.sql
        FROM critiques AS k JOIN candidate_results AS r USING (candidate)
        WHERE r.status = 'ok' AND list_contains($critics::VARCHAR[], k.validator)
        """,
        critics=list(NAMING),
    ).fetchall()
    assert blamed == []


def test_golds_are_seldom_blamed(criticised: store.Lake) -> None:
    """Over the 1,034 golds of Spider: literals in another spelling than the data's, numbers kept as text, and little else."""
    found = Counter(
        dict(
            criticised.sql("""
                SELECT validator, count(DISTINCT candidate) FROM critiques JOIN candidates USING (candidate)
                WHERE run = 'golds' AND verdict = 'incorrect' GROUP BY validator
            """).fetchall()
        )
    )
    assert found.pop("rules") < 80
    assert found == {"absent_literal": 51, "text_number": 16, "bare_column": 4, "lost_distinct": 2, "unjoined_table": 2}


def test_scores_are_those_of_the_documentation(criticised: store.Lake) -> None:
    """What SQLite refuses is always wrong, so the critics of names have no false alarm against labels either."""
    systems = [run for (run,) in criticised.sql("SELECT run FROM runs WHERE benchmark = 'spider' AND run <> 'golds'").fetchall()]
    scores = {one.validator: one for one in scoring.score(criticised, runs=systems)}
    assert {one.n for one in scores.values()} == {12_408}
    for name in (*NAMING, "unjoined_table"):
        assert scores[name].precision == 1.0
    assert {name: scores[name].hits for name in NAMING} == {
        "unknown_table": 70,
        "unknown_column": 243,
        "ambiguous_column": 36,
        "syntax": 11,
    }


def test_imported_verdicts_stay(real_data: Path) -> None:
    """Every critique of the MATS rollouts has a conclusion, and its verdict is the word after it."""
    from text2sql_data.critiques.parsing import sections, verdict

    seen = Counter[str]()
    for path in sorted((real_data / "mats").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            for trajectory in json.loads(line).get("trajectories", ()):
                for field in ("fb_select", "fb_condition"):
                    text = trajectory[field]
                    said = re.findall(r"(?i)conclu(?:de|sion)\s*:\s*\**\s*(correct|incorrect)", text)
                    assert verdict(text) == said[-1].lower()
                    assert sections(field, text) == [(field, text)]
                    seen[verdict(text)] += 1
    assert set(seen) == {"correct", "incorrect"}
