"""A model's folder is data: code that comes with it is not run, whether a pickle holds it or a file of Python."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store import StoreError
from text2sql_data.datasets import auditing
from text2sql_data.datasets.auditing import TokenizerError
from text2sql_data.rollouts.clients.config import RewardTransformers, TransformersModel
from text2sql_train import loading
from text2sql_train.bases import Base
from text2sql_train.loading import Hardware
from text2sql_train.recipe import Sft

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::FutureWarning")]

CPU = Hardware("cpu", "cpu", 1, bf16=False)


class Runs:
    """Its pickle makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        """What is called."""
        return Path.touch, (self.path,)


def pickled(folder: Path, target: Path, *, as_archive: bool) -> Path:
    """The folder with a pickle in place of its weights, plain or as torch writes it."""
    import torch

    (folder / "model.safetensors").unlink()
    if as_archive:
        torch.save({"model.embed_tokens.weight": Runs(target)}, folder / "pytorch_model.bin")
    else:
        (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"model.embed_tokens.weight": Runs(target)}, protocol=2))
    return folder


def with_code(folder: Path, target: Path) -> Path:
    """The folder with a model class and a tokenizer class of its own."""
    (folder / "own.py").write_text(f"from pathlib import Path\nPath({str(target)!r}).touch()\nOwn = None\n")
    for name in ("config.json", "tokenizer_config.json"):
        said = json.loads((folder / name).read_text())
        kinds = ["AutoConfig", "AutoModelForCausalLM", "AutoModelForSequenceClassification"]
        said["auto_map"] = dict.fromkeys(kinds, "own.Own") | {"AutoTokenizer": ["own.Own", "own.Own"]}
        said["model_type"] = "own"
        said["tokenizer_class"] = "Own"
        (folder / name).write_text(json.dumps(said))
    return folder


def base(folder: Path, adapter_of: Path | None = None) -> Base:
    """The folder as what a training begins with."""
    return Base(str(folder), None, folder, "", None if adapter_of is None else str(adapter_of), None, [])


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model."""
    return Path(shutil.copytree(tiny, tmp_path / "model"))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The file that hostile code would make."""
    return tmp_path / "made"


def loaders(folder: Path) -> dict[str, Callable[[], Any]]:
    """Every way in which the project loads the model of a folder."""
    from text2sql_data.rollouts.clients.reward_transformers import RewardTransformersClient
    from text2sql_data.rollouts.clients.transformers_model import TransformersClient

    recipe = Sft(pin="p@1", base=str(folder), name="m")
    return {
        "training": lambda: loading.causal_model(base(folder), recipe, CPU),
        "reward training": lambda: loading.scoring_model(base(folder), recipe, CPU),
        "rollouts": lambda: TransformersClient(TransformersModel(model=str(folder), device="cpu")),
        "rewards": lambda: RewardTransformersClient(RewardTransformers(model=str(folder), device="cpu")),
    }


WAYS = ("training", "reward training", "rollouts", "rewards")


@pytest.mark.parametrize("as_archive", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_a_pickle_in_place_of_weights(copy: Path, target: Path, way: str, *, as_archive: bool) -> None:
    """A pytorch_model.bin with an object in it is refused, and the object does nothing."""
    load = loaders(pickled(copy, target, as_archive=as_archive))[way]
    with pytest.raises(StoreError, match="cannot be loaded"):
        load()
    assert not target.exists()


@pytest.mark.parametrize("way", WAYS)
def test_code_in_the_folder(copy: Path, target: Path, way: str) -> None:
    """A model whose configuration names a class in a file beside it is refused without asking, and the file is not imported."""
    load = loaders(with_code(copy, target))[way]
    with pytest.raises(StoreError, match="cannot be loaded"):
        load()
    assert not target.exists()


def test_code_of_a_tokenizer(copy: Path, target: Path) -> None:
    """So is a tokenizer's."""
    folder = with_code(copy, target)
    with pytest.raises(TokenizerError):
        auditing.load(str(folder))
    with pytest.raises(TokenizerError):
        loading.tokenizer(base(folder), Sft(pin="p@1", base=str(folder), name="m"))
    assert not target.exists()


@pytest.mark.parametrize("as_archive", [False, True])
def test_a_pickle_in_place_of_an_adapter(tiny: Path, tmp_path: Path, target: Path, *, as_archive: bool) -> None:
    """An adapter_model.bin with an object in it is refused, and the object does nothing."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    folder = tmp_path / "adapter"
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny), LoraConfig(r=2, target_modules=["q_proj"]))
    model.save_pretrained(folder)
    (folder / "adapter_model.safetensors").unlink()
    if as_archive:
        torch.save({"x": Runs(target)}, folder / "adapter_model.bin")
    else:
        (folder / "adapter_model.bin").write_bytes(pickle.dumps({"x": Runs(target)}, protocol=2))
    with pytest.raises(StoreError, match="cannot be loaded"):
        loading.causal_model(base(folder, tiny), Sft(pin="p@1", base=str(tiny), name="m"), CPU)
    assert not target.exists()


@pytest.mark.parametrize("template", ["{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ messages.clear() }}"])
def test_a_chat_template_cannot_leave_jinja(tiny: Path, tmp_path: Path, template: str) -> None:
    """A template that reaches for Python's classes, or changes what it is given, is an error."""
    from jinja2.exceptions import SecurityError

    folder = Path(shutil.copytree(tiny, tmp_path / "model"))
    (folder / "chat_template.jinja").write_text(template, "utf-8")
    tokenizer = auditing.load(str(folder))
    with pytest.raises(SecurityError):
        tokenizer.apply_chat_template([{"role": "user", "content": "?"}], tokenize=False)
