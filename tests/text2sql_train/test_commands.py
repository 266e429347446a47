"""`t2s train` and `t2s model`: what they print, and exit code 3 where a guard says no. No model is trained."""

import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import store
from store import pins
from text2sql_data.datasets import reading as dataset_reading
from text2sql_data.datasets.pinning import pin_recipe
from text2sql_train import bases, reading, registry
from text2sql_train.bases import Base, BaseModelError
from text2sql_train.commands.model import model
from text2sql_train.commands.train import train
from text2sql_train.training import tidy

FIELDS = {"name": "tried", "trainer": "sft", "pin": "sft@1", "base": "models/tiny"}
SUMMARY = {
    "training": "0" * 12,
    "steps": 10,
    "rows": {split: {"rows": 5, "repeated": 0, "contradicting": 0, "most_of_a_prompt": 1} for split in ("train", "validation")},
    "lengths": {split: {"fates": {"kept": 5}, "share": 0.0, "longest": 80} for split in ("train", "validation")},
    "curve": [{"step": 1, "loss": 2.5}, {"step": 10, "loss": 1.5}],
    "metrics": {"loss": 1.25, "mean_token_accuracy": 0.5},
    "parameters": {"all": 1000, "trained": 10},
}


@pytest.fixture(scope="module")
def registered(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo lake with a pin, and an adapter of a base of the hub as a model; its weights are none."""
    folder = Path(shutil.copytree(demo_folder, tmp_path_factory.mktemp("models") / "lake"))
    weights = folder.parent / "weights"
    weights.mkdir()
    said = {"base_model_name_or_path": "Qwen/Qwen2.5-Coder-3B", "revision": "abc", "r": 12}
    (weights / "adapter_config.json").write_text(json.dumps(said), "utf-8")
    (weights / "chat_template.jinja").write_text("{{ messages }}", "utf-8")
    with store.open(folder) as lake:
        split = {"fractions": {"train": 1.0}, "assign": {"validation": ["bakery"]}}
        pin_recipe(lake, dataset_reading.convert({"name": "sft", "kind": "sft", "runs": ["small"], "split": split}))
        for version in (1, 2):
            made = registry.register(
                lake,
                kind="sft",
                recipe=reading.plain(reading.convert({**FIELDS, "seed": version})),
                pin=pins.find(lake, "sft@1"),
                base=Base("Qwen/Qwen2.5-Coder-3B", "abc", Path("nowhere"), "5a" * 32, None, None, ["earlier@3"]),
                versions={"torch": "2.13.0"},
                summary=SUMMARY,
                path=weights,
            )
            assert made.version == version
        known = reading.convert({**FIELDS, "name": "known", "base": str(base_of(folder))})
        begun = bases.find(lake, known.base, None)
        pin = pins.find(lake, "sft@1")
        summary = {**SUMMARY, "training": registry.identity(known, pin, begun)}
        plain = reading.plain(known)
        registry.register(lake, kind="sft", recipe=plain, pin=pin, base=begun, versions={}, summary=summary, path=weights)
    return folder


def base_of(folder: Path) -> Path:
    """A folder that looks like a model, beside a lake."""
    base = folder.parent / "base"
    base.mkdir(exist_ok=True)
    (base / "config.json").write_text("{}", "utf-8")
    return base


@pytest.fixture
def lake(registered: Path) -> Iterator[store.Lake]:
    """That lake, open; nothing is written to it."""
    with store.open(registered, create=False) as opened:
        yield opened


def called(folder: Path, *arguments: str) -> Result:
    """What `t2s model` says."""
    return CliRunner().invoke(model, arguments, obj=folder, catch_exceptions=False)


def test_models_are_listed(registered: Path) -> None:
    """For people, and as one object a line."""
    assert "tried@2" in called(registered, "list").stdout
    lines = [json.loads(line) for line in called(registered, "list", "--json").stdout.splitlines()]
    assert [line["ref"] for line in lines] == ["known@1", "tried@1", "tried@2"]
    assert {(line["pin"], line["kind"]) for line in lines} == {("sft@1", "sft")}


def test_a_model_is_shown_with_its_lineage(registered: Path) -> None:
    """Its pin, and those of the models before it; the card says what was measured and how it was trained."""
    shown = json.loads(called(registered, "show", "tried", "--json").stdout)
    assert (shown["ref"], shown["lineage"], shown["seed"]) == ("tried@2", ["sft@1", "earlier@3"], 2)
    assert "mean_token_accuracy" in called(registered, "show", "tried@1").stdout
    card = called(registered, "show", "tried@1", "--card").stdout
    for text in (
        "# tried@1",
        "base_model: Qwen/Qwen2.5-Coder-3B",
        "| loss | 1.25 |",
        "`earlier@3`",
        "pin: sft@1",
        "| 10 | 1.5000 |",
    ):
        assert text in card


def test_the_command_of_a_server_is_printed(registered: Path) -> None:
    """The base by name and revision, the adapter under the model's name, a rank that vLLM knows, the chat template."""
    words = called(registered, "serve", "tried@1", "--port", "9000").stdout.split()
    weights = registered.parent / "weights"
    assert words[:5] == ["vllm", "serve", "Qwen/Qwen2.5-Coder-3B", "--revision", "abc"]
    told = dict(itertools.pairwise(words))
    assert told["--max-lora-rank"] == "16"
    assert told["--lora-modules"] == f"tried@1={weights}"
    assert told["--chat-template"] == str(weights / "chat_template.jinja")
    assert told["--port"] == "9000"


@pytest.mark.parametrize("ref", ["nothing", "tried@9", "tried@x"])
def test_a_model_that_is_not_there_is_an_error(lake: store.Lake, ref: str) -> None:
    """The hint says which there are."""
    with pytest.raises(store.StoreError, match=f"There is no model {ref}") as caught:
        registry.find(lake, ref)
    assert "tried@1, tried@2" in caught.value.hint


def test_a_base_is_proven_by_its_files(lake: store.Lake, tmp_path: Path) -> None:
    """A model of the lake brings its lineage; a folder without a model, and a revision of a version, are none."""
    found = registry.find(lake, "tried@1")
    assert bases.folder_digest(registry.folder(found)) == found.sha256
    assert bases.find(lake, "tried@1", None).pins == ["sft@1", "earlier@3"]
    assert bases.find(lake, str(registry.folder(found)), None).pins == ["sft@1", "earlier@3"]  # its folder has learnt the same
    copy = Path(shutil.copytree(registry.folder(found), tmp_path / "copy"))
    (copy / "chat_template.jinja").write_text("{{ other }}", "utf-8")
    assert bases.find(lake, str(copy), None).pins == []  # without weights, which these models lack, it is another one
    with pytest.raises(BaseModelError, match="whose revision is its version"):
        bases.find(lake, "tried@1", "main")
    with pytest.raises(BaseModelError, match="holds no model"):
        bases.find(lake, str(lake.folder), None)


def test_a_copy_of_a_base_has_learnt_what_it_has(registered: Path, tmp_path: Path) -> None:
    """Another chat template beside the same weights does not make them forget, nor does another place; other weights are new."""
    folder = Path(shutil.copytree(registered, tmp_path / "lake"))
    weights = Path(shutil.copytree(base_of(registered), tmp_path / "weights", dirs_exist_ok=True))
    (weights / "model.safetensors").write_bytes(b"weights")
    with store.open(folder) as lake:
        registry.register(
            lake,
            kind="sft",
            recipe=reading.plain(reading.convert({**FIELDS, "name": "whole"})),
            pin=pins.find(lake, "sft@1"),
            base=Base("a/hub", "abc", Path("nowhere"), "5a" * 32, None, None, ["earlier@3"]),
            versions={},
            summary=SUMMARY,
            path=weights,
        )
        copy = Path(shutil.copytree(weights, tmp_path / "copy"))
        (copy / "chat_template.jinja").write_text("{{ other }}", "utf-8")
        assert bases.find(lake, str(copy), None).pins == ["sft@1", "earlier@3"]
        (copy / "model.safetensors").write_bytes(b"another")
        assert bases.find(lake, str(copy), None).pins == []
        moved = weights.rename(tmp_path / "moved")
        assert bases.find(lake, str(moved), None).pins == ["sft@1", "earlier@3"]


def test_a_refusal_is_exit_code_3(registered: Path, tmp_path: Path) -> None:
    """What is found is told as JSON on standard output, and as error and hint on standard error."""
    base = base_of(registered)
    file = tmp_path / "recipe.yaml"
    file.write_text(f"name: refused\ntrainer: sft\npin: sft@1\nbase: {base}\nagainst: [demo]\n", "utf-8")
    said = CliRunner().invoke(train, [str(file), "--json"], obj=registered, catch_exceptions=False)
    assert said.exit_code == 3
    assert {one["match"] for one in json.loads(said.stdout)["shared"]} == {"question", "text", "database", "content"}
    assert "hint: Pin a dataset" in said.stderr


def test_what_was_trained_is_reused(registered: Path, tmp_path: Path) -> None:
    """Without a tokenizer, torch or a step; and another seed is another training, which needs them."""
    file = tmp_path / "recipe.yaml"
    text = f"name: known\ntrainer: sft\npin: sft@1\nbase: {base_of(registered)}\noutput: elsewhere\n"
    file.write_text(text, "utf-8")
    said = CliRunner().invoke(train, [str(file), "--json"], obj=registered, catch_exceptions=False)
    found = json.loads(said.stdout)
    assert (found["ref"], found["reused"], found["steps"]) == ("known@1", True, 10)
    file.write_text(f"{text}seed: 1\n", "utf-8")
    with pytest.raises(store.StoreError, match=r"tokenizer|Training needs"):
        CliRunner().invoke(train, [str(file)], obj=registered, catch_exceptions=False)


def test_logs_outlive_checkpoints(tmp_path: Path) -> None:
    """TensorBoard's files are written among the checkpoints, which go when the model is there."""
    for name in ("checkpoint-5/model.safetensors", "runs/today/events"):
        (tmp_path / "checkpoints" / name).parent.mkdir(parents=True)
        (tmp_path / "checkpoints" / name).touch()
    tidy(tmp_path)
    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()) == ["logs/today/events"]
