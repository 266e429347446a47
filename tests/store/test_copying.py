"""A lake is copied between any two kinds of address: every snapshot, row, pin and file; what differs is noticed."""

import contextlib
import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

import store
from store import backups, catalogs, copying, engine, files, places
from store.address import frozen, parse
from store.cli import cli
from tests import servers

Shared = tuple[str, str]


def add(lake: store.Lake, first: int, last: int) -> None:
    with lake.commit(f"{first} to {last}") as commit:
        text = f"SELECT md5(i::VARCHAR)::UUID AS prompt, 'text ' || i AS text FROM range({first}, {last}) AS t(i)"
        commit.append("prompts", text)


def history(lake: store.Lake) -> list[tuple[object, ...]]:
    """What each version says, with who made it."""
    found: list[tuple[object, ...]] = []
    for version, *_, message, _ in lake.sql("SELECT * EXCLUDE (changes) FROM lake.snapshots() ORDER BY ALL").fetchall():
        if version:
            with lake.at(version) as past:
                found.append((version, message, past.counts()["prompts"]))
    return found


@pytest.fixture
def written(folder: Path) -> Path:
    """A lake with large and small commits."""
    with store.open(folder) as lake:
        for first, last in ((0, 3000), (3000, 3010), (3010, 6000), (6000, 6001)):
            add(lake, first, last)
    return folder


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the URL of a web server that serves it, ranges of files included."""
    root = tmp_path / "public"
    root.mkdir()
    with serve(root, Ranges) as url:
        yield root, url


@contextlib.contextmanager
def serve(root: Path, handler: type[http.server.SimpleHTTPRequestHandler]) -> Iterator[str]:
    """A web server that serves a folder; its URL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Whole(http.server.SimpleHTTPRequestHandler):
    """Files as a whole, as `python -m http.server` gives them."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Ranges(Whole):
    """Files and parts of them, as every other web server gives them."""

    def do_GET(self) -> None:
        """Give a file, or the bytes that were asked for."""
        asked = self.headers.get("Range")
        path = Path(self.translate_path(self.path))
        if asked is None or not path.is_file():
            super().do_GET()
            return
        first, _, last = asked.removeprefix("bytes=").partition("-")
        content = path.read_bytes()
        part = content[int(first) : int(last or len(content)) + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


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


@pytest.mark.parametrize("kind", ["marked", "of an earlier version"])
def test_data_of_two_lakes_do_not_meet(kind: str, written: Path, tmp_path: Path) -> None:
    """No lake has its data where another one has some, above or below that: each deletes what its catalog does not name."""
    mark = written / "data" / places.MARK
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
                assert not (place / places.MARK).exists() or place == written / "data"
        places.claim(connection, store.Address("postgres", "postgres://host/db", str(tmp_path / "beside")))
        assert "host" not in (tmp_path / "beside" / places.MARK).read_text()


def test_a_lake_without_its_catalog_is_not_made_anew(written: Path) -> None:
    """An empty catalog over the files of a lost one would take them for orphans."""
    (written / "catalog.sqlite").rename(written / "aside")
    with pytest.raises(store.StoreError, match="There are data of another lake"):
        store.open(written)
    (written / "aside").rename(written / "catalog.sqlite")
    with store.open(written) as lake:
        assert lake.counts()["prompts"] == 6001


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


def test_what_is_no_address() -> None:
    """Each is wrong usage, and says what an address is."""
    for text in (
        "ftp://host/lake",
        "postgres://u:sesame@host/db",
        "postgres://host:port/db",
        "postgres://host/db?password=sesame",
        "postgres://host/db?sslpassword=sesame",
        "https://u:sesame@host/lake",
        "https://host/lake?token=sesame",
        "s3://bucket/lake?s3_secret_access_key=sesame",
        "https://[host/lake#sesame",
    ):
        with pytest.raises(store.AddressError) as wrong:
            parse(text)
        assert wrong.value.hint
        assert "sesame" not in str(wrong.value)
    with pytest.raises(store.AddressError) as wrong:
        parse("postgres://host/db", "s3://bucket/x?s3_secret_access_key=sesame")
    assert "sesame" not in str(wrong.value)
    with pytest.raises(store.AddressError):
        parse("lake", "s3://bucket/x")
    with pytest.raises(store.AddressError):
        parse("postgres://host/db", "https://host/x")
    with pytest.raises(store.AddressError, match="not a folder"):
        parse("postgres://host/db").folder  # noqa: B018 - it raises
    result = CliRunner().invoke(cli, ["--lake", "postgres://u:sesame@host/db", "log"])
    assert result.exit_code == 2
    assert "sesame" not in result.output


def test_an_address_is_what_it_was_written_as() -> None:
    """`str` gives an address that reads as the same one, whatever is in it."""
    for text in (
        "postgres://lake@db.example.org:5433/research?schema=team",
        "postgres:///research?host=%2Fvar%2Frun",
        "postgres://db/research?sslmode=require&schema=a%20b",
        "https://example.org/lake",
        "s3://bucket/lake",
    ):
        address = parse(text)
        assert parse(str(address)) == address
    said = parse("postgres://lake@[::1]:5433/it%27s?schema=x&sslmode=require")
    assert said.conninfo == r"host='::1' port='5433' user='lake' dbname='it\'s' sslmode='require'"
    assert engine.not_found(said).hint
