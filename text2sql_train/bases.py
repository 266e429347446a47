"""The model that a training begins with: where it is, what its files are, and what it learnt from before.

A model is known by the sha256 of its files, so that a folder that was changed is another model. Nothing is loaded here.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store import StoreError
from store.ids import JSON, file_sha256

if TYPE_CHECKING:
    from store import Lake

ADAPTER = "adapter_config.json"
CARD = "README.md"

_IN_LAKE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*@[1-9][0-9]*")
_KEPT = (".json", ".safetensors", ".bin", ".model", ".txt", ".jinja", ".tiktoken")
_NOT_OF_THE_MODEL = frozenset({"training_args.bin", "trainer_state.json", "training.json"})


class BaseModelError(StoreError, FileNotFoundError):
    """There is no model to begin with, or not the one that was meant."""


class Base(NamedTuple):
    """A model to begin with.

    Attributes:
        name: How the recipe names it.
        revision: The revision of the hub; None for a folder.
        folder: Where its files are.
        sha256: Over its files, see `folder_digest`.
        adapter_of: Folder or name of the model under it, where it is an adapter.
        adapter_revision: Revision of that model, where it is one of the hub.
        pins: The pins that it learnt from, by the lake, as name@version.
    """

    name: str
    revision: str | None
    folder: Path
    sha256: str
    adapter_of: str | None
    adapter_revision: str | None
    pins: list[str]

    def record(self) -> dict[str, JSON]:
        """What is kept of it: nothing that differs from machine to machine but the name."""
        return {
            "name": self.name,
            "revision": self.revision,
            "sha256": self.sha256,
            "adapter_of": self.adapter_of,
            "adapter_revision": self.adapter_revision,
            "pins": list(self.pins),
        }


def find(lake: "Lake", name: str, revision: str | None) -> Base:
    """The model that a recipe names: one of the lake, a folder, or one of the hub, which is fetched.

    Raises:
        BaseModelError: There is none, or its files are not those that were registered.
        ModelNotFoundError: The lake has no such model.
    """
    if _IN_LAKE.fullmatch(name):
        return _of_the_lake(lake, name, revision)
    folder = Path(name)
    if folder.is_dir():
        if revision is not None:
            raise BaseModelError(f"{name} is a folder, which has no revision.", "Leave the field revision out.")
        return _of_a_folder(name, None, folder)
    return _of_the_hub(name, revision)


def folder_digest(folder: Path) -> str:
    """The sha256 over the sorted lines `sha256 name` of a model's files: weights, configuration, tokenizer; not its card."""
    lines = sorted(f"{file_sha256(file)} {file.name}\n" for file in model_files(folder))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def model_files(folder: Path) -> Iterator[Path]:
    """The files of a model in a folder."""
    for file in sorted(folder.iterdir()):
        if file.suffix in _KEPT and file.name not in _NOT_OF_THE_MODEL and file.is_file():
            yield file


def name_base(folder: Path, base: Base) -> None:
    """Let a new adapter on a model of the hub name it as the hub does, and not by its folder on this machine."""
    adapter = folder / ADAPTER
    if base.revision is not None and base.adapter_of is None and adapter.is_file():
        said = json.loads(adapter.read_text("utf-8"))
        said |= {"base_model_name_or_path": base.name, "revision": base.revision}
        adapter.write_text(json.dumps(said, indent=2, sort_keys=True), "utf-8")


def _of_the_lake(lake: "Lake", ref: str, revision: str | None) -> Base:
    from text2sql_train import registry

    if revision is not None:
        raise BaseModelError(f"{ref} is a model of the lake, whose revision is its version.", "Leave the field revision out.")
    model = registry.find(lake, ref)
    if model.kind not in registry.LANGUAGE_MODELS:
        raise BaseModelError(f"{ref} is a {model.kind}, from which no training begins.", "See: t2s model list")
    folder = registry.folder(model)
    base = _of_a_folder(ref, None, folder)
    if base.sha256 != model.sha256:
        raise BaseModelError(
            f"The files in {folder} are not those of {ref} any more.", "Restore them, or train it again: t2s train RECIPE --force"
        )
    return base._replace(pins=[*registry.lineage(model)])


def _of_a_folder(name: str, revision: str | None, folder: Path) -> Base:
    adapter = folder / ADAPTER
    if not (folder / "config.json").is_file() and not adapter.is_file():
        raise BaseModelError(f"{folder} holds no model: there is no config.json.", "Give the folder that from_pretrained takes.")
    said = json.loads(adapter.read_text("utf-8")) if adapter.is_file() else {}
    under = said.get("base_model_name_or_path"), said.get("revision")
    return Base(name, revision, folder.resolve(), folder_digest(folder), *under, pins=[])


def _of_the_hub(name: str, revision: str | None) -> Base:
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise BaseModelError(
            f"There is no folder {name}.", "Give a folder, a name of the hub, or name@version of t2s model list."
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise BaseModelError("Fetching a model needs huggingface_hub.", "Run: pip install 'text2sql-store[train]'") from error
    try:
        patterns = [f"*{suffix}" for suffix in _KEPT]
        fetched = Path(snapshot_download(name, revision=revision, allow_patterns=patterns))
    except Exception as error:  # whatever the hub's client raises without a network or a name
        told = str(error).strip().partition("\n")[0]
        raise BaseModelError(
            f"There is no folder {name}, and the hub gives no model of that name: {told}",
            "Give a folder with a model, or a name of the hub that can be reached from here.",
        ) from error
    return _of_a_folder(name, fetched.name, fetched)  # a snapshot's folder is called by its commit
