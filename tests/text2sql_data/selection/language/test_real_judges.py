"""Selectors that ask a real vLLM server have the scores that Transformers gives, to a thousandth."""

# ruff: noqa: ANN401 - helpers and servers come from modules that fixtures load

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import store
from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.config import (
    ClientConfig,
    OpenAIServer,
    RewardConfig,
    RewardServer,
    RewardTransformers,
    TransformersModel,
)
from text2sql_data.rollouts.clients.model import Answers, CallError, Place, Reply, Request, Sampling

pytestmark = [pytest.mark.slow, pytest.mark.long]

CLOSE = 1e-3
ASKED = [
    ("Is it right? Answer YES or NO.\n", ("YES", "NO")),
    ("SELECT naïve name FROM 日本\n" * 40, (" YES", " NO")),
    ("SELECT name FROM pat", ("ient", "ch")),  # the first token of an answer reaches into the prompt
    ("x", ("A", "B")),
]


def asked(config: ClientConfig | RewardConfig, requests: list[Request]) -> list[Any]:
    """The replies of a client to calls that are made together; errors are among them."""

    async def run() -> list[Any]:
        client = open_client(config)
        try:
            return await asyncio.gather(*map(client.complete, requests), return_exceptions=True)
        finally:
            await client.close()

    return asyncio.run(run())


def requests(*, first_token: bool = False) -> list[Request]:
    """A call for each prompt."""
    return [
        Request(prompt, Sampling(max_tokens=1), Place(at, "pointwise", (0,)), Answers(texts, first_token))
        for at, (prompt, texts) in enumerate(ASKED)
    ]


def alone(folder: Path, text: str, answer: str) -> tuple[float, int]:
    """The log-probability of an answer from one pass of the model over prompt and answer, and how many tokens it takes."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).eval()
    prompt, ids = tokenizer(text)["input_ids"], tokenizer(text + answer)["input_ids"]
    start = next((at for at, (one, other) in enumerate(zip(prompt, ids, strict=False)) if one != other), len(prompt))
    with torch.inference_mode():
        scores = torch.log_softmax(model(torch.tensor([ids])).logits[0].float(), -1)
    return sum(float(scores[at - 1, ids[at]]) for at in range(start, len(ids))), len(ids) - start


def test_answers_are_as_likely_as_the_model_says(vllm_server: Any) -> None:
    """Of the server, and of the model in this process in one batch: the log-probabilities of single passes, token by token."""
    server = OpenAIServer(addresses=[vllm_server.address])
    model = TransformersModel(model=str(vllm_server.model_folder), device="cpu", batch=3)
    for config in (server, model):
        for (prompt, texts), reply in zip(ASKED, asked(config, requests()), strict=True):
            assert isinstance(reply, Reply), reply
            due = [alone(vllm_server.model_folder, prompt, text) for text in texts]
            assert [one.logprob for one in reply.likelihoods] == pytest.approx([logprob for logprob, _ in due], abs=CLOSE)
            assert [one.tokens for one in reply.likelihoods] == [tokens for _, tokens in due]


@pytest.mark.parametrize("api", ["completions", "chat"])
def test_first_tokens_of_a_server(vllm_server: Any, api: str) -> None:
    """An answer of one token has the log-probability of the whole; what is not told is bounded by the last that is."""
    server = OpenAIServer(addresses=[vllm_server.address], api=api)  # type: ignore[arg-type] - a parameter of the test
    model = TransformersModel(model=str(vllm_server.model_folder), device="cpu", chat=api == "chat")
    letters = [chr(at) for at in range(ord("!"), ord("~"))]
    prompt = "Which of them?\n"
    whole = Request(prompt, Sampling(), Place(0, "pairwise", (0,)), Answers(tuple(letters)))
    first = whole._replace(answers=Answers(tuple(letters), first_token=True))
    ((due,), (told,)) = asked(model, [whole]), asked(server, [first])
    listed = [at for at, one in enumerate(told.likelihoods) if not one.bounded]
    assert 2 < len(listed) <= 20
    for at, one in enumerate(told.likelihoods):
        exact = due.likelihoods[at]
        assert exact.tokens == 1
        if at in listed and api == "chat":  # where a space before it counts as well
            assert exact.logprob - CLOSE <= one.logprob
        elif at in listed:
            assert one.logprob == pytest.approx(exact.logprob, abs=CLOSE)
        else:
            assert exact.logprob <= one.logprob + CLOSE


def test_what_is_too_long_is_refused_alone(vllm_server: Any) -> None:
    """The other calls of the batch are answered."""
    long = Request("SELECT " * 9000, Sampling(max_tokens=1), Place(9, "pointwise", (0,)), Answers(("YES", "NO")))
    model = TransformersModel(model=str(vllm_server.model_folder), device="cpu")
    for config in (OpenAIServer(addresses=[vllm_server.address]), model):
        *replies, refused = asked(config, [*requests(), long])
        assert all(isinstance(reply, Reply) for reply in replies)
        assert isinstance(refused, CallError)
        assert refused.kind == "bad_request"
        assert "too long" in str(refused)


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("pointwise", {"failed": "ask"}),
        ("pairwise", {}),
        ("pairwise", {"plan": "knock_out", "answers": [" 1", " 2"]}),
        ("listwise", {"rejected": "majority", "shuffle": True}),
    ],
)
def test_a_server_and_this_process_choose_alike(
    few: store.Lake, judging: Any, vllm_server: Any, method: str, more: dict[str, Any]
) -> None:
    """Scores of both differ by no more than a thousandth, and what is chosen is the same."""
    server = {"client": {"client": "openai", "addresses": [vllm_server.address]}, **more}
    model = {"client": {"client": "transformers", "model": str(vllm_server.model_folder), "device": "cpu"}, **more}
    judging.choose(few, method, server, name="server")
    judging.choose(few, method, model, name="process")
    ours, theirs = judging.scores(few, "process"), judging.scores(few, "server")
    assert ours.keys() == theirs.keys()
    for candidate, score in ours.items():
        assert theirs[candidate] == (None if score is None else pytest.approx(score, abs=CLOSE))
    text = (
        "SELECT one.candidate = other.candidate OR one.score - coalesce(other.score, 0) < 0.002 FROM current_selections AS one"
        " JOIN current_selections AS other USING (run, position) WHERE one.name = 'server' AND other.name = 'process'"
    )
    assert {same for (same,) in few.sql(text).fetchall()} == {True}
    if method != "listwise":
        probabilities = few.sql("SELECT count(*) FROM judgements WHERE probabilities IS NULL").fetchall()
        assert probabilities == [(0,)]
        assert len({score for score in ours.values() if score is not None}) > (10 if more.get("plan") is None else 1)


@pytest.fixture(scope="module")
def reward_folder(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a reward model of random weights, and the tokenizer of the tiny model."""
    import torch
    from transformers import AutoTokenizer, Qwen2Config, Qwen2ForSequenceClassification

    folder = tmp_path_factory.mktemp("reward_model")
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(1)
    config = Qwen2Config.from_pretrained(tiny_model, num_labels=1)
    Qwen2ForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def reward_server(reward_folder: Path, real_servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a vLLM server of the reward model."""
    command = real_servers.vllm_command()
    if command is None:
        pytest.skip("no vLLM: set TEXT2SQL_VLLM to a command that starts a server with the arguments MODEL_FOLDER PORT NAME")
    port = real_servers.free_port()
    environment = {**os.environ, "VLLM_MAX_LEN": "8192", "VLLM_NO_USAGE_STATS": "1"}
    log = tmp_path_factory.mktemp("vllm_reward") / "log"
    words = [command, str(reward_folder), str(port), "tiny-reward"]
    process = real_servers.started(words, log, environment, f"http://127.0.0.1:{port}/health")
    yield f"http://127.0.0.1:{port}/v1"
    real_servers.end(process)


@pytest.mark.parametrize("chat", [False, True])
def test_rewards_are_what_the_model_says(reward_server: str, reward_folder: Path, chat: bool) -> None:
    """Of the server, of this process in one batch, and of single passes over the text as TRL puts it together."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(reward_folder)
    model = AutoModelForSequenceClassification.from_pretrained(reward_folder).eval()
    answers = ("SELECT name FROM patient", "SELECT 1")
    calls = [
        Request(prompt, Sampling(), Place(at, "reward_model", (0,)), Answers((answer,)))
        for at, (prompt, answer) in enumerate((prompt, answer) for prompt, _ in ASKED for answer in answers)
    ]
    due = []
    for call in calls:
        assert call.answers is not None
        messages = [{"role": "user", "content": call.prompt}, {"role": "assistant", "content": call.answers.texts[0]}]
        text = tokenizer.apply_chat_template(messages, tokenize=False) if chat else call.prompt + call.answers.texts[0] + "</s>"
        with torch.inference_mode():
            due.append(float(model(**tokenizer(text, return_tensors="pt", add_special_tokens=not chat)).logits[0, 0]))
    server = RewardServer(addresses=[reward_server], chat=chat, end="" if chat else "</s>")
    process = RewardTransformers(model=str(reward_folder), device="cpu", chat=chat, batch=5)
    for config in (server, process):
        assert [reply.reward for reply in asked(config, calls)] == pytest.approx(due, abs=CLOSE)


def test_a_reward_model_chooses(few: store.Lake, judging: Any, reward_server: str, reward_folder: Path) -> None:
    """Scores of server and process are the same rewards; a generative server is no reward model."""
    server = {"client": {"client": "vllm_server", "addresses": [reward_server], "end": "</s>"}}
    process = {"client": {"client": "transformers", "model": str(reward_folder), "device": "cpu"}}
    judging.choose(few, "reward_model", server, name="server")
    judging.choose(few, "reward_model", process, name="process")
    ours, theirs = judging.scores(few, "process"), judging.scores(few, "server")
    known = {candidate: score for candidate, score in ours.items() if score is not None}
    assert len(known) > 50
    assert {candidate: theirs[candidate] for candidate in known} == pytest.approx(known, abs=CLOSE)
