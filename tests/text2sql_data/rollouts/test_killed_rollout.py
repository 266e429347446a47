"""A rollout against a real vLLM server that is killed, as is the server, and goes on to its end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import store

QUESTIONS, K = 50, 8
PLANS = ["SELECT count(*) FROM book", "SELECT title FROM book LIMIT 3", "SELECT nothing FROM nowhere", "I do not know."]
OPINIONS = ["SELECT.\nConclude: correct.", "SELECT.\nConclude: incorrect.", "CONDITION.\nNo idea"]
CONFIG = """
pipeline: planner_validators_fixer
benchmark: demo
run: killed
prompts: mats
models:
  planner: &server
    client: openai
    addresses: [{address}]
    concurrency: 2
    retries: 1
    extra: {{structured_outputs: {{choice: {plans}}}}}
  validator: {{<<: *server, extra: {{structured_outputs: {{choice: {opinions}}}}}}}
planner: {{model: planner, samples: [{{n: 4, temperature: 0.8}}, {{n: 4, temperature: 1.2}}], max_tokens: 40}}
validators:
  select: {{model: validator, samples: [{{temperature: 1.0}}], max_tokens: 40}}
  condition: {{model: validator, samples: [{{temperature: 1.0}}], max_tokens: 40}}
fixer: {{model: planner, samples: [{{temperature: 1.0}}], max_tokens: 40}}
"""


def counts(lake: Path) -> dict[str, int]:
    """Candidates and critiques so far, by stage and validator."""
    with store.open(lake) as opened:
        rows = opened.sql(
            "SELECT stage, count(*) FROM candidates GROUP BY ALL UNION ALL SELECT validator, count(*) FROM critiques GROUP BY ALL"
        ).fetchall()
    return dict(rows)


@pytest.mark.slow
@pytest.mark.long
def test_a_killed_rollout_is_completed(demo_benchmark: Path, vllm_server: Any, tmp_path: Path) -> None:  # noqa: ANN401 - its type is in a conftest
    """50 questions, K = 8: killed twice, and the server gone in between; in the end the run is complete, and nothing is twice."""
    lake = Path(shutil.copytree(demo_benchmark / "lake", tmp_path / "lake"))
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(address=vllm_server.address, plans=PLANS, opinions=OPINIONS))
    command = [
        str(Path(sys.executable).with_name("t2s")),
        "--lake",
        str(lake),
        "rollout",
        "run",
        str(config),
        "--limit",
        str(QUESTIONS),
    ]

    def begun() -> "subprocess.Popen[str]":
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)

    def killed_when(stage: str) -> None:
        process = begun()
        deadline = time.monotonic() + 300
        while counts(lake).get(stage, 0) == 0:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    killed_when("planner")
    assert 0 < counts(lake)["planner"] <= QUESTIONS * K  # all, where the machine plans them within one commit
    killed_when("select")
    assert counts(lake)["planner"] == QUESTIONS * K
    vllm_server.kill()
    gone = begun()
    _, said = gone.communicate(timeout=300)
    assert gone.returncode == 1
    assert "error:" in said
    vllm_server.restart()
    last = begun()
    out, said = last.communicate(timeout=900)
    assert last.returncode == 0, said
    with store.open(lake) as opened:
        assert opened.check() == []
        assert opened.sql("SELECT count(*), count(DISTINCT (position, sample)) FROM candidates WHERE step = 0").fetchall() == [
            (400, 400)
        ]
        assert opened.sql("SELECT count(DISTINCT position), min(sample), max(sample) FROM candidates").fetchall() == [
            (QUESTIONS, 0, K - 1)
        ]
        planned = opened.sql("SELECT count(*) FROM candidates WHERE step = 0 AND sql IS NOT NULL").fetchall()[0][0]
        assert 0 < planned < 400
        said_by = opened.sql(
            "SELECT validator, count(*), count(DISTINCT candidate) FROM critiques GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        assert said_by == [("condition", planned, planned), ("select", planned, planned)]
        failed = opened.sql("SELECT count(*) FROM candidate_results WHERE step = 0 AND status <> 'ok'").fetchall()
        assert opened.sql("SELECT count(*) FROM candidates WHERE stage = 'fixer'").fetchall() == failed
        assert opened.sql("SELECT count(*) FROM candidates WHERE logprob IS NULL OR tokens IS NULL").fetchall() == [(0,)]
        assert opened.sql("SELECT DISTINCT served FROM calls WHERE ok").fetchall() == [(vllm_server.name,)]
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "nothing was missing" in again.stdout, out
