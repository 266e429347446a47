"""`t2s pin`: every command, its JSON, and exit code 3 where a check said no."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import store
from store import engine
from store.address import parse
from store.cli import cli
from text2sql_data.datasets import pinning
from text2sql_data.datasets.auditing import TooLongError

pytestmark = pytest.mark.slow

Run = Callable[..., Result]


@pytest.fixture
def run(own: store.Lake) -> Run:
    """Run `t2s pin` on a lake of the test's own."""
    folder = own.folder
    own.close()

    def run_(*arguments: object, code: int = 0) -> Result:
        done = CliRunner().invoke(cli, ["--lake", str(folder), "pin", *map(str, arguments)])
        assert done.exit_code == code, (done.output, done.exception)
        return done

    return run_


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe."""
    path = tmp_path / "selector.yaml"
    path.write_text("name: selector\nkind: selector_pointwise\nruns: [small]\n")
    return path


def objects(done: Result) -> list[dict[str, Any]]:
    """The JSON objects on standard output."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_from_a_recipe_to_a_folder(run: Run, recipe: Path, tmp_path: Path) -> None:
    """Create, list, show, verify, diff and export, as people read it and as programs do."""
    lock, out = tmp_path / "pins.lock", tmp_path / "out"
    assert "There is no pin yet" in run("list").stderr
    assert "There is no pin to verify" in run("verify").stderr
    (tried,) = objects(run("create", recipe, "--dry-run", "--lock", lock, "--json"))
    assert not lock.exists()
    (made,) = objects(run("create", recipe, "--lock", lock, "--json"))
    assert (made["ref"], made["already"], made["digest"]) == ("selector@1", False, tried["digest"])
    assert "nothing was pinned anew" in run("create", recipe).stdout
    recipe.write_text(recipe.read_text() + "result: {rows: 1}\n")
    assert run("create", recipe, "--lock", lock).stdout.startswith("selector@2: ")
    assert [pin["pin"] for pin in objects(run("list", "--json"))] == ["selector@1", "selector@2"]
    assert made["digest"][:12] in run("list").stdout
    (shown,) = objects(run("show", "selector@1", "--json"))
    assert (shown["digest"], sum(shown["splits"].values())) == (made["digest"], made["n_rows"])
    assert f"sha256 {made['digest']}" in run("show", "selector@1").stdout
    assert [held["holds"] for held in objects(run("verify", "--lock", lock, "--json"))] == [True, True]
    assert run("verify", "selector@1").stdout == f"selector@1: holds. sha256 {made['digest']}\n"
    (difference,) = objects(run("diff", "selector@1", "selector@2", "--json"))
    assert [(reason["change"], reason["reason"]) for reason in difference["reasons"]] == [("re_rendered", "recipe")]
    text = run("diff", "selector@1", "selector@2", "--examples", 1).stdout
    assert f"{difference['same']:,} rows are the same" in text
    assert text.count("\n  - prompt: ") == text.count("\n  + prompt: ") == 1
    (exported,) = objects(run("export", "selector@1", out, "--json"))
    assert sum(file["rows"] for file in exported["files"]) == made["n_rows"]
    assert "No licence was given" in run("export", "selector@1", out).stderr


def test_verify_says_no(run: Run, recipe: Path, tmp_path: Path) -> None:
    """Exit code 3 for a pin that is not there, for other figures, for a pin that is not locked, and for changed rows."""
    lock = tmp_path / "pins.lock"
    run("create", recipe, "--lock", lock)
    text = lock.read_text()
    lock.write_text(text.replace("selector@1", "selector@7"))
    assert "selector@7: pin is sha256:" in run("verify", "--lock", lock, code=3).stdout
    lock.write_text(text.replace("rows = ", "rows = 1"))
    (mismatch, held) = objects(run("verify", "--lock", lock, "--json", code=3))
    assert (mismatch["mismatch"]["what"], held["holds"]) == ("rows", True)
    told = run("verify", "--lock", lock, code=3).stdout
    assert "selector@1: rebuilds to its digest, but the lock file does not agree. sha256 " in told
    assert "selector@1: holds" not in told
    assert "not in the lock file" in run("verify", "selector", "--lock", tmp_lock(tmp_path), code=3).stdout
    folder = tmp_path / "lake"
    with engine.spill_folder() as spill, contextlib.closing(engine.connect(spill)) as connection:
        engine.attach(connection, parse(folder), "lake", read_only=False)
        connection.execute("UPDATE lake.pin_rows SET content = replace(content::VARCHAR, 'YES', 'NO')")
    done = run("verify", code=3)
    assert "selector@1: does not hold." in done.stdout
    assert "relabelled" in done.stdout
    assert "- completion: NO\n  + completion: YES" in done.stdout


def test_a_check_that_says_no_has_its_exit_code(run: Run, recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """3 and what was found for an overlap, and for rows that are too long, as `t2s dataset build` has it; nothing is pinned."""

    def too_long(*_: object, **__: object) -> None:
        raise TooLongError("half of the rows", "Raise max_length.", {"share": 0.5})

    done = run("create", recipe, "--against", "demo", "--json", code=3)
    assert {one["against"] for one in objects(done)[0]["shared"]} == {"demo"}
    assert "hint: Leave those rows out" in done.stderr
    monkeypatch.setattr(pinning, "pin_recipe", too_long)
    done = run("create", recipe, "--json", code=3)
    assert objects(done) == [{"error": "half of the rows", "audit": {"share": 0.5}}]
    assert "error: half of the rows\nhint: Raise max_length." in done.stderr
    assert "There is no pin yet" in run("list").stderr


def tmp_lock(folder: Path) -> Path:
    """A lock file without a pin."""
    path = folder / "empty.lock"
    path.write_text("# nothing\n")
    return path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "nothing"], 1),
        (["diff", "a@1", "b@1"], 1),
        (["verify", "nothing@3"], 1),
        (["create", "nowhere.yaml"], 2),
        (["export", "a", "folder", "--source-licence", "x"], 2),
    ],
)
def test_mistakes_are_errors(own: store.Lake, arguments: list[str], code: int) -> None:
    """A pin that is not there is an error that says which there are; wrong usage is told as such."""
    done = CliRunner().invoke(cli, ["--lake", str(own.folder), "pin", *arguments])
    assert done.exit_code == code
    assert code == 2 or isinstance(done.exception, store.PinNotFoundError)


@pytest.mark.parametrize("command", ["create", "list", "show", "verify", "diff", "export"])
def test_help_ends_with_an_example(command: str) -> None:
    """Every command shows how it is used."""
    shown = CliRunner().invoke(cli, ["pin", command, "--help"]).output
    assert f"t2s pin {command}" in shown.partition("Example:")[2]
