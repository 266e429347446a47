"""Compacting and expiring: what is current, and what a pin needs, reads for ever as it did; the rest is really gone."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import store
from store import engine, maintenance, pins
from store.ids import content_id

NOW = timedelta(0)
STAGED = (Path(__file__).parent / "staged" / "pins.sql").read_text("utf-8")


def add(lake: store.Lake, start: int, stop: int) -> int:
    """Commit prompts; few of them stay in the catalog, many become a file. The version that the lake then has."""
    with lake.commit(f"{start} to {stop}") as commit:
        commit.append("prompts", [{"prompt": content_id(n), "text": str(n)} for n in range(start, stop)])
    assert commit.snapshot is not None
    return commit.snapshot


def pin_prompts(lake: store.Lake, name: str) -> store.Pin:
    """Pin the prompts of the lake as it is now."""
    snapshot = lake.version
    with lake.at(snapshot) as past, past.scratch() as scratch:
        scratch.execute(STAGED)
        scratch.execute(
            "INSERT INTO built_rows BY NAME SELECT 'train' AS split, prompt AS row, text::BIGINT AS place, '{}' AS sources,"
            " json_object('prompt', text) AS content FROM prompts"
        )
        return pins.pin(lake, name, scratch, pins.About("sft", snapshot, {}, {}, {}, [], {})).pin


def texts(lake: store.Lake) -> list[int]:
    """The prompts, in order."""
    return [n for (n,) in lake.sql("SELECT text::INTEGER AS n FROM prompts ORDER BY n").fetchall()]


def files(lake: store.Lake) -> set[str]:
    """The data files that are there."""
    with engine.own_connection() as connection:
        engine.prepare_data(connection, lake.data)
        return {file for (file,) in connection.execute(f"SELECT file FROM glob('{lake.data}/**/*.parquet')").fetchall()}


def versions(lake: store.Lake) -> list[int]:
    """The snapshots that there are."""
    return [version for (version,) in lake.sql("SELECT snapshot_id FROM lake.snapshots() ORDER BY snapshot_id").fetchall()]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["folder", "PostgreSQL and S3"])
def test_pins_outlive_everything_that_can_be_expired(kind: str, request: pytest.FixtureRequest) -> None:
    """Many commits, pins between them, then all that may go goes: each pin loads and its snapshot reads; the others are gone."""
    if kind == "folder":
        outlive(request.getfixturevalue("lake"))
    else:
        place, data = request.getfixturevalue("team")
        with store.open(place, data=data) as lake:
            outlive(lake)


def outlive(lake: store.Lake) -> None:
    """Prove it on a new lake."""
    made: dict[str, list[int]] = {}
    expected: dict[str, store.Pin] = {}
    place = 0
    for number in range(12):
        size = 3 if number % 3 else 40
        add(lake, place, place + size)
        place += size
        if number in {2, 3, 8}:
            expected[f"p{number}"] = pin_prompts(lake, f"p{number}")
            made[f"p{number}"] = list(range(place))
    before = files(lake)
    expired = lake.expire(keep=1, grace=NOW)
    compacted = lake.compact(grace=NOW)
    lake.compact(grace=NOW)  # deletes what the first one replaced a moment ago
    pinned = {pin.snapshot for pin in expected.values()}
    assert expired.kept_for == {pin.snapshot: [pin.ref] for pin in expected.values()}
    assert pinned < set(versions(lake))
    assert not set(expired.versions) & set(versions(lake))
    assert compacted.flushed > 0
    assert compacted.merged > compacted.into > 0
    assert len(files(lake)) < len(before)
    assert not before & files(lake)
    for name, pin in expected.items():
        pins.check(lake, pin)
        assert store.load(pin.ref, lake)["train"]["prompt"] == [str(n) for n in made[name]]
        with lake.at(pin.snapshot) as past:
            assert texts(past) == made[name]
            assert past.sql("SELECT count(*) FROM current_benchmarks").fetchone() == (0,)
        assert pin_prompts_at(lake, pin) == pin.digest
    assert texts(lake) == list(range(place))
    assert lake.check() == []
    for version in expired.versions:
        with pytest.raises(store.SnapshotExpiredError, match=f"Version {version} of the lake has been expired"):
            lake.at(version)


def pin_prompts_at(lake: store.Lake, pin: store.Pin) -> str:
    """Build a pin again from its snapshot; the digest of that."""
    with lake.at(pin.snapshot) as past, past.scratch() as scratch:
        scratch.execute(STAGED)
        scratch.execute(
            "INSERT INTO built_rows BY NAME SELECT 'train' AS split, prompt AS row, text::BIGINT AS place, '{}' AS sources,"
            " json_object('prompt', text) AS content FROM prompts"
        )
        return pins.pin(lake, pin.name, scratch, pins.About("sft", pin.snapshot, {}, {}, {}, [], {}), dry_run=True).pin.digest


def test_what_may_go_is_what_both_limits_allow(lake: store.Lake) -> None:
    """`keep` keeps the latest, `older_than` the younger ones; together a snapshot goes only if both let it."""
    for number in range(4):
        add(lake, number, number + 1)
    every = versions(lake)
    assert lake.expire(keep=3, dry_run=True).versions == every[:-3]
    assert lake.expire(older_than=timedelta(hours=1), dry_run=True).versions == []
    assert lake.expire(older_than=NOW, dry_run=True).versions == every[:-1]
    assert lake.expire(keep=2, older_than=NOW, dry_run=True).versions == every[:-2]
    assert lake.expire(older_than=datetime(2001, 1, 1, tzinfo=UTC), dry_run=True).versions == []
    assert lake.expire(keep=1, older_than=datetime.now(UTC) + timedelta(hours=1), dry_run=True).versions == every[:-1]
    assert versions(lake) == every


@pytest.mark.parametrize(
    ("limits", "message"), [({}, "every snapshot but the current one"), ({"keep": 0}, "0 snapshots cannot be kept")]
)
def test_one_has_to_say_what_to_keep(lake: store.Lake, limits: dict[str, int], message: str) -> None:
    """Nothing goes by default."""
    version = add(lake, 0, 1)
    with pytest.raises(store.QueryError, match=message):
        lake.expire(**limits)  # type: ignore[arg-type]  # one of its arguments
    lake.at(version - 1).close()


def test_doing_it_again_does_nothing(lake: store.Lake) -> None:
    """A second time neither expires nor compacts, and makes no snapshot."""
    add(lake, 0, 40)
    add(lake, 40, 80)
    lake.compact(grace=NOW)
    lake.expire(keep=1, grace=NOW)
    version = lake.version
    assert lake.compact() == maintenance.Compacted(0, 0, 0, 0, 0)
    assert lake.expire(keep=1) == maintenance.Expired([], {}, 0)
    assert lake.version == version


def test_the_log_says_who_compacted(lake: store.Lake) -> None:
    """Each step that did something is a snapshot with its provenance, and changes no row."""
    add(lake, 0, 3)
    add(lake, 3, 43)
    before = lake.version
    lake.compact(arguments=["compact"])
    steps = lake.sql(
        "SELECT commit_message, commit_extra_info ->> 'command' FROM lake.snapshots() WHERE snapshot_id > $v", v=before
    )
    assert {command for _, command in steps.fetchall()} == {"compact"}
    assert [difference.added for difference in lake.diff(before, lake.version)] == [0] * len(lake.counts())


def test_files_stay_for_those_who_began_before(lake: store.Lake) -> None:
    """Files that were replaced are deleted a day later at the earliest, unless one says otherwise."""
    for start in (0, 40, 80):
        add(lake, start, start + 40)
    before = files(lake)
    assert lake.compact().deleted == 0
    assert before <= files(lake)
    assert lake.compact(grace=NOW).deleted == 3
    assert not before & files(lake)


def test_orphans_are_removed_a_day_later(lake: store.Lake) -> None:
    """A file that no commit knows, as a killed writer leaves it, is removed once it is old; all others stay, and all rows."""
    add(lake, 0, 40)
    lake.compact(grace=NOW)
    kept = files(lake)
    assert kept
    old, new = (Path(next(iter(kept))).with_name(f"{name}.parquet") for name in ("old", "new"))
    for orphan in (old, new):
        shutil.copy(next(iter(kept)), orphan)
    long_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(old, (long_ago, long_ago))
    assert lake.compact() == maintenance.Compacted(0, 0, 0, 1, 1)
    assert files(lake) == {*kept, str(new)}
    assert texts(lake) == list(range(40))


@pytest.mark.slow
def test_a_reader_beside_compaction_is_never_refused(folder: Path) -> None:
    """Readers that open the lake, read the current state and a pinned one, and close it, always see whole commits."""
    with store.open(folder) as lake:
        add(lake, 0, 40)
        pin = pin_prompts(lake, "p")
        seen: list[int] = []
        failures: list[BaseException] = []
        stop = threading.Event()

        def read() -> None:
            try:
                while not stop.is_set():
                    with store.open(folder) as own, own.at(pin.snapshot) as past:
                        seen.append(len(texts(own)))
                        assert len(texts(past)) == 40
                    stop.wait(0.1)
            except BaseException as error:  # noqa: BLE001 - told to the test
                failures.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        for start in range(40, 240, 40):
            add(lake, start, start + 40)
            lake.compact(grace=NOW)
            lake.expire(keep=1, grace=NOW)
        stop.set()
        reader.join()
    assert failures == []
    assert seen == sorted(seen)
    assert all(count and count % 40 == 0 for count in seen)


@pytest.mark.parametrize("tidy", [lambda lake: lake.compact(patience=0.1), lambda lake: lake.expire(keep=1, patience=0.1)])
def test_who_has_the_lake_open_is_not_disturbed(lake: store.Lake, tidy: Callable[[store.Lake], object]) -> None:
    """Housekeeping waits for others, and gives up without having done anything; its own lake is no obstacle, and stays open."""
    add(lake, 0, 3)
    version = add(lake, 3, 6)
    before = versions(lake)
    with lake.at(version) as past:
        with pytest.raises(store.LakeBusyError, match="had the lake open") as caught:
            tidy(lake)
        assert texts(past) == list(range(6))
    assert "close it" in caught.value.hint
    assert versions(lake) == before
    add(lake, 6, 9)
    tidy(lake)
    assert texts(lake) == list(range(9))
    assert versions(lake) != before
    with store.open(lake.folder) as other, pytest.raises(store.LakeBusyError):
        tidy(other)


def test_a_lake_in_another_process_is_not_disturbed(lake: store.Lake) -> None:
    """The lock is one between processes, and a reader that is killed is no obstacle any more."""
    add(lake, 0, 3)
    program = "import sys, time, store\nwith store.open(sys.argv[1]): print('open', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", program, str(lake.folder)], stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"open\n"
        with pytest.raises(store.LakeBusyError):
            lake.compact(patience=0.1)
        reader.kill()
    assert lake.compact(patience=10).flushed > 0


def test_the_past_cannot_be_tidied(lake: store.Lake) -> None:
    """A lake at a version is read-only in this as well."""
    version = add(lake, 0, 3)
    with lake.at(version) as past:
        with pytest.raises(store.ReadOnlyError):
            past.compact()
        with pytest.raises(store.ReadOnlyError):
            past.expire(keep=1)


def test_a_moved_lake_is_tidied_where_it_is(lake: store.Lake, tmp_path: Path) -> None:
    """Files are deleted from the folder that the lake is in now, and none is lost."""
    add(lake, 0, 40)
    add(lake, 40, 80)
    lake.close()
    moved = lake.folder.rename(tmp_path / "moved")
    with store.open(moved / ".." / "moved") as there:
        there.compact(grace=NOW)
        there.compact(grace=NOW)
        assert texts(there) == list(range(80))
        assert len(files(there)) == 2
        assert there.check() == []
