"""A reward model in this process: a sequence classifier with one label, with a PEFT adapter if one is given.

Texts are put together as by RewardTrainer of TRL: prompt, answer and the token that ends a text, or messages through
the chat template.
"""

import time
from importlib.metadata import version
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from text2sql_data.rollouts.clients.batching import Batcher, Outcome, too_long
from text2sql_data.rollouts.clients.config import RewardTransformers
from text2sql_data.rollouts.clients.model import CallError, ClientError, ModelInfo, Reply, Request, messages_of


class RewardTransformersClient:
    """Rewards of a model in this process."""

    def __init__(self, config: RewardTransformers) -> None:
        self._config = config
        self._model: Any
        self._tokenizer: Any
        self._device = config.device or ("cuda" if torch.cuda.is_available() else "cpu")
        dtype = config.dtype if config.dtype == "auto" else getattr(torch, config.dtype)
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(config.model, padding_side="right", trust_remote_code=False)
            options = {} if config.adapter is None else {"num_labels": 1}
            self._model = AutoModelForSequenceClassification.from_pretrained(
                config.model, dtype=dtype, trust_remote_code=False, **options
            )
            if config.adapter is not None:
                from peft import PeftModel

                self._model = PeftModel.from_pretrained(self._model, config.adapter)
            self._model = self._model.to(self._device).eval()
        except Exception as error:  # whatever transformers, PEFT and torch raise over a folder, a pickle in it included
            raise ClientError(
                f"The reward model {config.model} cannot be loaded: {error}", "Give the folder of a model, and a device."
            ) from error
        if (labels := self._model.config.num_labels) != 1:
            raise ClientError(f"{config.model} has {labels} labels, and a reward is one number.", "Give a model with one label.")
        if (config.chat or config.system is not None) and not self._tokenizer.chat_template:
            raise ClientError(f"The model {config.model} has no chat template.", "Leave `chat` and `system` out.")
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        self._model.config.pad_token_id = self._tokenizer.pad_token_id  # the model looks for it to find where a text ends
        self._limit = int(getattr(self._model.config, "max_position_embeddings", 0) or 0)
        self._batcher = Batcher(self._run, config.batch)

    @property
    def concurrency(self) -> int:
        """Two batches: one is being judged while the other one gathers."""
        return 2 * self._config.batch

    async def check(self) -> ModelInfo:
        """The model that was loaded."""
        name = self._config.model if self._config.adapter is None else f"{self._config.model} + {self._config.adapter}"
        return ModelInfo(name, (), self._limit or None, f"transformers {version('transformers')}")

    async def complete(self, request: Request) -> Reply:
        """Ask for the reward of the one answer of a request.

        Raises:
            CallError: The text is too long, or the model failed.
        """
        return await self._batcher.ask(request)

    async def close(self) -> None:
        """Let go of the model."""
        await self._batcher.close()
        del self._model
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _run(self, requests: list[Request]) -> list[Outcome]:
        begun = time.monotonic()
        encoded = [self._encode(request) for request in requests]
        outcomes: dict[int, Outcome] = {}
        for at, (request, ids) in enumerate(zip(requests, encoded, strict=True)):
            if self._limit and len(ids) > self._limit:
                outcomes[at] = too_long(request, len(ids), self._limit)
        asked = [at for at in range(len(requests)) if at not in outcomes]
        if asked:
            padded = self._tokenizer.pad({"input_ids": [encoded[at] for at in asked]}, return_tensors="pt").to(self._device)
            with torch.inference_mode():
                rewards = self._model(**padded).logits[:, 0].float().tolist()
            seconds = time.monotonic() - begun
            for at, reward in zip(asked, rewards, strict=True):
                outcomes[at] = (
                    Reply([], self._config.model, len(encoded[at]), 0, seconds, reward=reward)
                    if reward == reward  # noqa: PLR0124 - not a NaN
                    else CallError("The reward is not a number.", "Use another `dtype`.", kind="server_error")
                )
        return [outcomes[at] for at in range(len(requests))]

    def _encode(self, request: Request) -> list[int]:
        (answer,) = request.answers.texts if request.answers else ("",)
        if not self._config.chat and self._config.system is None:
            end = self._tokenizer.eos_token if self._config.end is None else self._config.end
            text = request.prompt + answer
            return list(self._tokenizer(text if not end or text.endswith(end) else text + end)["input_ids"])
        messages = [*messages_of(request.prompt, self._config.system), {"role": "assistant", "content": answer}]
        text = self._tokenizer.apply_chat_template(messages, tokenize=False)
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])
