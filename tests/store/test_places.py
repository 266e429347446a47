"""Each lake has a place of its own for its data."""

import contextlib
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

import store
from store import copying, places
from store.address import parse

Shared = tuple[str, str]


@pytest.mark.parametrize("kind", ["marked", "of an earlier version"])
def test_data_of_two_lakes_do_not_meet(kind: str, written: Path, tmp_path: Path) -> None:
    """No lake has its data where another one has some, above or below that: each deletes what its catalog does not name."""
    mark = written / "data" / places.mark_of(parse(written))
    assert mark.is_file()
    if kind == "marked":  # by which also a lake without files is known
        shutil.rmtree(written / "data/main")
    else:
        mark.unlink()
    with contextlib.closing(duckdb.connect()) as connection:
        for place in (written / "data", written / "data/deeper/down", written, tmp_path):
            other = store.Address("postgres", "postgres://host/db", str(place))
            for goes_on in (False, True):
                with pytest.raises(store.StoreError, match="There are data of another lake") as refused:
                    places.claim(connection, other, goes_on=goes_on)
                assert refused.value.hint
                assert not (place / places.mark_of(other)).exists()
        places.claim(connection, store.Address("postgres", "postgres://host/db", str(tmp_path / "beside")))
        (mark,) = (tmp_path / "beside").iterdir()
        assert "host" not in f"{mark.name} {mark.read_text()}"


def test_a_lake_without_its_catalog_is_not_made_anew(written: Path) -> None:
    """An empty catalog over the files of a lost one would take them for orphans."""
    (written / "catalog.sqlite").rename(written / "aside")
    with pytest.raises(store.StoreError, match="There are data of another lake"):
        store.open(written)
    (written / "aside").rename(written / "catalog.sqlite")
    with store.open(written) as lake:
        assert lake.counts()["prompts"] == 6001


@pytest.mark.slow
def test_shared_lakes_have_data_of_their_own(written: Path, team: Shared) -> None:
    """Not those of another one, and nothing above or below them."""
    place, data = team
    copying.copy(parse(written), parse(place, data))
    for other in (data, f"{data}/below", f"{data}/main/prompts"):
        with pytest.raises(store.StoreError, match="There are data of another lake"):
            store.open(f"{place}_2", data=other)
        with pytest.raises(store.StoreError, match="There are data of another lake"):
            copying.copy(parse(written), parse(f"{place}_2", other))
    store.open(f"{place}_2", data=f"{data}_2").close()


def test_one_place_is_not_claimed_twice_at_once(tmp_path: Path) -> None:
    """Of lakes that are made in one moment with one place, one above or below the other, at most one has it."""
    everybody = threading.Barrier(4, timeout=60)

    def claim(place: Path, name: str) -> bool:
        with contextlib.closing(duckdb.connect()) as connection:
            everybody.wait()
            try:
                places.claim(connection, store.Address("postgres", f"postgres://host/{name}", str(place)))
            except store.StoreError:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        for number in range(50):
            place = tmp_path / str(number)
            wanted = [place, place, place / "below", place / "below/it"]
            claimed = list(pool.map(claim, wanted, "abcd"))
            assert sum(claimed) == len(list(place.rglob(places.MARKS))) <= 1  # who is refused leaves no mark
