"""An export is the pin: `datasets` reads it, its rows have the digest, its card and its Croissant metadata say what is true."""

import json
import re
from pathlib import Path
from typing import Any

import datasets
import pytest
import yaml

import store
from store import contents
from store.ids import file_sha256
from text2sql_data.datasets import lockfile, pinning
from text2sql_data.datasets.export import Exported, ExportError, card, export, push
from text2sql_data.datasets.reading import convert

pytestmark = pytest.mark.slow

RECIPES: dict[str, dict[str, Any]] = {
    "selector_pointwise": {"runs": ["small"]},
    "grpo": {"benchmarks": ["demo"], "format": "conversational"},
    "verl": {"benchmarks": ["demo"]},
    "preference": {"pair_sets": ["demo_pairs"], "margin": True, "prompt": "text2sql"},
}


def pinned(lake: store.Lake, kind: str) -> store.Pin:
    """A pin of a kind; the same one each time."""
    name = f"export_{kind}"
    return pinning.pin_recipe(lake, convert({"name": name, "kind": kind, **RECIPES[kind]})).pin


def rows_of(dataset: datasets.DatasetDict) -> dict[str, list[dict[str, Any]]]:
    """All rows by split."""
    return {str(split): list(rows) for split, rows in dataset.items()}


@pytest.mark.parametrize("kind", RECIPES)
def test_datasets_reads_what_was_pinned(shared: store.Lake, tmp_path: Path, kind: str) -> None:
    """`load_dataset` on the folder gives the rows and columns of `store.load`, and the digest."""
    pin = pinned(shared, kind)
    done = export(shared, pin.ref, tmp_path / "out")
    read = datasets.load_dataset(str(done.folder), cache_dir=str(tmp_path / "cache"))
    loaded = store.load(pin.ref, shared)
    assert rows_of(read) == rows_of(loaded)
    assert {split: rows.features for split, rows in read.items()} == {split: rows.features for split, rows in loaded.items()}
    digests = ((str(split), contents.row_digest(row)) for split, rows in read.items() for row in rows)
    assert contents.dataset_digest(digests) == pin.digest
    assert lockfile.read(done.folder / "pins.lock") == {pin.ref: lockfile.locked(pin)}


def test_a_split_that_leads_out(shared: store.Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a split that a hostile lake has is no path: nothing is written outside of the folder, nor in it."""
    pin = pinned(shared, "verl")
    monkeypatch.setattr("store.pins.splits", lambda _lake, _pin: {"../../out": 1})
    with pytest.raises(ExportError, match="cannot be the name of a file"):
        export(shared, pin.ref, tmp_path / "folder/export")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_the_card_says_what_is_there(shared: store.Lake, tmp_path: Path) -> None:
    """Its header is what the Hub reads; its tables have the figures of the pin; licences are told, or said to be unknown."""
    pin = pinned(shared, "selector_pointwise")
    done = export(shared, pin.ref, tmp_path / "out", licence="cc-by-sa-4.0", source_licences={"demo": "apache-2.0"})
    text = (done.folder / "README.md").read_text("utf-8")
    _, header, body = text.split("---\n", 2)
    values = yaml.safe_load(header)
    assert (values["license"], values["language"], values["size_categories"]) == ("cc-by-sa-4.0", ["en"], ["n<1K"])
    assert [split["split"] for split in values["configs"][0]["data_files"]] == [file.split for file in done.files]
    for file in done.files:
        assert re.search(rf"^\| {file.split} \| {file.rows} \|", body, re.MULTILINE)
    assert f"sha256 `{pin.digest}`" in body
    assert re.search(r"^\| benchmark \| demo \| \w+ \| [0-9a-f]{64} \| apache-2.0 \|$", body, re.MULTILINE)
    assert re.search(r"^\| run \| small \|  \| [0-9a-f]{64} \| not recorded \|$", body, re.MULTILINE)
    drops = dict(shared.sql("SELECT reason, count(*) FROM pin_drops WHERE name = $n GROUP BY reason", n=pin.name).fetchall())
    assert drops
    for reason, count in drops.items():
        assert f"| {reason} | {count} |" in body
    use = body.partition("\n## Intended use\n")[2].partition("\n## ")[0]
    assert card.USES[pin.kind].use in use
    assert card.NOT_FOR in use
    assert f"| train | YES | {shared_labels(pin, 'train')['YES']} |" in body
    without = export(shared, pin.ref, tmp_path / "without").folder / "README.md"
    assert "No licence was given" in without.read_text("utf-8")
    assert "{{" not in body
    assert "\n\n\n" not in body


def test_the_card_says_what_pair_sets_left_out(own: store.Lake, tmp_path: Path) -> None:
    """Under the name of each set: that which the dataset was made from, those behind it, and no other."""
    with own.commit("sets behind it") as commit:
        made = "SELECT * REPLACE ('{}' AS pair_set, '{}'::JSON AS parents) FROM lake.pair_sets WHERE pair_set = 'demo_pairs'"
        commit.append("pair_sets", made.format("chosen", '[{"pair_set": "demo_pairs"}]'))
        commit.append("pairs", "SELECT * REPLACE ('chosen' AS pair_set) FROM lake.pairs WHERE pair_set = 'demo_pairs'")
        drops = "SELECT s AS pair_set, uuid() AS pair, 't' AS type, r AS reason, '' AS detail FROM (VALUES {}) AS v (s, r)"
        values = "('chosen', 'cap'), ('chosen', 'cap'), ('demo_pairs', 'same_sql'), ('other', 'edit_ratio')"
        commit.append("pair_drops", drops.format(values))
    recipe = convert({"name": "chosen", "kind": "preference", **RECIPES["preference"], "pair_sets": ["chosen"]})
    pin = pinning.pin_recipe(own, recipe).pin
    body = (export(own, pin.ref, tmp_path / "out").folder / "README.md").read_text("utf-8")
    told = body.partition("\n## What was left out\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| (\w+) \| (\w+) \| (\d+) \|$", told, re.MULTILINE) == [
        ("chosen", "cap", "2"),
        ("demo_pairs", "same_sql", "1"),
    ]
    assert "edit_ratio" not in body
    assert "\n\n\n" not in body


def shared_labels(pin: store.Pin, split: str) -> dict[str, int]:
    """Rows by class in a split, as the summary has them."""
    splits: Any = pin.summary["splits"]
    return dict(splits[split]["labels"])


def test_the_check_in_the_card_runs(shared: store.Lake, tmp_path: Path) -> None:
    """Whoever has the folder and Python alone can prove it: the code of the card passes, and fails when a row is changed."""
    pin = pinned(shared, "preference")
    done = export(shared, pin.ref, tmp_path / "out")
    _, code = re.findall(r"```python\n(.*?)```", (done.folder / "README.md").read_text("utf-8"), re.DOTALL)
    dataset = datasets.load_dataset(str(done.folder), cache_dir=str(tmp_path / "cache"))
    exec(code, {"dataset": dataset})  # noqa: S102 - that it runs is what is tested
    dataset["train"] = dataset["train"].map(lambda row: {"chosen": row["chosen"] + " "})
    with pytest.raises(AssertionError):
        exec(code, {"dataset": dataset})  # noqa: S102


@pytest.mark.parametrize("kind", RECIPES)
def test_croissant_has_every_file_and_column(shared: store.Lake, tmp_path: Path, kind: str) -> None:
    """What the specification requires: files with their sha256, a record set a split, a field a column with its source."""
    pin = pinned(shared, kind)
    done = export(shared, pin.ref, tmp_path / "out", licence="mit")
    found = json.loads((done.folder / "croissant.json").read_text("utf-8"))
    assert {"@context", "@type", "conformsTo", "name", "description", "license", "version", "datePublished"} <= found.keys()
    assert (found["@type"], found["conformsTo"]) == ("sc:Dataset", "http://mlcommons.org/croissant/1.0")
    assert {file["contentUrl"]: file["sha256"] for file in found["distribution"]} == {
        file.path: file_sha256(done.folder / file.path) for file in done.files
    }
    by_name = {record_set["@id"]: record_set for record_set in found["recordSet"]}
    assert by_name.keys() == {"splits", *(file.split for file in done.files)}
    for file in done.files:
        fields = by_name[file.split]["field"]
        assert [field["name"] for field in fields] == list(pin.columns)
        assert {field["source"]["fileObject"]["@id"] for field in fields} == {f"{file.split}-file"}
    assert by_name["splits"]["data"] == [{"splits/name": file.split} for file in done.files]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the libraries that it brings
@pytest.mark.parametrize("kind", ["selector_pointwise", "grpo"])
def test_mlcroissant_accepts_it(shared: store.Lake, tmp_path: Path, kind: str) -> None:
    """The reference implementation finds no error, and reads the plain columns of every row."""
    croissant = pytest.importorskip("mlcroissant")
    pin = pinned(shared, kind)
    done = export(shared, pin.ref, tmp_path / "out", licence="mit")
    dataset = croissant.Dataset(str(done.folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    plain = [name for name, column in pin.columns.items() if column == "string"]
    for split, rows in store.load(pin.ref, shared).items():
        if kind == "selector_pointwise":
            read = [{name: record[f"{split}/{name}"].decode() for name in plain} for record in dataset.records(str(split))]
            assert read == [{name: row[name] for name in plain} for row in rows]


def test_the_same_export_has_the_same_bytes(shared: store.Lake, tmp_path: Path) -> None:
    """Exporting again over an earlier export changes nothing; another licence changes the card and the metadata alone."""
    pin = pinned(shared, "selector_pointwise")
    done = export(shared, pin.ref, tmp_path / "out")
    before = digests(done)
    assert digests(export(shared, pin.ref, tmp_path / "out")) == before
    after = digests(export(shared, pin.ref, tmp_path / "out", licence="mit"))
    assert {name for name in before if before[name] != after[name]} == {"README.md", "croissant.json"}


def digests(done: Exported) -> dict[str, str]:
    """sha256 of every file."""
    return {str(file.relative_to(done.folder)): file_sha256(file) for file in done.folder.rglob("*") if file.is_file()}


def test_a_folder_with_something_else_is_refused(shared: store.Lake, tmp_path: Path) -> None:
    """Other files, an export of another pin, or a file in its place: refused, and nothing in it is touched."""
    pin, other = pinned(shared, "selector_pointwise"), pinned(shared, "preference")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("years of work")
    with pytest.raises(ExportError, match="holds something else") as caught:
        export(shared, pin.ref, mine)
    assert caught.value.hint
    assert [file.name for file in mine.iterdir()] == ["thesis.tex"]
    done = export(shared, other.ref, tmp_path / "other")
    before = digests(done)
    with pytest.raises(ExportError):
        export(shared, pin.ref, done.folder)
    assert digests(done) == before
    with pytest.raises(ExportError):
        export(shared, pin.ref, mine / "thesis.tex")


def test_a_failed_export_leaves_no_trace(shared: store.Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder appears when it is complete; an earlier export stays until then."""
    pin = pinned(shared, "selector_pointwise")
    done = export(shared, pin.ref, tmp_path / "out")
    before = digests(done)

    def fail(_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(card, "text", fail)
    for folder in ("out", "new"):
        with pytest.raises(ExportError, match="No space left"):
            export(shared, pin.ref, tmp_path / folder)
    assert digests(done) == before
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_pushing_uploads_the_folder(shared: store.Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The repository is made private, old splits are taken away, and what the Hub refuses is an error with a hint."""
    calls: list[tuple[str, dict[str, Any]]] = []

    class Hub:
        def create_repo(self, repository: str, **options: Any) -> None:  # noqa: ANN401
            calls.append((repository, options))

        def upload_folder(self, **options: Any) -> str:  # noqa: ANN401
            calls.append(("upload", options))
            if options["repo_id"] == "refused":
                raise OSError("401")
            return "address"

    monkeypatch.setattr("huggingface_hub.HfApi", Hub)
    pin = pinned(shared, "selector_pointwise")
    done = export(shared, pin.ref, tmp_path / "out")
    assert push(done, "me/data") == "address"
    assert calls[0] == ("me/data", {"repo_type": "dataset", "private": True, "exist_ok": True})
    assert (calls[1][1]["folder_path"], calls[1][1]["delete_patterns"]) == (done.folder, ["data/*"])
    with pytest.raises(ExportError, match="did not take") as caught:
        push(done, "refused")
    assert "hf auth login" in caught.value.hint
