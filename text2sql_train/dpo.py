"""DPO: a model learns to prefer one completion to another, seen from where it began. TRL's DPOTrainer.

The reference is the model that training begins with: without the new adapter, or with a copy of the one that is trained further.
Watch `logps/chosen` in the curve: where it falls, the model unlearns what it should prefer; `loss: {sigmoid: 1, sft: 1}` holds
it.
"""

from pathlib import Path
from typing import Any

from text2sql_train import loading, settings
from text2sql_train.bases import Base
from text2sql_train.loading import Hardware
from text2sql_train.recipe import Dpo
from text2sql_train.running import Data, Trained, run


def train(recipe: Dpo, base: Base, data: Data, folder: Path, on: Hardware) -> Trained:
    """Train by a recipe, and leave weights and tokenizer in the folder.

    Args:
        recipe: The training.
        base: What it begins with.
        data: Rows with `prompt`, `chosen` and `rejected`.
        folder: Folder of the model; a training that was interrupted there goes on.
        on: What is computed with.
    """
    from transformers import set_seed

    set_seed(recipe.seed)  # the first weights of an adapter are drawn before the trainer sets its own
    tokenizer = loading.tokenizer(base, recipe)
    model = loading.causal_model(base, recipe, on)
    return run(trainer(recipe, base, data, model, tokenizer, configuration(recipe, folder, on)), folder, evaluate=recipe.evaluate)


def configuration(recipe: Dpo, folder: Path, on: Hardware) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer's configuration."""
    from trl.trainer.dpo_config import DPOConfig

    return DPOConfig(
        **settings.common(recipe, folder, on),
        max_length=recipe.max_length,
        beta=recipe.beta,
        loss_type=list(recipe.loss),
        loss_weights=list(recipe.loss.values()),
        label_smoothing=recipe.label_smoothing,
    )


def trainer(recipe: Dpo, base: Base, data: Data, model: Any, tokenizer: Any, configured: Any) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer."""
    from trl.trainer.dpo_trainer import DPOTrainer

    return DPOTrainer(
        model,
        args=configured,
        train_dataset=data.train,
        eval_dataset=data.validation,
        processing_class=tokenizer,
        peft_config=loading.adapter(base, recipe, "CAUSAL_LM"),
    )
