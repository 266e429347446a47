"""Batches of requests: everybody gets the own reply, whatever arrives together, fails, or leaves."""

import asyncio
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text2sql_data.rollouts.clients.batching import Batcher, Outcome
from text2sql_data.rollouts.clients.model import CallError, Completion, Place, Reply, Request, Sampling


class Model:
    """Answers with the prompt, and notes the batches."""

    def __init__(self) -> None:
        self.batches: list[list[Request]] = []
        self.threads: set[str] = set()

    def __call__(self, requests: list[Request]) -> list[Outcome]:
        """A reply each; a prompt `refused` is refused, and `broken` breaks the batch."""
        self.batches.append(requests)
        self.threads.add(threading.current_thread().name)
        if any(request.prompt == "broken" for request in requests):
            raise MemoryError
        return [
            CallError("refused", kind="bad_request") if one.prompt == "refused" else Reply([Completion(one.prompt)] * one.n)
            for one in requests
        ]


def request(prompt: str, samples: int = 1, temperature: float = 0.0) -> Request:
    """A request for a prompt."""
    return Request(prompt, Sampling(temperature), Place(0, "answer", tuple(range(samples))))


def ask(model: Model, requests: list[Request], size: int) -> list[Reply | BaseException]:
    """Ask for all of them together."""

    async def run() -> list[Reply | BaseException]:
        batcher = Batcher(model, size, lambda one: one.sampling)
        found = await asyncio.gather(*map(batcher.ask, requests), return_exceptions=True)
        await batcher.close()
        return found

    return asyncio.run(run())


@given(
    asked=st.lists(st.tuples(st.text(max_size=3), st.integers(1, 6), st.sampled_from([0.0, 0.7]))),
    size=st.integers(1, 8),
)
@settings(deadline=None, max_examples=40)
def test_everybody_gets_the_own_reply(asked: list[tuple[str, int, float]], size: int) -> None:
    """Batches hold equal samplings and no more than fits, in one thread, and every request is in exactly one of them."""
    model, requests = Model(), [request(*one) for one in asked]
    found = ask(model, requests, size)
    assert [[c.text for c in one.completions] for one in found if isinstance(one, Reply)] == [[o.prompt] * o.n for o in requests]
    assert sorted(one for batch in model.batches for one in batch) == sorted(requests)
    assert len(model.threads) <= 1
    for batch in model.batches:
        assert len({one.sampling for one in batch}) == 1
        assert len(batch) == 1 or sum(one.n for one in batch) <= size


def test_what_arrives_together_is_one_batch() -> None:
    """Ten requests for a batch of sixteen are run once."""
    model = Model()
    ask(model, [request(str(at)) for at in range(10)], 16)
    assert [len(batch) for batch in model.batches] == [10]


def test_a_failure_is_that_of_its_own_request_or_batch() -> None:
    """A refused request does not touch the others; a broken batch says why, and the next one runs."""
    model = Model()
    found = ask(model, [request("a"), request("refused"), request("broken", temperature=0.5), request("b", temperature=0.9)], 8)
    assert isinstance(found[0], Reply)
    assert isinstance(found[3], Reply)
    assert isinstance(found[1], CallError)
    assert found[1].kind == "bad_request"
    assert isinstance(found[2], CallError)
    assert "MemoryError" in str(found[2])
    assert "batch" in found[2].hint


def test_who_leaves_is_not_waited_for() -> None:
    """A cancelled request is left out of its batch, and those beside it are answered."""
    model = Model()

    async def run() -> Reply:
        batcher = Batcher(model, 8)
        gone, stays = asyncio.create_task(batcher.ask(request("gone"))), asyncio.create_task(batcher.ask(request("stays")))
        await asyncio.sleep(0)
        gone.cancel()
        reply = await stays
        with pytest.raises(asyncio.CancelledError):
            await gone
        await batcher.close()
        return reply

    assert asyncio.run(run()).completions[0].text == "stays"
    assert [[one.prompt for one in batch] for batch in model.batches] == [["stays"]]
