"""A client of a reward model that vLLM serves: a prompt with an answer behind it in, a number out.

The number is the model's own output, before any activation. Retries, addresses and errors are those of `openai_server`.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import openai

from text2sql_data.rollouts.clients.config import OpenAIServer, RewardServer
from text2sql_data.rollouts.clients.model import Reply, Request, messages_of
from text2sql_data.rollouts.clients.openai_replies import AttemptError
from text2sql_data.rollouts.clients.openai_server import OpenAIServerClient

_PATH = "/classify"  # stands beside /v1, not below it


class _Data(msgspec.Struct):
    probs: list[float]


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None


class _Body(msgspec.Struct):
    data: list[_Data]
    model: str | None = None
    usage: _Usage | None = None


class _Whole:
    """An answer that has come as a whole, to be read like one that comes in parts."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """The answer."""
        yield self._content


class RewardServerClient(OpenAIServerClient):
    """Rewards of a model that one or more vLLM servers serve."""

    def __init__(self, config: RewardServer) -> None:
        self._reward = config
        super().__init__(
            OpenAIServer(
                addresses=config.addresses,
                model=config.model,
                api="chat" if config.chat else "completions",
                system=config.system,
                key=config.key,
                concurrency=config.concurrency,
                timeout=config.timeout,
                retries=config.retries,
                extra=config.extra,
            )
        )

    def _call(self, client: openai.AsyncOpenAI, request: Request) -> Any:  # noqa: ANN401 - not an answer of the SDK's own
        (answer,) = request.answers.texts if request.answers else ("",)
        body: dict[str, Any] = {"model": self._model, "use_activation": False, **self._config.extra}
        if self._config.api == "chat":
            messages = messages_of(request.prompt, self._config.system)
            body["messages"] = [*messages, {"role": "assistant", "content": answer}]
        else:
            body["input"] = request.prompt + answer + self._reward.end
        return _posted(client, body)

    def _read(self, body: bytes, request: Request, seconds: float) -> Reply:
        del request
        try:
            answer = msgspec.json.decode(body, type=_Body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            said = body.decode("utf-8", "replace")
            raise AttemptError(f"sent what is no reward: {error}", kind="invalid_reply", reply=said) from error
        found = [one.probs for one in answer.data]
        if len(found) != 1 or len(found[0]) != 1:
            raise AttemptError(
                "gave no single number",
                kind="bad_request",
                hint="A reward model is a sequence classifier with one label.",
                reply=body.decode("utf-8", "replace"),
            )
        usage = answer.usage or _Usage()
        return Reply([], answer.model, usage.prompt_tokens, 0, seconds, reward=found[0][0])


@contextlib.asynccontextmanager
async def _posted(client: openai.AsyncOpenAI, body: dict[str, Any]) -> AsyncIterator[_Whole]:
    base = httpx2.URL(str(client.base_url))
    path = base.path.rstrip("/").removesuffix("/v1") + _PATH
    answer = await client.post(str(base.copy_with(path=path)), cast_to=httpx2.Response, body=body)
    yield _Whole(answer.content)
