"""Completions a second from a model server: the client of rollouts against a bare loop, eight completions a call.

Both ask for 64 tokens with log-probabilities, for prompts of equal length, with 32 calls in flight. Rounds alternate, each with
new prompts, so that no cache of the server helps one of them; the share is that of the medians. One server is vLLM on the
processor with a tiny random model; it is left out where TEXT2SQL_VLLM names no command that starts one. The other server has no
model, waits a tenth of a second, and answers more calls than a GPU would: what the client itself costs shows there.
"""

import asyncio
import contextlib
import importlib.util
import itertools
import json
import multiprocessing
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx2
import msgspec

import store
from tests.benchmarks.measuring import Measured, machine, table
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.demo import build
from text2sql_data.rollouts import running
from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.config import OpenAIServer
from text2sql_data.rollouts.clients.model import Place, Request, Sampling
from text2sql_data.rollouts.config import OneShot

ROUNDS, SAMPLES, TOKENS, CONCURRENCY = 5, 8, 64, 32
CALLS_OF_VLLM, CALLS_WITHOUT_A_MODEL, CALLS_OF_A_ROLLOUT = 96, 480, 4_800
DELAY_S = 0.1
EXTRA = {"ignore_eos": True}  # every completion has the same length; no seeds, which vLLM on a processor does not bear under load
_TESTS = Path(__file__).resolve().parents[1] / "text2sql_data/rollouts"


def prompts(number: int, calls: int) -> list[str]:
    """The prompts of a round: words of a schema, different in every round and of the same length in all of them."""
    draw = random.Random(number)  # noqa: S311 - not for secrets
    words = ["SELECT", "name", "FROM", "patient", "WHERE", "ward_id", "GROUP", "BY", "ORDER"]
    return [" ".join(draw.choices(words, k=120)) for _ in range(calls)]


async def bare(address: str, model: str, asked: list[str]) -> int:
    """The calls by themselves: as many in flight, no retries, no checks; the number of completions."""
    slots = asyncio.Semaphore(CONCURRENCY)
    body = {
        "model": model,
        "n": SAMPLES,
        "temperature": 0.8,
        "top_p": 1.0,
        "max_tokens": TOKENS,
        "logprobs": 1,
        **EXTRA,
    }
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=CONCURRENCY)
    async with httpx2.AsyncClient(limits=limits, timeout=600) as client:

        async def one(prompt: str) -> int:
            async with slots:
                answer = await client.post(f"{address}/completions", json={**body, "prompt": prompt})
                answer.raise_for_status()
                return len([(choice["text"], choice["logprobs"]["token_logprobs"]) for choice in answer.json()["choices"]])

        return sum(await asyncio.gather(*map(one, asked)))


async def ours(address: str, model: str, asked: list[str]) -> int:
    """The calls through the client; the number of completions."""
    client = open_client(OpenAIServer(addresses=[address], model=model, concurrency=CONCURRENCY, extra=EXTRA))
    sampling, samples = Sampling(0.8, 1.0, TOKENS), tuple(range(SAMPLES))
    calls = (Request(prompt, sampling, Place(at, "answer", samples)) for at, prompt in enumerate(asked))
    replies = await asyncio.gather(*map(client.complete, calls))
    await client.close()
    return sum(len(reply.completions) for reply in replies)


def compared(server: str, calls: int, address: str, model: str) -> list[Measured]:
    """Rounds of both, taken in turn, and the share of the medians."""
    ways = {"bare loop": bare, "client": ours}
    rates: dict[str, list[float]] = {way: [] for way in ways}
    walls, cpus = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, 0.0)
    numbers = itertools.count()
    for function in ways.values():
        asyncio.run(
            function(address, model, prompts(next(numbers), calls))
        )  # the first calls of a process and of a server are slow
    for turn in range(ROUNDS):
        for way in sorted(ways, reverse=turn % 2 == 1):
            asked = prompts(next(numbers), calls)
            wall, cpu = time.perf_counter(), time.process_time()
            completions = asyncio.run(ways[way](address, model, asked))
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            rates[way].append(completions / wall)
            walls[way], cpus[way] = walls[way] + wall, cpus[way] + cpu
    medians = {way: statistics.median(rates[way]) for way in ways}
    share = 100 * medians["client"] / medians["bare loop"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = {"bare loop": "", "client": f", {share:.0f} % of the bare loop"}
    return [
        Measured(f"{server}: {way}, {medians[way]:,.0f} completions a second{said[way]}", walls[way], cpus[way], peak)
        for way in ways
    ]


def whole(address: str) -> list[Measured]:
    """A rollout from its configuration to the lake, prompts, commits and executions included, against the bare loop."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        demo = build(folder / "demo")
        asked = prompts(-1, CALLS_OF_A_ROLLOUT)
        questions = [{"db_id": "bakery", "question": text, "SQL": "SELECT 1"} for text in asked]
        (demo.questions.parent / "asked.json").write_text(json.dumps(questions))
        (folder / "prompt.j2").write_text("{{ question }}\n")
        value = {
            "benchmark": "asked",
            "models": {"fake": {"client": "openai", "addresses": [address], "concurrency": CONCURRENCY, "extra": EXTRA}},
            "agent": {"prompt": "prompt.j2", "samples": [{"n": SAMPLES, "temperature": 0.8}], "max_tokens": TOKENS},
        }
        config = msgspec.convert(value, OneShot)
        with store.open(folder / "lake") as lake:
            add_benchmark(lake, "asked", read(demo.questions.parent / "asked.json"))
            wall, cpu = time.perf_counter(), time.process_time()
            added = running.run(lake, config, folder=folder).added["candidates"]
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    begun = time.perf_counter()
    completions = asyncio.run(bare(address, "fake", prompts(-2, CALLS_OF_A_ROLLOUT)))
    rate = completions / (time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    share = 100 * added / wall / rate
    what = f"without a model: a whole rollout, {added / wall:,.0f} completions a second, {share:.0f} % of the bare loop"
    return [Measured(what, wall, cpu, peak)]


def _serve(pipe: Connection) -> None:
    """A server without a model, until the pipe says that it is enough."""
    with _module("fault_server").FaultServer(writes=lambda body: [("token " * body["max_tokens"]).strip()] * body["n"]) as server:
        server.delay_s = DELAY_S
        pipe.send(server.address)
        pipe.recv()


@contextlib.contextmanager
def without_a_model() -> Iterator[str]:
    """The address of a server without a model, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    process = context.Process(target=_serve, args=(far,))
    process.start()
    yield near.recv()
    near.send(None)
    process.join()


@contextlib.contextmanager
def vllm() -> Iterator[tuple[str, str] | None]:
    """The address of a vLLM server with the tiny model of the tests, and its name; None where there is no vLLM."""
    fixtures = _module("conftest")
    command = fixtures.vllm_command()
    if command is None or importlib.util.find_spec("torch") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        model, port = fixtures.make_tiny_model(Path(folder) / "model"), fixtures.free_port()
        started = [command, str(model), str(port), fixtures.NAME]
        process = fixtures.started(started, Path(folder) / "log", dict(os.environ), f"http://127.0.0.1:{port}/health")
        try:
            yield f"http://127.0.0.1:{port}/v1", fixtures.NAME
        finally:
            fixtures.end(process)


def _module(name: str) -> Any:  # noqa: ANN401 - a module of the tests, which are no package
    spec = importlib.util.spec_from_file_location(name, _TESTS / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run() -> list[Measured]:
    """Both servers, one after the other."""
    with without_a_model() as address:
        rows = [*compared("without a model", CALLS_WITHOUT_A_MODEL, address, "fake"), *whole(address)]
    with vllm() as found:
        return [*rows, *(compared("vLLM", CALLS_OF_VLLM, *found) if found else [])]


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{table(run())}\n")
