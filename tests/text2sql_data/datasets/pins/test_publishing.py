"""One pin is published as a lake of its own: it reads the same, can be built again there, and brings no more than it needs."""

from pathlib import Path

import pytest
from click.testing import CliRunner

import store
from store import pins
from store.address import frozen
from store.cli import cli
from tests.store.web import Ranges, Whole, serve
from text2sql_data.datasets import lockfile
from text2sql_data.datasets import reading as dataset_reading
from text2sql_data.datasets.pinning import pin_recipe, verify
from text2sql_data.datasets.publishing import publish

FIELDS = {
    "sft": {"kind": "sft", "runs": ["large"]},
    "pairs": {"kind": "preference", "pair_sets": ["natural"]},
    "selector": {"kind": "selector_pointwise", "runs": ["large"]},
}


@pytest.mark.parametrize("name", FIELDS)
def test_it_is_the_same_pin_and_can_be_built_again(own: store.Lake, tmp_path: Path, name: str) -> None:
    """Rows, digest and lock file agree; only its own runs came along; and from the frozen lake it is built again."""
    pin_recipe(own, dataset_reading.convert({"name": name, "split": {"fractions": {"train": 1.0}}, **FIELDS[name]}))
    here = pins.find(own, name)
    lock = tmp_path / "pins.lock"
    lockfile.add(lock, [here])
    done = publish(own, name, frozen(tmp_path / "ice"))
    assert done.rebuilt
    with store.open(tmp_path / "ice") as ice:
        there = pins.find(ice, name)
        assert (there.digest, there.n_rows, there.recipe) == (here.digest, here.n_rows, here.recipe)
        assert there.summary["published_from"] == {"snapshot": here.snapshot, "added": str(here.added)}
        assert lockfile.mismatches(ice, lockfile.read(lock)) == []
        for split in pins.splits(own, here):
            assert pins.rows(ice, there.ref, split).read_all().equals(pins.rows(own, here.ref, split).read_all())
        assert verify(ice, there.ref).holds
        assert ice.check() == []
        if name != "pairs":
            assert ice.sql("SELECT DISTINCT run FROM candidates").fetchall() == [("large",)]
            assert ice.counts()["candidates"] < own.counts()["candidates"]


def test_the_command_writes_a_lock_file(own: store.Lake, tmp_path: Path) -> None:
    """`t2s pin publish` makes a folder that is a lake; a second time it is refused."""
    pin_recipe(own, dataset_reading.convert({"name": "sft", "split": {"fractions": {"train": 1.0}}, **FIELDS["sft"]}))
    words = ["--lake", str(own.folder), "pin", "publish", "sft@1", str(tmp_path / "ice")]
    done = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "ice" / "pins.lock").is_file()
    again = CliRunner().invoke(
        cli, ["--lake", str(tmp_path / "ice"), "pin", "verify", "--lock", str(tmp_path / "ice" / "pins.lock")]
    )
    assert again.exit_code == 0, again.output
    with pytest.raises(store.StoreError, match="There is a lake at"):
        CliRunner().invoke(cli, words, catch_exceptions=False)


@pytest.mark.slow
def test_a_published_pin_is_read_over_http(own: store.Lake, tmp_path: Path) -> None:
    """A web server is enough for `t2s pin verify` and `store.load`, also one that knows no ranges; other rows are noticed."""
    recipe = {"name": "sft", "split": {"fractions": {"train": 0.7, "test": 0.3}}, **FIELDS["sft"]}
    pin_recipe(own, dataset_reading.convert(recipe))
    rows = {name: split.to_list() for name, split in store.load("sft@1", own).items()}
    assert list(rows) == ["train", "test"]
    root = tmp_path / "public" / "sft-1"
    made = CliRunner().invoke(cli, ["--lake", str(own.folder), "pin", "publish", "sft@1", str(root)], catch_exceptions=False)
    assert made.exit_code == 0, made.output
    with serve(root.parent, Whole) as url:
        assert {name: split.to_list() for name, split in store.load("sft@1", f"{url}/sft-1").items()} == rows
    with serve(root.parent, Ranges) as url:
        assert {name: split.to_list() for name, split in store.load("sft@1", f"{url}/sft-1").items()} == rows
        words = ["--lake", f"{url}/sft-1", "pin", "verify", "--lock", str(root / "pins.lock"), "sft@1"]
        done = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert (done.exit_code, done.stdout.split()[:2]) == (0, ["sft@1:", "holds."]), done.output
        (file,) = root.glob("data/main/pin_rows/*.parquet")
        content = file.read_bytes()
        file.write_bytes(content.replace(b"SELECT", b"SELEKT", 1))
        assert file.read_bytes() != content
        assert CliRunner().invoke(cli, words, catch_exceptions=False).exit_code == 3
        with pytest.raises(store.StoreError, match="do not have its digest"):
            store.load("sft@1", f"{url}/sft-1")


@pytest.mark.slow
def test_a_pin_goes_to_a_team_and_home(own: store.Lake, team: tuple[str, str], tmp_path: Path) -> None:
    """A pin is copied into PostgreSQL and S3, and from there into a folder: the same digest, and it can be built again."""
    pin_recipe(own, dataset_reading.convert({"name": "sft", "split": {"fractions": {"train": 1.0}}, **FIELDS["sft"]}))
    place, data = team
    for words in (
        ["--lake", str(own.folder), "pin", "copy", "sft@1", place, "--data", data],
        ["lake", "copy", place, str(tmp_path / "home"), "--pin", "sft@1", "--json"],
    ):
        done = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    with store.open(tmp_path / "home") as home:
        assert pins.find(home, "sft").digest == pins.find(own, "sft").digest
        assert verify(home, "sft@1").holds
