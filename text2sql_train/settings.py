"""The settings that all trainers have in common, as keyword arguments of TRL's configurations."""

import json
from pathlib import Path
from typing import Any

from text2sql_train.loading import Hardware
from text2sql_train.recipe import Recipe

CHECKPOINTS = "checkpoints"
LOGS = "logs"


def common(recipe: Recipe, folder: Path, on: Hardware) -> dict[str, Any]:
    """What every trainer is told, whatever it learns.

    Args:
        recipe: The training.
        folder: Folder of the model; checkpoints go into a folder of their own in it.
        on: What is computed with.
    """
    steps = recipe.evaluate and recipe.eval_steps is not None
    return {
        "output_dir": str(folder / CHECKPOINTS),
        "run_name": f"{recipe.name}-{folder.name}",
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": recipe.schedule,
        "warmup_steps": recipe.warmup,  # below 1 a share of all steps
        "weight_decay": recipe.weight_decay,
        "max_grad_norm": recipe.max_grad_norm,
        "num_train_epochs": recipe.epochs,
        "max_steps": recipe.max_steps or -1,
        "per_device_train_batch_size": recipe.batch_size,
        "per_device_eval_batch_size": recipe.eval_batch_size or recipe.batch_size,
        "gradient_accumulation_steps": recipe.accumulation,
        "activation_checkpointing": recipe.checkpointing,
        "bf16": on.bf16,
        "use_cpu": on.device == "cpu",
        "dataloader_pin_memory": on.device != "cpu",
        "ddp_find_unused_parameters": False,  # every parameter that is trained is used
        "deepspeed": json.loads(recipe.deepspeed) if recipe.deepspeed else None,
        "eval_strategy": "steps" if steps else "no",
        "eval_steps": recipe.eval_steps if steps else None,
        "save_strategy": "steps",
        "save_steps": recipe.save_steps,
        "save_total_limit": 2,
        "logging_steps": recipe.logging_steps,
        "logging_first_step": True,
        "report_to": recipe.log,
        **({"project": recipe.name} if recipe.log == "trackio" else {}),
        "disable_tqdm": True,
        "seed": recipe.seed,
        "data_seed": recipe.seed,
    }
