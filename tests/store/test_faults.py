"""Things break while commits are made: nothing that was reported is lost, nothing is there twice or by half (slow)."""

import os
from pathlib import Path

import pytest

import store
from tests import servers
from tests.store import faults

pytestmark = pytest.mark.slow
Shared = tuple[str, str]


@pytest.fixture
def place(team: Shared) -> str:
    """The address of a shared lake that is there."""
    store.open(team[0], data=team[1]).close()
    return team[0]


def test_many_at_once(place: str) -> None:
    """Writers and readers of a shared lake."""
    counted = faults.crowd(place, 12, 4, 4)
    assert counted.sound, counted
    assert counted.reported > 0
    assert counted.reads >= 4  # each reader looks once at least
    assert counted.failed == 0


def test_killed_writers(place: str) -> None:
    """Their turn is free again at once, and what they had not committed is not there."""
    counted = faults.killed(place, 12)
    assert counted.sound, counted
    assert counted.found > 0
    assert counted.failed == 0


def test_the_server_of_the_catalog_restarts(place: str, postgres: servers.Postgres) -> None:
    """A commit whose answer was lost is neither lost nor there twice; some writers may end, see docs/faults.md."""
    counted = faults.restarted(place, postgres, 10)
    assert counted.sound, counted
    assert counted.reported > 0


def test_the_object_store_fails(place: str, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers 500, cuts uploads and is slow: commits are tried again."""
    with faults.FAULTY["in_front_of"](s3, errors=0.15, cuts=0.1, slow=0.02) as (url, broken):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        counted = faults.store_fails(place, broken, 15)
    assert counted.sound, counted
    assert counted.reported > 0
    assert counted.failed == 0, counted
    assert broken.counted["errors"] > 0


def test_a_changed_catalog_is_said(folder: Path) -> None:
    """A catalog that is overwritten in the middle is refused, with what to do."""
    catalog = folder / "catalog.sqlite"
    content = bytearray(catalog.read_bytes())
    content[100:8192] = os.urandom(8092)
    catalog.write_bytes(content)
    with pytest.raises(store.StoreError) as broken:
        store.open(folder, create=False)
    assert broken.value.hint
