"""SFT: a model learns to write the completions of a pin. TRL's SFTTrainer, with the loss on the completion alone."""

from pathlib import Path
from typing import Any

from text2sql_train import loading, settings
from text2sql_train.bases import Base
from text2sql_train.loading import Hardware
from text2sql_train.recipe import Sft
from text2sql_train.running import Data, Trained, run


def train(recipe: Sft, base: Base, data: Data, folder: Path, on: Hardware) -> Trained:
    """Train by a recipe, and leave weights and tokenizer in the folder.

    Args:
        recipe: The training.
        base: What it begins with.
        data: Rows with `prompt` and `completion`.
        folder: Folder of the model; a training that was interrupted there goes on.
        on: What is computed with.
    """
    from transformers import set_seed

    set_seed(recipe.seed)  # the first weights of an adapter are drawn before the trainer sets its own
    tokenizer = loading.tokenizer(base, recipe)
    model = loading.causal_model(base, recipe, on)
    return run(trainer(recipe, base, data, model, tokenizer, configuration(recipe, folder, on)), folder, evaluate=recipe.evaluate)


def configuration(recipe: Sft, folder: Path, on: Hardware) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer's configuration."""
    from trl.trainer.sft_config import SFTConfig

    return SFTConfig(
        **settings.common(recipe, folder, on),
        max_length=recipe.max_length,
        completion_only_loss=recipe.completion_only,
    )


def trainer(recipe: Sft, base: Base, data: Data, model: Any, tokenizer: Any, configured: Any) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer."""
    from trl.trainer.sft_trainer import SFTTrainer

    return SFTTrainer(
        model,
        configured,
        train_dataset=data.train,
        eval_dataset=data.validation,
        processing_class=tokenizer,
        peft_config=loading.adapter(base, recipe, "CAUSAL_LM"),
    )
