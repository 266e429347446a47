"""Requests that arrive together become one batch, which is run in a thread while the event loop goes on.

What runs a batch sees no two batches at a time. Requests keep their order; nothing is promised about what shares a batch.
"""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeAlias

from text2sql_data.rollouts.clients.model import CallError, Reply, Request

GATHER_S = 0.005
"""How long the first request of a batch waits for others."""

Outcome: TypeAlias = Reply | CallError
Runner: TypeAlias = Callable[[list[Request]], list[Outcome]]


class _Waiting(NamedTuple):
    request: Request
    reply: "asyncio.Future[Reply]"


class Batcher:
    """Collects requests for a function that answers many at a time."""

    def __init__(self, run: Runner, size: int, kind: Callable[[Request], Hashable] = lambda _: None) -> None:
        """Prepare.

        Args:
            run: Answers a batch, one outcome a request; called in a thread, always the same one.
            size: Most completions of a batch; a request for more is a batch of its own.
            kind: Requests share a batch only where this is equal.
        """
        self._run = run
        self._size = size
        self._kind = kind
        self._waiting: list[_Waiting] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._loop: asyncio.Task[None] | None = None

    async def ask(self, request: Request) -> Reply:
        """Wait for the reply to a request.

        Raises:
            CallError: The request, or its whole batch, failed.
        """
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(request, future))
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._serve())
        return await future

    async def in_thread(self, work: Callable[[], None]) -> None:
        """Do something in the thread that runs the batches, before the next of them."""
        await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def close(self) -> None:
        """Finish the batch that is running, and cancel what waits."""
        for one in self._waiting:
            one.reply.cancel()
        self._waiting.clear()
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)
        if self._loop is not None:
            await asyncio.gather(self._loop, return_exceptions=True)

    async def _serve(self) -> None:
        """Run batches until nothing waits."""
        await asyncio.sleep(GATHER_S)
        while batch := self._take():
            loop = asyncio.get_running_loop()
            requests = [one.request for one in batch]
            try:
                outcomes = await loop.run_in_executor(self._thread, self._run, requests)
            except Exception as error:  # noqa: BLE001 - whatever a model raises is the failure of this batch, not of the run
                outcomes = [_failed(error, len(batch)) for _ in batch]
            for one, outcome in zip(batch, outcomes, strict=True):
                if one.reply.done():  # whoever asked has gone
                    continue
                if isinstance(outcome, CallError):
                    one.reply.set_exception(outcome)
                else:
                    one.reply.set_result(outcome)
            await asyncio.sleep(0)  # those who got a reply may have another request, which belongs to the next batch

    def _take(self) -> list[_Waiting]:
        """The next batch: the first request that waits, and those of its kind that fit beside it."""
        self._waiting = [one for one in self._waiting if not one.reply.done()]
        taken: list[_Waiting] = []
        left: list[_Waiting] = []
        size = 0
        for one in self._waiting:
            fits = not taken or (size + one.request.n <= self._size and self._kind(one.request) == self._kind(taken[0].request))
            (taken if fits else left).append(one)
            size += one.request.n if fits else 0
        self._waiting = left
        return taken


def _failed(error: Exception, requests: int) -> CallError:
    said = " ".join(str(error).split()) or type(error).__name__
    memory = "out of memory" in said.lower() or isinstance(error, MemoryError)
    return CallError(
        f"The model failed on a batch of {requests} calls: {type(error).__name__}: {said}",
        "Make `batch` smaller." if memory else "",
        kind="server_error",
    )


def too_long(request: Request, tokens: int, limit: int) -> CallError:
    """The refusal of a request whose prompt and completion do not fit into the model."""
    place = request.place
    return CallError(
        f"The call for question {place.position}, stage {place.stage}, is too long for the model: {tokens} tokens of prompt and"
        f" {request.sampling.max_tokens} of completion are more than {limit}.",
        "Show less of the schema, or ask for fewer `max_tokens`.",
        kind="bad_request",
    )
