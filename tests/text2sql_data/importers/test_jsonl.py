"""Any JSON lines: the usual names, K answers or one, and whatever else a file may hold."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from store import StoreError
from text2sql_data import importers
from text2sql_data.importers.entries import Entry, EntryError
from text2sql_data.importers.importing import Imported, Source, import_runs

Import = Callable[..., Imported]
FORMATS = {known.name: known for known in importers.FORMATS}
NAMES = st.sampled_from(
    [
        "question_id", "position", "question", "db_id", "sql", "pred_sqls", "candidates", "sample", "correct", "trajectories",
        "planner_sql", "predict_sqls", "fixed_sqls", "turn", "predicted", "feedback", "responses", "prompt", "completion",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([0, 1, 2, 3, 10, 11, "d", "e", "How many?", "Which?"])
    | st.floats()
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize("name", ["pred_sql", "predicted_sql", "predicted", "prediction", "pred", "sql", "SQL", "query"])
def test_names_of_one_sql(small: store.Lake, import_one: Import, name: str) -> None:
    """One SQL an entry, under any of its usual names."""
    import_one(small, "jsonl", json.dumps({"question_id": 10, name: " SELECT 1\n"}))
    assert small.sql("SELECT position, sample, sql FROM candidates").fetchall() == [(0, 0, "SELECT 1")]


@pytest.mark.parametrize("name", ["pred_sqls", "predicted_sqls", "predictions", "candidates", "sqls"])
def test_names_of_k_sql(small: store.Lake, import_one: Import, name: str) -> None:
    """K SQL an entry, as text, null or objects, keep their place in the list."""
    items = ["a", None, {"sql": "c", "response": "so c", "prompt": "p"}, "  "]
    import_one(small, "jsonl", json.dumps({"question_id": 10, name: items}))
    found = small.sql("SELECT sample, sql, completion, prompt IS NULL FROM candidates ORDER BY sample").fetchall()
    assert found == [(0, "a", None, True), (1, None, None, True), (2, "c", "so c", False), (3, None, None, True)]


def test_a_sample_a_line(small: store.Lake, import_one: Import) -> None:
    """Samples on lines of their own have the number they give, in any order, or else the next one."""
    given_ = [{"question_id": 10, "sample": sample, "sql": f"s{sample}"} for sample in (2, 0, 1)]
    import_one(small, "jsonl", "\n".join(map(json.dumps, given_)), run="given")
    following = [
        {"question": question, "sql": sql} for question, sql in (("How many?", "s0"), ("Who is it?", "x"), ("How many?", "s1"))
    ]
    import_one(small, "jsonl", "\n".join(map(json.dumps, following)), run="next")
    found = small.sql("SELECT run, position, sample, sql FROM candidates ORDER BY ALL").fetchall()
    assert found == [
        ("given", 0, 0, "s0"), ("given", 0, 1, "s1"), ("given", 0, 2, "s2"),
        ("next", 0, 0, "s0"), ("next", 0, 1, "s1"), ("next", 3, 0, "x"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({}, "no SQL: expected one of pred_sql"),
        ({"sql": 1.5}, "sql is 1.5, not text"),
        ({"pred_sqls": [3]}, "candidate 0 is neither SQL nor an object"),
        ({"pred_sqls": ["x", {}]}, "no SQL: expected one of"),
        ({"sql": "x", "sample": "1"}, "sample is '1', not a whole number"),
        ({"sql": "x", "position": 1.5}, "position is 1.5, not a whole number"),
    ],
)
def test_what_is_no_answer(small: store.Lake, import_one: Import, record: dict[str, object], reason: str) -> None:
    """The reason says what was expected, and where."""
    with pytest.raises(StoreError, match=f"line 1: .*{reason}"):
        import_one(small, "jsonl", json.dumps({"question_id": 10} | record))


@given(value=VALUES | st.dictionaries(NAMES, VALUES, max_size=6), name=st.sampled_from(sorted(set(FORMATS) - {"spider"})))
def test_no_value_crashes_a_format(value: object, name: str) -> None:
    """Whatever JSON value an entry is, as a line or parsed, a format answers or says what is wrong with the entry."""
    for content in (json.dumps(value).encode(), value):
        with contextlib.suppress(EntryError):
            answer = FORMATS[name].answer(Entry(1, "0", content))
            assert all(candidate.sql is None or isinstance(candidate.sql, str) for candidate in answer.candidates)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.lists(st.dictionaries(NAMES, VALUES, max_size=6).map(json.dumps) | st.text(max_size=9), max_size=6).map(
        lambda found: "\n".join(found).encode("utf-8", "surrogatepass")
    )
    | st.lists(VALUES, max_size=4).map(lambda found: json.dumps(found).encode())
    | st.binary(max_size=40),
    name=st.sampled_from(sorted(FORMATS)),
    quarantine=st.booleans(),
)
def test_no_file_crashes_an_import(small: store.Lake, tmp_path: Path, content: bytes, name: str, quarantine: bool) -> None:
    """Whatever bytes a file holds, an import ends well or with an error of ours that leaves the lake as it was."""
    path = tmp_path / "any"
    path.write_bytes(content)
    before = small.version
    source = Source(f"r{before}", "s", (path,))
    try:
        (done,) = import_runs(small, FORMATS[name], [source], benchmark="small", quarantine=quarantine)
    except StoreError:
        assert small.version == before
    else:
        assert done.answers + done.rejects > 0
        assert small.version == before + 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(st.tuples(st.lists(st.none() | TEXTS, max_size=4), TEXTS), min_size=1, max_size=4), as_list=st.booleans())
def test_what_is_imported_comes_back(
    small: store.Lake, tmp_path: Path, answers: list[tuple[list[str | None], str]], as_list: bool
) -> None:
    """Valid records round-trip: every text as it was, but for white space around the SQL, and blank SQL is none."""
    records = [
        {"position": position, "candidates": [{"sql": sql, "completion": f"{sql}{text}"} for sql in found]}
        for position, (found, text) in enumerate(answers)
    ]
    path = tmp_path / "records"
    path.write_text(json.dumps(records) if as_list else "\n".join(map(json.dumps, records)), "utf-8")
    run = f"r{small.version}"
    import_runs(small, FORMATS["jsonl"], [Source(run, "s", (path,))], benchmark="small")
    found = small.sql("SELECT position, sample, sql, completion FROM candidates WHERE run = $r ORDER BY ALL", r=run).fetchall()
    expected: list[tuple[int, int, str | None, str | None]] = []
    for position, (given_, text) in enumerate(answers):
        expected += [
            (position, sample, (sql.strip() or None) if sql else None, f"{sql}{text}") for sample, sql in enumerate(given_)
        ]
        expected += [] if given_ else [(position, 0, None, None)]  # no candidate at all is an answer without SQL
    assert found == expected
