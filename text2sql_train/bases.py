"""The model that a training begins with: where it is, what its files are, and what it learnt from before.

A model is known by the sha256 of its files, so that a folder that was changed is another model. Nothing is loaded here.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store import StoreError
from store.ids import JSON
from text2sql_data.models import registered
from text2sql_data.models.folders import ADAPTER, fetched, folder_digest, under
from text2sql_data.models.registered import LANGUAGE_MODELS, REF

if TYPE_CHECKING:
    from store import Lake

__all__ = ["ADAPTER", "CARD", "Base", "BaseModelError", "find", "folder_digest", "name_base"]

CARD = "README.md"


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
        BaseModelError: There is none.
        ModelFilesError: The files of a model of the lake are gone, or are not those that were registered.
        ModelNotFoundError: The lake has no such model.
    """
    if REF.fullmatch(name):
        return _of_the_lake(lake, name, revision)
    folder = Path(name)
    if folder.is_dir():
        if revision is not None:
            raise BaseModelError(f"{name} is a folder, which has no revision.", "Leave the field revision out.")
        base = _of_a_folder(name, None, folder)
        # A model of the lake has learnt what it has, however it is called, and with another chat template.
        known = registered.in_folder(lake, folder, base.sha256)
        return base._replace(pins=list(dict.fromkeys(pin for model in known for pin in registered.lineage(model))))
    return _of_the_hub(name, revision)


def name_base(folder: Path, base: Base) -> None:
    """Let a new adapter on a model of the hub name it as the hub does, and not by its folder on this machine."""
    adapter = folder / ADAPTER
    if base.revision is not None and base.adapter_of is None and adapter.is_file():
        said = json.loads(adapter.read_text("utf-8"))
        said |= {"base_model_name_or_path": base.name, "revision": base.revision}
        adapter.write_text(json.dumps(said, indent=2, sort_keys=True), "utf-8")


def _of_the_lake(lake: "Lake", ref: str, revision: str | None) -> Base:
    if revision is not None:
        raise BaseModelError(f"{ref} is a model of the lake, whose revision is its version.", "Leave the field revision out.")
    model = registered.find(lake, ref)
    if model.kind not in LANGUAGE_MODELS:
        raise BaseModelError(f"{ref} is a {model.kind}, from which no training begins.", "See: t2s model list")
    return _of_a_folder(ref, None, registered.verified(model))._replace(pins=registered.lineage(model))


def _of_a_folder(name: str, revision: str | None, folder: Path) -> Base:
    if not (folder / "config.json").is_file() and not (folder / ADAPTER).is_file():
        raise BaseModelError(f"{folder} holds no model: there is no config.json.", "Give the folder that from_pretrained takes.")
    below = under(folder)
    of, at = below or (None, None)
    return Base(name, revision, folder.resolve(), folder_digest(folder), of, at, pins=[])


def _of_the_hub(name: str, revision: str | None) -> Base:
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise BaseModelError(
            f"There is no folder {name}.", "Give a folder, a name of the hub, or name@version of t2s model list."
        )
    try:
        folder = fetched(name, revision)
    except ImportError as error:
        raise BaseModelError("Fetching a model needs huggingface_hub.", "Run: pip install 'text2sql-store[train]'") from error
    except Exception as error:  # whatever the hub's client raises without a network or a name
        told = str(error).strip().partition("\n")[0]
        raise BaseModelError(
            f"There is no folder {name}, and the hub gives no model of that name: {told}",
            "Give a folder with a model, or a name of the hub that can be reached from here.",
        ) from error
    return _of_a_folder(name, folder.name, folder)  # a snapshot's folder is called by its commit
