"""ORPO: a model learns the chosen completion, and prefers it to the rejected one by odds. TRL's experimental ORPOTrainer.

It may change with any release of TRL; this is the only module that imports it. It cuts completions that are too long, down to
nothing, and masks no row out for it: the guard over lengths has to be believed.
"""

from pathlib import Path
from typing import Any

from text2sql_train import loading, settings
from text2sql_train.bases import Base
from text2sql_train.loading import Hardware
from text2sql_train.recipe import Orpo
from text2sql_train.running import Data, Trained, run


def train(recipe: Orpo, base: Base, data: Data, folder: Path, on: Hardware) -> Trained:
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


def configuration(recipe: Orpo, folder: Path, on: Hardware) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer's configuration."""
    from trl.experimental.orpo import ORPOConfig

    return ORPOConfig(
        **settings.common(recipe, folder, on),
        max_length=recipe.max_length,
        beta=recipe.beta,
        remove_unused_columns=False,  # its collator reads columns that the model does not
    )


def trainer(recipe: Orpo, base: Base, data: Data, model: Any, tokenizer: Any, configured: Any) -> Any:  # noqa: ANN401 - TRL has no types
    """The trainer."""
    from trl.experimental.orpo import ORPOTrainer

    return ORPOTrainer(
        model,
        configured,
        train_dataset=data.train,
        eval_dataset=data.validation,
        processing_class=tokenizer,
        peft_config=loading.adapter(base, recipe, "CAUSAL_LM"),
    )
