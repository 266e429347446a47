"""The command that serves a model with vLLM: a whole model, or an adapter on its base."""

import json
import os
import shlex
import shutil
from pathlib import Path

from store import StoreError
from text2sql_data.models.folders import ADAPTER
from text2sql_data.models.registered import Model, folder
from text2sql_train.bases import BaseModelError

_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
_TEMPLATE = "chat_template.jinja"


def command(model: Model, *, port: int = 8000) -> list[str]:
    """The arguments of `vllm serve`; the model is served under the name name@version.

    Args:
        model: A model of the lake.
        port: Where it listens.

    Raises:
        BaseModelError: It is an adapter that vLLM cannot serve.
        ModelFilesError: It has no folder, or it is gone.
    """
    path = folder(model)
    adapter = path / ADAPTER
    common = ["--port", str(port), "--seed", str(model.seed)]
    pooling = ["--runner", "pooling"] if model.kind == "reward" else []
    if not adapter.is_file():
        return ["vllm", "serve", str(path), "--served-model-name", model.ref, *pooling, *common]
    if model.kind == "reward":
        raise BaseModelError(
            f"{model.ref} is an adapter with a layer that scores, which vLLM does not serve.",
            "Train it with lora: none, or use it in a rollout with client: transformers.",
        )
    said = json.loads(adapter.read_text("utf-8"))
    rank = next((one for one in _RANKS if one >= said["r"]), said["r"])
    lora = ["--enable-lora", "--max-lora-rank", str(rank), "--lora-modules", f"{model.ref}={path}"]
    revision = ["--revision", said["revision"]] if said.get("revision") else []
    template = ["--chat-template", str(path / _TEMPLATE)] if (path / _TEMPLATE).is_file() else []
    return ["vllm", "serve", said["base_model_name_or_path"], *revision, *lora, *template, *common]


def shown(arguments: list[str]) -> str:
    """The command as a shell takes it."""
    return shlex.join(arguments)


def start(arguments: list[str]) -> None:
    """Become the server: this process ends with it.

    Raises:
        StoreError: vLLM is not installed.
    """
    if shutil.which(arguments[0]) is None:
        raise StoreError("vllm is not on the path.", "Run: pip install vllm; or copy the command to where it is.")
    os.execvp(arguments[0], arguments)  # noqa: S606 - a list of arguments, no shell


def has_folder(model: Model) -> bool:
    """Whether the weights of a model are where they were registered."""
    return model.path is not None and Path(model.path).is_dir()
