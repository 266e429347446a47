"""From a recipe to a registered model with TRL's own trainers: what is kept, what is reused, what goes on after a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import store
from store.cli import cli
from text2sql_data.datasets import reading as dataset_reading
from text2sql_data.datasets.pinning import pin_recipe
from text2sql_train import bases, reading, registry, serving, training
from text2sql_train.locking import LOCK, TrainingRunningError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of third parties, about their own future
    pytest.mark.filterwarnings("ignore:You are importing from 'trl.experimental'"),
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning"),
]

CURVES = Path(__file__).with_name("loss_curves.json")
SPLIT = {"fractions": {"train": 1.0}, "assign": {"validation": ["bakery"]}}
PINS: dict[str, dict[str, Any]] = {
    "sft": {"kind": "sft", "runs": ["small"], "per_question": 1},
    "chat": {"kind": "sft", "runs": ["small"], "per_question": 1, "format": "conversational"},
    "preference": {"kind": "preference", "pair_sets": ["demo_pairs"]},
    "kto": {"kind": "kto", "runs": ["small"]},
    "grpo": {"kind": "grpo", "benchmarks": ["demo"]},
}
OF = {"sft": "sft", "dpo": "preference", "orpo": "preference", "kto": "kto", "reward": "preference", "grpo": "grpo"}


@pytest.fixture(scope="module")
def lake_folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo lake with a pin for each trainer."""
    folder = Path(shutil.copytree(demo_folder, tmp_path_factory.mktemp("training") / "lake"))
    with store.open(folder) as lake:
        for name, fields in PINS.items():
            pin_recipe(lake, dataset_reading.convert({"name": name, "schema": "compact", "split": SPLIT, **fields}))
    return folder


@pytest.fixture
def trained_lake(lake_folder: Path) -> Iterator[store.Lake]:
    """That lake, open; tests give their models names of their own."""
    with store.open(lake_folder) as lake:
        yield lake


def recipe(base: Path | str, folder: Path, trainer: str, **more: object) -> Any:  # noqa: ANN401 - of any trainer
    """A recipe of three steps, with a rate at which they can be told from each other."""
    fields = {
        "name": f"tried_{trainer}",
        "trainer": trainer,
        "pin": f"{OF[trainer]}@1",
        "base": str(base),
        "lora": {"r": 2, "alpha": 4},
        "max_steps": 3,
        "learning_rate": 0.01,
        "schedule": "constant",
        "warmup": 0.0,
        "batch_size": 2,
        "max_length": 6000,
        "logging_steps": 1,
        "checkpointing": False,
        "device": "cpu",
        "output": str(folder / "models"),
    }
    return reading.convert({**fields, **more})


def assert_known_curve(model: registry.Model) -> None:
    """The losses are those in `loss_curves.json`. TEXT2SQL_WRITE_CURVES=1 writes it anew; a change of it needs a reason."""
    losses = [point["loss"] for point in model.summary["curve"] if "loss" in point]
    known = json.loads(CURVES.read_text("utf-8")) if CURVES.exists() else {}
    if os.environ.get("TEXT2SQL_WRITE_CURVES"):
        CURVES.write_text(json.dumps({**known, model.name: losses}, indent=2, sort_keys=True) + "\n", "utf-8")
        return
    assert losses == pytest.approx(known[model.name], rel=2e-3, abs=1e-6), losses


@pytest.mark.parametrize("lora", ["adapter", "none"])
@pytest.mark.parametrize("trainer", OF)
def test_a_recipe_becomes_a_model(trained_lake: store.Lake, tiny: Path, tmp_path: Path, trainer: str, lora: str) -> None:
    """Each trainer takes its steps, evaluates the split validation, and is registered with all that it was made from."""
    told: dict[str, Any] = {} if lora == "adapter" else {"lora": "none"}
    told |= {"generations": 2, "max_completion_length": 4} if trainer == "grpo" else {}
    done = training.train(trained_lake, recipe(tiny, tmp_path, trainer, name=f"{trainer}_{lora}", **told))
    model = done.model
    assert model is not None
    assert (model.ref, model.kind, model.pin) == (f"{trainer}_{lora}@1", trainer, f"{OF[trainer]}@1")
    assert model.base is not None
    assert model.base["sha256"] == bases.folder_digest(tiny)
    folder = Path(model.path or "")
    assert (folder / "adapter_config.json").is_file() is (lora == "adapter")
    assert bases.folder_digest(folder) == model.sha256
    assert model.summary["steps"] == 3
    assert_known_curve(model)
    wanted = {"sft": {"loss"}, "reward": {"accuracy", "margin"}, "grpo": {"reward"}}.get(trainer, {"rewards/margins"})
    assert wanted <= set(model.summary["metrics"]), model.summary["metrics"]
    assert model.summary["parameters"]["trained"] <= model.summary["parameters"]["all"]
    assert {"torch", "trl", "hardware", "code"} <= set(model.versions)
    text = (folder / "README.md").read_text("utf-8")
    assert model.sha256 in text
    assert done.plan.pin.digest in text
    assert not (folder / "checkpoints").exists()


def test_the_same_recipe_is_not_trained_twice(trained_lake: store.Lake, tiny: Path, tmp_path: Path) -> None:
    """The second start reuses the model, wherever the base lies; another seed, or force, trains; a changed file is no model."""
    first = training.train(trained_lake, recipe(tiny, tmp_path, "sft", name="twice"))
    copy = Path(shutil.copytree(tiny, tmp_path / "elsewhere"))
    again = training.train(trained_lake, recipe(copy, tmp_path, "sft", name="twice"))
    assert first.model is not None
    assert (again.model, again.reused) == (first.model, True)
    assert training.train(trained_lake, recipe(tiny, tmp_path, "sft", name="twice", seed=1), dry_run=True).model is None
    forced = training.train(trained_lake, recipe(tiny, tmp_path, "sft", name="twice"), force=True)
    assert forced.model is not None
    assert (forced.model.ref, forced.reused) == ("twice@2", False)
    assert forced.model.path != first.model.path
    assert forced.model.sha256 == first.model.sha256  # the same seed on the same machine
    assert forced.model.summary["curve"] == first.model.summary["curve"]
    (Path(forced.model.path or "") / "adapter_config.json").write_text("{}", "utf-8")
    with pytest.raises(store.StoreError, match="are not those of twice@2 any more"):
        bases.find(trained_lake, "twice@2", None)


def test_an_adapter_is_trained_further(trained_lake: store.Lake, tiny: Path, tmp_path: Path) -> None:
    """DPO on what SFT gave: one adapter on the first base, and the lineage has both pins."""
    first = training.train(trained_lake, recipe(tiny, tmp_path, "sft", name="first"))
    assert first.model is not None
    second = training.train(
        trained_lake, recipe(first.model.ref, tmp_path, "dpo", name="second", loss={"sigmoid": 1.0, "sft": 0.5})
    )
    assert second.model is not None
    assert registry.lineage(second.model) == ["preference@1", "sft@1"]
    said = json.loads((Path(second.model.path or "") / "adapter_config.json").read_text("utf-8"))
    assert said["base_model_name_or_path"] == str(tiny.resolve())
    assert {"logps/chosen", "rewards/accuracies", "rewards/margins"} <= set(second.model.summary["metrics"])
    arguments = serving.command(second.model)
    assert arguments[:3] == ["vllm", "serve", str(tiny.resolve())]
    assert f"second@1={second.model.path}" in arguments
    merged = training.train(trained_lake, recipe(first.model.ref, tmp_path, "orpo", name="merged", lora="none"))
    assert merged.model is not None
    assert (Path(merged.model.path or "") / "config.json").is_file()
    assert not (Path(merged.model.path or "") / "adapter_config.json").exists()


KILLED = """
import os, signal, sys
import transformers, store
from text2sql_train import reading, training

def save_rng_state(self, folder):
    if self.state.global_step == 4:
        os.kill(os.getpid(), signal.SIGKILL)  # in the middle of a checkpoint
    return kept(self, folder)

kept = transformers.Trainer._save_rng_state
transformers.Trainer._save_rng_state = save_rng_state
with store.open(sys.argv[1]) as lake:
    training.train(lake, reading.decode(sys.argv[2]))
"""


def test_a_killed_run_goes_on_to_the_same_end(trained_lake: store.Lake, tiny: Path, tmp_path: Path) -> None:
    """Killed while it wrote its second checkpoint it goes on from the first, and ends as a run that was not killed."""
    fields = {"name": "killed", "max_steps": 6, "save_steps": 2, "lora": {"r": 2, "dropout": 0.1}}
    wanted = recipe(tiny, tmp_path, "sft", **fields)
    told = [sys.executable, "-W", "ignore", "-c", KILLED, str(trained_lake.folder), json.dumps(reading.plain(wanted))]
    assert subprocess.run(told, check=False, capture_output=True).returncode == -signal.SIGKILL
    assert registry.models(trained_lake) == [one for one in registry.models(trained_lake) if one.name != "killed"]
    resumed = training.train(trained_lake, wanted)
    whole = training.train(trained_lake, recipe(tiny, tmp_path / "whole", "sft", **fields), force=True)
    assert resumed.model is not None
    assert whole.model is not None
    assert resumed.plan.checkpoint == resumed.model.summary["resumed_from"] == 2
    assert whole.model.summary["resumed_from"] is None
    assert resumed.model.summary["steps"] == whole.model.summary["steps"] == 6
    losses = [[point["loss"] for point in one.summary["curve"] if "loss" in point] for one in (resumed.model, whole.model)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert resumed.model.summary["metrics"]["loss"] == pytest.approx(whole.model.summary["metrics"]["loss"], rel=1e-4)


def _files(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Everything under a folder: when it was written, and what."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
        for path in sorted(folder.rglob("*"))
    }


def test_a_dry_run_leaves_every_file(lake_folder: Path, tiny: Path, tmp_path: Path) -> None:
    """Nothing is made where nothing is, and an unfinished checkpoint stays beside the whole one from which it would go on."""
    (file := tmp_path / "recipe.yaml").write_text(json.dumps(reading.plain(recipe(tiny, tmp_path, "sft", name="dry"))), "utf-8")
    told = ["--lake", str(lake_folder), "train", str(file), "--dry-run", "--json"]
    before = [_files(folder) for folder in (tmp_path, tiny)]
    found = CliRunner().invoke(cli, told)
    assert found.exit_code == 0, found.output
    assert [_files(folder) for folder in (tmp_path, tiny)] == before
    folder = Path(json.loads(found.stdout)["folder"])
    for step, state in ((2, '{"global_step": 2}'), (4, "{")):
        (checkpoint := folder / "checkpoints" / f"checkpoint-{step}").mkdir(parents=True)
        (checkpoint / "trainer_state.json").write_text(state, "utf-8")
    before = [_files(folder) for folder in (tmp_path, tiny)]
    lake_files = sorted(_files(lake_folder))
    found = CliRunner().invoke(cli, [*told[:-1]])
    assert found.exit_code == 0, found.output
    assert "goes on from step 2" in found.stdout
    assert [_files(folder) for folder in (tmp_path, tiny)] == before
    assert sorted(_files(lake_folder)) == lake_files


HOLDS = """
import sys
from pathlib import Path
from text2sql_train.locking import alone

with alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_training_that_runs_is_not_started_again(trained_lake: store.Lake, tiny: Path, tmp_path: Path) -> None:
    """While another process has its folder it is refused, and what that one writes stays; after it, it is trained."""
    wanted = recipe(tiny, tmp_path, "sft", name="running")
    folder = training.train(trained_lake, wanted, dry_run=True).plan.folder
    (unfinished := folder / "checkpoints" / "checkpoint-2").mkdir(parents=True)
    (unfinished / "trainer_state.json").write_text("{", "utf-8")
    told = [sys.executable, "-c", HOLDS, str(folder)]
    with subprocess.Popen(told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        before = _files(tmp_path)
        with pytest.raises(TrainingRunningError, match="is running already"):
            training.train(trained_lake, wanted)
        assert _files(tmp_path) == before
        other.kill()
    done = training.train(trained_lake, wanted)
    assert done.model is not None
    assert done.model.summary["resumed_from"] is None
    assert not unfinished.exists()
    assert (folder / LOCK).is_file()
    assert bases.folder_digest(folder) == done.model.sha256


def test_what_was_trained_meanwhile_is_not_trained_over(trained_lake: store.Lake, tiny: Path, tmp_path: Path) -> None:
    """A training that ended between the plan of another start and its turn is left as it is, and reused by the next start."""
    wanted = recipe(tiny, tmp_path, "sft", name="meanwhile")
    planned = training.plan(trained_lake, wanted)
    done = training.train(trained_lake, wanted)
    before = _files(tmp_path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(training, "plan", lambda *_, **__: planned)  # what the second one saw before the first one ended
        with pytest.raises(TrainingRunningError, match="was running until now"):
            training.train(trained_lake, wanted)
    assert _files(tmp_path).keys() == before.keys()
    assert training.train(trained_lake, wanted).model == done.model


def test_conversations_go_through_a_chat_template(trained_lake: store.Lake, tiny: Path, tmp_path: Path) -> None:
    """That of the recipe is saved with the model; without any, nothing is trained."""
    bare = Path(shutil.copytree(tiny, tmp_path / "bare"))
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(store.StoreError, match="has no chat template"):
        training.train(trained_lake, recipe(bare, tmp_path, "sft", name="chat", pin="chat@1"))
    template = (tiny / "chat_template.jinja").read_text("utf-8").replace("<|", "[").replace("|>", "]")
    done = training.train(trained_lake, recipe(bare, tmp_path, "sft", name="chat", pin="chat@1", chat_template=template))
    assert done.model is not None
    assert (Path(done.model.path or "") / "chat_template.jinja").read_text("utf-8") == template


def test_too_long_rows_stop_it(trained_lake: store.Lake, tiny: Path, tmp_path: Path) -> None:
    """Before the model is loaded, with the counts."""
    with pytest.raises(store.StoreError, match=r"sft with max_length 64 would not take 100\.00% of the rows of train"):
        training.train(trained_lake, recipe(tiny, tmp_path, "sft", max_length=64))


TOGETHER = """
import sys
import store
from text2sql_train import reading, training

with store.open(sys.argv[1]) as lake:
    training.train(lake, reading.decode(sys.argv[2]))
"""


def test_two_processes_make_one_model(trained_lake: store.Lake, tiny: Path, tmp_path: Path) -> None:
    """As `accelerate launch` starts them: both train, and the first one registers."""
    (script := tmp_path / "together.py").write_text(TOGETHER, "utf-8")
    wanted = json.dumps(reading.plain(recipe(tiny, tmp_path, "sft", name="together")))
    launched = ["-W", "ignore", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
    told = [sys.executable, *launched, str(trained_lake.folder), wanted]
    done = subprocess.run(told, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (model,) = [one for one in registry.models(trained_lake) if one.name == "together"]
    assert model.versions["hardware"]["devices"] == 2
    assert model.summary["steps"] == 3
    assert bases.folder_digest(Path(model.path or "")) == model.sha256
