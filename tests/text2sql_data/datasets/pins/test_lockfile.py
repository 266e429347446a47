"""`pins.lock`: what goes in comes back, two people's additions merge, and what the lake does not have is told."""

import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from text2sql_data.datasets import lockfile

pytestmark = pytest.mark.slow

PIN = store.Pin(
    name="demo",
    version=1,
    kind="sft",
    snapshot=7,
    recipe={"kind": "sft"},
    templates={"b": "2" * 64, "a": "1" * 64},
    versions={"python": "3"},
    parents=[{"kind": "run", "name": 'a "b"\\', "sha256": "3" * 64}, {"kind": "pin", "name": "c@1"}],
    summary={"columns": {}},
    n_rows=5,
    digest="4" * 64,
    added=datetime(2026, 1, 1),  # noqa: DTZ001 - the lake keeps UTC without saying so
)

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)


def test_a_lock_file_is_small_and_readable(tmp_path: Path) -> None:
    """One value a line, lists sorted, a header that says what it is and how to check it."""
    lockfile.add(tmp_path / "pins.lock", [PIN])
    assert (tmp_path / "pins.lock").read_text("utf-8").splitlines() == [
        *lockfile.HEADER.splitlines(),
        "",
        '["demo@1"]',
        f'digest = "sha256:{"4" * 64}"',
        "rows = 5",
        "snapshot = 7",
        'recipe = "sha256:fb56d86a613a5700d9991e4364bd6e22d0cdf9ede6ea819440f0fc50adb90789"',
        "templates = [",
        f'    "a sha256:{"1" * 64}",',
        f'    "b sha256:{"2" * 64}",',
        "]",
        "parents = [",
        '    "pin c@1 id:1b6149401b99",',
        f'    "run a \\"b\\"\\\\ sha256:{"3" * 64}",',
        "]",
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b-2", "c.d"]), st.integers(1, 30), TEXT, TEXT), min_size=1, max_size=6))
def test_what_goes_in_comes_back(tmp_path: Path, given_: list[tuple[str, int, str, str]]) -> None:
    """In whatever order pins are added, the file is the same, and reading it gives what was written."""
    path = tmp_path / "pins.lock"
    pins = {
        f"{name}@{version}": PIN._replace(
            name=name, version=version, templates={template: "1"}, parents=[{"kind": "run", "name": parent}]
        )
        for name, version, template, parent in given_
    }
    path.unlink(missing_ok=True)
    for pin in pins.values():
        lockfile.add(path, [pin])
    one_by_one = path.read_bytes()
    path.unlink()
    lockfile.add(path, reversed(pins.values()))
    assert path.read_bytes() == one_by_one
    read = lockfile.read(path)
    assert read == {ref: lockfile.locked(pin) for ref, pin in pins.items()}
    assert list(read) == sorted(read, key=lambda ref: (ref.split("@")[0], int(ref.split("@")[1])))


def test_additions_of_two_people_merge(tmp_path: Path) -> None:
    """Two pins at different places of the alphabet are no conflict, and the merged file has all of them."""
    for name, added in (("base", ["m"]), ("ours", ["m", "a"]), ("theirs", ["m", "z"])):
        lockfile.add(tmp_path / name, [PIN._replace(name=one) for one in added])
    merged = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    (tmp_path / "merged").write_text(merged.stdout, "utf-8")
    assert list(lockfile.read(tmp_path / "merged")) == ["a@1", "m@1", "z@1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<<<<<<< ours\n", "not TOML"),
        ('["a@1"]\nrows = 1\n', "does not have the fields of a pin"),
        ("a = 1\n", "does not have the fields of a pin"),
        ('["a@1"]\ndigest = 1\nrows = 1\nsnapshot = 1\nrecipe = ""\ntemplates = []\nparents = []\n', "of another type"),
        (None, "cannot be read"),
    ],
)
def test_another_file_is_no_lock_file(tmp_path: Path, text: str | None, message: str) -> None:
    """Marks of a merge, other TOML and no file at all are errors with a hint; an existing file is not overwritten."""
    path = tmp_path / "pins.lock"
    if text is not None:
        path.write_text(text)
        with pytest.raises(lockfile.LockError):
            lockfile.add(path, [PIN])
        assert path.read_text() == text
    with pytest.raises(lockfile.LockError, match=message) as caught:
        lockfile.read(path)
    assert caught.value.hint


def test_the_file_is_for_everybody(tmp_path: Path) -> None:
    """It has the permissions that any new file has, and nothing else is left beside it."""
    (tmp_path / "other").touch()
    lockfile.add(tmp_path / "new" / "pins.lock", [PIN])
    assert (tmp_path / "new" / "pins.lock").stat().st_mode == (tmp_path / "other").stat().st_mode
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["pins.lock"]


def in_lake(lake: store.Lake) -> None:
    """Put the pin of these tests into a lake, as a row."""
    from store.ids import canonical_json

    values: dict[str, Any] = {
        name: canonical_json(value) if isinstance(value, dict | list) else value for name, value in PIN._asdict().items()
    }
    with lake.commit("a pin") as commit:
        commit.append("pins", [values])


def test_mismatches_with_a_lake(lake: store.Lake) -> None:
    """A pin that is not there, and each value that is another one; the number of the snapshot may differ between lakes."""
    in_lake(lake)
    entry = lockfile.locked(PIN)
    assert lockfile.mismatches(lake, {entry.ref: entry}) == []
    assert lockfile.mismatches(lake, {entry.ref: entry._replace(snapshot=99)}) == []
    changed = entry._replace(digest="sha256:0", rows=6, templates=[], parents=entry.parents[:1], recipe="")
    assert [mismatch.what for mismatch in lockfile.mismatches(lake, {entry.ref: changed})] == [
        "digest",
        "rows",
        "recipe",
        "templates",
        "parents",
    ]
    missing = lockfile.mismatches(lake, {"demo@2": entry._replace(ref="demo@2")})
    assert missing == [lockfile.Mismatch("demo@2", "pin", entry.digest, "not in the lake")]
