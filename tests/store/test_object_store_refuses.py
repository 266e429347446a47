"""An object store says no, or lost half an object: that is told at once, with what to do; one that cuts is waited for (slow)."""

import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import store
from store import copying
from store.address import parse
from store.errors import PATIENCE
from tests.store import faulty
from tests.store.test_cli import T2S

pytestmark = pytest.mark.slow

Shared = tuple[str, str]
PROMPTS = "SELECT md5(i::VARCHAR)::UUID AS prompt, 'text ' || i AS text FROM range({}) AS t(i)"
REJECTS = (
    "SELECT 's' || i AS sha256, i::INT AS line, 'p' AS path, 'f' AS format, 'r' AS reason, 'x' AS raw FROM range({}) AS t(i)"
)
READ = "SELECT max(md5(text)) FROM prompts"
"""A query that the catalog's statistics cannot answer."""
DAMAGED = "A data file of the lake is gone or damaged; see which with: t2s check"
HEADERS = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=any",
    "Content-Type": "application/octet-stream",
}
"""With these moto takes a request for one that is signed."""
DUCKDB_TRIES = 4
"""How often DuckDB itself makes a request that is cut."""
AT_ONCE = PATIENCE / 6
"""Seconds: far less than what passes is tried for, and enough for a busy machine."""


@pytest.fixture
def broken(team: Shared, s3: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[faulty.Faults]:
    """What stands before the object store of a team, and lets everything pass for now."""
    assert team
    with faulty.in_front_of(s3) as (url, faults):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        yield faults


def add(lake: store.Lake, prompts: int, rejects: int) -> None:
    """One commit into two tables."""
    with lake.commit(f"{prompts} prompts and {rejects} rejects") as commit:
        commit.append("prompts", PROMPTS.format(prompts))
        commit.append("rejects", REJECTS.format(rejects))


def seen(place: str) -> tuple[int, int, int]:
    """What somebody else sees: the version, and the rows of both tables."""
    with store.open(place, create=False) as lake:
        counts = lake.counts()
        return lake.version, counts["prompts"], counts["rejects"]


def t2s(place: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, which has nothing in memory."""
    return subprocess.run([*T2S, "--lake", place, *words], capture_output=True, text=True, check=False, timeout=AT_ONCE)


def behind(url: str, method: str, content: bytes | None = None) -> bytes:
    """What the object store answers somebody who does not come through the lake."""
    request = urllib.request.Request(url, content, HEADERS, method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
        return bytes(answer.read())


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (401, "AccessDenied", "AWS_SECRET_ACCESS_KEY"),
        (403, "AccessDenied", "AWS_SECRET_ACCESS_KEY"),
        (403, "RequestTimeTooSkewed", "Set the clock of this machine"),
    ],
)
def test_who_is_refused_is_told_at_once(team: Shared, broken: faulty.Faults, status: int, code: str, told: str) -> None:
    """A commit is not tried again, says what to do, and leaves nothing, whether an upload or a reading was refused.

    The first has its few prompts in the catalog already when the upload of its many rejects is refused. Afterwards it succeeds.
    """
    place, data = team
    with store.open(place, data=data) as lake:
        for prompts, rejects in ((5, 4000), (4000, 4005)):
            before, refusals = seen(place), broken.counted["refusals"]
            broken.refuses = (status, code)
            began = time.monotonic()
            with pytest.raises(store.StoreError, match=f"nothing was written(.|\n)*{status}(.|\n)*{code}") as refused:
                add(lake, prompts, rejects)
            assert time.monotonic() - began < AT_ONCE
            assert told in refused.value.hint
            assert broken.counted["refusals"] > refusals
            broken.refuses = None
            assert seen(place) == before
            assert lake.check() == []
            add(lake, prompts, rejects)
            assert seen(place) == (before[0] + 1, prompts, rejects)
    broken.refuses = (status, code)
    asked = t2s(place, "sql", READ)
    assert asked.returncode == 1
    assert told in asked.stderr.partition("hint: ")[2]


@pytest.mark.parametrize("left", ["half", ""])
def test_an_object_that_is_cut_or_gone_is_named(team: Shared, s3: str, tmp_path: Path, left: str) -> None:
    """`t2s check` names it; a query and a commit that need it, and a copy, fail and say so; put back, everything is there."""
    place, data = team
    with store.open(place, data=data) as lake:
        add(lake, 4000, 5)
        ((path,),) = lake.sql("SELECT data_file FROM ducklake_list_files('lake', 'prompts')").fetchall()
    url = f"{s3}/{path.removeprefix('s3://')}"
    content = behind(url, "GET")
    if left:
        behind(url, "PUT", content[: len(content) // 2])
    else:
        behind(url, "DELETE")
    before = seen(place)
    found = t2s(place, "check")
    assert found.returncode == 3
    assert ("damaged_data_file" if left else "missing_data_file") in found.stdout
    assert (f"{path} has {len(content) // 2} bytes, not {len(content)}" if left else path) in found.stdout
    asked = t2s(place, "sql", READ)
    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr.endswith(f"hint: {DAMAGED}\n")
    with store.open(place) as lake, pytest.raises(store.StoreError, match="nothing was written") as failed:
        add(lake, 4001, 6)
    assert failed.value.hint == DAMAGED
    assert seen(place) == before
    with pytest.raises(store.StoreError, match=path.rpartition("/")[2]) as failed:
        copying.copy(parse(place), parse(tmp_path / "copy"))
    assert "t2s check" in failed.value.hint
    with pytest.raises(store.LakeNotFoundError):
        store.open(tmp_path / "copy", create=False)
    behind(url, "PUT", content)
    assert t2s(place, "check").returncode == 0
    assert t2s(place, "sql", READ).returncode == 0


def test_uploads_that_are_cut_are_tried_again(team: Shared, broken: faulty.Faults) -> None:
    """Also where DuckDB gives up: no upload comes through for seconds, and the commit is there once, as soon as one does.

    A query does not wait: it fails, and says that the object store has to answer.
    """
    place, data = team
    with store.open(place, data=data) as lake:
        broken.cuts = 1.0
        healed = threading.Timer(6.0, setattr, (broken, "cuts", 0.0))
        healed.start()
        add(lake, 4000, 4000)
        healed.join()
        assert broken.counted["cut uploads"] > DUCKDB_TRIES
        assert seen(place)[1:] == (4000, 4000)
        assert lake.check() == []
    broken.cuts = 1.0
    asked = t2s(place, "sql", READ)
    assert asked.returncode == 1
    assert "once the server of the catalog, or the object store, answers" in asked.stderr.partition("hint: ")[2]
