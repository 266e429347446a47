"""A lake in PostgreSQL and S3 is the same lake: made, written, read, pinned and tidied with real servers (slow)."""

import json
import os
import signal
import subprocess
from pathlib import Path

import duckdb
import pytest

import store
from store import address, engine
from store.turns import turn
from tests import servers
from tests.store import faulty
from tests.store.test_cli import T2S

pytestmark = pytest.mark.slow

Shared = tuple[str, str]
ROWS = "SELECT md5(i::VARCHAR)::UUID AS prompt, 'text ' || i AS text FROM range($) AS t(i)"


def add(lake: store.Lake, rows: int) -> int:
    with lake.commit(f"{rows} prompts") as commit:
        commit.append("prompts", ROWS.replace("$", str(rows)))
    return commit.added["prompts"]


def test_it_is_made_written_and_read(team: Shared) -> None:
    """Small and large commits, keys, the past, a second opening that is not told where the data are."""
    place, data = team
    with store.open(place, data=data) as lake:
        assert add(lake, 5) == 5  # few rows stay in the catalog
        assert add(lake, 5000) == 4995
        assert add(lake, 5000) == 0
        assert lake.counts()["prompts"] == 5000
        assert lake.check() == []
        with lake.at(lake.version - 1) as past:
            assert past.counts()["prompts"] == 5
        files = lake.sql("SELECT data_file FROM ducklake_list_files('lake', 'prompts')").fetchall()
        assert files
        assert all(path.startswith(f"{data}/") for (path,) in files)
    with store.open(place, create=False) as again:
        assert again.sql("SELECT text FROM prompts WHERE text = 'text 4711'").fetchall() == [("text 4711",)]
        assert [row[3] for row in again.log().fetchall()][:2] == ["5000 prompts", "5 prompts"]


def test_two_lakes_of_one_database_do_not_meet(team: Shared) -> None:
    """Each schema is a lake of its own."""
    place, data = team
    with store.open(place, data=data) as one, store.open(f"{place}_b", data=f"{data}_b") as two:
        add(one, 3)
        assert (one.counts()["prompts"], two.counts()["prompts"]) == (3, 0)


def test_what_is_not_there_is_said(team: Shared, postgres: servers.Postgres, tmp_path: Path) -> None:
    """No lake, no data given, no server, no such database, data elsewhere: each its own error, with what to do."""
    place, data = team
    with pytest.raises(store.LakeNotFoundError, match="There is no lake at postgres://") as missing:
        store.open(place, create=False)
    assert "--data" in missing.value.hint
    with pytest.raises(store.AddressError, match="takes a place for its data"):
        store.open(place)
    with pytest.raises(store.UnreachableError, match='database "nowhere" does not exist'):
        store.open(postgres.url("nowhere"), create=False)
    with pytest.raises(store.UnreachableError, match="Connection refused"):
        store.open(f"postgres://{servers.USER}@127.0.0.1:{servers.free_port()}/postgres", create=False)
    store.open(place, data=data).close()
    with pytest.raises(store.AddressError, match="has its data elsewhere"):
        store.open(place, data=str(tmp_path))
    with store.open(place, data=data) as lake:
        assert lake.address.kind == "postgres"
    with pytest.raises(store.StoreError, match="Data cannot be kept in s3://no-such-bucket/x") as bucket:
        store.open(f"{place}_c", data="s3://no-such-bucket/x")
    assert "bucket" in bucket.value.hint


def test_no_secret_is_kept_or_shown(team: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither password nor key is in the catalog, the log, an error, or the secrets that SQL sees; no address may have one."""
    place, data = team
    password, key = servers.PASSWORD, "AKIA-unmistakable"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key)
    with store.open(place, data=data) as lake:
        add(lake, 5000)
        shown = str(lake.sql("FROM duckdb_secrets()").fetchall()) + repr(lake) + str(lake.log().fetchall())
        named = lake.sql("SELECT table_name FROM information_schema.tables").fetchall()
        assert named
    with duckdb.connect() as raw:
        engine.attach_database(raw, address.parse(place), "catalog")
        schema = address.parse(place).schema
        found = raw.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = $1", [schema]).fetchall()
        for (table,) in found:
            shown += str(raw.execute(f"FROM catalog.{schema}.{table}").fetchall())
        assert "ducklake_snapshot_changes" in str(found)
    monkeypatch.setenv("PGPASSWORD", "wrong-and-unmistakable")
    with pytest.raises(store.UnreachableError, match="password authentication failed") as refused:
        store.open(place)
    shown += str(refused.value) + refused.value.hint
    with pytest.raises(store.AddressError) as told:
        store.open(place.replace("lake@", f"lake:{password}@"))
    shown += str(told.value) + told.value.hint + str(told.value.__cause__)
    with pytest.raises(store.AddressError) as told:
        store.open(f"{place}&password={password}")
    shown += str(told.value) + told.value.hint
    assert password not in shown
    assert key not in shown
    assert "wrong-and-unmistakable" not in shown


def test_no_secret_is_kept_or_shown_by_commands(
    team: Shared, s3: str, demo_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies, a pin, a publication, a back-up and requests that fail, with tracebacks: none keeps or says a secret.

    Looked at is what the commands said, every file that they left, the temporary folder and the home included, and the catalog.
    """
    place, data = team
    secrets = {
        "PGPASSWORD": servers.PASSWORD,
        "AWS_SECRET_ACCESS_KEY": "key-unmistakable",
        "AWS_SESSION_TOKEN": "token-unmistakable",
    }
    for name in ("tmp", "home"):
        (tmp_path / name).mkdir()
    author = "author-unmistakable"  # who is found where a secret would be
    for name, value in {**secrets, "TMPDIR": tmp_path / "tmp", "HOME": tmp_path / "home", "TEXT2SQL_AUTHOR": author}.items():
        monkeypatch.setenv(name, str(value))
    recipe = Path(__file__).parents[2] / "docs/recipes/sft.yaml"
    shown = [
        run(0, "lake", "copy", demo_made / "lake", place, "--data", data),
        run(0, "--lake", place, "pin", "create", recipe, "--lock", tmp_path / "pins.lock"),
        run(0, "--lake", place, "pin", "publish", "demo_sft@1", tmp_path / "published"),
        run(0, "--lake", place, "lake", "backup", tmp_path / "safe"),
        run(0, "lake", "copy", place, tmp_path / "copy"),
    ]
    with faulty.in_front_of(s3) as (url, broken):
        broken.refuses = (403, "AccessDenied")
        for endpoint in (url, f"http://127.0.0.1:{servers.free_port()}"):
            monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
            for words in (("sql", "SELECT max(md5(sql)) FROM candidates"), ("lake", "backup", tmp_path / "no")):
                shown.append(run(1, "--debug", "--lake", place, *words))
                assert endpoint.removeprefix("http://") in shown[-1] or data in shown[-1]
    dumped = program("pg_dump", f"--schema={address.parse(place).schema}", f"--dbname={place.partition('?')[0]}")
    restored = [program("pg_restore", "--file=-", str(dump)) for dump in tmp_path.rglob("catalog.dump")]
    assert len(restored) == 1  # of a back-up that fails nothing is left
    assert all(author in text for text in (dumped, *restored))
    shown += [dumped, *restored]
    with duckdb.connect() as raw:
        for path in tmp_path.rglob("*.parquet"):
            shown.append(str(raw.execute("FROM read_parquet($1)", [str(path)]).fetchall()))
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(author.encode() in content for content in written)
    for secret in secrets.values():
        assert not any(secret in text or secret.encode().hex() in text for text in shown)  # PostgreSQL writes bytes as hex
        assert not any(secret.encode() in content for content in written)


def run(code: int, *words: str | Path) -> str:
    """What a command says, in a process of its own that ends with a code."""
    done = subprocess.run([*T2S, *map(str, words)], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def program(name: str, *words: str) -> str:
    """What a program of PostgreSQL writes."""
    return subprocess.run([servers.programs() / name, *words], capture_output=True, text=True, check=True).stdout


def test_duckdb_secrets_are_enough(team: Shared, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With persistent secrets of DuckDB, no variable is needed."""
    place, data = team
    monkeypatch.setenv("HOME", str(tmp_path))  # where DuckDB keeps them
    endpoint = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
    with duckdb.connect() as connection:
        engine.load(connection, "postgres_scanner")
        engine.load(connection, "httpfs")
        connection.execute(f"CREATE PERSISTENT SECRET (TYPE postgres, PASSWORD '{servers.PASSWORD}')")
        connection.execute(
            f"CREATE PERSISTENT SECRET (TYPE s3, KEY_ID 'k', SECRET 's', ENDPOINT '{endpoint}', USE_SSL false, URL_STYLE 'path')"
        )
    for name in ("PGPASSWORD", "AWS_ENDPOINT_URL", *servers.CREDENTIALS):
        monkeypatch.delenv(name)
    with store.open(place, data=data) as lake:
        assert add(lake, 5000) == 5000
        assert lake.counts()["prompts"] == 5000


def test_tidying_does_not_wait_for_readers(team: Shared) -> None:
    """An open lake is compacted and expired beside its readers, who see what they saw; the files are fewer."""
    place, data = team
    with store.open(place, data=data) as lake, store.open(place) as reader:
        for rows in (10, 4000, 8000, 12000):
            add(lake, rows)
        held = reader.at(reader.version - 1)
        done = lake.compact(patience=0.1)
        assert (done.flushed, done.merged > done.into) == (11, True)  # and the row of the table of migrations
        assert held.counts()["prompts"] == 8000
        held.close()
        assert reader.counts()["prompts"] == 12000
        gone = lake.expire(keep=1, patience=0.1)
        assert gone.versions
        assert reader.counts()["prompts"] == 12000
        assert lake.check() == []


def test_what_is_being_pinned_is_not_expired(team: Shared) -> None:
    """Whoever pins has looked whether the snapshot is there; until the pin is, nobody ends it."""
    place, data = team
    with store.open(place, data=data) as lake:
        for rows in (10, 20):
            add(lake, rows)
        with turn(lake.address, "pin"), pytest.raises(store.LakeBusyError):
            lake.expire(keep=1, patience=0.1)
        assert lake.expire(keep=1, patience=0.1).versions


def test_the_extra_of_a_snapshot_is_as_before(team: Shared) -> None:
    """The provenance of a commit is kept in PostgreSQL as in a folder."""
    place, data = team
    with store.open(place, data=data) as lake:
        add(lake, 1)
        extra = json.loads(lake.sql("SELECT commit_extra_info FROM lake.snapshots() ORDER BY snapshot_id DESC").fetchone()[0])  # type: ignore[index]
    assert set(extra) == {"command", "arguments", "versions", "commit"}


def test_rights_that_are_missing_are_said(team: Shared, postgres: servers.Postgres) -> None:
    """A role without rights on the catalog reads nothing, one that may read writes nothing; both are told what to ask for."""
    place, data = team
    schema = address.parse(place).schema
    guest = place.replace(f"{servers.USER}@", f"guest_of_{schema}@")
    with store.open(place, data=data) as lake:
        add(lake, 20)
    postgres.sql(f"CREATE ROLE guest_of_{schema} LOGIN PASSWORD '{servers.PASSWORD}'")

    def granted(rights: str) -> None:
        postgres.sql(f"GRANT {rights} TO guest_of_{schema}")

    def refused() -> None:
        with pytest.raises(store.StoreError, match="permission denied") as said, store.open(guest, create=False) as lake:
            lake.counts()
        assert "GRANT" in said.value.hint

    refused()
    granted(f"USAGE ON SCHEMA {schema}")
    refused()
    granted(f"SELECT ON {schema}.ducklake_table")
    refused()
    granted(f"SELECT ON ALL TABLES IN SCHEMA {schema}")
    with store.open(guest, create=False) as lake:
        assert lake.counts()["prompts"] == 20
        with pytest.raises(store.StoreError, match="and nothing was written: PostgreSQL says: permission denied") as said:
            add(lake, 30)
        assert "GRANT" in said.value.hint
    granted(f"ALL ON ALL TABLES IN SCHEMA {schema}")
    with store.open(guest, create=False) as lake:
        assert add(lake, 30) == 10
    postgres.sql(f"DROP OWNED BY guest_of_{schema}; DROP ROLE guest_of_{schema}")


def test_a_server_that_takes_no_connection_is_given_up(team: Shared, postgres: servers.Postgres) -> None:
    """It accepts, and says nothing: as a machine that hangs."""
    store.open(team[0], data=team[1]).close()
    postmaster = int((postgres.folder / "data/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGSTOP)
    try:
        with pytest.raises(store.UnreachableError, match="timeout expired") as refused:
            store.open(f"{team[0]}&connect_timeout=2", create=False)
        assert "Start the server" in refused.value.hint
    finally:
        os.kill(postmaster, signal.SIGCONT)
