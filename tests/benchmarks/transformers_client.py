"""Tokens a second of the Transformers client on a GPU: a model of the shape of Qwen2.5-Coder-3B with random weights, in bf16.

Not among those of `make bench`, for it needs a GPU: `python -m tests.benchmarks.transformers_client`. Calls of eight completions
of 128 tokens each, drawn with seeds; the model ends none of them early.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from text2sql_data.rollouts.clients.config import TransformersModel
from text2sql_data.rollouts.clients.model import Place, Reply, Request, Sampling
from text2sql_data.rollouts.clients.transformers_model import TransformersClient

CALLS, SAMPLES, TOKENS = 32, 8, 128
BATCHES = (8, 64, 256)
PROMPT = "SELECT name FROM patient WHERE " * 40


def make_model(folder: Path) -> int:
    """Write a model and a small tokenizer; the number of parameters."""
    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    marks = ["<pad>", "<s>", "</s>"]
    bare.train_from_iterator(
        [PROMPT], trainers.BpeTrainer(vocab_size=400, special_tokens=marks, initial_alphabet=alphabet, show_progress=False)
    )
    pad, begin, end = marks
    PreTrainedTokenizerFast(tokenizer_object=bare, pad_token=pad, bos_token=begin, eos_token=end).save_pretrained(folder)
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=151_936,
        hidden_size=2048,
        intermediate_size=11_008,
        num_hidden_layers=36,
        num_attention_heads=16,
        num_key_value_heads=2,
        max_position_embeddings=32_768,
        rope_theta=1e6,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    with torch.device("cuda"):
        model = Qwen2ForCausalLM(config).to(torch.bfloat16)
    model.save_pretrained(folder)
    return sum(parameter.numel() for parameter in model.parameters())


async def ask(client: TransformersClient, calls: int) -> Sequence[Reply]:
    """Some calls at once."""
    samples = tuple(range(SAMPLES))
    requests = [
        Request(f"{call} {PROMPT}", Sampling(0.8, 0.9, TOKENS, call), Place(call, "answer", samples)) for call in range(calls)
    ]
    return await asyncio.gather(*map(client.complete, requests))


async def measured(folder: Path, batch: int) -> str:
    """A row of the table."""
    client = TransformersClient(TransformersModel(model=str(folder), batch=batch, dtype="bfloat16"))
    await ask(client, 1)
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    begun = time.perf_counter()
    replies = await ask(client, CALLS)
    torch.cuda.synchronize()
    seconds = time.perf_counter() - begun
    completions, tokens = sum(len(reply.completions) for reply in replies), sum(reply.completion_tokens or 0 for reply in replies)
    await client.close()
    peak = torch.cuda.max_memory_allocated() / 2**30
    return f"| {batch} | {completions / seconds:.1f} | {tokens / seconds:,.0f} | {peak:.1f} |"


def main() -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as name:
        parameters = make_model(Path(name))
        sys.stdout.write(
            f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {parameters / 1e9:.2f} billion parameters\n\n"
        )
        sys.stdout.write("| batch | completions/s | tokens/s | peak (GiB) |\n|---:|---:|---:|---:|\n")
        for batch in BATCHES:
            sys.stdout.write(f"{asyncio.run(measured(Path(name), batch))}\n")


if __name__ == "__main__":
    main()
