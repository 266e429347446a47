"""Generated tasks: held out as they say, true to their databases, the same for the same seed."""

import json
from pathlib import Path

import apsw
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from store.cli import cli
from text2sql_data.demo.databases import write_databases
from text2sql_data.tasks.generating import SPLITS, Made, TaskError, generate, sqlite_files
from text2sql_data.tasks.slots import literal, plural, quoted, read
from text2sql_data.tasks.templates import slots, templates

WANTED = {"sft": 300, "rollout": 200, "test": 150}
WORDS = {"one", "tables"}


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The demo databases."""
    return write_databases(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="module")
def made(databases: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A task over them."""
    return generate(tmp_path_factory.mktemp("task"), databases, WANTED, seed=3)


def questions(made: Made, split: str) -> list[dict[str, str]]:
    return json.loads(made.files[split].read_text("utf-8"))  # type: ignore[no-any-return]


def cells(rows: list[dict[str, str]]) -> set[str]:
    return {row["question_id"].rpartition("/")[0] for row in rows}


def test_the_test_asks_what_was_never_asked_of_its_database(made: Made) -> None:
    """No wording is on the same database in the test and in what is learnt from; yet each is learnt on another database."""
    learnt = cells(questions(made, "sft")) | cells(questions(made, "rollout"))
    held_out = cells(questions(made, "test"))
    assert held_out
    assert not learnt & held_out
    assert {cell.split("/")[0] for cell in held_out} <= {cell.split("/")[0] for cell in learnt}


def test_no_question_is_asked_twice(made: Made) -> None:
    """Every question of a database is in one split, once; every split is as large as was wanted."""
    rows = [row for split in SPLITS for row in questions(made, split)]
    assert len({(row["db_id"], row["question"].lower()) for row in rows}) == len(rows) == sum(WANTED.values())
    assert made.questions == WANTED


def test_no_answer_of_the_test_was_ever_learnt(made: Made) -> None:
    """No SQL on a database stands in two files."""
    golds = {split: {(row["db_id"], row["SQL"]) for row in questions(made, split)} for split in SPLITS}
    assert not golds["test"] & (golds["sft"] | golds["rollout"])
    assert not golds["sft"] & golds["rollout"]


def test_every_gold_has_an_answer(made: Made, databases: dict[str, Path]) -> None:
    """SQLite itself executes each gold, and finds a row that is not NULL alone."""
    connections = {db_id: apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY) for db_id, path in databases.items()}
    for split in SPLITS:
        for row in questions(made, split):
            rows = connections[row["db_id"]].execute(row["SQL"]).fetchall()
            assert rows, row
            assert rows != [(None,)], row


def test_values_of_a_gold_stand_in_its_question(made: Made) -> None:
    """A question says every text that its SQL compares with: nothing has to be guessed."""
    for split in SPLITS:
        for row in questions(made, split):
            for text in row["SQL"].split("'")[1::2]:
                assert text in row["question"], row


def test_the_same_seed_writes_the_same_bytes(made: Made, databases: dict[str, Path], tmp_path: Path) -> None:
    """And another one others."""
    again, other = (
        generate(tmp_path / "again", databases, WANTED, seed=3),
        generate(tmp_path / "other", databases, WANTED, seed=4),
    )
    for split in SPLITS:
        assert again.files[split].read_bytes() == made.files[split].read_bytes()
        assert other.files[split].read_bytes() != made.files[split].read_bytes()


def test_questions_and_sql_of_a_template_have_the_same_slots() -> None:
    """A question asks for nothing that its SQL does not know, and the other way round."""
    for name, template in templates().items():
        columns = slots(template.sql) - {"table", "fk", "key"}
        for question in template.questions:
            assert slots(question) - WORDS == columns, (name, question)
            assert slots(question) & WORDS, (name, question)


def test_too_little_to_ask(databases: dict[str, Path], tmp_path: Path) -> None:
    """One database, more questions than there are, and a folder without databases are errors that say so."""
    one = dict(list(databases.items())[:1])
    small = {name: tmp_path / f"{name}.db" for name in ("a", "b")}
    for path in small.values():
        apsw.Connection(str(path)).execute("CREATE TABLE fruit (kind TEXT); INSERT INTO fruit VALUES ('pear'), ('pear'), ('fig')")
    with pytest.raises(TaskError, match="held out on one database"):
        generate(tmp_path / "task", one, WANTED)
    with pytest.raises(TaskError, match="different questions for rollout, and 10,000 are wanted"):
        generate(tmp_path / "task", small, {"sft": 5, "rollout": 10_000, "test": 5})
    with pytest.raises(TaskError, match="holds no database"):
        sqlite_files(tmp_path)
    assert not (tmp_path / "task").exists()


@given(
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1),
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])),
)
def test_sqlite_reads_names_and_texts_as_they_were(name: str, value: str) -> None:
    """Whatever a column is called, and whatever stands in it."""
    cursor = apsw.Connection(":memory:").execute(f"SELECT {literal(value)} AS {quoted(name)}")
    assert cursor.get_description()[0][0] == name
    assert cursor.fetchall() == [(value,)]


def test_names_of_several() -> None:
    """As most English words form it."""
    assert [plural(word) for word in ("branch", "city", "day", "box", "loan")] == ["branches", "cities", "days", "boxes", "loans"]


def test_keys_are_no_columns(databases: dict[str, Path]) -> None:
    """Nobody is asked for an id; and a parent is what a foreign key says."""
    loan = read(databases["city_library"])["loan"]
    assert not any(column.endswith("_id") for column in loan.columns)
    assert ("branch_id", "branch", "branch_id") in loan.parents


def test_the_command(tmp_path: Path) -> None:
    """Files are written with the databases of the demo, and added as a benchmark like any other."""
    folder, lake = str(tmp_path / "task"), str(tmp_path / "lake")
    size = ["--sft", "20", "--rollout", "20", "--test", "20"]
    run = CliRunner().invoke(cli, ["--lake", lake, "benchmark", "generate", folder, *size, "--json"], catch_exceptions=False)
    assert json.loads(run.stdout)["questions"] == {"sft": 20, "rollout": 20, "test": 20}
    words = ["--lake", lake, "benchmark", "add", f"{folder}/test.json", "--databases", f"{folder}/database", "--json"]
    added = json.loads(CliRunner().invoke(cli, words, catch_exceptions=False).stdout)
    assert added["golds"] == 20
    assert added["databases_usable"] == added["databases"] > 0
