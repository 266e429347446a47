"""Loading what a training begins with: tokenizer, model and adapter, in the numbers that the hardware has.

An adapter of the base is trained further where the recipe wants an adapter, so that what is served stays one adapter on one
model; where it wants all weights, it is merged first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from text2sql_data.datasets.auditing import TokenizerError
from text2sql_train.bases import Base, BaseModelError
from text2sql_train.recipe import Recipe


class Hardware(NamedTuple):
    """What is computed with.

    Attributes:
        device: cuda or cpu.
        name: Name of the device.
        devices: How many of them work together.
        bf16: Whether bfloat16 is used.
    """

    device: str
    name: str
    devices: int
    bf16: bool


def hardware(recipe: Recipe) -> Hardware:
    """The device, and whether it computes in bfloat16. On a processor auto is float32, which is faster there.

    Raises:
        BaseModelError: The recipe wants bfloat16, which the device has not.
    """
    import os
    import platform

    import torch

    processes = int(os.environ.get("WORLD_SIZE", "1"))

    if recipe.device == "cpu" or not torch.cuda.is_available():
        return Hardware("cpu", platform.processor() or platform.machine(), processes, recipe.bf16 is True)
    able = torch.cuda.is_bf16_supported()
    if recipe.bf16 is True and not able:
        raise BaseModelError(f"{torch.cuda.get_device_name()} has no bfloat16.", "Set bf16: auto.")
    devices = processes if processes > 1 else torch.cuda.device_count()
    return Hardware("cuda", torch.cuda.get_device_name(), devices, able and recipe.bf16 is not False)


def tokenizer(base: Base, recipe: Recipe) -> Any:  # noqa: ANN401 - transformers has no types
    """The tokenizer of the base model, with the recipe's chat template and a token to pad with.

    Raises:
        TokenizerError: There is none.
    """
    from transformers import AutoTokenizer

    try:
        found = AutoTokenizer.from_pretrained(base.folder, trust_remote_code=False)
    except Exception as error:  # whatever transformers raises over a folder without a tokenizer
        raise TokenizerError(f"{base.folder} has no tokenizer: {error}", "Give a folder with the tokenizer's files.") from error
    if recipe.chat_template is not None:
        found.chat_template = recipe.chat_template
    if found.pad_token is None:
        found.pad_token = found.eos_token
    return found


def causal_model(base: Base, recipe: Recipe, on: Hardware) -> Any:  # noqa: ANN401 - transformers has no types
    """The model that writes, with the adapter of the base where there is one and the recipe trains an adapter.

    Raises:
        BaseModelError: It cannot be loaded; objects in place of weights, and code that comes with a model, are not.
    """
    import torch
    from transformers import AutoModelForCausalLM

    where = base.adapter_of or base.folder
    # An adapter's optimizer sees float32 weights anyway; a fully trained model would lose small steps in bfloat16.
    with _loading(where):
        model = AutoModelForCausalLM.from_pretrained(
            where,
            revision=base.adapter_revision or "main",
            dtype=torch.bfloat16 if on.bf16 and recipe.lora != "none" else torch.float32,
            trust_remote_code=False,
        )
    if base.adapter_of is None:
        return model
    from peft import PeftModel

    with _loading(base.folder):
        adapted = PeftModel.from_pretrained(model, base.folder, is_trainable=recipe.lora != "none")
    return adapted if recipe.lora != "none" else adapted.merge_and_unload().requires_grad_()


def scoring_model(base: Base, recipe: Recipe, on: Hardware) -> Any:  # noqa: ANN401 - transformers has no types
    """The model that gives one number to a text; the layer that does is new.

    Raises:
        BaseModelError: The base is an adapter, or cannot be loaded.
    """
    import torch
    from transformers import AutoModelForSequenceClassification

    if base.adapter_of is not None:
        raise BaseModelError(f"{base.name} is an adapter, on which no reward model is trained.", f"Begin with {base.adapter_of}.")
    dtype = torch.bfloat16 if on.bf16 and recipe.lora != "none" else torch.float32
    with _loading(base.folder):
        return AutoModelForSequenceClassification.from_pretrained(base.folder, num_labels=1, dtype=dtype, trust_remote_code=False)


@contextmanager
def _loading(folder: Path | str) -> Iterator[None]:
    """Say what cannot be loaded, whatever transformers, PEFT and torch raise over it."""
    try:
        yield
    except Exception as error:
        told = str(error).strip().partition("\n")[0]
        raise BaseModelError(
            f"The model in {folder} cannot be loaded: {told}",
            "Give a folder with config.json and model.safetensors, of an architecture that transformers has.",
        ) from error


def adapter(base: Base, recipe: Recipe, task: str) -> Any:  # noqa: ANN401 - peft has no types
    """The configuration of a new adapter; None where all weights are trained, or an adapter is trained further.

    Args:
        base: What training begins with.
        recipe: The training.
        task: CAUSAL_LM or SEQ_CLS.
    """
    if recipe.lora == "none" or base.adapter_of is not None:
        return None
    from peft import LoraConfig

    given = msgspec.structs.asdict(recipe.lora)
    return LoraConfig(
        r=given["r"],
        lora_alpha=given["alpha"],
        lora_dropout=given["dropout"],
        target_modules=given["target_modules"],
        task_type=task,
        modules_to_save=["score"] if task == "SEQ_CLS" else None,
    )
