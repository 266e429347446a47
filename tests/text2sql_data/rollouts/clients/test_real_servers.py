"""A vLLM server, `transformers serve` and the model in this process agree about what a model writes and how likely it is."""

# ruff: noqa: ANN401 - the server comes from a fixture that loads its module

import asyncio
import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.config import ClientConfig, OpenAIServer, TransformersModel
from text2sql_data.rollouts.clients.model import (
    CallError,
    Completion,
    ModelInfo,
    Place,
    Reply,
    Request,
    Sampling,
    ServerGoneError,
)

pytestmark = [pytest.mark.slow, pytest.mark.long]

PROMPTS = ["SELECT name FROM patient", "What are the names of all patients on ward 1?", "GROUP BY"]
SAMPLED = Sampling(0.9, 0.95, 24, seed=11)
CLOSE = 1e-3


def asked(config: ClientConfig, requests: list[Request]) -> list[Reply]:
    """The replies of a client to calls that are made together."""

    async def run() -> list[Reply]:
        client = open_client(config)
        try:
            return await asyncio.gather(*map(client.complete, requests))
        finally:
            await client.close()

    return asyncio.run(run())


def requests(sampling: Sampling, samples: int) -> list[Request]:
    """A call for each prompt."""
    return [Request(prompt, sampling, Place(at, "planner", tuple(range(samples)))) for at, prompt in enumerate(PROMPTS)]


def scored(folder: Path, prompt: str, ids: list[int]) -> list[float]:
    """The log-probabilities that one pass of the model over a prompt and the tokens of a completion gives to these."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).eval()
    start = tokenizer(prompt)["input_ids"]
    with torch.inference_mode():
        scores = torch.log_softmax(model(torch.tensor([start + ids])).logits[0].float(), -1)
    return [float(scores[len(start) + at - 1, token]) for at, token in enumerate(ids)]


@pytest.mark.parametrize("api", ["completions", "chat"])
def test_vllm_and_transformers_write_the_same(vllm_server: Any, api: str) -> None:
    """Greedy completions of both are equal, and so are the log-probabilities of their tokens; also through the chat template."""
    server = OpenAIServer(addresses=[vllm_server.address], api=api)  # type: ignore[arg-type]
    model = TransformersModel(model=str(vllm_server.model_folder), device="cpu", chat=api == "chat")
    greedy = requests(Sampling(max_tokens=24), 1)
    for ours, theirs in zip(asked(model, greedy), asked(server, greedy), strict=True):
        (one,), (other,) = ours.completions, theirs.completions
        assert (one.text, one.tokens, one.finish) == (other.text, other.tokens, other.finish)
        assert one.logprobs == pytest.approx(other.logprobs, abs=CLOSE)
        assert (ours.prompt_tokens, ours.completion_tokens) == (theirs.prompt_tokens, theirs.completion_tokens)


def test_log_probabilities_of_vllm_are_those_of_the_model(vllm_server: Any) -> None:
    """Of sampled completions too: they are what one pass over the same tokens gives, before temperature and top-p."""
    body = {"model": vllm_server.name, "n": 6, "temperature": 0.9, "top_p": 0.95, "max_tokens": 24, "seed": 11}
    replies = asked(OpenAIServer(addresses=[vllm_server.address]), requests(SAMPLED, 6))
    for prompt, reply in zip(PROMPTS, replies, strict=True):
        # The client drops the tokens; the server writes the same again for the same seed, and says which they are.
        answer = httpx2.post(f"{vllm_server.address}/completions", json={**body, "prompt": prompt, "return_token_ids": True})
        choices = answer.json()["choices"]
        assert [choice["text"] for choice in choices] == [one.text for one in reply.completions]
        assert len({one.text for one in reply.completions}) > 1
        for choice, one in zip(choices, reply.completions, strict=True):
            assert one.logprobs == pytest.approx(scored(vllm_server.model_folder, prompt, choice["token_ids"]), abs=CLOSE)


def test_log_probabilities_in_this_process_are_those_of_the_model(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same of the Transformers client, whose batch pads prompts of different lengths."""
    from text2sql_data.rollouts.clients.transformers_model import TransformersClient

    tokens: list[list[int]] = []
    original = TransformersClient._completion

    def noting(self: Any, ids: list[int], logprobs: list[float], sampling: Sampling) -> Completion:
        tokens.append(ids)
        return original(self, ids, logprobs, sampling)

    monkeypatch.setattr(TransformersClient, "_completion", noting)
    replies = asked(TransformersModel(model=str(tiny_model), device="cpu", batch=64), requests(SAMPLED, 6))
    found = [(prompt, one) for prompt, reply in zip(PROMPTS, replies, strict=True) for one in reply.completions]
    for (prompt, one), ids in zip(found, tokens, strict=True):
        assert one.logprobs == pytest.approx(scored(tiny_model, prompt, ids[: one.tokens]), abs=CLOSE)


def test_seeds_and_stops_of_vllm(vllm_server: Any) -> None:
    """The same seed writes the same; the completions of a call are those of the seeds that follow; a stop ends the text."""
    server = OpenAIServer(addresses=[vllm_server.address])
    first, again = (asked(server, requests(SAMPLED, 4))[0].completions for _ in range(2))
    (later,) = asked(server, requests(SAMPLED._replace(seed=13), 2)[:1])
    assert [one.text for one in first] == [one.text for one in again]
    assert [one.text for one in later.completions] == [one.text for one in first][2:]
    (stopped,) = asked(server, [requests(SAMPLED._replace(stop=(first[0].text[2],)), 1)[0]])
    assert stopped.completions[0].text == first[0].text[: first[0].text.index(first[0].text[2])]


def test_vllm_says_what_it_is_and_what_is_too_long(vllm_server: Any) -> None:
    """Name, length and version are in the check; a prompt that does not fit is refused at once."""

    async def run() -> tuple[ModelInfo, Any]:
        client = open_client(OpenAIServer(addresses=[vllm_server.address]))
        found = await client.check()
        long = Request("SELECT " * 9000, Sampling(max_tokens=10), Place(0, "planner", (0,)))
        error = (await asyncio.gather(client.complete(long), return_exceptions=True))[0]
        await client.close()
        return found, error

    info, error = asyncio.run(run())
    assert info[:2] == (vllm_server.name, (vllm_server.address,))
    assert info.max_model_len is not None
    assert str(info.version).startswith("vllm ")
    assert isinstance(error, CallError)
    assert error.kind == "bad_request"
    assert "too long" in str(error)


@pytest.mark.usefixtures("at_once")
def test_vllm_dies_and_comes_back(vllm_server: Any) -> None:
    """Its death in the middle of calls is told as what it is, and after a restart the same calls give the same completions."""
    many = [one._replace(place=Place(at, "planner", (0, 1))) for at in range(12) for one in requests(SAMPLED, 2)]

    async def run() -> list[Any]:
        client = open_client(OpenAIServer(addresses=[vllm_server.address], concurrency=4))
        asking = [asyncio.create_task(client.complete(one)) for one in many]
        await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.to_thread(vllm_server.kill)
        found = await asyncio.gather(*asking, return_exceptions=True)
        await client.close()
        return found

    cut = asyncio.run(run())
    vllm_server.restart()
    whole = asked(OpenAIServer(addresses=[vllm_server.address]), many)
    assert any(isinstance(one, ServerGoneError) for one in cut)
    assert any(isinstance(one, Reply) for one in cut)
    assert not any(isinstance(one, CallError) for one in cut)
    for before, after in zip(cut, whole, strict=True):
        if isinstance(before, Reply):
            assert [one.text for one in before.completions] == [one.text for one in after.completions]


@pytest.fixture(scope="module")
def transformers_server(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory, servers: Any) -> Iterator[str]:
    """The address of `transformers serve` with the tiny model."""
    if importlib.util.find_spec("fastapi") is None or importlib.util.find_spec("uvicorn") is None:
        pytest.skip("transformers serve needs fastapi and uvicorn")
    port = servers.free_port()
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(tiny_model), "--host", "127.0.0.1"]
    with contextlib.ExitStack() as stack:
        log = tmp_path_factory.mktemp("transformers") / "log"
        health = f"http://127.0.0.1:{port}/health"
        process = servers.started([*command, "--port", str(port), "--device", "cpu"], log, dict(os.environ), health)
        stack.callback(servers.end, process)
        yield f"http://127.0.0.1:{port}/v1"


@pytest.mark.parametrize("api", ["completions", "chat"])
def test_transformers_serve(transformers_server: str, tiny_model: Path, api: str) -> None:
    """It gives one completion a call and no log-probabilities; the text is that of the model in this process."""
    server = OpenAIServer(addresses=[transformers_server], api=api)  # type: ignore[arg-type]
    model = TransformersModel(model=str(tiny_model), device="cpu", chat=api == "chat")
    greedy = requests(Sampling(max_tokens=24), 1)
    for ours, theirs in zip(asked(model, greedy), asked(server, greedy), strict=True):
        # Its parser of chats leaves the prompt and the special tokens of a template that it does not know in the answer.
        text = theirs.completions[0].text.replace("<pad>", "").rpartition("<|assistant|>\n")[2]
        assert text == ours.completions[0].text
        assert theirs.completions[0].logprobs is None
        assert theirs.completion_tokens == ours.completion_tokens
    (sampled,) = asked(server, requests(SAMPLED, 4)[:1])
    assert len(sampled.completions) == 1
