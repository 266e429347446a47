"""How a model is reached, as the part of a rollout's configuration that a client is opened from. Holds no secrets.

Each kind of client has its own structure, told apart by the field `client`.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

Positive = Annotated[int, msgspec.Meta(ge=1)]
Name = Annotated[str, msgspec.Meta(min_length=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Address = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/@?#]+(/[^\s@?#]*)?$")]
EnvironmentName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
DType = Literal["auto", "float32", "bfloat16", "float16"]


class OpenAIServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="client", tag="openai"):
    """A server with OpenAI's API, such as `vllm serve`.

    A server may apply the sampling defaults that come with a model to whatever a call leaves open, such as top_k or a repetition
    penalty; set them in `extra`, or start vLLM with `--generation-config vllm`. `transformers serve` gives one completion a call
    and no log-probabilities, and samples only where the model's own defaults, or `generation_config` in `extra`, say so.

    Attributes:
        addresses: Where it is, such as http://127.0.0.1:8000/v1. Several serve the same model and share the calls. No user, no
            password and no key may stand in them.
        model: Name to ask for; None is the only one that the server lists. A name@version of the lake is taken to be that model.
        api: Which call: completions sends the prompt as it is, chat sends it as a message of the user.
        system: Message of the system, for chat only.
        key: Name of the environment variable that holds the API key; never the key itself. None sends none.
        concurrency: Most calls in flight at a time, over all addresses.
        timeout: Seconds until an attempt is given up, its answer included.
        retries: How often a failed attempt is repeated. Waits grow from half a second to half a minute; all seven take a minute.
        logprobs: Whether to ask for the log-probabilities of the tokens. A server that gives none is not an error.
        extra: More fields of the body of a call, such as {top_k: 20}.
    """

    addresses: Annotated[list[Address], msgspec.Meta(min_length=1)]
    model: Name | None = None
    api: Literal["completions", "chat"] = "completions"
    system: str | None = None
    key: EnvironmentName | None = None
    concurrency: Positive = 32
    timeout: Seconds = 600.0
    retries: Annotated[int, msgspec.Meta(ge=0)] = 7
    logprobs: bool = True
    extra: dict[str, Any] = {}


class VllmEngine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="client", tag="vllm"):
    """vLLM in this process.

    Attributes:
        model: Folder of the model, its name on the Hugging Face hub, or name@version of a model of the lake (t2s model list),
            whose folder and base are found there.
        adapter: Folder of a LoRA adapter to put on it, or name@version.
        dtype: Type of the weights; auto is the type they are stored in.
        max_model_len: Most tokens of a prompt and its completion together; None is what the model can take.
        gpu_memory_utilization: Share of the GPU's memory to use.
        batch: Most completions that are handed to vLLM at a time.
        chat: Whether the prompt is put through the model's chat template, as a message of the user.
        system: Message of the system, for chat only.
        options: More arguments of `vllm.LLM`, such as {tensor_parallel_size: 2}.
    """

    model: Name
    adapter: Name | None = None
    dtype: DType = "auto"
    max_model_len: Positive | None = None
    gpu_memory_utilization: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.9
    batch: Positive = 256
    chat: bool = False
    system: str | None = None
    options: dict[str, Any] = {}


class TransformersModel(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="client", tag="transformers"
):
    """A Transformers model in this process. Slower than a server, and needs nothing else.

    Attributes:
        model: Folder of the model, its name on the Hugging Face hub, or name@version of a model of the lake (t2s model list),
            whose folder and base are found there.
        adapter: Folder of a PEFT adapter to put on it, or name@version.
        device: Where it runs, such as cuda or cpu; None is the GPU where there is one.
        dtype: Type of the weights; auto is the type they are stored in.
        batch: Most completions that are written at a time.
        chat: Whether the prompt is put through the model's chat template, as a message of the user.
        system: Message of the system, for chat only.
    """

    model: Name
    adapter: Name | None = None
    device: Name | None = None
    dtype: DType = "auto"
    batch: Positive = 8
    chat: bool = False
    system: str | None = None


class OnRay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="client", tag="ray"):
    """Copies of a model on the machines of a Ray cluster, which share the calls.

    Attributes:
        each: A copy, as a client in a process of its own; its folders are at the same place on all machines. The run is the same
            one as with this client alone.
        copies: How many. Calls begin once there is one.
        gpus: GPUs of a copy; 0 runs it on processors.
        cpus: Processors of a copy; on a Ray on this machine all share them.
        address: Address of the cluster; None is the variable RAY_ADDRESS, or else a Ray on this machine.
    """

    each: VllmEngine | TransformersModel
    copies: Positive
    gpus: Annotated[float, msgspec.Meta(ge=0)]
    cpus: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    address: Name | None = None


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="client", tag="replay"):
    """Completions that were recorded before; give one of the two.

    Attributes:
        run: Run of the lake whose completions and critiques are given again.
        file: JSONL with one object a completion: `position`, `stage`, `sample`, `completion`, and where they are known
            `subject` (of a critique: validator and ordinal, such as "select 0") and `logprobs` (a number a token). For selectors
            `answers` (log-probabilities by answer) or `reward` instead of `completion`, with the selector's method as the stage,
            sample 0, and the samples that the prompt shows as the subject. Other fields are ignored.
    """

    run: Name | None = None
    file: Name | None = None


class RewardServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="client", tag="vllm_server"):
    """A reward model that `vllm serve` serves: a sequence classifier with one label.

    Attributes:
        addresses: Where it is, such as http://127.0.0.1:8000/v1. Several serve the same model and share the calls.
        model: Name to ask for; None is the only one that the server lists. A name@version of the lake is taken to be that model.
        chat: Whether prompt and answer are sent as messages, for the model's chat template.
        system: Message of the system, for chat only.
        end: Text behind the answer: the token that ends a text, where the model was trained with it (TRL does, for plain text).
        key: Name of the environment variable that holds the API key; never the key itself.
        concurrency: Most calls in flight at a time, over all addresses.
        timeout: Seconds until an attempt is given up.
        retries: How often a failed attempt is repeated.
        extra: More fields of the body of a call.
    """

    addresses: Annotated[list[Address], msgspec.Meta(min_length=1)]
    model: Name | None = None
    chat: bool = False
    system: str | None = None
    end: str = ""
    key: EnvironmentName | None = None
    concurrency: Positive = 32
    timeout: Seconds = 600.0
    retries: Annotated[int, msgspec.Meta(ge=0)] = 7
    extra: dict[str, Any] = {}


class RewardTransformers(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="client", tag="transformers"
):
    """A reward model in this process: a sequence classifier with one label.

    Attributes:
        model: Folder of the model, its name on the Hugging Face hub, or name@version of a model of the lake (t2s model list),
            whose folder and base are found there.
        adapter: Folder of a PEFT adapter to put on it, or name@version.
        device: Where it runs, such as cuda or cpu; None is the GPU where there is one.
        dtype: Type of the weights; auto is the type they are stored in.
        batch: Most texts that are judged at a time.
        chat: Whether prompt and answer are put through the model's chat template, as messages.
        system: Message of the system, for chat only.
        end: Text behind the answer, without chat; None is the token that ends a text, as TRL trains with it.
    """

    model: Name
    adapter: Name | None = None
    device: Name | None = None
    dtype: DType = "auto"
    batch: Positive = 8
    chat: bool = False
    system: str | None = None
    end: str | None = None


ClientConfig: TypeAlias = OpenAIServer | VllmEngine | TransformersModel | OnRay | Replay

RewardConfig: TypeAlias = RewardServer | RewardTransformers | Replay
