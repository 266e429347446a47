"""Copies of a model on a Ray cluster write what the model in this process writes, also when copies die (slow: a real Ray)."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

import store
from tests.text2sql_data.rollouts.clients.test_transformers_model import request, texts
from text2sql_data.execution import ray_cluster
from text2sql_data.rollouts.clients import on_ray, open_client
from text2sql_data.rollouts.clients.config import OnRay, TransformersModel
from text2sql_data.rollouts.clients.model import CallError, Client, ClientError, Reply, Request, ServerGoneError
from text2sql_data.rollouts.config import PIPELINES
from text2sql_data.rollouts.questions import Only
from text2sql_data.rollouts.running import run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning"),
]

NICENESS = ("RAY_worker_niceness", "0")
"""Ray lets its workers wait for all others: beside other tests they would load a model for minutes."""
PROMPTS = [request(f"SELECT {word}", 3) for word in ("name", "city", "age", "team", "year", "cost", "rank", "kind")]


@pytest.fixture(scope="module")
def ray() -> Iterator[ModuleType]:
    """A Ray of two processors on this machine."""
    pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(*NICENESS)
        with ray_cluster.connected("local", 2) as started:
            yield started


async def ask(client: Client, requests: list[Request] = PROMPTS) -> list[Reply | BaseException]:
    return await asyncio.gather(*map(client.complete, requests), return_exceptions=True)


def alone(model: Path) -> list[list[str]]:
    """What the model writes in this process."""

    async def run() -> list[list[str]]:
        client = open_client(TransformersModel(model=str(model), device="cpu"))
        written = [texts(reply) for reply in await ask(client)]
        await client.close()
        return written

    return asyncio.run(run())


def copies(model: Path | str, number: int = 2) -> OnRay:
    return OnRay(each=TransformersModel(model=str(model), device="cpu", batch=4), copies=number, gpus=0)


def workers(client: on_ray.RayClient, ray: ModuleType) -> list[int]:
    """The processes of the copies."""

    def pid(_: object) -> int:
        return os.getpid()

    return [int(ray.get(member.handle.__ray_call__.remote(pid))) for member in client._members]


async def both(client: on_ray.RayClient) -> None:
    """Wait until there are two copies."""
    for _ in range(6000):
        if len(client._members) == 2:
            return
        await asyncio.sleep(0.1)
    pytest.fail("there are not two copies")


def test_copies_write_what_one_writes(ray: ModuleType, tiny_model: Path) -> None:
    """The same texts, whoever wrote them; both copies have some of the calls; a call that fails is an error of its own."""
    expected = alone(tiny_model)

    async def run() -> None:
        client = open_client(copies(tiny_model))
        assert isinstance(client, on_ray.RayClient)
        info = await client.check()
        assert (info.model, info.addresses) == (str(tiny_model), ())
        await both(client)
        assert len(set(workers(client, ray)) | {os.getpid()}) == 3
        asked = asyncio.gather(*map(client.complete, PROMPTS))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert sorted(member.calls for member in client._members) == [4, 4]
        assert [texts(reply) for reply in await asked] == expected
        (long,) = await ask(client, [request("SELECT name " * 20_000)])
        assert isinstance(long, CallError)
        assert long.kind == "bad_request"
        await client.close()

    asyncio.run(run())
    assert ray.is_initialized()


def test_a_copy_that_dies_is_replaced(ray: ModuleType, tiny_model: Path) -> None:
    """Its calls go to others, and one more copy is started; nothing is lost or written otherwise."""

    async def run() -> list[list[str]]:
        client = open_client(copies(tiny_model))
        assert isinstance(client, on_ray.RayClient)
        await client.check()
        await both(client)
        victim, survivor = workers(client, ray)
        asked = asyncio.gather(*map(client.complete, PROMPTS))
        await asyncio.sleep(0)
        os.kill(victim, signal.SIGKILL)
        written = [texts(reply) for reply in await asked]
        await both(client)
        assert survivor in workers(client, ray)
        assert victim not in workers(client, ray)
        await client.close()
        return written

    assert asyncio.run(run()) == alone(tiny_model)


def test_what_cannot_be_opened_is_said(
    ray: ModuleType, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that is not there is the error that it is here; a cluster without room is given up."""
    assert ray.is_initialized()

    async def check(config: OnRay) -> None:
        client = open_client(config)
        try:
            await client.check()
        finally:
            await client.close()

    with pytest.raises(ClientError, match="nowhere"):
        asyncio.run(check(copies(tmp_path / "nowhere")))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(ClientError, match="takes 8 GPUs, and this machine has"):
        asyncio.run(check(OnRay(each=TransformersModel(model=str(tiny_model)), copies=1, gpus=8)))
    monkeypatch.setenv("RAY_ADDRESS", "auto")  # a cluster, which may get machines
    monkeypatch.setattr(on_ray, "PATIENCE", 1.0)
    config = OnRay(each=TransformersModel(model=str(tiny_model)), copies=1, gpus=8)
    with pytest.raises(ServerGoneError, match=r"no copy of .* has started") as refused:
        asyncio.run(check(config))
    assert "8 GPUs" in refused.value.hint


def test_a_rollout_is_the_same_run(
    ray: ModuleType, tiny_model: Path, demo_lake: store.Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun in this process and ended on Ray with two models, and SQL executed there too, it is what it would have been here."""
    assert ray.is_initialized()

    def rolled_out(name: str, models: dict[str, object], limit: int) -> dict[str, int]:
        value = {
            "pipeline": "planner_validators_fixer",
            "benchmark": "demo",
            "run": name,
            "models": {"writer": models, "critic": models},
            "planner": {"model": "writer", "max_tokens": 8, "samples": [{"n": 2, "temperature": 0.9}]},
            "validators": {"select": {"model": "critic", "max_tokens": 4}},
            "fixer": {"model": "critic", "max_tokens": 4},
            "seed": 1,
        }
        config = msgspec.convert(value, PIPELINES["planner_validators_fixer"])
        return dict(run(demo_lake, config, processes=1, only=Only(limit=limit)).added)

    here: dict[str, object] = {"client": "transformers", "model": str(tiny_model), "device": "cpu", "dtype": "float32"}
    there: dict[str, object] = {"client": "ray", "copies": 2, "gpus": 0, "each": here}
    wanted = rolled_out("here", here, 4)
    first = rolled_out("moved", here, 2)
    monkeypatch.setenv("TEXT2SQL_EXECUTE_ON", "ray")
    original = sys.stdout
    second = rolled_out("moved", there, 4)
    assert sys.stdout is original
    assert Counter(first) + Counter(second) == Counter(wanted)
    query = "SELECT run, position, sample, stage, step, completion, logprob FROM candidates ORDER BY ALL"
    rows = demo_lake.sql(query).fetchall()
    moved, stayed = ([row[1:] for row in rows if row[0] == name] for name in ("moved", "here"))
    assert [row[:5] for row in moved] == [row[:5] for row in stayed]
    assert [row[5] for row in moved] == pytest.approx([row[5] for row in stayed], rel=1e-4)  # sums depend on who shares a batch
    configs = demo_lake.sql("SELECT config ->> '$.models' FROM runs WHERE run IN ('here', 'moved')").fetchall()
    assert len(set(configs)) == 1


def test_two_models_on_a_ray_of_their_own(tiny_model: Path) -> None:
    """The first of them began the Ray, and ends it last: `python` without a cluster, as a user of one machine has it."""
    pytest.importorskip("ray")
    program = """
import asyncio, sys, ray
from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.config import OnRay, TransformersModel
from text2sql_data.execution import on_ray
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Task
if __name__ == "__main__":
    config = OnRay(each=TransformersModel(model=sys.argv[1], device="cpu"), copies=2, gpus=0)
    with asyncio.Runner() as loop:
        clients = [open_client(config), open_client(config)]
        for client in clients:
            loop.run(client.check())
        (outcome,) = on_ray.execute([Task("0" * 32, "nowhere", "0", "SELECT 1")], Limits(), processes=1)
        for client in reversed(clients):
            loop.run(client.close())
    print(outcome.status, ray.is_initialized())
"""
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"} | dict([NICENESS])
    command = [sys.executable, "-c", program, str(tiny_model)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert (done.returncode, done.stdout) == (0, "no_database False\n"), done.stderr[-2000:]
