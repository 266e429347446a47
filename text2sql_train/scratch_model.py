"""A decoder with random weights and a tokenizer of its own, for experiments that begin with nothing, such as the loop.

The tokenizer learns from what a pin lets a model learn from: the split `train`. The same pin, shape and seed give the same files.
"""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from store import StoreError, pins
from text2sql_train.bases import BaseModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store import Lake

RECORD = "scratch.json"
"""What it was made from, in its folder."""

_TEXTS = ("prompt", "completion", "chosen", "rejected")
_PAD, _END = "<pad>", "<end>"
_CHAT = (
    "{% for message in messages %}{{ message['role'] }}:\n{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:\n{% endif %}"
)


Positive = Annotated[int, msgspec.Meta(ge=1)]


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of a decoder like Llama.

    Attributes:
        vocabulary: Tokens, at most: fewer where the texts have no more pairs to join.
        layers: Layers.
        hidden: Width.
        heads: Heads of attention; they divide the width.
        context: Tokens that it can see.
    """

    vocabulary: Annotated[int, msgspec.Meta(ge=300)] = 1500
    layers: Positive = 4
    hidden: Positive = 192
    heads: Positive = 4
    context: Annotated[int, msgspec.Meta(ge=16)] = 256


def make(lake: "Lake", folder: Path, pin: str, shape: Shape, *, seed: int = 0) -> dict[str, Any]:
    """Write tokenizer and weights into a folder, unless they are there.

    Args:
        lake: The lake.
        folder: Folder of the model.
        pin: What the tokenizer learns from, as name@version.
        shape: The shape.
        seed: Draws the weights.

    Returns:
        What it was made from, with `vocabulary` and `parameters` as they came out, and `made`: whether it was not there before.

    Raises:
        BaseModelError: Another model is in the folder, or a package is missing.
        PinNotFoundError: There is no such pin.
    """
    if missing := [name for name in ("torch", "transformers", "tokenizers") if find_spec(name) is None]:
        raise BaseModelError(f"Making a model needs {', '.join(missing)}.", "Run: pip install 'text2sql-store[train]'")
    require_shape(shape)
    found = pins.find(lake, pin)
    wanted = {"pin": found.ref, "digest": found.digest, "shape": msgspec.to_builtins(shape), "seed": seed}
    record = folder / RECORD
    if record.is_file():
        said: dict[str, Any] = json.loads(record.read_text("utf-8"))
        if wanted.items() <= said.items():
            return said | {"made": False}
    if folder.is_dir() and any(folder.iterdir()):
        raise BaseModelError(f"{folder} holds something else.", "Choose another folder, or remove that one.")
    partial = folder.with_name(f".{folder.name}.partial")  # the folder appears whole, or not at all
    shutil.rmtree(partial, ignore_errors=True)
    made = wanted | _write(list(_texts(lake, found.ref)), partial, shape, seed)
    (partial / RECORD).write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    partial.replace(folder)
    return made | {"made": True}


def require_shape(shape: Shape) -> None:
    """Refuse a width that its heads do not divide into even parts, which rotary positions need.

    Raises:
        BaseModelError: It is such a one.
    """
    if shape.hidden % (2 * shape.heads):
        raise BaseModelError(
            f"A width of {shape.hidden} is not divided into even parts by {shape.heads} heads.",
            f"Choose a multiple of {2 * shape.heads}, or other heads.",
        )


def _texts(lake: "Lake", pin: str) -> "Iterator[str]":
    for batch in pins.rows(lake, pin, "train"):
        for row in batch.to_pylist():
            for name in _TEXTS:
                said = row.get(name)
                if isinstance(said, str):
                    yield said
                elif isinstance(said, list):
                    yield from (message["content"] for message in said)


def _write(texts: list[str], folder: Path, shape: Shape, seed: int) -> dict[str, int]:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    if not texts:
        raise StoreError("The split train of the pin has no text.", "Choose a pin with prompts and completions.")
    make_tokenizer: Any = PreTrainedTokenizerFast  # has no types
    tokenizer = make_tokenizer(
        tokenizer_object=_tokenizer(texts, shape.vocabulary), pad_token=_PAD, eos_token=_END, chat_template=_CHAT
    )
    size = len(tokenizer)
    configured = LlamaConfig(
        vocab_size=size,
        hidden_size=shape.hidden,
        intermediate_size=3 * shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(configured)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return {"vocabulary": size, "parameters": sum(one.numel() for one in model.parameters())}


def _tokenizer(texts: list[str], vocabulary: int) -> Any:  # noqa: ANN401 - tokenizers has no types
    """Byte pairs, every digit a token of its own, so that numbers are copied digit by digit."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=[_PAD, _END], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
