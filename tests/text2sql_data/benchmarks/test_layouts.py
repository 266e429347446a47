"""Layouts: which file is taken, how a layout is recognised, which keys are understood, and what is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import StoreError
from store.ids import JSON
from text2sql_data.benchmarks import Question, read
from text2sql_data.benchmarks import layouts as keys
from text2sql_data.benchmarks.entries import Entry
from text2sql_data.benchmarks.layouts import detect, parse, question_file

SPIDER: dict[str, JSON] = {"question": "How many?", "query": "SELECT 1", "db_id": "d"}
BIRD: dict[str, JSON] = {
    "question_id": 7,
    "question": "How many?",
    "evidence": "many means > 1",
    "SQL": "SELECT 1",
    "db_id": "d",
}
GENERIC: dict[str, JSON] = {"nl": "How many?", "gold_sql": "SELECT 1", "sqlite_path": "files/d.sqlite"}


def write(path: Path, *objects: object) -> Path:
    """Writes objects as a JSON list."""
    path.write_text(json.dumps(objects), encoding="utf-8")
    return path


def one(value: dict[str, JSON], layout: str = "generic") -> Question:
    """The question that an entry is."""
    return parse(Path("/b/q.json"), [Entry("entry 1", json.loads(json.dumps(value)))], layout)[0]


def test_layouts_are_recognised(tmp_path: Path) -> None:
    """Keys tell the layout; Spider's need tables.json or database/ beside them; BIRD's test set has no SQL."""
    path = tmp_path / "q.json"
    assert detect(path, Entry("entry 1", dict(BIRD))) == "bird"
    assert detect(path, Entry("entry 1", {key: text for key, text in BIRD.items() if key != "SQL"})) == "bird"
    assert detect(path, Entry("entry 1", dict(GENERIC))) == "generic"
    assert detect(path, Entry("entry 1", dict(SPIDER))) == "generic"
    (tmp_path / "database").mkdir()
    assert detect(path, Entry("entry 1", dict(SPIDER))) == "spider"


def test_unknown_layout_is_explained(tmp_path: Path) -> None:
    """An entry of no layout is refused with its keys and with what each layout expects."""
    path = write(tmp_path / "q.json", {"text": "How many?", "answer": "3"})
    with pytest.raises(StoreError, match="entry 1: no known layout; its keys are answer, text") as caught:
        read(path)
    assert all(layout in caught.value.hint for layout in ("spider", "bird", "generic"))
    with pytest.raises(StoreError, match="there is no layout 'spyder'") as caught:
        read(path, layout="spyder")
    assert "spider" in caught.value.hint


@settings(deadline=None)
@given(
    question=st.sampled_from(keys.QUESTION),
    db_id=st.sampled_from(keys.DB_ID),
    db_path=st.sampled_from(keys.DB_PATH),
    gold=st.sampled_from(keys.GOLD["generic"]),
    evidence=st.sampled_from(keys.EVIDENCE),
    difficulty=st.sampled_from(keys.DIFFICULTY),
    question_id=st.sampled_from(keys.QUESTION_ID),
    id_=st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
)
def test_every_alias_means_the_same(
    *,
    question: str,
    db_id: str,
    db_path: str,
    gold: str,
    evidence: str,
    difficulty: str,
    question_id: str,
    id_: int | str,
) -> None:
    """Whichever alias is used for each field, the question is the same."""
    entry: dict[str, JSON] = {
        question: "How many?",
        db_id: "d",
        db_path: "files/d.sqlite",
        gold: "SELECT 1",
        evidence: "many",
        difficulty: "hard",
        question_id: id_,
    }
    path = Path("/b/files/d.sqlite")
    assert one(entry) == Question(0, str(id_), "d", "How many?", "many", "hard", "SELECT 1", path)


def test_defaults() -> None:
    """Without them there is no evidence, difficulty, id or gold; the database is named by its file."""
    assert one({"nl": "How many?", "db_path": "/x/concert.sqlite"}) == Question(
        0, None, "concert", "How many?", "", None, None, Path("/x/concert.sqlite")
    )
    assert one({**GENERIC, "gold_sql": "  "}).gold_sql is None


def test_parse_tree_beside_the_query() -> None:
    """Spider's own files have the SQL under `query` and a parse tree under `sql`: the text is taken."""
    assert one({**SPIDER, "sql": {"select": []}}).gold_sql == "SELECT 1"


def test_layouts_differ_in_the_gold() -> None:
    """The layout that is told decides which key holds the gold."""
    assert one(BIRD, "spider").gold_sql is None
    assert one(BIRD, "bird").gold_sql == "SELECT 1"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"question": None}, "entry 1: no question; expected a string under `question`, `utterance`, `nl`"),
        ({"question": 3}, "entry 1: `question` is a number, expected a string"),
        ({"db_id": None}, "entry 1: no database; expected a string under `db_id`"),
        ({"db_id": ["d"]}, "entry 1: `db_id` is a list"),
        ({"question_id": 1.5}, "`question_id` is a number, expected a string or an integer"),
        ({"question_id": True}, "`question_id` is a boolean, expected a string or an integer"),
        ({"utterance": "Something else?"}, "`question`, `utterance` differ"),
        ({"SQL": "SELECT 2"}, "`query`, `SQL` differ"),
        ({"question": "half \ud800"}, "half of a surrogate pair"),
    ],
)
def test_wrong_entries(change: dict[str, JSON], words: str) -> None:
    """A missing key, a value of the wrong kind and a contradiction are refused, naming entry and key."""
    with pytest.raises(StoreError, match=words):
        one({**SPIDER, **change})


@pytest.mark.parametrize("db_id", ["../secret", "..", ".", "a/b", "/etc/passwd", "a\\b", "a\0b"])
def test_database_names_cannot_climb(db_id: str) -> None:
    """A database name that would lead out of the folder of databases is refused."""
    with pytest.raises(StoreError, match="refused"):
        one({**SPIDER, "db_id": db_id})


def test_question_file_of_a_folder(tmp_path: Path) -> None:
    """dev.json wins; otherwise the only file with questions; several are listed; tables.json is none."""
    write(tmp_path / "tables.json", {"db_id": "d"})
    write(tmp_path / "other.json", 1)
    with pytest.raises(StoreError, match="no question file"):
        question_file(tmp_path, None)
    write(tmp_path / "train.json", SPIDER)
    assert question_file(tmp_path, None) == tmp_path / "train.json"
    (tmp_path / "more.jsonl").write_text(json.dumps(GENERIC), encoding="utf-8")
    with pytest.raises(StoreError, match=r"several question files: more.jsonl, train.json") as caught:
        question_file(tmp_path, None)
    assert "--questions more.jsonl" in caught.value.hint
    assert question_file(tmp_path, "train.json") == tmp_path / "train.json"
    write(tmp_path / "dev.json", SPIDER)
    assert question_file(tmp_path, None) == tmp_path / "dev.json"


def test_question_file_that_is_not_there(tmp_path: Path) -> None:
    """A path, a name in a folder and a name in a file that do not exist are three errors."""
    with pytest.raises(StoreError, match="no file or folder"):
        question_file(tmp_path / "absent", None)
    path = write(tmp_path / "q.json", SPIDER)
    with pytest.raises(StoreError, match="there is no file") as caught:
        question_file(tmp_path, "test.json")
    assert "q.json" in caught.value.hint
    with pytest.raises(StoreError, match="is a file"):
        question_file(path, "test.json")


def test_empty_list(tmp_path: Path) -> None:
    """A file with no entries is refused: a benchmark of nothing is a mistake."""
    with pytest.raises(StoreError, match="holds no questions"):
        read(write(tmp_path / "q.json"))
