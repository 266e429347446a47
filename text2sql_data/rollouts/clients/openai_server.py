"""A client of servers with OpenAI's API: `vllm serve`, `transformers serve`, and whoever else speaks it.

Failed attempts are repeated, at another address where there is one, until the retries are used up. When nothing but failures is
left the client says that the server is gone. It keeps no key but in memory, and takes it out of whatever a server says.
"""

import asyncio
import logging
import os
import random
import time
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2
import openai
import stamina
from openai import AsyncAPIResponse

from text2sql_data.rollouts.clients.addresses import Address, chosen, pick
from text2sql_data.rollouts.clients.config import OpenAIServer
from text2sql_data.rollouts.clients.model import CallError, ClientError, ModelInfo, Reply, Request, ServerGoneError, messages_of
from text2sql_data.rollouts.clients.openai_likelihoods import likelihood_options, likelihoods
from text2sql_data.rollouts.clients.openai_replies import AttemptError, Card, cards, completions, failure

GIVE_UP_AFTER = 10
"""The server counts as gone after so many calls in a row failed for good, even where it still answers something.

Calls that it refuses for what they ask do not count, but those that it refuses for their key, or for their number, do.
"""

PROBE_S = 10.0
"""How long an address may take to say which models it serves."""

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0
_LEAST_PATIENCE_S = 120.0
_GONE = {"connection", "timeout", "server_error", "invalid_reply"}
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _NO_SUCH_METHOD, _SERVER_ERROR = 401, 403, 404, 405, 500
_RESUME = "What is done is kept. Start the server again, then give the same command again: it goes on where it stopped."

# Without a handler Python would print the warning that stamina logs before each retry.
logging.getLogger("stamina").addHandler(logging.NullHandler())


class OpenAIServerClient:
    """Completions of a model that one or more servers serve."""

    def __init__(self, config: OpenAIServer) -> None:
        self._config = config
        self._key = os.environ.get(config.key, "") if config.key else ""
        if config.key and not self._key:
            raise ClientError(f"The environment variable {config.key} is not set.", "Set it to the API key of the server.")
        if config.system is not None and config.api != "chat":
            raise ClientError("A message of the system goes with chat only.", "Set api: chat, or leave `system` out.")
        self._addresses = [Address(url, self._connect(url)) for url in dict.fromkeys(config.addresses)]
        self._slots = asyncio.Semaphore(config.concurrency)
        self._model = config.model
        self._failed_in_a_row = 0
        self._gone: ServerGoneError | None = None

    @property
    def concurrency(self) -> int:
        """How many calls are in flight at most."""
        return self._config.concurrency

    async def check(self) -> ModelInfo:
        """Ask every address which models it serves; those that do not answer rest.

        Raises:
            ServerGoneError: No address answers.
            ClientError: The key is refused; or the model is not served, or it has to be said which.
        """
        listed = await asyncio.gather(*(self._listed(address) for address in self._addresses))
        answers = {
            address: found for address, found in zip(self._addresses, listed, strict=True) if not isinstance(found, AttemptError)
        }
        if not answers:
            said = "; ".join(f"{address.url} {error}" for address, error in zip(self._addresses, listed, strict=True))
            if any(isinstance(one, AttemptError) and one.status in {_UNAUTHORIZED, _FORBIDDEN} for one in listed):
                raise ClientError(f"The server refuses the key: {said}.", "Name the variable that holds the key in `key`.")
            raise ServerGoneError(f"No model server answers: {said}.", "Start the server, or correct `addresses`.")
        self._model = chosen(self._config.model, {address.url: found for address, found in answers.items()})
        served = [card for found in answers.values() for card in found if card.id == self._model]
        return ModelInfo(
            self._model,
            tuple(address.url for address in answers),
            min((card.max_model_len for card in served if card.max_model_len), default=None),
            await self._version(next(iter(answers)), served),
        )

    async def complete(self, request: Request) -> Reply:
        """Ask for completions; see `Client`.

        Raises:
            CallError: The call was refused, or all its attempts failed.
            ServerGoneError: No address answers, or the last `GIVE_UP_AFTER` calls failed for good.
        """
        if self._model is None:
            await self.check()
        async with self._slots:
            # The patience bounds what hangs: it is not tried as often as what fails at once.
            try:
                async for attempt in stamina.retry_context(
                    on=self._wait,
                    attempts=self._config.retries + 1,
                    timeout=max(2 * self._config.timeout, _LEAST_PATIENCE_S),
                    wait_initial=_FIRST_WAIT_S,
                    wait_max=_LONGEST_WAIT_S,
                    wait_jitter=1.0,
                ):
                    with attempt:
                        reply = await self._attempt(request)
            except AttemptError as error:
                raise await self._final(error, request) from None
        self._failed_in_a_row = 0
        return reply

    async def close(self) -> None:
        """Close the connections."""
        for address in self._addresses:
            await address.client.close()

    def _connect(self, url: str) -> openai.AsyncOpenAI:
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=self._config.concurrency)
        client = openai.AsyncOpenAI(
            base_url=url,
            api_key=self._key or "none",  # a server without keys ignores it, and the SDK must not look for one itself
            max_retries=0,
            timeout=httpx2.Timeout(self._config.timeout, connect=min(self._config.timeout, PROBE_S)),
            http_client=openai.DefaultAsyncHttpxClient(limits=limits),
        )
        client.organization = client.project = client.admin_api_key = None  # what the environment says of another server
        return client

    async def _attempt(self, request: Request) -> Reply:
        if self._gone is not None:
            raise self._gone
        address, came, begun = pick(self._addresses), bytearray(), time.monotonic()
        address.calls += 1
        try:
            async with asyncio.timeout(self._config.timeout), self._call(address.client, request) as response:
                async for part in response.iter_bytes():
                    came += part
            reply = self._read(bytes(came), request, time.monotonic() - begun)
        except (openai.OpenAIError, httpx2.HTTPError, TimeoutError, AttemptError) as error:
            failed = self._told(address, failure(error, bytes(came)))
            address.failed(failed)
            raise failed from None
        finally:
            address.calls -= 1
        address.answered()
        return reply

    def _call(self, client: openai.AsyncOpenAI, request: Request) -> AbstractAsyncContextManager[AsyncAPIResponse[Any]]:
        """The call, to be read as it comes: what has come of an answer that breaks off is kept."""
        sampling = request.sampling
        options: dict[str, Any] = {
            "model": self._model,
            "n": 1 if request.answers else request.draws,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "extra_body": self._config.extra or None,
        }
        if sampling.seed is not None:
            options["seed"] = sampling.seed
        if sampling.stop:
            options["stop"] = list(sampling.stop)
        if self._config.api == "completions":
            create: Any = client.completions.with_streaming_response.create
            options |= {"prompt": request.prompt} | ({"logprobs": 1} if self._config.logprobs else {})
        else:
            create = client.chat.completions.with_streaming_response.create
            messages = messages_of(request.prompt, self._config.system)
            options |= {"messages": messages} | ({"logprobs": True} if self._config.logprobs else {})
        if request.answers is not None:
            options |= likelihood_options(request, self._config.api)
        made: AbstractAsyncContextManager[AsyncAPIResponse[Any]] = create(**options)
        return made

    def _read(self, body: bytes, request: Request, seconds: float) -> Reply:
        """The reply in the body of an answer."""
        if request.answers is not None:
            return likelihoods(body, self._config.api, request, seconds)
        return completions(body, self._config.api, request, seconds)

    def _wait(self, error: Exception) -> bool | float:
        """Whether to try again: not at all, after the usual back-off, or in so many seconds."""
        if not isinstance(error, AttemptError) or error.kind == "bad_request":
            return False
        first = max(0.0, min(address.rests_until for address in self._addresses) - time.monotonic())
        if error.wait_s is None and first > 0:
            return True
        return first * random.uniform(1.0, 1.25)  # noqa: S311 - not all at the same moment

    async def _final(self, error: AttemptError, request: Request) -> CallError | ServerGoneError:
        """The error that ends a call: its own, or that the server is gone."""
        place = request.place
        said = f"The call for question {place.position}, stage {place.stage}, failed: {error}."
        counts = error.kind != "bad_request" or error.status in {_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND}
        self._failed_in_a_row = self._failed_in_a_row + 1 if counts else 0
        if self._failed_in_a_row >= GIVE_UP_AFTER:
            self._gone = ServerGoneError(f"The last {self._failed_in_a_row} calls failed. The last one: {error}.", _RESUME)
        elif error.kind in _GONE and self._gone is None and not await self._anybody():
            self._gone = ServerGoneError(f"No model server answers any more: {error}.", _RESUME)
        return self._gone or CallError(said, error.hint, kind=error.kind, reply=error.reply)

    async def _anybody(self) -> bool:
        """Whether any address still answers."""
        listed = await asyncio.gather(*(self._listed(address) for address in self._addresses))
        return any(
            not isinstance(found, AttemptError) or (found.status is not None and found.status < _SERVER_ERROR) for found in listed
        )

    async def _listed(self, address: Address) -> list[Card] | AttemptError:
        """The models that an address lists, or why it lists none; none for a server that has no list of them."""
        try:
            response = await address.client.get("/models", cast_to=httpx2.Response, options={"timeout": PROBE_S})
            return cards(response.content)
        except (openai.OpenAIError, httpx2.HTTPError, AttemptError) as error:
            failed = self._told(None, failure(error, b""))
            if failed.status in {_NOT_FOUND, _NO_SUCH_METHOD}:
                return []
            address.failed(failed)
            return failed

    async def _version(self, address: Address, served: list[Card]) -> str | None:
        """What serves the model, where it says so as vLLM does."""
        owner = served[0].owned_by if served else None
        try:
            root = httpx2.URL(address.url).copy_with(path="/version")
            answer = await address.client.get(str(root), cast_to=httpx2.Response, options={"timeout": PROBE_S})
            version = answer.json()["version"]
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, KeyError, TypeError):
            return owner
        return " ".join(filter(None, [owner, str(version)]))

    def _told(self, address: Address | None, error: AttemptError) -> AttemptError:
        """An error that names the address, and not the key, should the server have repeated it."""
        message = f"{address.url} {error}" if address else str(error)
        return AttemptError(
            self._without_key(message),
            kind=error.kind,
            hint=error.hint,
            reply=None if error.reply is None else self._without_key(error.reply),
            status=error.status,
            wait_s=error.wait_s,
        )

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text
