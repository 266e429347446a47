"""A selector that is killed with SIGKILL goes on where its last commit stands, and asks for nothing that was kept."""

# ruff: noqa: ANN401 - helpers come from a module that a fixture loads

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import store

pytestmark = pytest.mark.slow


def test_a_killed_selector_is_completed(judging: Any, own_folder: Path, tmp_path: Path) -> None:
    """Killed after its first commit, and killed again; in the end all is chosen, and what had been kept was never asked again."""

    def rule(prompt: str) -> list[float]:
        first, second = judging.shown(prompt)
        return [judging.quality(first), judging.quality(second)]

    def kept() -> set[str]:
        with store.open(own_folder) as lake:
            texts = lake.sql("SELECT p.text FROM judgements AS j JOIN prompts AS p USING (prompt)").fetchall()
        return {text for (text,) in texts}

    with judging.JudgeServer(rule) as server:
        server.delay_s = 0.02
        config = tmp_path / "selector.yaml"
        config.write_text(f"client: {{client: openai, addresses: ['{server.address}'], concurrency: 4}}\n", "utf-8")
        words = ["select", "run", "pairwise", "--run", "small", "--run", "large", "--config", str(config), "--json"]
        command = [str(Path(sys.executable).with_name("t2s")), "--lake", str(own_folder), *words]

        def killed(least: int) -> set[str]:
            """Start, and kill a little after so much was kept; what was kept then."""
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
            deadline = time.monotonic() + 200
            while len(kept()) <= least:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return kept()

        first = killed(0)
        before = Counter(server.asked)
        second = killed(len(first))
        again = server.asked - before
        assert first < second
        assert not first & set(again)
        before = Counter(server.asked)
        done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        again = server.asked - before
        assert not second & set(again)
        assert done["calls"]["asked"] == again.total()
        assert set(server.asked) == kept()
        assert max(server.asked.values()) <= 3
    with store.open(own_folder) as lake:
        chosen = lake.sql(
            "SELECT run, count(DISTINCT position), count(*) FROM current_selections GROUP BY run ORDER BY run"
        ).fetchall()
        twice = lake.sql("SELECT count(*) = count(DISTINCT (selector, prompt)) FROM judgements").fetchone()
    assert chosen == [("large", 72, 72), ("small", 72, 72)]
    assert twice == (True,)


def test_ctrl_c_keeps_what_was_judged(judging: Any, own_folder: Path, tmp_path: Path) -> None:
    """Interrupted before any question is done, all that came back is kept; the next start asks for the rest."""
    with judging.JudgeServer(judging.of_one) as server:
        server.delay_s = 0.05
        config = tmp_path / "selector.yaml"
        config.write_text(f"client: {{client: openai, addresses: ['{server.address}'], concurrency: 2}}\n", "utf-8")
        words = ["select", "run", "pointwise", "--run", "small", "--config", str(config), "--json"]
        command = [str(Path(sys.executable).with_name("t2s")), "--lake", str(own_folder), *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        deadline = time.monotonic() + 100
        while server.asked.total() < 20:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        before = Counter(server.asked)
        with store.open(own_folder) as lake:
            ((kept, chosen),) = lake.sql("SELECT (SELECT count(*) FROM judgements), (SELECT count(*) FROM selections)").fetchall()
        assert chosen == 0
        assert before.total() - 2 <= kept <= before.total()  # at most those in flight are lost
        done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert done["calls"]["found"] == kept
    assert (server.asked - before).total() == done["calls"]["asked"]
