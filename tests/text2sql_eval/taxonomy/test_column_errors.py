"""Wrong columns: whose they are, why they were refused, and what the next turn did, on published answers."""

import re
import sqlite3
from pathlib import Path

import pytest

import store
from text2sql_data.rollouts.diagnostics import Name
from text2sql_eval.taxonomy.columns import PATTERNS, column_errors, pattern

RUNS = ("codes_1b", "rollouts")


def test_every_refused_candidate_is_counted_once(answers: store.Lake) -> None:
    """Patterns and names add up to the candidates that the engine refused because of a column."""
    for found in column_errors(answers, RUNS):
        rows = answers.sql(
            "SELECT count(*), coalesce(count_if(step = 0), 0) FROM error_types WHERE run = $run AND comparator = 'bird'"
            " AND error_type IN ('no_such_column', 'ambiguous_column') AND step >= 0",
            run=found.run,
        ).fetchall()
        assert rows == [(found.refused, found.first_turn)]
        assert sum(one.candidates for one in found.patterns) == found.refused
        assert sum(one.candidates for one in found.names) == found.refused
        assert {one.pattern for one in found.patterns} <= set(PATTERNS)
        assert all(one.corrected <= one.mended <= one.asked_again <= one.candidates for one in found.patterns)


def test_owners_are_those_of_the_database(answers: store.Lake, real_data: Path) -> None:
    """The tables that have a column are what SQLite itself says of the database."""
    for found in column_errors(answers, RUNS):
        for one in found.names:
            column = re.sub(r'.*\.|"', "", one.written)
            path = real_data / f"spider/database/{one.db_id}/{one.db_id}.sqlite"
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
                rows = database.execute(
                    "SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c"
                    " WHERE m.type IN ('table', 'view') AND lower(c.name) = ?",
                    [column],
                ).fetchall()
            database.close()
            assert set(one.owners) == {name for (name,) in rows if not name.startswith("sqlite_")}
            assert (one.pattern == "invented_column") <= (not one.owners)


def test_the_next_turn_mends_some(answers: store.Lake) -> None:
    """Of planners that were refused and fixed, those are mended whose fix executes, corrected whose fix is right."""
    (found,) = column_errors(answers, ["rollouts"])
    ((asked, mended, corrected),) = answers.sql(
        "SELECT count(*), count_if(x.status = 'ok'), count_if(x.verdict = 'correct') FROM error_types AS p"
        " JOIN judged_candidates AS x ON x.parent = p.candidate AND x.comparator = 'bird'"
        " WHERE p.run = 'rollouts' AND p.comparator = 'bird' AND p.error_type IN ('no_such_column', 'ambiguous_column')"
    ).fetchall()
    assert asked > 5
    assert tuple(sum(getattr(one, name) for one in found.patterns) for name in ("asked_again", "mended", "corrected")) == (
        asked,
        mended,
        corrected,
    )


NAMES = {
    "wrong_alias": Name("unknown", "T1", "year", "singer", "table", ("concert",), ("T2",)),
    "table_not_joined": Name("unknown", "", "year", owners=("concert",)),
    "undefined_alias": Name("unknown", "T9", "year", None, "nothing", ("concert",), ("T2",)),
    "not_in_subquery": Name("unknown", "q", "year", None, "subquery", ("concert",)),
    "not_visible": Name("unknown", "", "year", owners=("concert",), visible=("T2",)),
    "invented_column": Name("unknown", "T1", "yeer", "singer", "table", similar="concert.year"),
    "ambiguous": Name("ambiguous", "", "year", owners=("a", "b"), visible=("a", "b")),
    "unknown": Name("table", "", "concerts"),
}


@pytest.mark.parametrize("expected", PATTERNS)
def test_the_patterns(expected: str) -> None:
    """Each pattern has a name that it is about."""
    assert pattern(NAMES[expected]) == expected
    assert pattern(None) == "unknown"
