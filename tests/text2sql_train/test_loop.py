"""The loop: what a configuration may say, which commands it becomes, and (slow) that it goes on after a kill, and repeats."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

import store
from store import StoreError
from store.cli import cli
from text2sql_train.loop import running
from text2sql_train.loop.config import LoopConfigError, read
from text2sql_train.loop.steps import stages, steps

SHIPPED = Path(__file__).parents[2] / "docs" / "loop" / "tiny.yaml"
SMALL = {
    "name": "mini",
    "task": {"sft": 300, "rollout": 40, "test": 30},
    "model": {"vocabulary": 600, "layers": 2, "hidden": 64, "heads": 2},
    "samples": {"k": 3, "max_tokens": 48},
    "sft": {"max_steps": 240, "batch_size": 16, "learning_rate": 5e-3, "checkpointing": False, "device": "cpu", "save_steps": 20},
    "preference": {
        "dpo": {
            "evaluate": False,
            "max_steps": 3,
            "batch_size": 4,
            "loss": {"sigmoid": 1, "sft": 1},
            "checkpointing": False,
            "device": "cpu",
        },
        "orpo": {"evaluate": False, "max_steps": 3, "batch_size": 4, "checkpointing": False, "device": "cpu"},
    },
}


def written(folder: Path, **changes: object) -> Path:
    """A configuration in a file; None leaves a field out."""
    file = folder / "loop.yaml"
    said = {name: value for name, value in {**SMALL, **changes}.items() if value is not None}
    file.write_text(yaml.safe_dump(said), "utf-8")
    return file


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": None}, "either `task` or `benchmarks`"),
        ({"base": "models/x"}, "either `model` or `base`"),
        ({"preference": {}}, "`preference`: it is empty"),
        ({"preference": {"kto": {}}}, "preference"),
        ({"samples": {"k": 1}}, "samples.k"),
        ({"smaples": {}}, "`smaples`: there is no such field"),
        ({"name": "my loop"}, "name"),
        ({"model": {"heads": 0}}, "model.heads"),
        ({"sft": {"pin": "mine@1", "name": "x"}}, "sft.name`: the loop sets it"),
    ],
)
def test_what_a_configuration_may_not_say(changes: dict[str, object], said: str, tmp_path: Path) -> None:
    """The error names the field, before anything is made."""
    with pytest.raises(LoopConfigError, match=said):
        read(written(tmp_path, **changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sft": {"learning_rte": 1}}, "learning_rte"),
        ({"preference": {"dpo": {"loss": {"sft": 1}}}}, "prefers nothing"),
        ({"prompt": "nothing.j2"}, "nothing.j2"),
        ({"comparator": "brid"}, "brid"),
        ({"model": {"hidden": 30, "heads": 4}}, "not divided into even parts by 4 heads"),
        ({"sft": {"chat_template": "nothing.jinja"}}, "nothing.jinja"),
        ({"task": {"databases": "nowhere"}}, "There is no .*nowhere"),
        ({"samples": {"temperature": -1}}, "temperature"),
    ],
)
def test_fields_of_a_step_are_checked_first(changes: dict[str, object], said: str, tmp_path: Path) -> None:
    """A wrong field of a training or of a rollout is found before the first step."""
    with pytest.raises(StoreError, match=said):
        running.check(read(written(tmp_path, **changes)), tmp_path / "loop", tmp_path)


def test_a_folder_is_for_one_configuration(tmp_path: Path) -> None:
    """Another configuration is refused by the names of its fields; more iterations are the same loop, continued."""
    config = read(written(tmp_path))
    running.check(read(written(tmp_path, seed=9)), tmp_path / "loop", tmp_path)  # a look claims nothing
    running.run(config, tmp_path / "lake", [], tmp_path / "loop", lambda _: 0)
    running.check(read(written(tmp_path, iterations=3)), tmp_path / "loop", tmp_path)
    with pytest.raises(LoopConfigError, match="pairs, seed changed"):
        running.check(read(written(tmp_path, seed=5, pairs=1)), tmp_path / "loop", tmp_path)


def test_files_of_a_configuration_are_found_from_everywhere(tmp_path: Path) -> None:
    """A base and a chat template are named from the configuration's folder, and stand in the recipes with their whole paths."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "chat.jinja").write_text("{{ messages }}", "utf-8")
    config = read(written(tmp_path, model=None, base="mine", sft={"chat_template": "chat.jinja"}))
    recipe = {step.file: step.content for step in running.check(config, tmp_path / "loop", tmp_path)}["sft.train.yaml"]
    assert (recipe["base"], recipe["chat_template"]) == (str(tmp_path / "mine"), str(tmp_path / "chat.jinja"))


def test_other_questions_are_refused(tmp_path: Path) -> None:
    """A loop whose questions another version would make differently stops, and does not mix them."""
    config, folder = read(written(tmp_path)), tmp_path / "loop"
    found = running.check(config, folder, tmp_path)[:1]
    (folder / "task").mkdir()
    for text in ("[1]", "[1]"):
        (folder / "task" / "test.json").write_text(text, "utf-8")
        running.run(config, tmp_path / "lake", found, folder, lambda _: 0)
    (folder / "task" / "test.json").write_text("[2]", "utf-8")
    with pytest.raises(LoopConfigError, match="not those that this loop began with"):
        running.run(config, tmp_path / "lake", found, folder, lambda _: 0)


def test_a_step_that_says_no_ends_the_loop(tmp_path: Path) -> None:
    """With its exit code, after which nothing is done."""
    config, folder = read(written(tmp_path)), tmp_path / "loop"
    done: list[list[str]] = []
    with pytest.raises(running.StepError, match="step 2 of") as raised:
        running.run(
            config, tmp_path / "lake", running.check(config, folder, tmp_path)[1:4], folder,
            lambda words: done.append(words) or (3 if len(done) == 2 else 0),
        )  # fmt: skip
    assert raised.value.exit_code == 3
    assert len(done) == 2


def test_every_iteration_begins_with_the_last_model_and_its_rollouts(tmp_path: Path) -> None:
    """Iteration 2 trains the model of iteration 1 on a pin of pairs of that model's own answers; both pins stay."""
    config = read(written(tmp_path, iterations=2))
    found = stages(config)
    assert [(one.name, one.parent.name if one.parent else None) for one in found] == [
        ("sft", None), ("dpo", "sft"), ("orpo", "sft"), ("dpo_2", "dpo"), ("orpo_2", "dpo"),
    ]  # fmt: skip
    made = {step.file: step.content for step in steps(config, tmp_path, tmp_path) if step.file}
    assert made["dpo_2.train.yaml"]["base"] == "mini_dpo@1"
    assert made["dpo_2.train.yaml"]["pin"] == "mini_pairs_dpo@1"
    assert made["pairs_dpo.pin.yaml"]["pair_sets"] == ["mini-dpo-rollout"]
    assert made["pairs_dpo.pin.yaml"]["split"] == made["pairs_sft.pin.yaml"]["split"]
    assert all(made[name]["against"] == ["mini_test"] for name in made if name.endswith(("pin.yaml", "train.yaml")))


def test_what_is_judged_on_is_never_learnt_from(tmp_path: Path) -> None:
    """No training and no pair comes from a run over the test questions."""
    for step in steps(read(written(tmp_path, iterations=3)), tmp_path, tmp_path):
        if step.words[0] == "pairs" or step.words[:2] == ["select", "fit"]:
            assert all(word.endswith("-rollout") for word in step.words if word.startswith("mini-"))


def test_the_shipped_configuration(tmp_path: Path) -> None:
    """It is taken, and a dry run lists the commands and makes no lake."""
    done = CliRunner().invoke(
        cli, ["loop", str(SHIPPED), "--folder", str(tmp_path / "loop"), "--dry-run"], catch_exceptions=False
    )
    assert done.exit_code == 0
    commands = done.output.splitlines()
    assert "benchmark generate" in commands[0]
    assert "report trajectory" in commands[-1]
    assert not (tmp_path / "loop" / "lake").exists()


@pytest.mark.slow
@pytest.mark.long
def test_a_killed_loop_goes_on_and_a_whole_one_does_nothing_again(tmp_path: Path) -> None:
    """After SIGKILL in the middle of two steps a whole loop comes out, which a further start leaves as it is."""
    pytest.importorskip("torch")
    file, folder = written(tmp_path), tmp_path / "loop"
    command = [sys.executable, "-c", "from store.cli import main; main()", "loop", str(file), "--folder", str(folder)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    for step in ("sft.train.yaml", "sft.rollout.yaml"):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("$") and step in line:
                break
        time.sleep(4)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    figures = json.loads((folder / "trajectory.json").read_text("utf-8"))
    with store.open(folder / "lake", create=False) as lake:
        before = lake.version
        runs = dict(lake.sql("SELECT run, count(*) FROM candidates GROUP BY run").fetchall())
        models = lake.sql("SELECT name, version FROM models WHERE kind <> 'feature_selector' ORDER BY name").fetchall()
    assert models == [("mini_dpo", 1), ("mini_orpo", 1), ("mini_sft", 1)]
    assert {runs[f"mini-{stage}"] for stage in ("sft", "dpo", "orpo")} == {90}
    assert {runs[f"mini-{stage}-greedy"] for stage in ("sft", "dpo", "orpo")} == {30}
    assert runs["mini-sft-rollout"] == 120
    subprocess.run(command, env=environment, check=True, capture_output=True)
    with store.open(folder / "lake", create=False) as lake:
        assert lake.version == before
    assert json.loads((folder / "trajectory.json").read_text("utf-8"))["stages"] == figures["stages"]
