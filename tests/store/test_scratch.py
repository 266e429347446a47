"""More than fits into memory, part by part: the rows of a query whatever they are, on any lake, and nothing left of them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import store
from store import copying
from store.address import frozen, parse
from store.scratch import Scratch
from tests.store.written import add

QUERY = "SELECT part, text, number FROM kept"


@pytest.fixture(scope="module", params=["folder", "frozen"])
def scratch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """Temporary tables beside a lake that can be written, and beside one that lets queries reach nothing else."""
    place = tmp_path_factory.mktemp("parts")
    with store.open(place / "lake") as lake:
        add(lake, 0, 30)
    copying.copy(parse(place / "lake"), frozen(place / "ice"))
    with store.open(place / ("lake" if request.param == "folder" else "ice")) as lake, lake.scratch() as opened:
        yield opened


def spilled(scratch: Scratch) -> list[Path]:
    """What lies beside the files that DuckDB spills, besides the lock."""
    row = scratch.execute("SELECT current_setting('temp_directory')").fetchone()
    assert row is not None
    return [path for path in Path(row[0]).iterdir() if path.name.startswith("parts-")]


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"part": st.integers(0, 5), "text": st.none() | st.text(), "number": st.none() | st.integers(-(2**62), 2**62)}
        ),
        max_size=30,
    )
)
def test_each_row_is_in_its_part(scratch: Scratch, rows: list[dict[str, object]]) -> None:
    """Every row once, NULL and all, in the part that it names; parts without rows are left out, and no file is left."""
    scratch.execute("CREATE OR REPLACE TEMP TABLE kept (part INTEGER, text VARCHAR, number BIGINT)")
    if rows:
        scratch.stage("more", rows)
        scratch.execute("INSERT INTO kept BY NAME FROM more")
    found = []
    for part in scratch.in_parts("one", QUERY):
        found += [(part, *row) for row in scratch.execute("SELECT text, number FROM one").fetchall()]
    assert sorted(found, key=repr) == sorted(((row["part"], row["text"], row["number"]) for row in rows), key=repr)
    assert spilled(scratch) == []


def test_more_parts_than_files_may_be_open(scratch: Scratch) -> None:
    """DuckDB has a hundred open: a part may have several files. The query has parameters, and is run once."""
    scratch.execute("CREATE OR REPLACE TEMP SEQUENCE runs")
    query = (
        "SELECT $first + n % 250 AS part, n AS number, nextval('runs') AS run FROM range(100_000) r(n), (FROM prompts LIMIT 2)"
    )
    found = {}
    for part in scratch.in_parts("one", query, first=100):
        counted = "SELECT count(*), count(DISTINCT number), bool_and(100 + number % 250 = $part), max(run) FROM one"
        found[part] = scratch.execute(counted, part=part).fetchall()[0]
    assert set(found) == set(range(100, 350))
    assert {one[:3] for one in found.values()} == {(800, 400, True)}
    assert max(one[3] for one in found.values()) == 200_000


def test_a_temporary_folder_of_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one whose name has what means something else in a pattern, or in SQL."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "a[b]c*?'d"))
    (tmp_path / "a[b]c*?'d").mkdir()
    with store.open(tmp_path / "lake") as lake, lake.scratch() as scratch:
        for part in scratch.in_parts("one", "SELECT n AS part, n FROM range(3) r(n)"):
            assert scratch.execute("FROM one").fetchall() == [(part,)]


def test_a_loop_that_is_left_leaves_nothing(scratch: Scratch) -> None:
    """Neither one that is left early, nor one whose query fails."""
    parts = scratch.in_parts("one", "SELECT n % 3 AS part, n FROM range(9) r(n)")
    next(parts)
    assert len(spilled(scratch)) == 1
    parts.close()
    assert spilled(scratch) == []
    with pytest.raises(duckdb.Error, match="no"):
        next(scratch.in_parts("one", "SELECT error('no') AS part, 1 AS n"))
    assert spilled(scratch) == []
