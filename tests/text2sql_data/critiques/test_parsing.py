"""Verdicts and sections of critiques: in Python and in the import the same."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.critiques.parsing import PATTERNS, Section, sections, verdict
from text2sql_data.importers import mats
from text2sql_data.importers.importing import Source, import_runs

WORDS = "SELECT. Conclude conclusion CONCLUDE conclu\u017fion : ** . , ` $ correct incorrect INCORRECT None none Yes No ly but"
TAGS = ["ORDER BY.", "<select>", "</select>", "<Order By>", "</Order By>"]
BLANKS = [" ", "\n", "\r\n", "\t", "\u00a0", "\u212a", "\u00e9", "\x0b", "\\", "\x1f"]
PIECES = st.sampled_from([*WORDS.split(), *TAGS, *BLANKS])
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT.\nFine.\nConclude: correct.", "correct"),
        ("CONCLUDE : **Incorrect**", "incorrect"),
        ("**Conclude:** incorrect", "incorrect"),
        ("**Conclusion**: INCORRECT.", "incorrect"),
        ("One might conclude: correct. But no. Conclude: incorrect.", "incorrect"),
        ("SELECT.\nINCORRECT", "incorrect"),
        ("\n\n\nCONDITION.\nINCORRECT\n", "incorrect"),
        ("ORDER BY. correct.", "correct"),
        ("None", "correct"),
        ("JOIN.\nNone.", "correct"),
        ("Yes\n\nThe predicted SQL query is right.", "correct"),
        ("No.\nThe filter is missing.", "incorrect"),
        ("Conclude: incorrectly joined", "unparsed"),
        ("No table is missing.", "unparsed"),
        ("It is incorrect.", "unparsed"),
        ("conclude: maybe", "unparsed"),
        ("", "unparsed"),
    ],
)
def test_verdict(text: str, expected: str) -> None:
    """The last conclusion, else a last line of one word, else a first line of Yes or No, else unparsed."""
    assert verdict(text) == expected


@pytest.fixture(scope="module")
def asked(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """A lake with one question."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "one.json").write_text(json.dumps([{"question_id": 1, "db_id": "d", "question": "Which?", "query": "SELECT 1"}]))
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "one", read(folder / "one.json"))
        yield lake


@given(texts=st.lists(TEXTS, max_size=20))
@example(texts=["conclu\u017fion: correct", "Conclude:\u00a0correct", "None\n\n", "correct\x0b", "yes\r\nx"])
@settings(deadline=None)
def test_duckdb_agrees(texts: list[str]) -> None:
    """The patterns mean the same to both engines, as the import applies them."""
    connection = duckdb.connect()
    for name, pattern in PATTERNS.items():
        connection.execute(f"SET VARIABLE {name} = $1", [pattern])
    found = connection.execute(
        """
        SELECT lower(coalesce(
            list_last(regexp_extract_all(text, getvariable('conclusion'), 1)),
            nullif(regexp_extract(text, getvariable('last_line'), 1), ''),
            nullif(regexp_extract(text, getvariable('first_line'), 1), '')
        ))
        FROM (SELECT unnest($1::VARCHAR[]) AS text)
        """,
        [texts],
    ).fetchall()
    meaning = {None: "unparsed", "none": "correct", "yes": "correct", "no": "incorrect"}
    assert [meaning.get(said, said) for (said,) in found] == [verdict(text) for text in texts]


def test_the_import_agrees(asked: store.Lake, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The verdict of every imported critique is that of its text, and its sections are those of the text it came in."""
    folder = tmp_path_factory.mktemp("rollouts")
    texts = [
        "SELECT.\nINCORRECT",
        "None",
        "<select>\nSELECT.\nINCORRECT\n</select>\n\n<condition>\nConclude: correct.\n</condition>",
        "<join>Conclude: incorrect.</join> and this <order by>None</order by><join>Conclude: incorrect.</join>",
        "<select>never closed",
        "<select></select>",
        "<condition>\n</condition> Conclude: correct",
    ]
    rollouts = [{"planner_sql": "x", "fb_select": text, "fb_join": text} for text in texts]
    (folder / "rollouts.jsonl").write_text(json.dumps({"question_id": 1, "trajectories": rollouts}))
    import_runs(asked, mats.FORMAT, [Source("r", "r", (folder / "rollouts.jsonl",))], benchmark="one")
    found = asked.sql("SELECT sample, validator, text, verdict FROM critiques JOIN candidates USING (candidate)").fetchall()
    expected = [
        (sample, *section, verdict(section.text))
        for sample, text in enumerate(texts)
        for validator in ("select", "join")
        for section in sections(validator, text)
    ]
    assert sorted(found) == sorted(expected)
    assert {validator for _, validator, *_ in found} == {"select", "condition", "join", "order"}


@given(parts=st.lists(st.tuples(st.sampled_from(["select", "condition", "join", "order"]), st.text("ab\n.", min_size=1))))
def test_sections_of_wrapped_texts(parts: list[tuple[str, str]]) -> None:
    """What is wrapped comes out again, in order, each text once, without its blanks; empty sections are no critiques."""
    text = "\n\n".join(f"<{validator}>{said}</{validator}>" for validator, said in parts)
    expected = list(dict.fromkeys(Section(validator, said.strip()) for validator, said in parts if said.strip()))
    assert sections("judge", text) == (expected if parts else [Section("judge", "")])


@given(text=TEXTS)
def test_nothing_is_lost(text: str) -> None:
    """A text without a closed tag stays whole; of any other every letter is in some section."""
    found = sections("judge", text)
    if not re.search(r"</", text):
        assert found == [Section("judge", text)]
    else:
        outside = re.sub(r"</?(?:select|order by)>", "", text, flags=re.IGNORECASE)
        assert {c for c in outside if c.isalpha()} <= {c for section in found for c in section.text}
