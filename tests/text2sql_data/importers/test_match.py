"""Which question an entry answers: by position, id or text, repeated ones told apart or refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import store
from store import StoreError
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.importers.importing import Imported

Import = Callable[..., Imported]


def positions(lake: store.Lake, run: str) -> list[tuple[int, str]]:
    """Position and SQL of the candidates of a run."""
    return lake.sql("SELECT position, sql FROM candidates WHERE run = $run ORDER BY ALL", run=run).fetchall()


@pytest.mark.parametrize(
    "record",
    [
        {"position": 3},
        {"question_id": 13},
        {"question_id": "13"},
        {"instance_id": "13"},
        {"id": 13},
        {"question": "Who is it?"},
        {"utterance": " Who is\tit? ", "db": "e"},
        {"nl": "Who is it?", "database_id": "e"},
        {"position": 3, "question": "Who is it?", "db_id": "e"},
    ],
)
def test_ways_to_name_a_question(small: store.Lake, import_one: Import, record: dict[str, object]) -> None:
    """Position, id and text find the same question; white space in a text does not matter."""
    import_one(small, "jsonl", json.dumps(record | {"sql": "x"}), run="r")
    assert positions(small, "r") == [(3, "x")]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"position": 4}, "position 4: the benchmark has 4 questions"),
        ({"position": -1}, "position -1: the benchmark has 4 questions"),
        ({"position": True}, "position is True, not a whole number"),
        ({"question_id": 0}, "no question_id 0"),
        ({"question_id": "9" * 5_000}, "no question_id 9{80}$"),
        ({"question_id": 10.5}, "question_id is 10.5, not text"),
        ({"question": "Why?"}, "the benchmark has no question 'Why"),
        ({"question": "How many?", "db_id": "e"}, "has no question 'How many.' about database e"),
        ({"question_id": 10, "db_id": "e"}, "question_id 10 is about database d in the benchmark, and about e here"),
        ({"question_id": 10, "question": "Which?"}, "question_id 10 is 'How many.' in the benchmark, and 'Which.' here"),
        ({}, "nothing says which question this is"),
    ],
)
def test_contradictions(small: store.Lake, import_one: Import, record: dict[str, object], reason: str) -> None:
    """What does not name one question, or says two things about it, is an error of its line."""
    with pytest.raises(StoreError, match=f"line 1: .*{reason}"):
        import_one(small, "jsonl", json.dumps(record | {"sql": "x"}))


def test_repeated_text(small: store.Lake, import_one: Import) -> None:
    """The nth whole answer to a repeated text belongs to the nth such question; single samples of it cannot be placed."""
    twice = [{"question": "Which?", "pred_sqls": ["first"]}, {"question": "Which?", "pred_sqls": ["second"]}]
    import_one(small, "jsonl", json.dumps(twice), run="r")
    assert positions(small, "r") == [(1, "first"), (2, "second")]
    with pytest.raises(StoreError, match=r"entry 3: question 'Which.' comes 3 times here, and 2 times in the benchmark"):
        import_one(small, "jsonl", json.dumps([*twice, twice[0]]), run="thrice")
    single = {"question": "Which?", "sql": "x"}
    with pytest.raises(StoreError, match=r"entry 1: question 'Which.' stands at positions 1, 2; which is meant is not clear"):
        import_one(small, "jsonl", json.dumps([single]), run="single")
    import_one(small, "jsonl", json.dumps([single | {"db_id": "e"}]), run="told")
    assert positions(small, "told") == [(2, "x")]


def test_repeated_ids_of_mini_dev(published_lake: store.Lake, real_data: Path, import_one: Import) -> None:
    """The ids 137 and 138 of BIRD mini-dev stand twice: whole answers go by their order, single samples cannot be placed."""
    questions = json.loads((real_data / "bird/mini_dev_sqlite.json").read_text("utf-8"))
    records = [{"question_id": q["question_id"], "question": q["question"], "pred_sqls": [q["SQL"]]} for q in questions]
    import_one(published_lake, "jsonl", json.dumps(records), "mini_dev", run="r")
    assert positions(published_lake, "r") == [(position, q["SQL"].strip()) for position, q in enumerate(questions)]
    with pytest.raises(StoreError, match="entry 1: question_id 137 stands at positions 484, 487; which is meant is not clear"):
        import_one(published_lake, "jsonl", json.dumps([{"question_id": 137, "sql": "x"}]), "mini_dev", run="unclear")


def test_id_is_a_position_where_there_are_no_ids(lake: store.Lake, tmp_path: Path, import_one: Import) -> None:
    """Spider's questions have no ids: a number that an answer gives is then the position in the file."""
    (tmp_path / "plain.json").write_text(json.dumps([{"db_id": "d", "question": f"q{n}", "query": "SELECT 1"} for n in range(3)]))
    add_benchmark(lake, "plain", read(tmp_path / "plain.json"))
    import_one(lake, "jsonl", json.dumps({"question_id": "2", "sql": "x"}), "plain", run="r")
    assert positions(lake, "r") == [(2, "x")]
    with pytest.raises(StoreError, match="no question_id 999"):
        import_one(lake, "jsonl", json.dumps({"question_id": "9" * 5_000, "sql": "x"}), "plain", run="long")
