"""A reward model: it gives a number to a completion, higher for the chosen than for the rejected one. TRL's RewardTrainer."""

from pathlib import Path
from typing import Any

from text2sql_train import loading, settings
from text2sql_train.bases import Base
from text2sql_train.loading import Hardware
from text2sql_train.recipe import Reward
from text2sql_train.running import Data, Trained, run


def train(recipe: Reward, base: Base, data: Data, folder: Path, on: Hardware) -> Trained:
    """Train by a recipe, and leave weights and tokenizer in the folder.

    Args:
        recipe: The training.
        base: What it begins with.
        data: Rows with `prompt`, `chosen` and `rejected`; `margin` is the difference that is wanted, where it is there.
        folder: Folder of the model; a training that was interrupted there goes on.
        on: What is computed with.
    """
    from transformers import set_seed

    set_seed(recipe.seed)  # the first weights of an adapter are drawn before the trainer sets its own
    tokenizer = loading.tokenizer(base, recipe)
    model = loading.scoring_model(base, recipe, on)
    return run(trainer(recipe, base, data, model, tokenizer, configuration(recipe, folder, on)), folder, evaluate=recipe.evaluate)


def configuration(recipe: Reward, folder: Path, on: Hardware) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer's configuration."""
    from trl.trainer.reward_config import RewardConfig

    return RewardConfig(
        **settings.common(recipe, folder, on),
        max_length=recipe.max_length,
        center_rewards_coefficient=recipe.center,
    )


def trainer(recipe: Reward, base: Base, data: Data, model: Any, tokenizer: Any, configured: Any) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer."""
    from trl.trainer.reward_trainer import RewardTrainer

    return RewardTrainer(
        model,
        configured,
        train_dataset=data.train,
        eval_dataset=data.validation,
        processing_class=tokenizer,
        peft_config=loading.adapter(base, recipe, "SEQ_CLS"),
    )
