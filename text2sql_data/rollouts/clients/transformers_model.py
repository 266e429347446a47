"""A Transformers model in this process, with a PEFT adapter if one is given.

Every completion is drawn by a generator of its own, so that what a seed draws does not depend on what shares its batch (but for
the rounding of a batch of another shape). Log-probabilities are those of the model itself, before temperature and top-p.
"""

import inspect
import time
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    LogitsProcessorList,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)

from text2sql_data.models.folders import tokenizer_folder
from text2sql_data.rollouts.clients.answering import judge
from text2sql_data.rollouts.clients.batching import Batcher, Outcome, too_long
from text2sql_data.rollouts.clients.config import TransformersModel
from text2sql_data.rollouts.clients.model import (
    ClientError,
    Completion,
    ModelInfo,
    Reply,
    Request,
    Sampling,
    messages_of,
)


class TransformersClient:
    """Completions of a model in this process."""

    def __init__(self, config: TransformersModel) -> None:
        self._config = config
        self._model: Any
        self._tokenizer: Any
        self._device = config.device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(
                tokenizer_folder(config.model, config.adapter), padding_side="left", trust_remote_code=False
            )
            self._model = AutoModelForCausalLM.from_pretrained(config.model, dtype=_dtype(config.dtype), trust_remote_code=False)
            if config.adapter is not None:
                from peft import PeftModel

                self._model = PeftModel.from_pretrained(self._model, config.adapter)
            self._model = self._model.to(self._device).eval()
        except Exception as error:  # whatever transformers, PEFT and torch raise over a folder, a pickle in it included
            named = config.model if config.adapter is None else f"{config.model} with {config.adapter}"
            raise ClientError(
                f"The model {named} cannot be loaded: {error}", "Give the folder of a model, and a device."
            ) from error
        if (config.chat or config.system is not None) and not self._tokenizer.chat_template:
            raise ClientError(f"The model {config.model} has no chat template.", "Leave `chat` and `system` out.")
        self._ends = _ends(self._model, self._tokenizer)
        if self._tokenizer.pad_token_id is None:
            self._tokenizer.pad_token_id = self._ends[0] if self._ends else 0
        self._limit = int(getattr(self._model.config, "max_position_embeddings", 0) or 0)
        self._batcher = Batcher(
            self._run, config.batch, lambda request: (request.sampling._replace(seed=None), request.answers is None)
        )

    @property
    def concurrency(self) -> int:
        """Two batches: one is being written while the other one gathers."""
        return 2 * self._config.batch

    async def check(self) -> ModelInfo:
        """The model that was loaded."""
        name = self._config.model if self._config.adapter is None else f"{self._config.model} + {self._config.adapter}"
        return ModelInfo(name, (), self._limit or None, f"transformers {version('transformers')}")

    async def complete(self, request: Request) -> Reply:
        """Ask for completions; see `Client`.

        Raises:
            CallError: The prompt is too long, or the model failed.
        """
        return await self._batcher.ask(request)

    async def close(self) -> None:
        """Let go of the model."""
        await self._batcher.close()
        del self._model
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _run(self, requests: list[Request]) -> list[Outcome]:
        """Answer requests of equal sampling, but for the seed; or requests that ask about answers."""
        if requests[0].answers is not None:
            return judge(requests, self._encode, self._score, model=self._config.model, limit=self._limit)
        begun = time.monotonic()
        encoded = [self._encode(request.prompt) for request in requests]
        outcomes: dict[int, Outcome] = {}
        for at, (request, ids) in enumerate(zip(requests, encoded, strict=True)):
            if self._limit and len(ids) + request.sampling.max_tokens > self._limit:
                outcomes[at] = too_long(request, len(ids), self._limit)
        rows = [at for at, request in enumerate(requests) if at not in outcomes for _ in range(request.draws)]
        seeds = [_seed(requests[at], rows[:row].count(at)) for row, at in enumerate(rows)]
        if rows:
            written = self._write([encoded[at] for at in rows], seeds, requests[0].sampling)
            seconds = time.monotonic() - begun
            for at in dict.fromkeys(rows):
                mine = [one for row, one in zip(rows, written, strict=True) if row == at]
                tokens = sum(one.tokens or 0 for one in mine)
                outcomes[at] = Reply(requests[at].repeated(mine), self._config.model, len(encoded[at]), tokens, seconds)
        return [outcomes[at] for at in range(len(requests))]

    def _score(self, rows: list[list[int]], tails: list[int]) -> list[float]:
        """Log-probabilities of the last tokens of some rows, so many of each."""
        size = self._config.batch
        parts = (slice(start, start + size) for start in range(0, len(rows), size))
        return [one for part in parts for one in self._score_batch(rows[part], tails[part])]

    def _score_batch(self, rows: list[list[int]], tails: list[int]) -> list[float]:
        padded = self._tokenizer.pad({"input_ids": rows}, return_tensors="pt").to(self._device)  # on the left
        model = self._model.get_base_model() if self._config.adapter else self._model
        takes = inspect.signature(model.forward).parameters
        longest = max(tails)
        options: dict[str, Any] = {}
        if "position_ids" in takes:
            options["position_ids"] = (padded["attention_mask"].cumsum(-1) - 1).clamp(min=0)
        if "logits_to_keep" in takes:  # those of a whole prompt would take gigabytes
            options["logits_to_keep"] = longest + 1
        with torch.inference_mode():
            logits = self._model(**padded, **options).logits[:, -longest - 1 : -1].float()
        told = torch.log_softmax(logits, dim=-1).gather(2, padded["input_ids"][:, -longest:, None])[:, :, 0].cpu()
        return [float(row[longest - tail :].sum()) for row, tail in zip(told, tails, strict=True)]

    def _encode(self, prompt: str, answer: str = "") -> list[int]:
        """The tokens of a prompt and an answer behind it, which are taken apart together, as in training."""
        if not self._config.chat and self._config.system is None:
            return list(self._tokenizer(prompt + answer)["input_ids"])
        messages = messages_of(prompt, self._config.system)
        text = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return list(self._tokenizer(text + answer, add_special_tokens=False)["input_ids"])

    def _write(self, prompts: Sequence[list[int]], seeds: Sequence[int], sampling: Sampling) -> list[Completion]:
        """One completion for each prompt."""
        padded = self._tokenizer.pad({"input_ids": list(prompts)}, return_tensors="pt").to(self._device)
        recorder = _Recorder()
        processors = LogitsProcessorList([recorder])
        if sampling.temperature > 0:
            if sampling.temperature != 1:
                processors.append(TemperatureLogitsWarper(float(sampling.temperature)))
            if sampling.top_p < 1:
                processors.append(TopPLogitsWarper(float(sampling.top_p)))
            processors.append(_Draw(seeds, self._device))
        # Everything that a model's own defaults would add is switched off: what is drawn is what the sampling says.
        make: Any = GenerationConfig  # has no types
        generation = make(
            max_new_tokens=sampling.max_tokens,
            do_sample=False,
            num_beams=1,
            repetition_penalty=1.0,
            no_repeat_ngram_size=0,
            min_new_tokens=0,
            eos_token_id=self._ends or None,
            pad_token_id=self._tokenizer.pad_token_id,
            stop_strings=list(sampling.stop) or None,
        )
        stop = {"tokenizer": self._tokenizer} if sampling.stop else {}
        with torch.inference_mode():
            out = self._model.generate(**padded, generation_config=generation, logits_processor=processors, **stop)
        new = out[:, padded["input_ids"].shape[1] :]
        recorder.take(new[:, -1])
        logprobs = torch.stack(recorder.taken, dim=1).tolist()
        return [self._completion(ids, ours, sampling) for ids, ours in zip(new.tolist(), logprobs, strict=True)]

    def _completion(self, ids: list[int], logprobs: list[float], sampling: Sampling) -> Completion:
        """A completion from its row: as far as its end, which belongs to the tokens and not to the text."""
        end = next((at for at, token in enumerate(ids) if token in self._ends), None)
        length = len(ids) if end is None else end + 1
        text = self._decode(ids[: length if end is None else end])
        stops = [at for at in (text.find(stop) for stop in sampling.stop) if at >= 0]
        if stops:
            length = self._tokens_until(ids[:length], sampling.stop)
            text = text[: min(stops)]
        finish = "stop" if stops or end is not None else "length"
        return Completion(text, tuple(logprobs[:length]), length, finish)

    def _tokens_until(self, ids: list[int], stops: tuple[str, ...]) -> int:
        """How many tokens it took to write the first stop string; the rest of the row was written for others of the batch."""
        low, high = 1, len(ids)
        while low < high:
            middle = (low + high) // 2
            text = self._decode(ids[:middle])
            low, high = (low, middle) if any(stop in text for stop in stops) else (middle + 1, high)
        return low

    def _decode(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))


class _Recorder:
    """Notes the log-probability of each token, a step after it was drawn, and changes nothing."""

    def __init__(self) -> None:
        self.taken: list[torch.Tensor] = []
        self._last: torch.Tensor | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """See a step: the tokens so far, and what the model says of the next one."""
        self.take(input_ids[:, -1])
        self._last = torch.log_softmax(scores.float(), dim=-1)
        return scores

    def take(self, tokens: torch.Tensor) -> None:
        """Note the log-probabilities of the tokens that were drawn last; the first step has none."""
        if self._last is not None:
            self.taken.append(self._last.gather(1, tokens[:, None])[:, 0].cpu())


class _Draw:
    """Draws by noise: with Gumbel noise on the scores, the likeliest token is one drawn from their distribution."""

    def __init__(self, seeds: Sequence[int], device: str) -> None:
        self._generators = [torch.Generator(device).manual_seed(seed % 2**63) for seed in seeds]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores with the noise of each row."""
        del input_ids
        scores = scores.float()
        waits = torch.stack([torch.empty_like(scores[0]).exponential_(generator=generator) for generator in self._generators])
        return scores - waits.log()


def _seed(request: Request, ordinal: int) -> int:
    seed = request.sampling.seed
    return int(torch.seed() if seed is None else seed + ordinal)


def _dtype(name: str) -> Any:  # noqa: ANN401 - torch's types are not imported for a signature
    return name if name == "auto" else getattr(torch, name)


def _ends(model: Any, tokenizer: Any) -> list[int]:  # noqa: ANN401 - Transformers has no types
    """The tokens that end a completion: those of the model's own defaults, and that of the tokenizer."""
    told = model.generation_config.eos_token_id if model.generation_config else None
    listed = told if isinstance(told, list) else [told]
    return list(dict.fromkeys(int(token) for token in [*listed, tokenizer.eos_token_id] if token is not None))
