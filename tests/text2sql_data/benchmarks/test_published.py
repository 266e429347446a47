"""The published benchmarks, read from their own files."""

import json
from collections import Counter
from pathlib import Path

from store.ids import file_sha256
from text2sql_data.benchmarks import Benchmark, read


def kinds(benchmark: Benchmark) -> dict[str, int]:
    """The notes by kind."""
    return {note.kind: note.count for note in benchmark.notes}


def test_spider_dev(real_data: Path) -> None:
    """Spider dev has 1034 questions on 20 of the 166 databases, all there."""
    benchmark = read(real_data / "spider")
    assert (benchmark.layout, len(benchmark.questions), len(benchmark.databases)) == ("spider", 1034, 20)
    assert benchmark.notes == []
    first = benchmark.questions[0]
    assert (first.db_id, first.question, first.gold_sql) == (
        "concert_singer",
        "How many singers do we have?",
        "SELECT count(*) FROM singer",
    )
    for database in benchmark.databases:
        assert database.reason is None
        assert database.schema is not None
        assert database.sha256 == file_sha256(Path(database.path or ""))
    (source,) = benchmark.sources
    assert (Path(source.path).name, source.sha256) == ("dev.json", file_sha256(real_data / "spider/dev.json"))


def test_spider_train(real_data: Path) -> None:
    """Spider train has 7000 questions on 140 databases; 9 questions repeat, one of them with another gold."""
    benchmark = read(real_data / "spider", questions="train_spider.json")
    assert (benchmark.layout, len(benchmark.questions), len(benchmark.databases)) == ("spider", 7000, 140)
    assert all(database.database for database in benchmark.databases)
    assert kinds(benchmark) == {"repeated_question": 9, "gold_differs_for_repeated_question": 1}


def test_bird_dev(real_data: Path) -> None:
    """BIRD dev has 1534 questions; the 10 absent databases say so and have the schema of dev_tables.json."""
    benchmark = read(real_data / "bird")
    assert (benchmark.layout, len(benchmark.questions), len(benchmark.databases)) == ("bird", 1534, 11)
    assert Counter(question.difficulty for question in benchmark.questions) == {
        "simple": 925,
        "moderate": 464,
        "challenging": 145,
    }
    assert [question.question_id for question in benchmark.questions] == [str(n) for n in range(1534)]
    assert kinds(benchmark) == {"repeated_question": 1, "missing_database": 10}
    absent = [database for database in benchmark.databases if database.reason]
    asked = Counter(question.db_id for question in benchmark.questions)
    assert sum(asked[database.db_id] for database in absent) == 1405
    for database in absent:
        assert (database.reason or "").startswith("missing")
        assert database.schema is not None
        assert database.schema["source"] == "tables.json"


def test_bird_descriptions(real_data: Path) -> None:
    """Every column of superhero has its description, beside examples from the database itself."""
    (superhero,) = (database for database in read(real_data / "bird").databases if database.db_id == "superhero")
    schema = json.loads(json.dumps(superhero.schema))
    assert schema["source"] == "database"
    columns = {(table["name"], column["name"]): column for table in schema["tables"] for column in table["columns"]}
    assert len(columns) == 31
    assert [name for name, column in columns.items() if not column["description"]] == []
    gender = columns["gender", "gender"]
    assert (gender["description"], gender["examples"]) == ("the gender of the superhero", ["Male", "Female", "N/A"])


def test_bird_mini_dev(real_data: Path) -> None:
    """The ids 137 and 138 of mini_dev repeat: its 500 questions are kept apart by position."""
    benchmark = read(real_data / "bird", questions="mini_dev_sqlite.json")
    assert len({question.position for question in benchmark.questions}) == len(benchmark.questions) == 500
    (note,) = (note for note in benchmark.notes if note.kind == "repeated_question_id")
    assert note.examples == ["137: positions 484, 487", "138: positions 485, 488"]


def test_bird_train(real_data: Path) -> None:
    """BIRD train has 9428 questions on 69 databases, of which two are there, in the folder of its own split."""
    benchmark = read(real_data / "bird/train.json")
    assert (benchmark.layout, len(benchmark.questions), len(benchmark.databases)) == ("bird", 9428, 69)
    there = {database.db_id: database for database in benchmark.databases if database.database}
    assert set(there) == {"video_games", "university"}
    assert Path(there["university"].path or "").parent.parent.name == "train_databases"
