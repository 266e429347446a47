"""Gold revisions: each form finds its questions, and nothing is attached by guess."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import StoreError
from text2sql_data.benchmarks import Question, read, read_golds


def question(position: int, text: str, *, id_: str | None = None, db_id: str = "d") -> Question:
    """A question without a gold."""
    return Question(position, id_, db_id, text, "", None, None, None)


def item(text: str, sql: str, *, id_: str | None = None, db_id: str = "d") -> dict[str, str | None]:
    """An entry of a gold file."""
    return {"question": text, "SQL": sql, "db_id": db_id, "question_id": id_}


def write(tmp_path: Path, content: object) -> Path:
    """Writes a value as JSON."""
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


ASKED = [question(0, "a?", id_="10"), question(1, "b?", id_="11"), question(2, "c?", id_="12", db_id="e")]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_lines(tmp_path: Path, end: str) -> None:
    """A line is the gold of the question in its place, with or without the name of the database."""
    path = tmp_path / "gold.sql"
    path.write_bytes(("\ufeffSELECT 1\td\r\nSELECT\ta FROM\u2028t\nSELECT 3\te" + end).encode())
    assert read_golds(path, ASKED) == [(0, "SELECT 1"), (1, "SELECT\ta FROM\u2028t"), (2, "SELECT 3")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("SELECT 1\td\n", "1 lines for 3 questions"),
        ("SELECT 1\td\nSELECT 2\te\nSELECT 3\te\n", "line 2: is for the database 'e', but the question at position 1"),
        ("SELECT 1\td\n\td\nSELECT 3\te\n", "line 2: there is no SQL"),
        ("SELECT 1\td\n\nSELECT 3\te\n", "line 2: there is no SQL"),
    ],
)
def test_wrong_lines(tmp_path: Path, content: str, words: str) -> None:
    """A wrong count, another database and a missing SQL are errors that name the line."""
    path = tmp_path / "gold.sql"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StoreError, match=words):
        read_golds(path, ASKED)


def test_list_by_place(tmp_path: Path) -> None:
    """A list that asks the same questions goes by place, even where ids and questions repeat."""
    asked = [question(0, "a?", id_="1"), question(1, "a?", id_="1")]
    path = write(tmp_path, [item("a?", "SELECT 1", id_="1"), item("a?", "SELECT 2", id_="1")])
    assert read_golds(path, asked) == [(0, "SELECT 1"), (1, "SELECT 2")]


def test_list_by_id_then_by_question(tmp_path: Path) -> None:
    """Otherwise the id decides, even for a question that was reworded, and after it database and question."""
    path = write(
        tmp_path,
        [item("c?", "SELECT 3", db_id="e"), item("b, please?", "SELECT 2", id_="11"), item("a?", "SELECT 1", id_="10")],
    )
    assert read_golds(path, ASKED) == [(0, "SELECT 1"), (1, "SELECT 2"), (2, "SELECT 3")]
    assert read_golds(write(tmp_path, [item("b?", "SELECT 2")]), ASKED) == [(1, "SELECT 2")]


def test_list_with_strangers(tmp_path: Path) -> None:
    """A gold that fits no question is an error, unless such golds are left out on purpose."""
    path = write(tmp_path, [item("b?", "SELECT 2", id_="11"), item("z?", "SELECT 9", id_="99")])
    with pytest.raises(StoreError, match=r"1 golds fit no question.*entry 2 \('z\?'\)"):
        read_golds(path, ASKED)
    assert read_golds(path, ASKED, ignore_unmatched=True) == [(1, "SELECT 2")]


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([item("b?", "SELECT 1"), item("b?", "SELECT 2")], "2 golds fit no question, or more than one"),
        ([item("b?", "SELECT 1", id_="11"), item("b?", "SELECT 2")], "more than one|two different golds"),
        ([item("b?", "SELECT 1", id_="11", db_id="e")], "entry 1: is for the database 'e'"),
        ([item("x?", "SELECT 1", id_="10"), item("y?", "SELECT 2", id_="11")], "2 of 2 entries ask something else"),
    ],
)
def test_contradicting_lists(tmp_path: Path, items: list[object], words: str) -> None:
    """Two golds for one question, an id of another database and ids that number something else are refused."""
    with pytest.raises(StoreError, match=words):
        read_golds(write(tmp_path, items), ASKED)


def test_object_by_id_or_position(tmp_path: Path) -> None:
    """Keys are ids; they are positions where ids cannot be meant; BIRD's suffix is taken off and checked."""
    assert read_golds(write(tmp_path, {"11": "SELECT 2"}), ASKED) == [(1, "SELECT 2")]
    assert read_golds(write(tmp_path, {"2": "SELECT 3\t----- bird -----\te"}), ASKED) == [(2, "SELECT 3")]
    without_ids = [question(0, "a?"), question(1, "b?")]
    assert read_golds(write(tmp_path, {"1": "SELECT 2", "0": "SELECT 1"}), without_ids) == [
        (0, "SELECT 1"),
        (1, "SELECT 2"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"99": "SELECT 1"}, "fit no question, or more than one: key '99'"),
        ({"0": "SELECT 1", "11": "SELECT 2"}, "key '0'"),
        ({"10": None}, "key '10': expected SQL as a string, found null"),
        ({"10": "SELECT 1\t----- bird -----\te"}, "key '10': is for the database 'e'"),
        ({"10": " "}, "there is no SQL"),
    ],
)
def test_wrong_objects(tmp_path: Path, content: dict[str, object], words: str) -> None:
    """A key that is no id, a value that is no SQL and another database are errors that name the key."""
    with pytest.raises(StoreError, match=words):
        read_golds(write(tmp_path, content), ASKED)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is a plain error in each form."""
    for name in ("gold.sql", "gold.json", "gold.jsonl"):
        with pytest.raises(StoreError, match="cannot be read"):
            read_golds(tmp_path / name, ASKED)


@settings(deadline=None)
@given(order=st.permutations(range(6)), kept=st.integers(1, 6))
def test_order_of_the_file_does_not_matter(tmp_path_factory: pytest.TempPathFactory, order: list[int], kept: int) -> None:
    """Whatever the order and the selection of the entries, each gold finds its question."""
    asked = [question(n, f"{n}?", id_=str(n + 100)) for n in range(6)]
    chosen = order[:kept]
    items = [item(f"{n}?", f"SELECT {n}", id_=str(n + 100)) for n in chosen]
    expected = [(n, f"SELECT {n}") for n in sorted(chosen)]
    folder = tmp_path_factory.getbasetemp()
    assert read_golds(write(folder, items), asked) == expected
    assert read_golds(write(folder, {str(n + 100): f"SELECT {n}" for n in chosen}), asked) == expected


def test_published_golds(real_data: Path) -> None:
    """The gold files beside Spider's and BIRD's questions agree with them; mini_dev revises 14 golds of dev."""
    spider, bird = read(real_data / "spider").questions, read(real_data / "bird").questions
    mini = read(real_data / "bird", questions="mini_dev_sqlite.json").questions
    for file, asked in (
        ("spider/dev_gold.sql", spider),
        ("bird/dev_gold.sql", bird),
        ("bird/mini_dev_sqlite_gold.sql", mini),
    ):
        golds = read_golds(real_data / file, asked)
        assert [position for position, _ in golds] == list(range(len(asked)))
    assert [sql for _, sql in read_golds(real_data / "spider/dev_gold.sql", spider)] == [q.gold_sql for q in spider]
    revised = read_golds(real_data / "bird/mini_dev_sqlite.json", bird)
    assert len(revised) == 498
    assert sum(bird[position].gold_sql != sql for position, sql in revised) == 14
    with pytest.raises(StoreError, match="golds fit no question"):
        read_golds(real_data / "bird/dev.json", mini)
    assert len(read_golds(real_data / "bird/dev.json", mini, ignore_unmatched=True)) == 500
