"""What a training depended on beside its recipe: code, libraries, hardware."""

import functools
import hashlib
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING

from store.commit import versions as store_versions
from store.ids import JSON

if TYPE_CHECKING:
    from text2sql_train.loading import Hardware

_LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "tokenizers", "safetensors", "deepspeed")


def versions(on: "Hardware | None" = None) -> dict[str, JSON]:
    """The versions of code and libraries, and what was computed with; `code` is a digest over this package's modules."""
    found: dict[str, JSON] = {**store_versions(), "code": code_digest()}
    for library in _LIBRARIES:
        try:
            found[library] = installed_version(library)
        except PackageNotFoundError:
            continue
    if on is not None:
        import torch

        found["hardware"] = {
            "device": on.device,
            "name": on.name,
            "devices": on.devices,
            "bf16": on.bf16,
            "threads": torch.get_num_threads(),
            "cuda": torch.version.cuda,
        }
    return dict(sorted(found.items()))


@functools.cache
def code_digest() -> str:
    """The first 12 hex digits of a sha256 over the modules and statements of this package."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for file in sorted(root.rglob("*")):
        inside = file.relative_to(root)
        if file.suffix in {".py", ".sql"} and "commands" not in inside.parts:
            digest.update(f"{inside.as_posix()} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:12]
