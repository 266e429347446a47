"""Recipes of trainings: what is learnt from which pin, by which trainer, as the structures that a recipe's YAML is read into.

Each trainer has its own structure, and takes the fields of its own only. `reading` reads and checks them; nothing needs torch.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec

from text2sql_data.datasets.recipe import Match

Positive = Annotated[int, msgspec.Meta(ge=1)]
Natural = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Rate = Annotated[float, msgspec.Meta(gt=0)]
Weight = Annotated[float, msgspec.Meta(ge=0)]
Name = Annotated[str, msgspec.Meta(min_length=1)]
ModelName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
PinRef = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*@[1-9][0-9]*$")]
Loss = Literal["sigmoid", "hinge", "ipo", "robust", "apo_zero", "apo_down", "sft", "sigmoid_norm"]


class Lora(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The low-rank adapter that is trained, while the base model stays as it is.

    Attributes:
        r: Rank of the two matrices.
        alpha: Scale: what they add is multiplied by alpha / r.
        dropout: Share of their inputs that is left out at random.
        target_modules: Names of the layers that get one; all-linear is every linear layer but the output.
    """

    r: Positive = 16
    alpha: Positive = 32
    dropout: Share = 0.05
    target_modules: list[Name] | Literal["all-linear"] = "all-linear"


class _Training(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="trainer"):
    name: ModelName
    pin: PinRef
    base: Name
    revision: Name | None = None
    lora: Lora | Literal["none"] = Lora()
    format: Literal["plain", "conversational"] | None = None
    chat_template: Name | None = None
    learning_rate: Rate | None = None
    schedule: Literal["linear", "cosine", "constant"] = "cosine"
    warmup: Share = 0.03
    weight_decay: Weight = 0.0
    max_grad_norm: Rate = 1.0
    epochs: Rate = 1.0
    max_steps: Positive | None = None
    batch_size: Positive = 8
    eval_batch_size: Positive | None = None
    accumulation: Positive = 1
    checkpointing: bool = True
    bf16: Literal["auto"] | bool = "auto"
    device: Literal["auto", "cpu"] = "auto"
    deepspeed: Name | None = None
    max_length: Positive = 1024
    max_cut_share: Share = 0.0
    max_repeated_share: Share = 0.0
    max_per_prompt: Positive = 32
    against: list[Name] = []
    overlap_by: tuple[Match, ...] = ("question", "text", "database", "content")
    evaluate: bool = True
    eval_steps: Positive | None = None
    save_steps: Positive = 500
    logging_steps: Positive = 10
    log: Literal["none", "tensorboard", "trackio"] = "none"
    seed: Natural = 0
    output: Name = "models"


COMMON = """
    Fields of every trainer:

    Attributes:
        name: Name of the model: letters, digits, `_`, `-` and dots.
        trainer: sft, dpo, orpo, kto, reward or grpo.
        pin: The dataset, as name@version; never a file.
        base: The model that training begins with: a folder, a model of the lake as name@version, or a name of the hub.
        revision: Revision of a model of the hub: a commit, a tag or a branch.
        lora: The adapter that is trained; none: all weights are.
        format: What the pin's rows have to be: plain or conversational; either when it is left out. Plain prompts go to the model
            as they are, conversational ones through the chat template.
        chat_template: File with a chat template in Jinja, from the recipe's folder, instead of the tokenizer's own.
        learning_rate: The highest rate of the schedule. Default: by trainer, and for `lora: none` a tenth of it.
        schedule: How it falls after the warm-up: linear, cosine or constant.
        warmup: Share of the steps in which it rises.
        weight_decay: Decay of the weights.
        max_grad_norm: Gradients are scaled down to this norm.
        epochs: How often each row is seen.
        max_steps: Steps of the optimizer at most, instead of epochs.
        batch_size: Rows a step on one device.
        eval_batch_size: The same for the evaluation; that of training when it is left out; for grpo `generations`.
        accumulation: Batches that make a step of the optimizer.
        checkpointing: Activations are computed again instead of kept: less memory, more time.
        bf16: auto: where the hardware has it.
        device: auto: a GPU where there is one.
        deepspeed: File with a DeepSpeed configuration, from the recipe's folder, for `accelerate launch` on several GPUs.
        max_length: Tokens of a prompt and its completion, at most; for grpo of the prompt.
        max_cut_share: Share of the rows of a split that the trainer may cut or drop for that; with more nothing is trained.
        max_repeated_share: Share of the rows of a split that may repeat or contradict another one.
        max_per_prompt: Rows of a split that may have the same prompt.
        against: Benchmarks that the model will be judged on: it may not learn from them.
        overlap_by: What counts as an overlap with them: question, text, database, content, as in recipes of datasets.
        evaluate: Whether the split `validation` of the pin is evaluated.
        eval_steps: Also after so many steps; else once, after the last.
        save_steps: Steps between checkpoints, from which a killed run goes on.
        logging_steps: Steps between points of the loss curve.
        log: tensorboard or trackio, besides what is kept in the lake.
        seed: Draws the order of rows, dropout, and the adapter's first weights.
        output: Folder under which the model gets a folder of its own.
"""


class Sft(_Training, frozen=True, kw_only=True, tag="sft"):
    """Learn to write the completions, for pins of the kind sft and of the selectors.

    Attributes:
        completion_only: Whether only the tokens of the completion count; else those of the prompt do as well.
    """

    completion_only: bool = True


class Dpo(_Training, frozen=True, kw_only=True, tag="dpo"):
    """Prefer the chosen to the rejected completion, seen from the model that training begins with.

    Attributes:
        beta: How dear it is to leave that model; higher stays closer.
        loss: Losses of TRL and their weights, added up. sft is the likelihood of the chosen completion, which keeps it from
            falling together with that of the rejected one.
        label_smoothing: Share of pairs that are believed to be the wrong way round; for robust.
    """

    beta: Rate = 0.1
    loss: dict[Loss, Rate] = msgspec.field(default_factory=lambda: {"sigmoid": 1.0})
    label_smoothing: Share = 0.0


class Orpo(_Training, frozen=True, kw_only=True, tag="orpo"):
    """Learn the chosen completion, and prefer it to the rejected one by odds, without a reference model.

    Attributes:
        beta: Weight of the odds ratio.
    """

    beta: Rate = 0.1


class Kto(_Training, frozen=True, kw_only=True, tag="kto"):
    """Learn from completions that are good or bad, each by itself.

    Attributes:
        beta: How dear it is to leave the model that training begins with.
        desirable_weight: Weight of the good ones.
        undesirable_weight: Weight of the bad ones.
    """

    beta: Rate = 0.1
    desirable_weight: Rate = 1.0
    undesirable_weight: Rate = 1.0


class Reward(_Training, frozen=True, kw_only=True, tag="reward"):
    """Give a number to a completion, higher for the chosen than for the rejected one.

    Attributes:
        center: Weight of the squared sum of both rewards, which keeps them around zero; None leaves it out.
    """

    center: Rate | None = None


class Grpo(_Training, frozen=True, kw_only=True, tag="grpo"):
    """Learn from rewards of several completions of each prompt, which are executed and compared with the gold.

    Attributes:
        generations: Completions of a prompt.
        max_completion_length: Tokens of a completion, at most.
        temperature: How they are drawn.
        top_p: Share of the probability that is drawn from.
        beta: How dear it is to leave the model that training begins with; 0 needs no second model in memory.
        reward: binary: 1 for a correct SQL, else 0; execution_guided: 1 for a correct one, 0.2 for a wrong one that executes,
            -0.2 for one that does not.
        comparator: Whose notion of the same result counts.
    """

    generations: Annotated[int, msgspec.Meta(ge=2)] = 8
    max_completion_length: Positive = 256
    temperature: Rate = 1.0
    top_p: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    beta: Weight = 0.0
    reward: Literal["binary", "execution_guided"] = "binary"
    comparator: Name = "bird"


Recipe: TypeAlias = Sft | Dpo | Orpo | Kto | Reward | Grpo
"""A recipe of any trainer."""

TRAINERS: dict[str, type[Recipe]] = {"sft": Sft, "dpo": Dpo, "orpo": Orpo, "kto": Kto, "reward": Reward, "grpo": Grpo}
"""The trainers."""

KINDS: dict[str, tuple[str, ...]] = {
    "sft": ("sft", "selector_pointwise", "selector_pairwise", "selector_listwise"),
    "dpo": ("preference",),
    "orpo": ("preference",),
    "kto": ("kto",),
    "reward": ("preference",),
    "grpo": ("grpo",),
}
"""The kinds of pins that each trainer takes."""

RATES = {"sft": 1e-4, "dpo": 5e-6, "orpo": 5e-6, "kto": 5e-6, "reward": 1e-4, "grpo": 5e-6}
"""The learning rate of an adapter where the recipe says none."""


def trainer(recipe: Recipe) -> str:
    """Name of the trainer."""
    return str(recipe.__struct_config__.tag)
