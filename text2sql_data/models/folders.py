"""Files of models: which files of a folder are the model, and the sha256 by which it is known.

Nothing is loaded here, and nothing is known of the lake.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from store import StoreError
from store.ids import file_sha256

ADAPTER = "adapter_config.json"

KEPT = (".json", ".safetensors", ".bin", ".model", ".txt", ".jinja", ".tiktoken")
"""Endings of the files of a model."""

WEIGHTS = (".safetensors", ".bin")
"""Endings of the files of a model that hold its weights."""

_BLOCK = 1 << 20
_NOT_OF_THE_MODEL = frozenset({"training_args.bin", "trainer_state.json", "training.json"})


class ModelFilesError(StoreError, FileNotFoundError):
    """The files of a registered model are gone, or are not those that were registered."""


class Under(NamedTuple):
    """The model that an adapter is put on: a folder or a name of the hub, with its revision there."""

    name: str
    revision: str | None


def folder_digest(folder: Path) -> str:
    """The sha256 over the sorted lines `sha256 name` of a model's files: weights, configuration, tokenizer; not its card."""
    lines = sorted(f"{file_sha256(file)} {file.name}\n" for file in model_files(folder))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def model_files(folder: Path) -> Iterator[Path]:
    """The files of a model in a folder."""
    for file in sorted(folder.iterdir()):
        if file.suffix in KEPT and file.name not in _NOT_OF_THE_MODEL and file.is_file():
            yield file


def same_weights(one: Path, other: Path) -> bool:
    """Whether two folders hold the same weights, whatever else is in them; folders without weights do not.

    Files are compared until they differ, which those of two trainings do at once; no digest of gigabytes is made.
    """
    first, second = ({file.name: file for file in model_files(folder) if file.suffix in WEIGHTS} for folder in (one, other))
    if not first or first.keys() != second.keys():
        return False
    if any(first[name].stat().st_size != second[name].stat().st_size for name in first):
        return False
    return all(_same_bytes(first[name], second[name]) for name in first)


def _same_bytes(one: Path, other: Path) -> bool:
    with one.open("rb") as first, other.open("rb") as second:
        while block := first.read(_BLOCK):
            if block != second.read(_BLOCK):
                return False
    return True


def under(folder: Path) -> Under | None:
    """What the adapter in a folder is put on; None where the folder holds no adapter, or one that does not say."""
    adapter = folder / ADAPTER
    if not adapter.is_file():
        return None
    said = json.loads(adapter.read_text("utf-8"))
    name = said.get("base_model_name_or_path")
    return Under(name, said.get("revision")) if name else None


def tokenizer_folder(model: str, adapter: str | None) -> str:
    """Whose tokenizer is used: the adapter's where it has one, for its chat template is the one that it was trained with."""
    return adapter if adapter is not None and (Path(adapter) / "tokenizer_config.json").is_file() else model


def fetched(name: str, revision: str | None) -> Path:
    """The folder of a model of the hub, whose files are fetched where they are not there yet.

    Raises:
        ImportError: huggingface_hub is not installed.
        Exception: Whatever the hub's client raises without a network or a name.
    """
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, revision=revision, allow_patterns=[f"*{suffix}" for suffix in KEPT]))
