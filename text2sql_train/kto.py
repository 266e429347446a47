"""KTO: a model learns from completions that are good or bad, each by itself. TRL's KTOTrainer."""

from pathlib import Path
from typing import Any

from text2sql_train import loading, settings
from text2sql_train.bases import Base
from text2sql_train.loading import Hardware
from text2sql_train.recipe import Kto
from text2sql_train.running import Data, Trained, run


def train(recipe: Kto, base: Base, data: Data, folder: Path, on: Hardware) -> Trained:
    """Train by a recipe, and leave weights and tokenizer in the folder.

    Args:
        recipe: The training.
        base: What it begins with.
        data: Rows with `prompt`, `completion` and `label`.
        folder: Folder of the model; a training that was interrupted there goes on.
        on: What is computed with.
    """
    from transformers import set_seed

    set_seed(recipe.seed)  # the first weights of an adapter are drawn before the trainer sets its own
    tokenizer = loading.tokenizer(base, recipe)
    model = loading.causal_model(base, recipe, on)
    return run(trainer(recipe, base, data, model, tokenizer, configuration(recipe, folder, on)), folder, evaluate=recipe.evaluate)


def configuration(recipe: Kto, folder: Path, on: Hardware) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer's configuration."""
    from trl.trainer.kto_config import KTOConfig

    return KTOConfig(
        **settings.common(recipe, folder, on),
        max_length=recipe.max_length,
        beta=recipe.beta,
        desirable_weight=recipe.desirable_weight,
        undesirable_weight=recipe.undesirable_weight,
    )


def trainer(recipe: Kto, base: Base, data: Data, model: Any, tokenizer: Any, configured: Any) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer."""
    from trl.trainer.kto_trainer import KTOTrainer

    return KTOTrainer(
        model,
        args=configured,
        train_dataset=data.train,
        eval_dataset=data.validation,
        processing_class=tokenizer,
        peft_config=loading.adapter(base, recipe, "CAUSAL_LM"),
    )
