"""Recall over whole benchmarks: the published figure of Spider dev, BIRD dev without its databases, and the command."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.commands.rollout.schema_recall import schema_recall
from text2sql_data.critiques import stored
from text2sql_data.schema.recall import Gold, NoGoldsToRecallError, gold_of, recall
from text2sql_data.schema.retrieval import MODES

SCHEMA = stored.read(
    json.dumps(
        {
            "tables": [
                {"name": name, "columns": [{"name": one, "type": "TEXT"} for one in columns], "foreign_keys": []}
                for name, columns in (("Singer", ("ID", "Name")), ("Song", ("ID", "SingerID", "Year")))
            ]
        }
    )
)


def test_spider_dev_is_the_published_figure(published: store.Lake, real_data: Path) -> None:
    """Every figure of `bm25_fk` at 6 equals the report of the published run, down to the number of gold tables."""
    (report,) = json.loads((real_data / "trajectories/schema_retrieval.json").read_text("utf-8"))
    done = recall(published, "spider_dev", modes=["bm25_fk"], top_k=[6])
    (figure,) = done.figures
    assert done.excluded == {}
    assert (figure.n, figure.gold_tables) == (report["evaluable"], report["total_gold_tables"])
    assert round(figure.table_recall, 4) == report["gold_table_recall"] == 1.0
    assert round(figure.all_tables, 4) == report["example_all_tables_recalled"]
    assert round(figure.any_table, 4) == report["example_any_table_recalled"]
    assert round(figure.selected, 4) == report["avg_selected_tables"]
    assert round(figure.gold_tables / figure.n, 4) == report["avg_gold_tables"]


@pytest.mark.slow
def test_bird_dev_from_its_tables_file(published: store.Lake) -> None:
    """All 1,534 questions are measured, most of them on databases that are absent; better modes and larger k recall more."""
    done = recall(published, "bird_dev", top_k=[3, 6])
    assert done.excluded == {}
    assert {(figure.n, figure.gold_tables) for figure in done.figures} == {(1534, 2978)}
    by = {(figure.mode, figure.top_k): figure for figure in done.figures}
    full = by["full", None]
    assert (full.table_recall, full.column_recall, full.selected) == (1.0, 1.0, full.of)
    for mode in ("overlap", "bm25", "bm25_fk"):
        assert by[mode, 3].table_recall <= by[mode, 6].table_recall <= 1.0
        assert by[mode, 3].column_recall <= by[mode, 6].column_recall <= 1.0
        assert by[mode, 3].selected < by[mode, 6].selected < full.selected
    assert by["bm25", 6].table_recall > 0.96
    assert by["bm25_fk", 6].table_recall > 0.999


@pytest.mark.slow
def test_the_page_has_these_figures(published: store.Lake) -> None:
    """The tables in docs/schema-in-prompts.md are what its commands print."""
    page = (Path(__file__).parents[3] / "docs/schema-in-prompts.md").read_text("utf-8")
    commands = [line.split() for line in page.splitlines() if line.startswith("$ t2s rollout schema-recall")]
    assert len(commands) == 2
    for _, _, _, _, *arguments in commands:
        said = CliRunner().invoke(schema_recall, arguments, obj=Path(published.folder))
        assert said.stdout.count("\n") == 12
        assert said.stdout in page


@pytest.mark.parametrize(
    ("sql", "tables", "columns"),
    [
        ("SELECT name FROM singer", {"singer"}, {("singer", "name")}),
        (
            "SELECT count(*) FROM Singer AS a, SONG b WHERE a.id = b.singerid",
            {"singer", "song"},
            {("singer", "id"), ("song", "singerid")},
        ),
        ("WITH c AS (SELECT year AS y FROM song) SELECT y FROM c", {"song"}, {("song", "year")}),
        (
            "SELECT 1 FROM singer WHERE id IN (SELECT singerid FROM song)",
            {"singer", "song"},
            {("singer", "id"), ("song", "singerid")},
        ),
        ("SELECT name FROM singer UNION SELECT year FROM song", {"singer", "song"}, {("singer", "name"), ("song", "year")}),
        ('SELECT id FROM song WHERE year = "2001"', {"song"}, {("song", "id"), ("song", "year")}),
    ],
)
def test_what_a_gold_reads(sql: str, tables: set[str], columns: set[tuple[str, str]]) -> None:
    """Tables and columns are found through aliases, subqueries, CTEs and set operations; a text in double quotes is no column."""
    assert gold_of(sql, SCHEMA) == Gold(frozenset(tables), frozenset(columns))


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT FROM WHERE", "gold cannot be parsed"),
        ("SELECT 'open", "gold cannot be parsed"),
        ("SELECT 1; SELECT 2", "gold is not one query"),
        ("DROP TABLE song", "gold is not one query"),
        ("SELECT x FROM band", "gold reads a table that the schema lacks"),
        ("SELECT 1", "gold reads no table"),
    ],
)
def test_a_gold_that_cannot_be_measured_says_why(sql: str, reason: str) -> None:
    """Each has its reason, and raises nothing."""
    assert gold_of(sql, SCHEMA) == reason


def test_the_command_knows_every_mode() -> None:
    """Its option offers the ways to choose tables that there are."""
    (option,) = (one for one in schema_recall.params if one.name == "modes")
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == MODES


def test_questions_are_excluded_with_their_position(lake: store.Lake, folder: Path, tmp_path: Path) -> None:
    """Without gold or schema a question is listed and not measured; the command says it; without any question it is an error."""
    entries = [
        {"db_id": "a", "question": "names of singers", "query": "SELECT name FROM singer"},
        {"db_id": "a", "question": "no gold"},
        {"db_id": "absent", "question": "x", "query": "SELECT 1"},
        {"db_id": "a", "question": "years", "query": "SELECT year FROM song"},
    ]
    (tmp_path / "dev.json").write_text(json.dumps(entries), "utf-8")
    described = {
        "db_id": "a",
        "table_names_original": ["singer", "song", "other"],
        "column_names_original": [[-1, "*"], [0, "name"], [1, "year"], [2, "x"]],
        "column_types": ["text", "text", "number", "text"],
        "primary_keys": [],
        "foreign_keys": [],
    }
    (tmp_path / "tables.json").write_text(json.dumps([described]), "utf-8")
    add_benchmark(lake, "small", read(tmp_path, layout="spider"))
    done = recall(lake, "small", modes=["bm25"], top_k=[1])
    assert done.excluded == {"no gold": [1], "no schema": [2]}
    (figure,) = done.figures
    assert (figure.n, figure.table_recall, figure.column_recall, figure.selected, figure.of) == (2, 1.0, 1.0, 1.0, 3.0)
    said = CliRunner().invoke(schema_recall, ["--benchmark", "small", "--mode", "bm25", "--top-k", "1", "--json"], obj=folder)
    assert json.loads(said.stdout) == {
        "benchmark": "small",
        "gold_revision": "original",
        **figure._asdict(),
        "excluded": done.excluded,
    }
    table = CliRunner().invoke(schema_recall, ["--benchmark", "small"], obj=folder)
    assert [line.split()[:3] for line in table.stdout.strip().splitlines()[-7:]] == [
        [mode, k, hops]
        for mode, k, hops in [
            ("full", "-", "-"),
            *((mode, k, "1" if mode == "bm25_fk" else "-") for mode in ("overlap", "bm25", "bm25_fk") for k in "36"),
        ]
    ]
    assert "1 questions are not measured: no schema." in table.stderr
    (tmp_path / "dev.json").write_text(json.dumps(entries[1:2]), "utf-8")
    add_benchmark(lake, "nothing", read(tmp_path, layout="spider"))
    add_benchmark(lake, "small", read(tmp_path, layout="spider"), revision="later")
    with pytest.raises(NoGoldsToRecallError, match="1 no gold"):
        recall(lake, "small")
