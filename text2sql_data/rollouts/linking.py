"""Models of the lake in configurations of clients: from `model: name@version` to the folders that are opened.

What a run or a selector records is the reference and the sha256 of the model's files, never a folder of this machine. A copy of a
model's folder is the model. One with its weights among other files is not, and is recorded as the folder that it is, with a link.
That a server serves the model whose name it says cannot be checked here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec

from store import Lake, StoreError
from store.ids import JSON
from text2sql_data.models import registered
from text2sql_data.models.folders import ModelFilesError, fetched, folder_digest, under
from text2sql_data.models.registered import LANGUAGE_MODELS, REF, Model
from text2sql_data.rollouts.clients.config import (
    ClientConfig,
    OnRay,
    OpenAIServer,
    Replay,
    RewardConfig,
    RewardServer,
    RewardTransformers,
    TransformersModel,
    VllmEngine,
)
from text2sql_data.rollouts.config import model_identity

Local: TypeAlias = VllmEngine | TransformersModel | RewardTransformers

LINKS = "lake_models"
"""The field of a recorded client that has its models of the lake: sha256 by name@version. The view `run_models` reads it."""


class ModelKindError(StoreError, ValueError):
    """A model of the lake is of a kind that the client cannot use."""


class _Folder(NamedTuple):
    """A model of the lake in a folder: `path` is None for its own; its weights among other files are not the `same`."""

    model: Model
    path: Path | None
    same: bool

    def opened(self) -> Path:
        """The folder that is opened, whose files are those that are recorded."""
        return registered.verified(self.model) if self.path is None else self.path


class Linked(NamedTuple):
    """A client, and what is recorded of it.

    Attributes:
        config: What is opened: references are folders in it.
        said: What identifies it: folders of models of the lake are references in it.
        models: The models of the lake in it; one whose weights lie among other files has the sha256 of all these.
    """

    config: ClientConfig | RewardConfig
    said: Mapping[str, JSON]
    models: list[Model]

    @property
    def model(self) -> str | None:
        """The model that answers, as name@version: the adapter where there is one. None where it is not of the lake."""
        return self.models[-1].ref if self.models else None


def link(lake: Lake, config: ClientConfig | RewardConfig) -> Linked:
    """Find the models of the lake that a client's configuration names, by reference or by their folder.

    Args:
        lake: The lake.
        config: The configuration of a client.

    Raises:
        ModelNotFoundError: The lake has no model of that name and version.
        ModelFilesError: Its folder is gone, or the files in it are not those that were registered.
        ModelKindError: It is a model that the client cannot use, or an adapter beside another adapter.
    """
    match config:
        case Replay():
            return Linked(config, model_identity(config), [])
        case OpenAIServer() | RewardServer():
            return _served(lake, config, config.model)
        case OnRay():
            linked = _local(lake, config.each)
            return linked._replace(config=msgspec.structs.replace(config, each=linked.config))
        case _:
            return _local(lake, config)


def recorded(lake: Lake, linked: Linked, served: str) -> tuple[dict[str, JSON], str | None]:
    """What is recorded of a client once it told the name that it answers under, and its model of the lake.

    Args:
        lake: The lake.
        linked: The client.
        served: The name that it says.
    """
    config = linked.config
    if (
        isinstance(config, OpenAIServer | RewardServer) and not linked.models
    ):  # the name was left out: it is the one that is served
        linked = _served(lake, config, served)
    if linked.models and not isinstance(config, OpenAIServer | RewardServer):
        served = " + ".join(one.ref for one in linked.models)  # a client in this process says its folders
    links: dict[str, JSON] = {one.ref: one.sha256 for one in linked.models}
    return {**linked.said, "served": served, **({LINKS: links} if links else {})}, linked.model


def _served(lake: Lake, config: OpenAIServer | RewardServer, name: str | None) -> Linked:
    """A server under whose name a model is registered."""
    known = registered.models(lake) if name is not None and REF.fullmatch(name) else []
    return Linked(config, model_identity(config), [one for one in known if one.ref == name and one.kind in LANGUAGE_MODELS])


def _local(lake: Lake, config: Local) -> Linked:
    """A client in this process: references become folders, folders that are registered become references."""
    model = _model(lake, config.model)
    adapter = None if config.adapter is None else _model(lake, config.adapter)
    for one in (model, adapter):
        if one is not None:
            _require_kind(one.model, config)
    said = msgspec.structs.replace(
        config,
        model=model.model.ref if model and model.same else config.model,
        adapter=adapter.model.ref if adapter and adapter.same else config.adapter,
    )
    opened = config
    if adapter is not None:
        opened = msgspec.structs.replace(opened, adapter=str(adapter.opened()))
    if model is not None:
        folder = model.opened()
        below = under(folder)
        if below is not None and config.adapter is not None:
            raise ModelKindError(
                f"{model.model.ref} is an adapter, beside which `adapter` names another.", "Leave `adapter` out."
            )
        opened = (
            msgspec.structs.replace(opened, model=str(folder))
            if below is None
            else msgspec.structs.replace(opened, model=_base(lake, model.model, below.name, below.revision), adapter=str(folder))
        )
    return Linked(opened, model_identity(said), [one.model for one in (model, adapter) if one is not None])


def _model(lake: Lake, name: str) -> _Folder | None:
    """The model that a name means: a reference, the folder of a model that is registered or a copy of it; None for any other."""
    folder = Path(name)
    if not folder.is_dir():
        found = registered.find(lake, name) if REF.fullmatch(name) else None
        return None if found is None else _Folder(found, None, same=True)
    here = folder.resolve()
    known = [one for one in registered.models(lake) if one.kind in LANGUAGE_MODELS]
    if not known:
        return None
    there = [one for one in known if one.path == str(here)]
    if there:
        return _Folder(there[-1], None, same=True)
    digest = folder_digest(here)
    copied = registered.in_folder(lake, here, digest)
    if not copied:
        return None
    same = copied[-1].sha256 == digest
    return _Folder(copied[-1]._replace(sha256=digest), here, same=same)


def _require_kind(model: Model, config: Local) -> None:
    scores = isinstance(config, RewardTransformers)
    if model.kind not in LANGUAGE_MODELS:
        raise ModelKindError(f"{model.ref} is a {model.kind}, which no client opens.", "It is used by: t2s select run")
    if (model.kind == "reward") != scores:
        said = "gives rewards, and writes nothing" if model.kind == "reward" else "writes, and gives no rewards"
        raise ModelKindError(f"{model.ref} {said}.", "See the kinds with: t2s model list")


def _base(lake: Lake, model: Model, name: str, revision: str | None) -> str:
    """The folder of what an adapter is put on, whose files are those that it was trained on."""
    folder = Path(name)
    if not folder.is_dir():
        if revision is None or folder.is_absolute():
            raise ModelFilesError(f"The model under {model.ref} is gone: {name}.", "Move it back to where it was.")
        try:
            folder = fetched(name, revision)
        except Exception as error:  # whatever the hub's client raises without a network or a name
            told = str(error).strip().partition("\n")[0]
            raise ModelFilesError(
                f"The model under {model.ref}, {name} at revision {revision}, is not here and cannot be fetched: {told}",
                "Fetch it once where the hub can be reached; it is kept in the hub's cache.",
            ) from error
    wanted = registered.base_digest(lake, model)
    if wanted is not None and folder_digest(folder) != wanted:
        raise ModelFilesError(f"The files in {folder} are not those that {model.ref} was trained on.", "Restore them.")
    return str(folder)
