"""Choosing tables: what holds for any schema and question, and byte-equal choices to those of a published run."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text2sql_data.schema.introspect import introspect
from text2sql_data.schema.rendering import FORMS, schema_text
from text2sql_data.schema.retrieval import MODES, RetrievalError, narrowed, retrieve
from text2sql_data.schema.retrieval.words import words

WORDS = [
    "singer",
    "singers",
    "song",
    "Stadium",
    "concertName",
    "ID",
    "ids",
    "year_2",
    "of",
    "größe",
    "t",
    "Order Line",
    "42",
    "''",
]


def column(name: str, **given: object) -> dict[str, Any]:
    """A column as a stored schema has it."""
    bare: dict[str, Any] = {"type": "TEXT", "notnull": None, "pk": 0, "description": None, "value_description": None}
    return {"name": name, **bare, "examples": [], **given}


def table(name: str, *columns: dict[str, Any], keys: list[dict[str, Any]] | None = None, **given: object) -> dict[str, Any]:
    """A table as a stored schema has it."""
    return {"name": name, "type": "table", "n_rows": None, "columns": list(columns), "foreign_keys": keys or [], **given}


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    """Schemas of up to nine tables, in any order, with any foreign keys among them and to a table that is not there."""
    names = draw(st.lists(st.sampled_from(WORDS) | st.text(min_size=1, max_size=6), max_size=9, unique_by=str.casefold))
    tables = []
    for name in names:
        columns = [
            column(of, description=draw(st.none() | st.sampled_from(WORDS)), pk=draw(st.integers(0, 2)))
            for of in draw(st.lists(st.sampled_from(WORDS), max_size=4, unique_by=str.casefold))
        ]
        others = draw(st.lists(st.sampled_from([*names, "gone"]), max_size=3))
        keys = [{"columns": ["ID"], "table": other, "to": draw(st.sampled_from([[], ["ID"]]))} for other in others]
        tables.append(table(name, *columns, keys=keys, type=draw(st.sampled_from(["table", "view"]))))
    return {"source": "database", "encoding": "UTF-8", "tables": tables}


questions = st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=8).map(" ".join)
modes = st.sampled_from(MODES)


def test_a_published_run_chose_the_same_tables(real_data: Path) -> None:
    """For all 1,034 questions of Spider dev `bm25_fk` at 6 and 1 hop gives exactly the tables of the published trajectories."""
    lines = (real_data / "trajectories/trajectories.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    known = {path: introspect(real_data / path) for path in {row["db_path"] for row in rows}}
    chosen = [set(retrieve(known[row["db_path"]], row["question"]).tables) for row in rows]
    assert len(rows) == 1034
    assert chosen == [set(row["retrieved_tables"]) for row in rows]


@settings(max_examples=100)
@given(schemas(), questions, questions, modes, st.integers(1, 8), st.integers(0, 3))
def test_tables_are_some_of_the_database_in_its_order(
    schema: dict[str, Any], question: str, evidence: str, mode: str, top_k: int, hops: int
) -> None:
    """Whatever is asked, the tables are a part of the database in its order, none only where it has none, and all have scores."""
    names = [one["name"] for one in schema["tables"]]
    found = retrieve(schema, question, evidence, mode=mode, top_k=top_k, hops=hops)
    assert list(found.tables) == [name for name in names if name in set(found.tables)]
    assert bool(found.tables) == bool(names)
    assert list(found.scores) == ([] if mode == "full" else names)
    assert mode in {"full", "bm25_fk"} or len(found.tables) <= top_k


@settings(max_examples=100)
@given(schemas(), questions, modes, st.integers(1, 8), st.integers(0, 3))
def test_more_tables_and_hops_lose_none(schema: dict[str, Any], question: str, mode: str, top_k: int, hops: int) -> None:
    """With a larger k or one more hop every table that was chosen still is: recall cannot fall."""
    found = set(retrieve(schema, question, mode=mode, top_k=top_k, hops=hops).tables)
    assert found <= set(retrieve(schema, question, mode=mode, top_k=top_k + 1, hops=hops).tables)
    assert found <= set(retrieve(schema, question, mode=mode, top_k=top_k, hops=hops + 1).tables)
    assert mode != "bm25_fk" or found >= set(retrieve(schema, question, mode="bm25", top_k=top_k).tables)


@settings(max_examples=100)
@given(schemas(), questions, modes, st.randoms(use_true_random=False))
def test_the_order_of_tables_does_not_matter(schema: dict[str, Any], question: str, mode: str, random: Any) -> None:  # noqa: ANN401
    """The same tables are chosen when the database declares them in another order."""
    shuffled = {**schema, "tables": random.sample(schema["tables"], len(schema["tables"]))}
    assert set(retrieve(schema, question, mode=mode, top_k=2).tables) == set(
        retrieve(shuffled, question, mode=mode, top_k=2).tables
    )


@settings(max_examples=80)
@given(st.data(), schemas())
def test_a_narrowed_schema_is_a_schema(data: st.DataObject, schema: dict[str, Any]) -> None:
    """It has the tables that were asked for, whole and in order, with the foreign keys among them, and every form renders it."""
    before = json.dumps(schema)
    wanted = data.draw(st.sets(st.sampled_from([one["name"] for one in schema["tables"]]))) if schema["tables"] else set()
    part = narrowed(schema, {name.swapcase() if name.isascii() else name for name in wanted})
    assert [one["name"] for one in part["tables"]] == [one["name"] for one in schema["tables"] if one["name"] in wanted]
    assert {key["table"] for one in part["tables"] for key in one["foreign_keys"]} <= wanted
    for one in part["tables"]:
        (whole,) = (other for other in schema["tables"] if other["name"] == one["name"])
        assert one == {**whole, "foreign_keys": [key for key in whole["foreign_keys"] if key["table"] in wanted]}
    for form in FORMS:
        text = schema_text(part, form)
        assert text == schema_text(json.dumps(part), form)
        assert bool(text) == bool(wanted)
    assert json.dumps(schema) == before


def test_hops_go_both_ways() -> None:
    """A hop reaches the tables that a chosen one refers to and those that refer to it, the next hop theirs, and so on."""
    refer = {
        name: [{"columns": ["a"], "table": to, "to": ["a"]}] for name, to in (("b", "c"), ("c", "zebra"), ("d", "c"), ("f", "b"))
    }
    schema = {"tables": [table(name, column("a"), keys=refer.get(name)) for name in ("b", "zebra", "c", "d", "e", "f")]}
    chosen = [retrieve(schema, "how many zebras", top_k=1, hops=hops).tables for hops in range(5)]
    assert chosen == [("zebra",), ("zebra", "c"), ("b", "zebra", "c", "d"), ("b", "zebra", "c", "d", "f"), chosen[3]]


def test_no_match_gives_the_first_by_name() -> None:
    """A question without a word of the schema, or without any, gets the first k tables by name."""
    schema = {"tables": [table(name, column("x")) for name in ("d", "c", "b", "a")]}
    for mode in ("overlap", "bm25", "bm25_fk"):
        assert retrieve(schema, "Wie viele?", mode=mode, top_k=2).tables == ("b", "a")
        assert retrieve(schema, "", mode=mode, top_k=2).tables == ("b", "a")


def test_descriptions_find_a_table() -> None:
    """A word that only a description has finds its table, in the evidence as in the question; words like "the" do not."""
    tables = [table(f"t{n}", column("c")) for n in range(8)]
    tables[5] = table("t5", column("c", description="the salary of a person"))
    for question, evidence in (("Highest salary?", ""), ("The highest?", "it means salary")):
        assert retrieve({"tables": tables}, question, evidence, mode="bm25", top_k=3).tables == ("t5",)
    assert retrieve({"tables": tables}, "the of a", mode="bm25", top_k=3).tables == ("t0", "t1", "t2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("studentID HTTPServer", ["student", "id", "http", "server"]),
        ("Free Meal Count (K-12)", ["free", "meal", "count", "k", "12"]),
        ("IDs of A2, line_1", ["ids", "of", "a2", "line", "1"]),
        ("Größe der STRASSE", ["grösse", "der", "strasse"]),
        ("''%", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    """Names and sentences fall into the same words, at signs, underscores and changes of case."""
    assert words(text) == expected


def test_another_process_chooses_the_same() -> None:
    """Neither the hash seed nor what was asked before changes tables or scores."""
    schema = {
        "tables": [table(name, column("ID"), column("name"), column("songYear")) for name in ("song", "singer", "band", "Ort")]
    }
    here = retrieve(schema, "names of singers and songs by year", top_k=2)
    code = (
        "import json, sys; from text2sql_data.schema.retrieval import retrieve;"
        "print(json.dumps(retrieve(json.loads(sys.argv[1]), 'names of singers and songs by year', top_k=2)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(schema)], check=True, capture_output=True, env={"PYTHONHASHSEED": "7"}
    )
    assert json.loads(done.stdout) == [list(here.tables), dict(here.scores)]


def test_what_does_not_exist_is_refused() -> None:
    """A misspelt mode lists the modes, a table that is not there the tables; numbers that make no sense are refused."""
    schema = {"tables": [table("singer")]}
    with pytest.raises(RetrievalError, match="bm52") as caught:
        retrieve(schema, "q", mode="bm52")
    assert all(mode in caught.value.hint for mode in MODES)
    for top_k, hops in ((0, 1), (6, -1)):
        with pytest.raises(RetrievalError, match="asked for"):
            retrieve(schema, "q", top_k=top_k, hops=hops)
    with pytest.raises(RetrievalError, match="no table song") as caught:
        narrowed(schema, ["Song"])
    assert "singer" in caught.value.hint
