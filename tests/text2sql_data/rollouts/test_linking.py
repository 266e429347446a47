"""Clients that name models of the lake: the folders that are opened, what a run records of them, and what is refused."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import store
from store.ids import JSON
from text2sql_data.models import registered
from text2sql_data.models.folders import ModelFilesError, folder_digest, tokenizer_folder
from text2sql_data.models.registered import ModelNotFoundError, in_folder
from text2sql_data.rollouts import linking
from text2sql_data.rollouts.clients.config import (
    ClientConfig,
    OpenAIServer,
    RewardServer,
    RewardTransformers,
    TransformersModel,
    VllmEngine,
)
from text2sql_data.rollouts.config import PIPELINES
from text2sql_data.rollouts.linking import Linked, ModelKindError, link, recorded
from text2sql_data.rollouts.running import run


def a_folder(folder: Path, **files: JSON) -> Path:
    """A folder that looks like a model."""
    folder.mkdir()
    for name, value in {"config": {}, **files}.items():
        (folder / f"{name}.json").write_text(json.dumps(value), "utf-8")
    return folder.resolve()


def weighted(folder: Path) -> Path:
    """Such a folder with weights."""
    (a_folder(folder) / "model.safetensors").write_bytes(bytes(range(256)) * 5_000)
    return folder.resolve()


def register(lake: store.Lake, name: str, folder: Path, /, *, kind: str = "sft", changed: bool = True, **base: JSON) -> str:
    """Put a model into the lake as a training does; its reference."""
    row = {
        "name": name,
        "version": 1,
        "kind": kind,
        "pin_name": "pin",
        "pin_version": 1,
        "base": json.dumps({"name": "somewhere", "pins": [], **base}),
        "recipe": "{}",
        "seed": 0,
        "versions": "{}",
        "summary": json.dumps({"weights_changed": changed}),
        "path": str(folder),
        "sha256": folder_digest(folder),
        "added": datetime(2026, 1, 1),  # noqa: DTZ001 - as the lake has it
    }
    with lake.commit(f"model {name}") as commit:
        commit.append("models", [row])
    return f"{name}@1"


def said(lake: store.Lake, linked: Linked, served: str = "a folder") -> dict[str, Any]:
    """What is recorded of a client."""
    return recorded(lake, linked, served)[0]


@pytest.mark.parametrize("kind", [TransformersModel, VllmEngine])
def test_a_reference_becomes_a_folder(lake: store.Lake, tmp_path: Path, kind: type[Any]) -> None:
    """The folder is opened; the reference and the sha256 are recorded, and no path."""
    folder = a_folder(tmp_path / "weights")
    ref = register(lake, "whole", folder)
    linked = link(lake, kind(model=ref))
    assert linked.config == kind(model=str(folder))
    found = said(lake, linked)
    assert (found["model"], found["served"], found["lake_models"]) == (ref, ref, {ref: folder_digest(folder)})
    assert str(tmp_path) not in json.dumps(found)
    assert said(lake, link(lake, kind(model=str(folder)))) == found  # its folder is the same model
    assert linked.model == ref


@pytest.mark.parametrize("moved", [False, True])
def test_a_copy_of_a_folder_is_the_model(lake: store.Lake, tmp_path: Path, moved: bool) -> None:
    """Also where its own folder is gone: the copy is opened, and what is recorded is the same as of the model itself."""
    folder = weighted(tmp_path / "weights")
    ref = register(lake, "whole", folder)
    own = said(lake, link(lake, TransformersModel(model=ref)))
    copy = Path(shutil.copytree(folder, tmp_path / "copy")).resolve()
    if moved:
        shutil.rmtree(folder)
    linked = link(lake, TransformersModel(model=str(copy)))
    assert (linked.config, linked.model, said(lake, linked)) == (TransformersModel(model=str(copy)), ref, own)
    beside = link(lake, VllmEngine(model="a/hub", adapter=str(copy)))
    assert (beside.config, beside.model) == (VllmEngine(model="a/hub", adapter=str(copy)), ref)


def test_a_copy_with_other_files_is_linked_by_its_weights(lake: store.Lake, tmp_path: Path) -> None:
    """It is not the model, and keeps its name, with a link and its own sha256; other weights are another model."""
    folder = weighted(tmp_path / "weights")
    ref = register(lake, "whole", folder)
    copy = Path(shutil.copytree(folder, tmp_path / "copy")).resolve()
    (copy / "chat_template.jinja").write_text("{{ messages }}", "utf-8")
    config = TransformersModel(model=str(copy))
    linked = link(lake, config)
    assert (linked.config, linked.model) == (config, ref)
    found = said(lake, linked)
    assert (found["model"], found["lake_models"]) == (str(copy), {ref: folder_digest(copy)})
    assert [one.ref for one in in_folder(lake, copy)] == [ref]
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")  # as many bytes
    assert (link(lake, config).model, in_folder(lake, copy)) == (None, [])
    weights.unlink()
    assert link(lake, config).model is None
    shutil.copy(folder / "model.safetensors", weights)
    shutil.rmtree(folder)  # and with it what the weights could be compared with
    assert link(lake, config).model is None


def test_a_base_is_not_the_model_that_a_training_left_as_it_was(lake: store.Lake, tmp_path: Path) -> None:
    """GRPO without a reward changes no weight: its model is found in its own folder, and not in that of the base."""
    base = weighted(tmp_path / "base")
    trained = Path(shutil.copytree(base, tmp_path / "trained")).resolve()
    (trained / "chat_template.jinja").write_text("{{ messages }}", "utf-8")
    ref = register(lake, "unchanged", trained, kind="grpo", changed=False)
    assert [one.ref for one in in_folder(lake, trained)] == [ref]
    assert in_folder(lake, base) == []
    (base / "chat_template.jinja").write_text("another", "utf-8")
    assert in_folder(lake, base) == []


def test_no_file_is_read_where_no_model_is_registered(lake: store.Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by clients nor by a training: weights are large."""
    folder = weighted(tmp_path / "weights")
    read: list[Path] = []
    for module in (linking, registered):
        monkeypatch.setattr(module, "folder_digest", read.append)
    assert (link(lake, TransformersModel(model=str(folder))).models, in_folder(lake, folder)) == ([], [])
    assert read == []


def test_an_adapter_is_put_on_what_it_was_trained_on(lake: store.Lake, tmp_path: Path) -> None:
    """Also one that was trained further on another adapter; as a field of its own it stands on the model that is named."""
    base = a_folder(tmp_path / "base")
    of = {"base_model_name_or_path": str(base), "revision": None}
    first, second = (a_folder(tmp_path / name, adapter_config={**of, "name": name}) for name in ("first", "second"))
    one = register(lake, "first", first, sha256=folder_digest(base), adapter_of=None)
    two = register(lake, "second", second, kind="dpo", name=one, sha256=folder_digest(first), adapter_of=str(base))
    for ref, folder in ((one, first), (two, second)):
        linked = link(lake, TransformersModel(model=ref))
        assert linked.config == TransformersModel(model=str(base), adapter=str(folder))
        assert said(lake, linked)["lake_models"] == {ref: folder_digest(folder)}
    beside = link(lake, VllmEngine(model="a/hub", adapter=two))
    assert beside.config == VllmEngine(model="a/hub", adapter=str(second))
    assert (said(lake, beside)["model"], said(lake, beside)["adapter"]) == ("a/hub", two)
    with pytest.raises(ModelKindError, match="second@1 is an adapter, beside which"):
        link(lake, TransformersModel(model=two, adapter=str(first)))
    (base / "config.json").write_text('{"other": 1}', "utf-8")
    with pytest.raises(ModelFilesError, match="not those that second@1 was trained on"):
        link(lake, TransformersModel(model=two))
    shutil.rmtree(base)
    with pytest.raises(ModelFilesError, match="The model under first@1 is gone"):
        link(lake, TransformersModel(model=one))


def test_files_that_changed_or_are_gone_are_refused(lake: store.Lake, tmp_path: Path) -> None:
    """By reference and by folder; the hint says what to do."""
    folder = a_folder(tmp_path / "weights")
    ref = register(lake, "whole", folder)
    (folder / "config.json").write_text('{"other": 1}', "utf-8")
    for name in (ref, str(folder)):
        with pytest.raises(ModelFilesError, match="not those of whole@1 any more") as caught:
            link(lake, TransformersModel(model=name))
        assert "t2s train" in caught.value.hint
    shutil.rmtree(folder)
    with pytest.raises(ModelFilesError, match="folder of whole@1 is gone"):
        link(lake, TransformersModel(model=ref))
    with pytest.raises(ModelNotFoundError, match="no model whole@2"):
        link(lake, VllmEngine(model="whole@2"))


def test_a_model_is_used_for_what_it_does(lake: store.Lake, tmp_path: Path) -> None:
    """A reward model judges, the others write, and a selector over features is opened by no client."""
    folder = a_folder(tmp_path / "weights")
    writes, rewards = register(lake, "writes", folder), register(lake, "rewards", folder, kind="reward")
    fitted = register(lake, "fitted", folder, kind="feature_selector")
    assert link(lake, RewardTransformers(model=rewards)).model == rewards
    for config in (TransformersModel(model=rewards), RewardTransformers(model=writes), VllmEngine(model=fitted)):
        with pytest.raises(ModelKindError):
            link(lake, config)


@pytest.mark.parametrize("kind", [OpenAIServer, RewardServer])
def test_a_server_is_believed(lake: store.Lake, tmp_path: Path, kind: type[Any]) -> None:
    """A registered name links, said or only served; any other name is another model."""
    folder = a_folder(tmp_path / "weights")
    ref = register(lake, "whole", folder)
    there = {"addresses": ["http://127.0.0.1:1/v1"]}
    for config, served in ((kind(model=ref, **there), ref), (kind(**there), ref)):
        linked = link(lake, config)
        assert linked.config == config
        assert said(lake, linked, served)["lake_models"] == {ref: folder_digest(folder)}
        assert recorded(lake, linked, served)[1] == ref
    for config, served in ((kind(model="whole@2", **there), "whole@2"), (kind(**there), "whole")):
        assert "lake_models" not in said(lake, link(lake, config), served)


def test_other_clients_are_recorded_as_before(lake: store.Lake, tmp_path: Path) -> None:
    """A folder or a name that is not of the lake stays as it is: runs that were begun go on."""
    folder = str(a_folder(tmp_path / "weights"))
    config: ClientConfig = TransformersModel(model=folder, device="cpu")
    linked = link(lake, config)
    assert (linked.config, linked.model) == (config, None)
    plain = msgspec.to_builtins(config, order="deterministic")
    wanted = {name: value for name, value in plain.items() if name not in {"batch", "device"}}
    assert said(lake, linked, folder) == {**wanted, "served": folder}


def test_the_tokenizer_is_that_of_the_adapter_where_it_has_one(tmp_path: Path) -> None:
    """Its chat template is the one that it was trained with."""
    bare, with_tokenizer = a_folder(tmp_path / "bare"), a_folder(tmp_path / "full", tokenizer_config={})
    assert tokenizer_folder("base", None) == tokenizer_folder("base", str(bare)) == "base"
    assert tokenizer_folder("base", str(with_tokenizer)) == str(with_tokenizer)


def test_a_run_is_linked_to_its_models(demo_lake: store.Lake, faulty: Any, tmp_path: Path) -> None:  # noqa: ANN401 - a module
    """Its row has the reference, the view finds it, and a run that replays it has the same models."""
    folder = a_folder(tmp_path / "weights")
    ref = register(demo_lake, "whole", folder)
    with faulty.FaultServer(name=ref) as server:
        for name, models in (
            ("asked", {"m": {"client": "openai", "addresses": [server.address]}}),
            ("again", {"n": {"client": "replay", "run": "asked"}}),
        ):
            value = {"pipeline": "one_shot", "benchmark": "demo", "run": name, "models": models}
            run(demo_lake, msgspec.convert(value, PIPELINES["one_shot"]), processes=1)
    rows = demo_lake.sql("SELECT run, agent_model, model, version FROM run_models ORDER BY run DESC").fetchall()
    assert rows == [("asked", "m", "whole", 1), ("again", "n", "whole", 1)]
    (config,) = demo_lake.sql("SELECT config FROM runs WHERE run = 'asked'").fetchone() or ("",)
    assert json.loads(config)["models"]["m"]["lake_models"] == {ref: folder_digest(folder)}
