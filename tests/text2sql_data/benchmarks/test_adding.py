"""Writing benchmarks into the lake: what is found again, what is gone, and what was there already."""

import json
from pathlib import Path

import pytest

import store
from text2sql_data.benchmarks import read, read_golds
from text2sql_data.benchmarks.adding import add_benchmark, add_golds, lake_questions
from text2sql_data.demo import build


def usable(lake: store.Lake) -> list[str]:
    """The databases that can be used."""
    return [name for (name,) in lake.sql("SELECT db_id FROM current_databases WHERE reason IS NULL ORDER BY db_id").fetchall()]


def test_the_same_files_again_add_nothing(lake: store.Lake, tmp_path: Path) -> None:
    """A second `add` of the same files is no snapshot."""
    found = read(build(tmp_path).questions)
    assert sum(add_benchmark(lake, "demo", found).added.values()) > 72
    before = lake.version
    assert not any(add_benchmark(lake, "demo", read(tmp_path / "questions.json")).added.values())
    assert lake.version == before


def test_a_database_that_is_gone_and_comes_back_is_usable_again(lake: store.Lake, tmp_path: Path) -> None:
    """Each `add` says how the databases are now: there, gone, and there again."""
    files = build(tmp_path)
    add_benchmark(lake, "demo", read(files.questions))
    everything = usable(lake)
    database = files.database_root / everything[0] / f"{everything[0]}.sqlite"
    away = tmp_path / "away.sqlite"
    database.rename(away)
    add_benchmark(lake, "demo", read(files.questions))
    assert usable(lake) == everything[1:]
    away.rename(database)
    add_benchmark(lake, "demo", read(files.questions))
    assert usable(lake) == everything
    assert lake.check() == []


def test_a_changed_question_file_is_another_revision(lake: store.Lake, tmp_path: Path) -> None:
    """Changed questions stand beside the old ones, and a revision's name is not given to other content."""
    files = build(tmp_path)
    add_benchmark(lake, "demo", read(files.questions), revision="first")
    questions = json.loads(files.questions.read_text("utf-8"))
    files.questions.write_text(json.dumps(questions[:-1]), "utf-8")
    with pytest.raises(store.StoreError, match="revision first already"):
        add_benchmark(lake, "demo", read(files.questions), revision="first")
    add_benchmark(lake, "demo", read(files.questions), revision="second")
    counts = lake.sql("SELECT revision, count(*) FROM questions GROUP BY revision ORDER BY revision").fetchall()
    assert counts == [("first", 72), ("second", 71)]


def test_gold_revisions_stand_side_by_side(lake: store.Lake, tmp_path: Path) -> None:
    """A second gold revision is added beside the original, once, and cannot be given other content."""
    files = build(tmp_path)
    add_benchmark(lake, "demo", read(files.questions))
    corrected = tmp_path / "corrected.json"
    corrected.write_text(json.dumps({"24": "SELECT 1", "0": "SELECT 2"}), "utf-8")
    golds = read_golds(corrected, lake_questions(lake, "demo"))
    assert add_golds(lake, "demo", "corrected", golds).added == {"golds": 2}
    assert add_golds(lake, "demo", "corrected", golds).added == {"golds": 0}
    with pytest.raises(store.StoreError, match="other SQL"):
        add_golds(lake, "demo", "corrected", [(0, "SELECT 3")])
    counts = lake.sql("SELECT gold_revision, count(*) FROM golds GROUP BY ALL ORDER BY ALL").fetchall()
    assert counts == [("corrected", 2), ("original", 72)]
