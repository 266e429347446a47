"""Pins: versions of datasets that never change, found by name, read as a trainer reads them, and checked when they are."""

import contextlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import store
from store import contents, engine, pins
from store.ids import content_id

Row = tuple[str, str, dict[str, Any]]

STAGED = (Path(__file__).parent / "staged" / "pins.sql").read_text("utf-8")
ROWS: list[Row] = [
    ("train", "a", {"prompt": "Wie viele?", "completion": "SELECT 1", "label": True}),
    ("train", "b", {"prompt": "How many 🚲 are there?\n", "completion": "SELECT 'é'", "label": False}),
    ("test", "c", {"prompt": "", "completion": 'SELECT "x\\y"', "label": True}),
]
ABOUT = pins.About(
    "sft", 1, {"kind": "sft"}, {"text2sql": "0" * 64}, {"python": "3"}, [{"kind": "run", "name": "r"}], {"rows": 3}
)


def pin(
    lake: store.Lake, rows: list[Row], name: str = "demo", about: pins.About = ABOUT, drops: str = "", *, dry_run: bool = False
) -> pins.Pinned:
    """Pin rows, whose places are their order."""
    with lake.scratch() as scratch:
        scratch.execute(STAGED)
        staged = [
            {
                "split": split,
                "row": str(content_id(identity)),
                "place": place,
                "db_id": "db",
                "sources": json.dumps({"candidate": identity}),
                "content": json.dumps(content),
            }
            for place, (split, identity, content) in enumerate(rows)
        ]
        if staged:
            scratch.stage("batch", staged)
            scratch.execute("INSERT INTO built_rows BY NAME FROM batch")
        if drops:
            scratch.execute(f"INSERT INTO built_drops {drops}")
        return pins.pin(lake, name, scratch, about, dry_run=dry_run)


def damage(lake: store.Lake, statement: str) -> None:
    """Do what no client of ours does: change rows that are there."""
    with engine.spill_folder() as spill, contextlib.closing(engine.connect(spill)) as connection:
        engine.attach(connection, lake.address, "lake", read_only=False)
        connection.execute("USE lake")
        connection.execute(statement)


def test_a_pin_comes_back_as_it_went_in(lake: store.Lake) -> None:
    """All that was recorded, the rows of each split in their order, and nothing else, by name and version."""
    made = pin(lake, ROWS)
    found = pins.find(lake, "demo@1")
    assert found == made.pin == pins.find(lake, "demo")
    assert (found.ref, found.n_rows, found.kind, found.snapshot, found.recipe) == ("demo@1", 3, "sft", 1, {"kind": "sft"})
    assert found.columns == {"completion": "string", "label": "bool", "prompt": "string"}
    loaded = store.load("demo@1", lake)
    assert {split: list(rows) for split, rows in loaded.items()} == {
        "train": [content for split, _, content in ROWS if split == "train"],
        "test": [content for split, _, content in ROWS if split == "test"],
    }
    assert list(loaded) == ["train", "test"]
    assert pins.rows(lake, "demo", "test").read_all().to_pylist() == [ROWS[2][2]]
    assert lake.check() == []


def test_the_digest_is_the_definition(lake: store.Lake) -> None:
    """It is what the definition gives over the rows that a trainer reads."""
    found = pin(lake, ROWS).pin
    loaded = store.load("demo", lake)
    rows = [(split, contents.row_digest(row)) for split, of_split in loaded.items() for row in of_split]
    assert found.digest == contents.dataset_digest(rows)


def test_the_same_dataset_is_pinned_once(lake: store.Lake) -> None:
    """The same rows in any order by the same recipe, from whatever snapshot: the pin that there is, and no new snapshot."""
    first = pin(lake, ROWS)
    version = lake.version
    again = pin(lake, ROWS[::-1], about=ABOUT._replace(snapshot=lake.version, versions={"python": "4"}))
    assert (first.already, again.already) == (False, True)
    assert again.pin == first.pin
    assert lake.version == version


@pytest.mark.parametrize(
    ("rows", "about"),
    [
        (ROWS[:2], ABOUT),
        ([*ROWS, ("train", "d", ROWS[0][2])], ABOUT),
        ([("test", "a", ROWS[0][2]), *ROWS[1:]], ABOUT),
        ([("train", "a", {**ROWS[0][2], "label": False}), *ROWS[1:]], ABOUT),
        (ROWS, ABOUT._replace(recipe={"kind": "sft", "seed": 1})),
    ],
    ids=["fewer rows", "a duplicate", "another split", "another label", "another recipe"],
)
def test_anything_else_is_the_next_version(lake: store.Lake, rows: list[Row], about: pins.About) -> None:
    """Versions count up by name; an older one can still be found, and a dataset of before is that of before."""
    first, second = pin(lake, ROWS), pin(lake, rows, about=about)
    assert (second.already, second.pin.ref) == (False, "demo@2")
    assert (second.pin.digest == first.pin.digest) == (rows == ROWS)
    assert pins.find(lake, "demo") == second.pin
    assert pins.find(lake, "demo@1") == first.pin
    assert pin(lake, ROWS) == (first.pin, True)
    assert pin(lake, ROWS, name="other").pin.ref == "other@1"


def test_a_dry_run_writes_nothing(lake: store.Lake) -> None:
    """It gives the digest that the pin would have."""
    version = lake.version
    tried = pin(lake, ROWS, dry_run=True)
    assert lake.version == version
    assert pins.pins(lake) == []
    assert tried.pin._replace(added=None) == pin(lake, ROWS).pin._replace(added=None)  # type: ignore[arg-type]


def test_features_do_not_depend_on_what_a_split_happens_to_hold(lake: store.Lake) -> None:
    """A column of nulls is text, whole numbers are floats beside a fraction, lists and objects nest; the same in every split."""
    rows: list[Row] = [
        ("train", "a", {"score": 1, "empty": None, "messages": [{"role": "user", "content": "x"}], "n": 2}),
        ("train", "b", {"score": 2.5, "messages": [], "n": None, "extra": {"k": [1]}}),
        ("test", "c", {"score": 3, "empty": None, "messages": [{"content": None, "role": "user"}], "n": -1}),
    ]
    pin(lake, rows)
    loaded = store.load("demo", lake)
    assert loaded["train"].features == loaded["test"].features
    assert {name: str(field) for name, field in loaded["test"].features.items()} == {
        "empty": "Value('string')",
        "extra": "{'k': List(Value('int64'))}",
        "messages": "List({'content': Value('string'), 'role': Value('string')})",
        "n": "Value('int64')",
        "score": "Value('float64')",
    }
    assert list(loaded["train"]) == [
        {"empty": None, "extra": None, "messages": [{"content": "x", "role": "user"}], "n": 2, "score": 1.0},
        {"empty": None, "extra": {"k": [1]}, "messages": [], "n": None, "score": 2.5},
    ]
    assert next(iter(loaded["test"]))["score"] == 3.0


def test_a_loaded_pin_outlives_the_lake_and_is_known_to_the_cache(folder: Path) -> None:
    """By the path of a lake; rows can be read after it was closed, and mapped; the same rows have the same fingerprint."""
    with store.open(folder) as lake:
        pin(lake, ROWS)
    first, second = store.load("demo", lake=folder), store.load("demo@1", lake=str(folder))
    assert first["train"][1]["completion"] == "SELECT 'é'"
    assert first["train"].map(lambda row: {"length": len(row["prompt"])})["length"] == [10, 22]
    assert first["train"]._fingerprint == second["train"]._fingerprint != first["test"]._fingerprint


@pytest.mark.parametrize(
    ("ref", "hint"),
    [
        ("demo@3", "There are: demo@1, demo@2."),
        ("demo@x", "There are: demo@1, demo@2."),
        ("demo@", "There are: demo@1, demo@2."),
        ("nothing", "There are: demo@1, demo@2, other@1."),
        ("other@01", "There is: other@1."),
        ("", "There are: demo@1, demo@2, other@1."),
    ],
)
def test_a_pin_that_is_not_there(lake: store.Lake, ref: str, hint: str) -> None:
    """The error lists the versions of the name, or all pins."""
    pin(lake, ROWS)
    pin(lake, ROWS[:1])
    pin(lake, ROWS, name="other")
    with pytest.raises(store.PinNotFoundError) as caught:
        pins.find(lake, ref)
    assert caught.value.hint.startswith(hint)
    assert isinstance(caught.value, LookupError)


def test_an_empty_lake_has_no_pin(lake: store.Lake) -> None:
    """The hint says how to make one; a split that is not there is told from a pin that is not."""
    with pytest.raises(store.PinNotFoundError) as caught:
        store.load("demo", lake)
    assert "There is none yet" in caught.value.hint
    pin(lake, ROWS)
    with pytest.raises(store.PinNotFoundError, match="demo@1 has no split dev") as caught:
        pins.rows(lake, "demo", "dev")
    assert caught.value.hint == "It has: train, test."


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "There are no rows"),
        ([ROWS[0], ROWS[0]], "has the row .* 2 times"),
        ([("no split", "a", {"x": 1})], '"no split" cannot be the name of a split'),
        ([("train", "a", {"x": 1}), ("train", "b", {"x": "1"})], "Column x is a whole number in some rows and text"),
        ([("train", "a", {"x": 2**63})], "does not fit into int64"),
    ],
)
def test_what_is_no_dataset_is_refused(lake: store.Lake, rows: list[Row], message: str) -> None:
    """The error says what is wrong, and nothing is written."""
    version = lake.version
    with pytest.raises(store.RowsError, match=message):
        pin(lake, rows)
    assert lake.version == version


def test_a_content_that_is_no_object_is_refused(lake: store.Lake) -> None:
    """A row has columns."""
    with pytest.raises(store.RowsError, match="must be a JSON object"):
        pin(lake, [("train", "a", "text")])  # type: ignore[list-item]  # what is refused


@pytest.mark.parametrize("name", ["", "a@1", "a b", "ä", "../x", "-a", "a\n"])
def test_a_name_can_be_cited(lake: store.Lake, name: str) -> None:
    """What could not stand in name@version, in a folder or on a command line is refused."""
    with pytest.raises(store.PinNameError):
        pin(lake, ROWS, name=name)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE pin_rows SET content = replace(content::VARCHAR, 'SELECT 1', 'SELECT 2')", "1 of them are not what they were"),
        ("DELETE FROM pin_rows WHERE split = 'test'", "there are 2, and were 3"),
        ("UPDATE pin_rows SET split = 'train'", "do not have its digest"),
    ],
)
def test_rows_that_were_changed_are_not_loaded(lake: store.Lake, statement: str, message: str) -> None:
    """Whoever changes a row past the store is found out when the pin is loaded."""
    pin(lake, ROWS)
    damage(lake, statement)
    with pytest.raises(store.PinDigestError, match=message):
        store.load("demo", lake)


def test_drops_are_kept_once_each(lake: store.Lake) -> None:
    """Of two reasons for one example the first in the alphabet is kept, whatever the order."""
    drops = "SELECT md5(example)::UUID, 'b', 'r', 1, reason, 'x' FROM"
    pin(lake, ROWS, drops=f"{drops} (VALUES ('1', 'too_long'), ('1', 'duplicate'), ('2', 'cap')) AS drops (example, reason)")
    assert lake.sql("SELECT reason FROM pin_drops ORDER BY reason").fetchall() == [("cap",), ("duplicate",)]


def test_several_pin_at_once(folder: Path) -> None:
    """Whoever pins under one name at the same time gets a version of their own, with their own rows."""

    def one(number: int) -> pins.Pinned:
        with store.open(folder) as lake:
            return pin(lake, [("train", str(place), {"x": place + number}) for place in range(20)])

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(one, range(4)))
    assert sorted(done.pin.version for done in made) == [1, 2, 3, 4]
    with store.open(folder) as lake:
        for number, done in enumerate(made):
            found = pins.rows(lake, done.pin.ref, "train").read_all().column("x").to_pylist()
            assert found == [place + number for place in range(20)]
            pins.check(lake, done.pin)


def test_another_process_gives_the_same_digest(tmp_path: Path) -> None:
    """Neither the process, nor the seed of its hashes, nor its number of threads has a part in a digest."""
    program = (
        "import sys, store; from store import pins\n"
        "with store.open(sys.argv[1]) as lake, lake.scratch() as scratch:\n"
        "    scratch.execute('SET threads = ' + sys.argv[2]); scratch.execute(open(sys.argv[3]).read())\n"
        "    scratch.execute('''INSERT INTO built_rows SELECT CASE WHEN i % 7 = 0 THEN 'test' ELSE 'train' END,\n"
        "        md5(i::VARCHAR)::UUID, i, 'b', 'r', i, 'd', '{}',\n"
        "        json_object('x', i / 7, 'y', chr(9000 + i::INTEGER)) FROM range(30000) AS t (i)''')\n"
        "    print(pins.pin(lake, 'a', scratch, pins.About('sft', 1, {}, {}, {}, [], {})).pin.digest)\n"
    )
    digests = set()
    for threads in ("1", "3"):
        arguments = [
            sys.executable,
            "-c",
            program,
            str(tmp_path / threads),
            threads,
            str(Path(__file__).parent / "staged" / "pins.sql"),
        ]
        done = subprocess.run(
            arguments, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": threads}
        )
        digests.add(done.stdout)
    assert len(digests) == 1


def test_loading_says_what_to_install(lake: store.Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package datasets there is a hint, not an ImportError."""
    pin(lake, ROWS)
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(store.StoreError, match="needs the package datasets") as caught:
        store.load("demo", lake)
    assert "text2sql-store[datasets]" in caught.value.hint


def test_a_snapshot_that_is_gone_is_not_pinned(lake: store.Lake) -> None:
    """As when a shared lake is expired while a dataset is built: nothing is pinned, and it is said."""
    with lake.commit("later") as commit:
        commit.append("prompts", "SELECT uuid() AS prompt, 'x' AS text")
    lake.expire(keep=1)
    with pytest.raises(store.SnapshotExpiredError):
        pin(lake, ROWS)  # built from version 1
    assert pins.pins(lake) == []
