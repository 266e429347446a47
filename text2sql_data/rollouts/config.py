"""Configurations of rollouts: the structures that a YAML file is read into, one for each pipeline.

What could change a completion belongs to the run's identity; addresses, concurrency, timeouts, retries and prices do not.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from store.ids import JSON
from text2sql_data.rollouts.clients.config import ClientConfig, RewardConfig

Positive = Annotated[int, msgspec.Meta(ge=1)]
Natural = Annotated[int, msgspec.Meta(ge=0)]
Name = Annotated[str, msgspec.Meta(min_length=1)]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Heat = Annotated[float, msgspec.Meta(ge=0)]
Money = Annotated[float, msgspec.Meta(ge=0)]
Mode = Literal["error_only", "result_status", "oracle_rows", "online_visible"]
Detail = Literal["basic", "column", "minimal"]
Scope = Literal["verified", "online", "online_guarded"]
Gate = Literal["exec_ok", "critique", "always"]

VALIDATORS = ("select", "condition", "join", "order")


class Samples(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some of the K samples of a question, all drawn alike.

    Attributes:
        n: How many.
        temperature: 0 is greedy.
        top_p: Share of the probability that is drawn from.
    """

    n: Positive = 1
    temperature: Heat = 0.0
    top_p: Share = 1.0


class SchemaText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a prompt shows the schema.

    Attributes:
        form: compact, typed, ddl or rich.
        retrieval: Which tables: full, overlap, bm25 or bm25_fk.
        top_k: Tables that a retrieval takes.
        hops: How far bm25_fk follows foreign keys.
        values: Values of the question found in the columns that are shown at most; 0 looks for none.
    """

    form: Literal["compact", "typed", "ddl", "rich"] = "compact"
    retrieval: Literal["full", "overlap", "bm25", "bm25_fk"] = "full"
    top_k: Positive = 6
    hops: Natural = 1
    values: Natural = 0


class ShownResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of an execution a prompt shows: at most so many rows and characters."""

    rows: Natural = 5
    chars: Positive = 400


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model costs, per million tokens, in any currency."""

    prompt: Money = 0.0
    completion: Money = 0.0


class Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One agent of a pipeline.

    Attributes:
        model: Name of one of `models`; may be left out where there is one.
        prompt: Name of a prompt template, or the path of a file that ends in .j2.
        samples: How its completions are drawn; their number is K for the agent that begins a sample, and 1 for the others.
        max_tokens: Tokens that a completion may have.
        stop: Texts that end a completion.
    """

    model: Name | None = None
    prompt: Name | None = None
    samples: list[Samples] = msgspec.field(default_factory=lambda: [Samples()])
    max_tokens: Positive = 512
    stop: list[Name] = []


class _Rollout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="pipeline"):
    """What every pipeline has.

    Attributes:
        benchmark: Benchmark whose questions are asked.
        models: The models by name, each with its client.
        run: Name of the run; made of pipeline, benchmark and the identity of the configuration when it is left out.
        system: Name of the system in figures; that of the run when it is left out.
        schema: How prompts show the schema.
        result: How much of an execution prompts show.
        seed: Every sample then has a seed of its own made of this one, and is asked for by itself.
        seconds: Wall time that a SQL may take; None takes the limits that the lake uses.
        prices: Prices of models, to show what a run costs.
    """

    benchmark: Name
    models: dict[Name, ClientConfig]
    run: Name | None = None
    system: Name | None = None
    schema: SchemaText = SchemaText()
    result: ShownResult = ShownResult()
    seed: int | None = None
    seconds: Annotated[float, msgspec.Meta(gt=0)] | None = None
    prices: dict[Name, Price] = {}


class OneShot(_Rollout, frozen=True, kw_only=True, tag="one_shot"):
    """K samples a question, each one SQL."""

    agent: Agent = Agent()


class Repair(_Rollout, frozen=True, kw_only=True, tag="repair"):
    """Up to T turns: the SQL that fails is shown with what it did, and asked for again.

    Attributes:
        agent: Who answers in the first turn.
        repairer: Who answers in the later ones; its samples are those of a turn with `of: best`.
        turns: Turns at most, the first included.
        of: best: one prompt a turn, about the best attempt of the turn before; each: every sample repairs its own.
        feedback: What the prompt says of the attempt (see `feedback`).
        detail: How much it says about columns.
        scope: Which attempts are repaired.
        comparator: Who decides what is correct, where the gold is seen.
        gold_revision: The gold that is seen.
    """

    agent: Agent = Agent()
    repairer: Agent = Agent()
    turns: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3
    of: Literal["best", "each"] = "each"
    feedback: Mode = "online_visible"
    detail: Detail = "minimal"
    scope: Scope = "online"
    comparator: Name = "bird"
    gold_revision: Name = "original"


class PlannerValidatorsFixer(_Rollout, frozen=True, kw_only=True, tag="planner_validators_fixer"):
    """A planner's SQL, critiques of it by several validators, and a fix that read them.

    Attributes:
        planner: Who writes the first SQL; its samples are the K of a question.
        validators: Who criticises it, by part: select, condition, join, order.
        fixer: Who corrects it.
        critiques: Critiques of each validator for each SQL; for each of them there is a fix of its own, and the first one stands.
        gate: When the fixer is called: the SQL does not execute; or a critique says incorrect as well; or always.
        prompts: Form of the prompts that no agent names: plain, mats (as the paper) or wrapper (critiques in tags).
    """

    planner: Agent = Agent()
    validators: dict[Literal["select", "condition", "join", "order"], Agent] = msgspec.field(
        default_factory=lambda: {"select": Agent(), "condition": Agent()}
    )
    fixer: Agent = Agent()
    critiques: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    gate: Gate = "exec_ok"
    prompts: Literal["plain", "mats", "wrapper"] = "plain"


Config: TypeAlias = OneShot | Repair | PlannerValidatorsFixer

PIPELINES: Mapping[str, type[Config]] = {
    str(structure.__struct_config__.tag): structure for structure in (OneShot, Repair, PlannerValidatorsFixer)
}

_NOT_OF_THE_RUN = frozenset({"run", "prices"})
_NOT_OF_THE_MODEL = frozenset(
    {
        "addresses",
        "batch",
        "concurrency",
        "device",
        "gpu_memory_utilization",
        "key",
        "logprobs",
        "retries",
        "timeout",
    }
)


def pipeline(config: Config) -> str:
    """Name of the pipeline."""
    return str(config.__struct_config__.tag)


def identity(config: Config, templates: Mapping[str, str], models: Mapping[str, JSON]) -> dict[str, Any]:
    """What the run is, as JSON: the configuration without what cannot change a completion.

    Args:
        config: The configuration.
        templates: The sha256 of each prompt template, by agent.
        models: What is known of each model, by name: the name that its server reports, for one.
    """
    plain = msgspec.to_builtins(config, order="deterministic")
    said = {name: value for name, value in plain.items() if name not in _NOT_OF_THE_RUN}
    return {**said, "models": dict(models), "templates": dict(templates)}


def model_identity(config: ClientConfig | RewardConfig) -> dict[str, JSON]:
    """How a model is asked, as JSON, without what only says where it is and how fast."""
    plain = msgspec.to_builtins(config, order="deterministic")
    return {name: value for name, value in plain.items() if name not in _NOT_OF_THE_MODEL}
