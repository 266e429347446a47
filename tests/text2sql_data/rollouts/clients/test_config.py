"""Configurations of clients: told apart by `client`, documented field by field, and free of secrets."""

import msgspec
import pytest

from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.config import ClientConfig, OnRay, OpenAIServer, Replay, TransformersModel, VllmEngine
from text2sql_data.rollouts.clients.model import ClientError

KINDS = (OpenAIServer, VllmEngine, TransformersModel, OnRay, Replay)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "{client: openai, addresses: ['http://localhost:8000/v1', 'https://gpu2/v1'], key: MY_KEY}",
            OpenAIServer,
        ),
        ("{client: vllm, model: /models/coder, adapter: /models/lora, options: {tensor_parallel_size: 2}}", VllmEngine),
        ("{client: transformers, model: /models/coder, chat: true}", TransformersModel),
        ("{client: ray, copies: 4, gpus: 1, each: {client: vllm, model: /models/coder}}", OnRay),
        ("{client: replay, run: mats}", Replay),
    ],
)
def test_every_kind_is_read_from_yaml(text: str, kind: type) -> None:
    """And what is written is read back."""
    config: ClientConfig = msgspec.yaml.decode(text, type=ClientConfig)
    assert type(config) is kind
    assert msgspec.convert(msgspec.to_builtins(config), ClientConfig) == config


@pytest.mark.parametrize(
    "text",
    [
        "{client: gpt, model: x}",
        "{client: openai, addresses: []}",
        "{client: openai, addresses: [localhost]}",
        "{client: openai, addresses: ['http://user:word@host/v1']}",
        "{client: openai, addresses: ['http://host/v1?key=abc']}",
        "{client: openai, addresses: ['http://host/v1'], key: sk-a-key-itself}",
        "{client: openai, addresses: ['http://host/v1'], api_key: abc}",
        "{client: vllm, model: x, gpu_memory_utilization: 2}",
        "{client: ray, copies: 4, gpus: 1, each: {client: replay, run: mats}}",
        "{client: ray, gpus: 1, each: {client: vllm, model: x}}",
    ],
)
def test_what_is_refused(text: str) -> None:
    """Unknown kinds and fields, no address, and every place where a secret could stand."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.yaml.decode(text, type=ClientConfig)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_is_documented(kind: type[msgspec.Struct]) -> None:
    """The docstring of a structure has a line for each of its fields."""
    about = kind.__doc__ or ""
    assert [field.name for field in msgspec.structs.fields(kind) if f"        {field.name}: " not in about] == []


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setattr("text2sql_data.rollouts.clients.find_spec", lambda _: None)
    with pytest.raises(ClientError, match="vllm") as caught:
        open_client(VllmEngine(model="x"))
    assert "text2sql-store[vllm]" in caught.value.hint
    with pytest.raises(ClientError, match="openai, stamina") as caught:
        open_client(OpenAIServer(addresses=["http://localhost/v1"]))
    assert "text2sql-store[rollout]" in caught.value.hint
    with pytest.raises(ClientError, match="torch, transformers, peft") as caught:
        open_client(TransformersModel(model="x", adapter="y"))
    assert "text2sql-store[train]" in caught.value.hint
