"""The model in this process: seeds, stops, ends and batches. It is compared with servers in test_real_servers."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.config import TransformersModel
from text2sql_data.rollouts.clients.model import CallError, ClientError, Place, Reply, Request, Sampling

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning"),  # between PEFT and Transformers
]

SAMPLED = Sampling(0.9, 0.95, 20, seed=5)


def request(prompt: str, samples: int = 1, sampling: Sampling = SAMPLED) -> Request:
    """A call for the first samples of a prompt."""
    return Request(prompt, sampling, Place(0, "answer", tuple(range(samples))))


def ask(config: TransformersModel, *requests: Request) -> list[Reply | BaseException]:
    """The replies to calls that are made together."""

    async def run() -> list[Reply | BaseException]:
        client = open_client(config)
        found = await asyncio.gather(*map(client.complete, requests), return_exceptions=True)
        await client.close()
        return found

    return asyncio.run(run())


def texts(reply: Reply | BaseException) -> list[str]:
    """The texts of a reply, which must be one."""
    assert isinstance(reply, Reply), reply
    return [one.text for one in reply.completions]


def test_a_seed_does_not_depend_on_its_batch(tiny_model: Path) -> None:
    """Alone, or beside longer and other prompts, each sample is what its seed draws, and the next one what the next draws."""
    config = TransformersModel(model=str(tiny_model), device="cpu", batch=16)
    (alone,) = ask(config, request("SELECT name", 4))
    beside, _, other = ask(
        config, request("SELECT name", 4), request("FROM " * 30, 2), request("SELECT name", 2, SAMPLED._replace(seed=6))
    )
    assert texts(alone) == texts(beside)
    assert texts(other) == texts(alone)[1:3]
    assert len(set(texts(alone))) > 1
    unseeded = SAMPLED._replace(seed=None)
    assert len({*texts(ask(config, request("SELECT name", 8, unseeded))[0])}) > 4


def test_what_is_drawn_has_the_distribution_of_the_model(tiny_model: Path) -> None:
    """The first tokens of two thousand samples come as often as the model's own probabilities, at the temperature, say."""
    import torch
    from scipy.stats import chisquare
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(tiny_model), AutoModelForCausalLM.from_pretrained(tiny_model).eval()
    with torch.inference_mode():
        scores = model(**tokenizer("SELECT name", return_tensors="pt")).logits[0, -1]
    wanted = torch.softmax(scores.double() / 0.7, -1)
    drawn = 2000
    (reply,) = ask(
        TransformersModel(model=str(tiny_model), device="cpu", batch=drawn),
        request("SELECT name", drawn, Sampling(0.7, 1.0, 1, seed=1)),
    )
    found = Counter(texts(reply))
    likely = [token for token in wanted.topk(12).indices.tolist() if tokenizer.decode([token], skip_special_tokens=True)]
    seen = [found[tokenizer.decode([token])] for token in likely]
    expected = [float(wanted[token]) * drawn for token in likely]
    assert chisquare([*seen, drawn - sum(seen)], [*expected, drawn - sum(expected)]).pvalue > 0.001


def test_top_p_leaves_only_the_likely(tiny_model: Path) -> None:
    """With a top-p of nearly nothing every sample is the greedy one."""
    config = TransformersModel(model=str(tiny_model), device="cpu")
    greedy, narrow = ask(
        config, request("SELECT name", 1, Sampling(max_tokens=20)), request("SELECT name", 3, SAMPLED._replace(top_p=1e-6))
    )
    assert set(texts(narrow)) == set(texts(greedy))


def test_a_stop_ends_a_text(tiny_model: Path) -> None:
    """The text ends before it, and the tokens are those that were written until then."""
    config = TransformersModel(model=str(tiny_model), device="cpu")
    (whole,) = ask(config, request("SELECT name", 3))
    stop = texts(whole)[0][3]
    (ended,) = ask(config, request("SELECT name", 3, SAMPLED._replace(stop=(stop,))))
    assert isinstance(ended, Reply)
    cut = ended.completions[0]
    assert isinstance(whole, Reply)
    assert cut.text == texts(whole)[0][: texts(whole)[0].index(stop)]
    assert cut.finish == "stop"
    assert cut.tokens is not None
    assert cut.logprobs == pytest.approx((whole.completions[0].logprobs or ())[: cut.tokens], abs=1e-4)


def test_what_does_not_fit_is_refused_alone(tiny_model: Path) -> None:
    """A prompt that is too long fails, and those beside it do not."""
    long, short = ask(TransformersModel(model=str(tiny_model), device="cpu"), request("SELECT " * 9000), request("SELECT"))
    assert isinstance(long, CallError)
    assert long.kind == "bad_request"
    assert isinstance(short, Reply)


def test_an_adapter_changes_what_is_written(tiny_model: Path, tmp_path: Path) -> None:
    """A LoRA adapter with weights of its own is put on the model."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    made = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_model), LoraConfig(r=4, target_modules=["q_proj", "v_proj"]))
    torch.manual_seed(1)
    for name, weights in made.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.5)
    made.save_pretrained(tmp_path / "adapter")
    greedy = request("SELECT name", 1, Sampling(max_tokens=20))
    (bare,) = ask(TransformersModel(model=str(tiny_model), device="cpu"), greedy)
    (adapted,) = ask(TransformersModel(model=str(tiny_model), adapter=str(tmp_path / "adapter"), device="cpu"), greedy)
    assert texts(bare) != texts(adapted)


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    """The error names it."""
    with pytest.raises(ClientError, match="nothing"):
        open_client(TransformersModel(model=str(tmp_path / "nothing")))
