"""What an answer asks to wait, and waiting for it."""

# ruff: noqa: ANN401 - the server comes from a fixture that loads its module

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest
import stamina

from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.config import OpenAIServer
from text2sql_data.rollouts.clients.model import Place, Request, Sampling
from text2sql_data.rollouts.clients.openai_replies import LONGEST_WAIT_S, _wait


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"retry-after": "7"}, 7, 7),
        ({"retry-after": "1.5"}, 1.5, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25, 0.25),
        ({"retry-after": format_datetime(datetime(2001, 1, 1, tzinfo=UTC), usegmt=True)}, 0, 0),
        ({"retry-after": "99999"}, LONGEST_WAIT_S, LONGEST_WAIT_S),
    ],
)
def test_the_time_to_wait(headers: dict[str, str], low: float, high: float) -> None:
    """Seconds, milliseconds and dates are understood, and nothing waits for hours."""
    found = _wait(httpx2.Headers(headers))
    assert found is not None
    assert low <= found <= high


def test_a_date_to_wait_for() -> None:
    """A date in the future is waited for."""
    found = _wait(httpx2.Headers({"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)}))
    assert found is not None
    assert 1 <= found <= 100


@pytest.mark.parametrize("headers", [{}, {"retry-after": "soon"}, {"retry-after": "1.2.3"}, {"retry-after-ms": "x"}])
def test_no_time_to_wait(headers: dict[str, str]) -> None:
    """What is not said, or not understood, leaves the usual back-off."""
    assert _wait(httpx2.Headers(headers)) is None


def test_a_call_waits_as_long_as_it_is_asked_to(fault_server: Any, faulty: Any) -> None:
    """The second attempt comes no sooner than the server said."""
    assert not stamina.is_testing()
    fault_server.faults.append(faulty.Fault(429, {"retry-after": "0.3"}))

    async def run() -> None:
        client = open_client(OpenAIServer(addresses=[fault_server.address], model="fake"))
        await client.complete(Request("x", Sampling(), Place(0, "answer", (0,))))
        await client.close()

    asyncio.run(run())
    first, second = fault_server.calls
    assert second.at - first.at >= 0.3
