"""GRPO: a model learns from what its own completions are worth: each is executed and compared with the gold. TRL's GRPOTrainer.

A prompt of which all completions are worth the same teaches nothing; `frac_reward_zero_std` in the curve is their share.
"""

from pathlib import Path
from typing import Any

from text2sql_train import loading, settings
from text2sql_train.bases import Base
from text2sql_train.execution_reward import ExecutionReward
from text2sql_train.loading import Hardware
from text2sql_train.recipe import Grpo
from text2sql_train.running import Data, Trained, run


def train(recipe: Grpo, base: Base, data: Data, folder: Path, on: Hardware, reward: ExecutionReward) -> Trained:
    """Train by a recipe, and leave weights and tokenizer in the folder.

    Args:
        recipe: The training.
        base: What it begins with.
        data: Rows with `prompt`, and what the reward reads.
        folder: Folder of the model; a training that was interrupted there goes on.
        on: What is computed with.
        reward: What a completion is worth.
    """
    from transformers import set_seed

    set_seed(recipe.seed)  # the first weights of an adapter are drawn before the trainer sets its own
    tokenizer = loading.tokenizer(base, recipe)
    model = loading.causal_model(base, recipe, on)
    configured = configuration(recipe, folder, on)
    return run(trainer(recipe, base, data, model, tokenizer, configured, reward), folder, evaluate=recipe.evaluate)


def configuration(recipe: Grpo, folder: Path, on: Hardware) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer's configuration."""
    from trl.trainer.grpo_config import GRPOConfig

    return GRPOConfig(
        **settings.common(recipe, folder, on),
        num_generations=recipe.generations,
        max_completion_length=recipe.max_completion_length,
        temperature=recipe.temperature,
        top_p=recipe.top_p,
        beta=recipe.beta,
    )


def trainer(recipe: Grpo, base: Base, data: Data, model: Any, tokenizer: Any, configured: Any, reward: ExecutionReward) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer."""
    from trl.trainer.grpo_trainer import GRPOTrainer

    return GRPOTrainer(
        model,
        reward.rewards,
        args=configured,
        train_dataset=data.train,
        eval_dataset=data.validation,
        processing_class=tokenizer,
        peft_config=loading.adapter(base, recipe, "CAUSAL_LM"),
    )
