"""A lake is copied between any two kinds of address: every snapshot, row, pin and file; what differs is noticed."""

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

import store
from store import backups, catalogs, copying, engine, files, places
from store.address import frozen, parse
from store.cli import cli
from tests.store.web import Ranges, serve
from tests.store.written import add, history

Shared = tuple[str, str]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the URL of a web server that serves it, ranges of files included."""
    root = tmp_path / "public"
    root.mkdir()
    with serve(root, Ranges) as url:
        yield root, url


def test_a_copy_has_every_version(written: Path, tmp_path: Path) -> None:
    """From folder to folder, while another has the source open; the copy can be written, and the source is what it was."""
    before = sorted(path.name for path in written.rglob("*.parquet"))
    with store.open(written) as lake:
        done = copying.copy(parse(written), parse(tmp_path / "copy"))
        with store.open(tmp_path / "copy") as copy:
            assert history(copy)[: len(history(lake))] == history(lake)
            assert copy.counts() == lake.counts()
            assert copy.check() == []
            add(copy, 5990, 6005)
            assert copy.counts()["prompts"] == 6005
        assert lake.counts()["prompts"] == 6001
    assert done.rows == 6001 + 1  # and the row of the table of migrations
    assert sorted(path.name for path in written.rglob("*.parquet")) == before


def test_nothing_is_overwritten(written: Path, tmp_path: Path) -> None:
    """Where there is a lake, and from where there is none, nothing is copied."""
    with pytest.raises(store.StoreError, match="There is a lake at"):
        copying.copy(parse(written), parse(written))
    with pytest.raises(store.LakeNotFoundError):
        copying.copy(parse(tmp_path / "nothing"), parse(tmp_path / "copy"))


@pytest.mark.parametrize("kind", ["folder", "frozen", pytest.param("postgres", marks=pytest.mark.slow)])
def test_of_two_copies_to_one_place_one_is_there(
    kind: str, written: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Of two lakes that begin in the same moment; the other one is refused, and what is there is whole."""
    with store.open(tmp_path / "other") as lake:
        add(lake, 0, 5000)
    target = frozen(tmp_path / "copy") if kind == "frozen" else parse(tmp_path / "copy")
    if kind == "postgres":
        target = parse(*request.getfixturevalue("team"))
    both = threading.Barrier(2, timeout=60)

    def copied(source: Path) -> int:
        def started(_: int) -> Callable[[int], None]:
            both.wait()
            return lambda _: None

        try:
            return copying.copy(parse(source), target, started).rows
        except store.StoreError as error:
            assert "There is a lake at" in str(error)  # noqa: PT017 - one of the two has no error
            return 0

    with ThreadPoolExecutor(2) as pool:
        rows = sorted(pool.map(copied, (written, tmp_path / "other")))
    with store.open(target, create=False) as lake:
        assert rows == [0, sum(lake.counts().values())]
        assert lake.check() == []
    if kind == "frozen":
        assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["catalog.duckdb", "data"]


def test_an_interrupted_copy_goes_on(written: Path, tmp_path: Path) -> None:
    """What was copied is not copied again, a half file is, and there is no lake before the end."""
    target = parse(tmp_path / "copy")

    class Stop(Exception):  # noqa: N818 - as Ctrl-C would be
        pass

    def stop(_: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        copying.copy(parse(written), target, lambda _: stop)
    with pytest.raises(store.LakeNotFoundError):
        store.open(target, create=False)
    whole = next((tmp_path / "copy").rglob("*.parquet"))
    half = whole.with_name(f"{whole.name}.part")
    half.write_bytes(whole.read_bytes()[:10])
    made = whole.stat().st_mtime_ns
    copying.copy(parse(written), target)
    assert whole.stat().st_mtime_ns == made
    with store.open(target) as copy:
        assert copy.check() == []


@pytest.mark.parametrize("address", [parse, frozen])
def test_a_copy_that_ends_in_its_catalog_goes_on(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: Callable[[Path], store.Address]
) -> None:
    """Killed while the catalog is written, there is no lake, not even an empty one, and the same copy then makes it."""
    target = address(tmp_path / "copy")
    with monkeypatch.context() as patch:
        patch.setattr(catalogs, "_columns", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            copying.copy(parse(written), target)
    with pytest.raises(store.LakeNotFoundError):
        store.open(target, create=False)
    copying.copy(parse(written), target)
    with store.open(target) as copy:
        assert copy.counts()["prompts"] == 6001
        assert copy.check() == []


def test_a_damaged_source_is_not_copied(written: Path, tmp_path: Path) -> None:
    """A file that is shorter than the catalog says is noticed, and named; so is it by `check`."""
    path = max(written.rglob("*.parquet"), key=lambda path: path.stat().st_size)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(store.StoreError, match=path.name):
        copying.copy(parse(written), parse(tmp_path / "copy"))
    with store.open(written) as lake:
        (problem,) = lake.check()
    assert problem.check == "damaged_data_file"
    assert path.name in problem.example


def other_text(content: bytes) -> bytes:
    """A Parquet file with another text in its first row, and the same size."""
    return content.replace(b"text 0", b"text X", 1)


def zeros(content: bytes) -> bytes:
    """A file of the same size whose content never reached the disk."""
    return bytes(len(content))


@pytest.mark.parametrize("address", [parse, frozen])
@pytest.mark.parametrize(
    ("alter", "said"),
    [(other_text, "Table prompts of the copy is not that"), (zeros, "Table prompts cannot be compared: .*magic")],
)
def test_a_copy_with_another_file_is_refused(
    written: Path,
    tmp_path: Path,
    address: Callable[[Path], store.Address],
    alter: Callable[[bytes], bytes],
    said: str,
) -> None:
    """A file of the right size that is there already is taken for the one to copy, and found not to be it at the end.

    What the error says to do leads to a sound copy.
    """
    target = address(tmp_path / "copy")
    path = min(written.rglob("*.parquet"))  # the first commit's
    there = Path(target.data or "") / path.relative_to(written / "data")
    there.parent.mkdir(parents=True)
    with contextlib.closing(duckdb.connect()) as connection:
        places.mark(connection, target)  # as an interrupted copy did
    there.write_bytes(alter(path.read_bytes()))
    assert there.read_bytes() != path.read_bytes()
    with pytest.raises(store.StoreError, match=said) as refused:
        copying.copy(parse(written), target)
    assert refused.value.hint.startswith("Remove the copy")
    shutil.rmtree(target.place)
    copying.copy(parse(written), target)
    with store.open(target) as copy:
        assert copy.counts()["prompts"] == 6001


@pytest.mark.parametrize("address", [parse, frozen])
def test_a_copy_with_another_catalog_is_refused(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: Callable[[Path], store.Address]
) -> None:
    """Where the catalog that arrived names one file less, rows are missing, and it is said in which table."""
    target, copy_catalog = address(tmp_path / "copy"), copying._copy_catalog

    def lose(connection: duckdb.DuckDBPyConnection, source: store.Address, target: store.Address) -> None:
        copy_catalog(connection, source, target)
        with contextlib.closing(duckdb.connect()) as own:
            rows = f"{catalogs.attach(own, target, 'target', read_only=False)}.ducklake_data_file"
            own.execute(f"DELETE FROM {rows} WHERE data_file_id = (SELECT min(data_file_id) FROM {rows})")

    monkeypatch.setattr(copying, "_copy_catalog", lose)
    with pytest.raises(store.StoreError, match="Table prompts of the copy is not that of the source") as refused:
        copying.copy(parse(written), target)
    assert refused.value.hint == "Remove the copy and start again."


def test_a_frozen_lake_is_read_and_not_written(written: Path, tmp_path: Path) -> None:
    """It reads as before, past versions too, refuses commits and tidying, and is thawed by copying it."""
    copying.copy(parse(written), frozen(tmp_path / "ice"))
    with store.open(tmp_path / "ice") as ice, store.open(written) as lake:
        assert ice.address.kind == "frozen"
        assert history(ice)[: len(history(lake))] == history(lake)
        assert ice.check() == []
        with pytest.raises(store.ReadOnlyError, match="frozen"), ice.commit("no"):
            pass
        with pytest.raises(store.ReadOnlyError, match="frozen"):
            ice.compact()
        with pytest.raises(store.QueryError, match="disabled by configuration"):  # its views are somebody else's SQL
            ice.sql("FROM read_text('/etc/hostname')").fetchall()
    copying.copy(parse(tmp_path / "ice"), parse(tmp_path / "thawed"))
    with store.open(tmp_path / "thawed") as lake:
        add(lake, 0, 7000)
        assert lake.counts()["prompts"] == 7000


@pytest.mark.parametrize("kind", ["folder", pytest.param("postgres", marks=pytest.mark.slow)])
@pytest.mark.parametrize("how", ["copy", "backup"])
def test_a_lake_is_copied_while_it_is_written(
    how: str, kind: str, written: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is committed, into files and into the catalog, while files are copied, is not in the copy, and the copy is whole."""
    source, target = parse(written), parse(tmp_path / "copy")
    if kind == "postgres":
        place, data = request.getfixturevalue("team")
        source = parse(place, data)
        copying.copy(parse(written), source)
        if how == "backup":
            target = parse(place.replace("/postgres?", "/template1?"), f"{data}_copy")
    with store.open(source) as lake:
        add(lake, 6001, 6003)  # the catalog has these
        said = history(lake)
    move = files.copy

    def busily(*arguments: Any) -> None:  # noqa: ANN401 - those of the function
        with store.open(source) as lake:
            add(lake, 7000, 7002)
            add(lake, 8000, 11_000)
            lake.compact()
        move(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(files, "copy", busily)
        if how == "copy":
            copying.copy(source, target)
        else:
            backups.back_up_lake(source, tmp_path / "safe")
    if how == "backup":
        backups.restore(tmp_path / "safe", target)
    with store.open(target, create=False) as copied:
        assert history(copied)[: len(said)] == said
        assert copied.counts()["prompts"] == 6003
        assert copied.check() == []


def t2s(*words: str | Path) -> str:
    done = CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_commands(written: Path, tmp_path: Path) -> None:
    """Copy, back up, list, restore, compact, expire and check, as a person would."""
    assert "6,002 rows" in t2s("lake", "copy", written, tmp_path / "copy")
    assert "version 5 of" in t2s("--lake", written, "lake", "backup", tmp_path / "safe")
    assert str(written) in t2s("lake", "restore", tmp_path / "safe", "--list", "--json")
    assert "as backed up at" in t2s("lake", "restore", tmp_path / "safe", tmp_path / "again")
    assert "files written into" in t2s("--lake", written, "lake", "compact", "--grace-hours", "0")
    assert "4 versions would end" in t2s("--lake", written, "lake", "expire", "--keep", "4", "--dry-run")
    t2s("--lake", written, "lake", "expire", "--keep", "1", "--grace-hours", "0")
    t2s("--lake", written, "lake", "check")
    with store.open(written) as lake:
        assert lake.counts()["prompts"] == 6001


@pytest.mark.slow
def test_from_a_folder_to_a_team_to_the_web(written: Path, team: Shared, web: tuple[Path, str], tmp_path: Path) -> None:
    """SQLite to PostgreSQL and S3, from there to a frozen lake behind HTTP, and back to a folder: the same history everywhere."""
    root, url = web
    with store.open(written) as lake:
        said = history(lake)
    copying.copy(parse(written), parse(*team))
    with store.open(team[0]) as lake:
        assert history(lake)[: len(said)] == said
        add(lake, 6001, 6005)  # few rows: into the catalog, from which the next copy takes them
        add(lake, 6005, 9000)
    copying.copy(parse(team[0]), frozen(root / "lake"))
    with store.open(f"{url}/lake") as ice:
        assert history(ice)[: len(said)] == said
        assert ice.counts()["prompts"] == 9000
        assert ice.check() == []
        with pytest.raises(store.QueryError, match="disabled by configuration"):
            ice.sql(f"FROM read_text('{url}/lake2/x')").fetchall()
    copying.copy(parse(f"{url}/lake"), parse(tmp_path / "home"))
    with store.open(tmp_path / "home") as home:
        assert history(home)[: len(said)] == said
        add(home, 0, 9001)
        assert home.counts()["prompts"] == 9001


@pytest.mark.slow
def test_a_frozen_lake_in_a_bucket(written: Path, team: Shared, tmp_path: Path) -> None:
    """A lake goes to an address in an object store, is read there, and comes home; nothing can be written over HTTP."""
    place = parse(f"{team[1]}/public")
    copying.copy(parse(written), place)
    with store.open(place, create=False) as ice:
        assert ice.counts()["prompts"] == 6001
        assert ice.check() == []
    with pytest.raises(store.StoreError, match="already"):
        copying.copy(parse(written), place)
    copying.copy(place, parse(tmp_path / "home"))
    with store.open(tmp_path / "home") as home, store.open(written) as lake:
        assert history(home)[:-1] == history(lake)  # and one more, with the rows of the catalog in files
    with pytest.raises(store.AddressError, match="Nothing can be written"):
        copying.copy(parse(written), parse("https://example.org/lake"))


@pytest.mark.slow
def test_by_every_way_it_is_the_same_lake(written: Path, team: Shared, web: tuple[Path, str], tmp_path: Path) -> None:
    """On and on, so that each kind of address is reached from each: the whole history, and what was added on the way."""
    root, url = web
    place, data = team
    with store.open(written) as lake:
        said = history(lake)
    rows = {str(written): 6001}
    for source, target in (
        (parse(written), parse(f"{place}_a", f"{data}_a")),
        (parse(f"{place}_a"), parse(f"{place}_b", f"{data}_b")),
        (parse(f"{place}_b"), parse(f"{data}_c")),
        (parse(f"{data}_c"), parse(f"{place}_d", f"{data}_d")),
        (parse(f"{place}_d"), frozen(root / "e")),
        (frozen(root / "e"), frozen(tmp_path / "f")),
        (frozen(tmp_path / "f"), parse(f"{place}_g", f"{data}_g")),
        (parse(f"{url}/e"), parse(f"{place}_h", str(tmp_path / "h"))),
        (parse(f"{url}/e"), parse(f"{data}_i")),
        (parse(f"{data}_i"), frozen(tmp_path / "j")),
        (frozen(tmp_path / "j"), parse(tmp_path / "k")),
        (parse(tmp_path / "k"), parse(tmp_path / "l")),
    ):
        copying.copy(source, target)
        with store.open(target, create=False) as lake:
            assert history(lake)[: len(said)] == said, (source, target)
            there = lake.counts()["prompts"]
            assert there == rows[str(source)]
            assert lake.check() == []
            if target.kind != "frozen":
                add(lake, there, there + 7)  # few rows: into the catalog
            rows[str(target)] = rows[str(target).replace(str(root), url)] = lake.counts()["prompts"]


def test_rows_that_are_there_twice_count(folder: Path, tmp_path: Path) -> None:
    """Two pairs of equal rows are told apart, which no commit writes but a fault may."""
    shutil.copytree(folder, tmp_path / "other")
    for place, text in ((folder, "a"), (tmp_path / "other", "b")):
        with engine.own_connection() as connection:
            engine.attach(connection, parse(place), "lake", read_only=False)
            connection.execute(f"INSERT INTO lake.prompts BY NAME SELECT uuid() AS prompt, '{text}' AS text FROM range(1)")
            connection.execute("INSERT INTO lake.prompts FROM lake.prompts")
    with store.open(folder) as one, store.open(tmp_path / "other") as other:
        assert one.counts() == other.counts()
        assert copying._verify(one, one) > 0
        with pytest.raises(store.StoreError, match="Table prompts of the copy"):
            copying._verify(one, other)


def test_a_copy_is_compared_with_the_version_that_was_copied(written: Path, tmp_path: Path) -> None:
    """Where that was expired meanwhile, this is said, and no other one is taken."""
    copying.copy(parse(written), parse(tmp_path / "copy"))
    with store.open(written) as before, store.open(tmp_path / "copy") as after:
        assert copying._copied_version(before, after) in {after.version, after.version - 1}
        add(before, 7000, 9000)
        before.expire(keep=1, grace=timedelta(0))
        with pytest.raises(store.StoreError, match="was expired"):
            copying._copied_version(before, after)
