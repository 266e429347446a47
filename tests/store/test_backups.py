"""A lake is backed up and restored: its past with it, in use or not, and never over somebody's data."""

from pathlib import Path

import pytest

import store
from store import backups, copying, places
from store.address import parse
from store.tables import VERSION
from tests import servers
from tests.store.written import add, history

Shared = tuple[str, str]


def test_backups_share_their_files(written: Path, tmp_path: Path) -> None:
    """Two back-ups; each is restored as it was, with its past; a damaged one is refused."""
    first = backups.back_up_lake(parse(written), tmp_path / "safe")
    with store.open(written) as lake:
        add(lake, 7000, 9000)
        second = backups.back_up_lake(lake.address, tmp_path / "safe")
        said = history(lake)
    assert second.files == first.files + 1
    assert len(list((tmp_path / "safe").rglob("*.parquet"))) == second.files
    backups.restore(tmp_path / "safe", parse(tmp_path / "one"), first.name)
    backups.restore(tmp_path / "safe", parse(tmp_path / "two"))
    with store.open(tmp_path / "one") as one, store.open(tmp_path / "two") as two:
        assert history(two) == said
        assert history(one) == said[:-1]
        add(two, 0, 10_000)
        assert two.counts()["prompts"] == 10_000
    catalog = tmp_path / "safe" / "catalogs" / second.name / "catalog.sqlite"
    catalog.write_bytes(catalog.read_bytes() + b"x")
    with pytest.raises(backups.BackupError, match="not what was backed up"):
        backups.restore(tmp_path / "safe", parse(tmp_path / "three"))
    with pytest.raises(backups.BackupError, match="back-ups of"):
        backups.back_up_lake(parse(tmp_path / "one"), tmp_path / "safe")
    with pytest.raises(store.LakeNotFoundError):
        backups.restore(tmp_path, parse(tmp_path / "three"))


def test_a_backup_that_fails_leaves_nothing_but_files(written: Path, tmp_path: Path) -> None:
    """No catalog without its data; once the file is back, the next one takes those that were copied."""
    missing = max(written.rglob("*.parquet"))
    missing.rename(tmp_path / "aside")
    with pytest.raises(store.StoreError, match="is not there") as refused:
        backups.back_up_lake(parse(written), tmp_path / "safe")
    assert "t2s check" in refused.value.hint
    assert list((tmp_path / "safe/catalogs").iterdir()) == []
    (tmp_path / "aside").rename(missing)
    made = backups.back_up_lake(parse(written), tmp_path / "safe")
    assert backups.backups(tmp_path / "safe") == [made]


def test_only_a_lost_catalog_is_restored_to_its_data(written: Path, tmp_path: Path) -> None:
    """Not while the lake is there; and what was committed after the back-up may lie there."""
    backups.back_up_lake(parse(written), tmp_path / "safe")
    with store.open(written) as lake:
        add(lake, 7000, 9000)
    with pytest.raises(store.StoreError, match="already"):
        backups.restore(tmp_path / "safe", parse(written))
    (written / "catalog.sqlite").unlink()
    backups.restore(tmp_path / "safe", parse(written))
    with store.open(written) as lake:
        assert lake.counts()["prompts"] == 6001
        assert lake.check() == []


def test_a_damaged_catalog_is_moved_away_first(written: Path, tmp_path: Path) -> None:
    """Nothing is put over it, and what is said leads to the lake as it was."""
    backups.back_up_lake(parse(written), tmp_path / "safe")
    catalog = written / "catalog.sqlite"
    catalog.write_bytes(catalog.read_bytes()[:100] + bytes(8000))
    with pytest.raises(store.StoreError, match="cannot be opened") as refused:
        backups.restore(tmp_path / "safe", parse(written))
    assert refused.value.hint == "Move the catalog there to another place first."
    catalog.rename(tmp_path / "damaged")
    backups.restore(tmp_path / "safe", parse(written))
    with store.open(written) as lake:
        assert lake.counts()["prompts"] == 6001
        assert lake.check() == []


def test_a_lake_that_is_only_newer_is_not_moved_away(written: Path, tmp_path: Path) -> None:
    """What is said of a healthy lake stays: which version can read it."""
    backups.back_up_lake(parse(written), tmp_path / "safe")
    with store.open(written) as lake, lake.commit("later") as commit:
        commit.append("migrations", [{"version": VERSION + 1, "name": "later", "applied": "2030-01-01"}])
    with pytest.raises(store.LakeVersionError) as refused:
        backups.restore(tmp_path / "safe", parse(written))
    assert "pip install" in refused.value.hint


@pytest.mark.slow
def test_data_of_a_lake_that_cannot_be_asked_are_left_alone(
    written: Path, team: Shared, postgres: servers.Postgres, tmp_path: Path
) -> None:
    """Where its server does not answer it may be there: two lakes over one place would delete each other's files."""
    place, data = team
    copying.copy(parse(written), parse(place, data))
    made = backups.back_up_lake(parse(place), tmp_path / "safe")
    said = tmp_path / "safe" / "catalogs" / made.name / "backup.json"
    said.write_text(said.read_text().replace(f":{postgres.port}/", f":{servers.free_port()}/"))
    with pytest.raises(backups.BackupError, match="cannot be told") as refused:
        backups.restore(tmp_path / "safe", parse(place.replace("/postgres?", "/template1?"), data))
    assert "--data" in refused.value.hint


@pytest.mark.slow
def test_a_schema_is_no_pattern(written: Path, team: Shared, postgres: servers.Postgres, tmp_path: Path) -> None:
    """The lake that was asked for is backed up, also where pg_dump would take its name for a pattern."""
    place, data = team
    copying.copy(parse(written), parse(place, data))
    place = place.replace("lake_", "lake.?*_")
    with store.open(place, data=f"{data}_other") as lake:
        add(lake, 0, 5)
    backups.back_up_lake(parse(place), tmp_path / "safe")
    postgres.sql("CREATE DATABASE elsewhere")
    target = place.replace("/postgres?", "/elsewhere?")
    backups.restore(tmp_path / "safe", parse(target, f"{data}_again"))
    with store.open(target, create=False) as again:
        assert again.counts()["prompts"] == 5


@pytest.mark.slow
def test_a_restore_that_fails_leaves_no_lake(
    written: Path, team: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables and the place of its data come in one transaction."""
    place, data = team
    copying.copy(parse(written), parse(place, data))
    backups.back_up_lake(parse(place), tmp_path / "safe")
    with pytest.raises(backups.BackupError, match="is there, and has its data"):
        backups.restore(tmp_path / "safe", parse(place.replace("/postgres?", "/template1?"), data))
    done = backups._run

    def fails(program: str, words: list[str]) -> str:
        return done(program, [word.replace("UPDATE", "UPDATES") for word in words])

    target = parse(place.replace("/postgres?", "/template1?"), f"{data}_again")
    monkeypatch.setattr(backups, "_run", fails)
    with pytest.raises(backups.BackupError, match="psql failed"):
        backups.restore(tmp_path / "safe", target)
    monkeypatch.setattr(backups, "_run", done)
    copying.require_empty(target)
    backups.restore(tmp_path / "safe", target)
    with store.open(target, create=False) as lake:
        assert lake.data == f"{data}_again"


@pytest.mark.slow
def test_data_have_the_mark_of_the_lake_that_has_them(
    written: Path, team: Shared, postgres: servers.Postgres, tmp_path: Path
) -> None:
    """Restored in another database over its data, the lake has the place, and the one that is gone has it no more.

    Nor has a third one, that is restored from the same back-up: tidying it would delete what the second has written.
    """
    place, data = team[0], str(tmp_path / "data")
    copying.copy(parse(written), parse(place, data))
    backups.back_up_lake(parse(place), tmp_path / "safe")
    schema = parse(place).schema
    postgres.sql(f'DROP SCHEMA "{schema}" CASCADE')
    moved, third = (place.replace("/postgres?", f"/{name}?") for name in ("second_place", "third_place"))
    for name in ("second_place", "third_place"):
        postgres.sql(f"CREATE DATABASE {name}")
    backups.restore(tmp_path / "safe", parse(moved, data))
    assert [path.name for path in Path(data).glob(places.MARKS)] == [places.mark_of(parse(moved))]
    with pytest.raises(store.StoreError, match="place of a third lake"):
        backups.restore(tmp_path / "safe", parse(third, data))
    with pytest.raises(store.LakeNotFoundError):
        store.open(third, create=False)
    with store.open(moved, create=False) as lake:
        assert lake.check() == []


@pytest.mark.slow
def test_a_shared_lake_is_backed_up_and_restored(written: Path, team: Shared, postgres: servers.Postgres, tmp_path: Path) -> None:
    """By pg_dump and pg_restore, into another database of the server and another prefix of the bucket."""
    place, data = team
    copying.copy(parse(written), parse(place, data))
    done = backups.back_up_lake(parse(place), tmp_path / "safe")
    postgres.sql("CREATE DATABASE again")
    target = place.replace("/postgres?", "/again?")
    with pytest.raises(backups.BackupError, match="schema"):
        backups.restore(tmp_path / "safe", parse(target))
    backups.restore(tmp_path / "safe", parse(target, f"{data}_again"))
    with store.open(target) as again, store.open(place) as lake:
        assert again.data == f"{data}_again"
        assert history(again) == history(lake)
        assert again.version == done.version
        add(again, 0, 7000)
        assert (again.counts()["prompts"], lake.counts()["prompts"]) == (7000, 6001)
        assert again.check() == lake.check() == []
