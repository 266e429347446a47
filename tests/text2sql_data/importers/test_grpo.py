"""Rollouts for GRPO: the SQL that an export says, or what follows the prefix; nothing is guessed."""

import json
from collections.abc import Callable

import pytest

import store
from store import StoreError
from text2sql_data.importers.importing import Imported

Import = Callable[..., Imported]


def line(response: str, **meta: object) -> str:
    """A line with one completion."""
    return json.dumps(
        {
            "question": "How many?",
            "db_id": "d",
            "prompt": "p",
            "completions": [{"response": response, "meta": {"turn": 1} | meta}],
        }
    )


@pytest.mark.parametrize(
    ("response", "meta", "sql", "completion"),
    [
        ("SQL: SELECT 1", {}, "SELECT 1", "SQL: SELECT 1"),
        ("SQL:", {}, None, "SQL:"),
        ("", {}, None, ""),
        ("It is SELECT 1", {"sql": "SELECT 1"}, "SELECT 1", "It is SELECT 1"),
        ("SQL: SELECT 1", {"sql": None}, None, "SQL: SELECT 1"),
        ("SQL: SELECT 1", {"sql": "SELECT 1", "from_sql": True}, "SELECT 1", None),
    ],
)
def test_sql_of_a_response(
    small: store.Lake, import_one: Import, response: str, meta: dict[str, object], sql: str | None, completion: str | None
) -> None:
    """What the file says goes before the prefix, and a response that was written from the SQL is no completion."""
    import_one(small, "grpo", line(response, **meta))
    assert small.sql("SELECT stage, step, sql, completion FROM candidates").fetchall() == [("turn 1", 0, sql, completion)]


def test_other_responses_are_refused(small: store.Lake, import_one: Import) -> None:
    """No SQL is looked for in a response that is not one."""
    with pytest.raises(StoreError, match=r"line 1: neither meta\.sql nor a response that begins with SQL:"):
        import_one(small, "grpo", line("Let me think. SELECT 1"))


@pytest.mark.parametrize(
    ("meta", "reason"),
    [
        ({"sample": -1}, "sample -1 is not between"),
        ({"turn": 0}, "step -1 is not between"),
        ({"stage": "fixer#2", "step": 1}, "step -1 is not between"),
        ({"parent": [70_000, "turn 1"]}, "sample of the parent 70000 is not between"),
        ({"critiques": [{"validator": "v", "text": "a", "ordinal": -1}]}, "ordinal -1 is not between"),
        ({"critiques": [{"validator": "v", "text": text, "ordinal": 0} for text in "ab"]}, "has a critique twice"),
        ({"generation": {"tokens": 2**40}}, "meta.generation.tokens"),
    ],
)
def test_numbers_that_cannot_be(small: store.Lake, import_one: Import, meta: dict[str, object], reason: str) -> None:
    """A number that no row can have is a bad entry, not a crash."""
    with pytest.raises(StoreError, match=reason):
        import_one(small, "grpo", line("SQL: SELECT 1", **meta))


def test_the_same_attempt_twice(small: store.Lake, import_one: Import) -> None:
    """Two attempts that say they are the same sample of a stage are a bad entry."""
    row = json.loads(line("SQL: SELECT 1", sample=0))
    row["completions"] *= 2
    with pytest.raises(StoreError, match="a sample of a stage is there twice"):
        import_one(small, "grpo", json.dumps(row))
