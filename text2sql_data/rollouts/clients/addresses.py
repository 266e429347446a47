"""The addresses of a model: which one takes the next call, how long one that fails rests, and which model they serve.

Nothing is sent here.
"""

import time

import openai

from text2sql_data.rollouts.clients.model import ClientError
from text2sql_data.rollouts.clients.openai_replies import AttemptError, Card

_FIRST_REST_S, _LONGEST_REST_S = 1.0, 30.0


class Address:
    """One server, and how it has been doing.

    Attributes:
        url: Where it is.
        client: The SDK's client for it.
        calls: Calls in flight.
        failures: Failed attempts since the last answer.
        rests_until: When it may be asked again, as `time.monotonic` counts.
    """

    def __init__(self, url: str, client: openai.AsyncOpenAI) -> None:
        self.url = url
        self.client = client
        self.calls = 0
        self.failures = 0
        self.rests_until = 0.0

    def failed(self, error: AttemptError) -> None:
        """Rest it for longer each time, or as long as it asks."""
        if error.kind == "bad_request":
            return
        self.failures += 1
        rest = error.wait_s or min(_FIRST_REST_S * 2 ** min(self.failures - 1, 10), _LONGEST_REST_S)
        self.rests_until = time.monotonic() + rest

    def answered(self) -> None:
        """It is well."""
        self.failures, self.rests_until = 0, 0.0


def pick(addresses: list[Address]) -> Address:
    """The address with the fewest calls among those that do not rest; if all do, the one whose rest ends first."""
    now = time.monotonic()
    awake = [address for address in addresses if address.rests_until <= now]
    if not awake:
        return min(addresses, key=lambda address: address.rests_until)
    picked = min(awake, key=lambda address: (address.calls, address.failures))
    if picked.failures:  # one call at a time finds out whether it is back
        picked.rests_until = now + _FIRST_REST_S
    return picked


def chosen(wanted: str | None, listed: dict[str, list[Card]]) -> str:
    """The name to ask for.

    Raises:
        ClientError: An address does not serve the model, or it has to be said which of several is meant.
    """
    names = {url: [card.id for card in found] for url, found in listed.items()}
    every = sorted({name for found in names.values() for name in found})
    if wanted is None:
        if len(every) != 1:
            said = f"serves {', '.join(every)}" if every else "lists no model"
            raise ClientError(f"The server {said}, and `model` names none of them.", "Set `model` to the name to ask for.")
        wanted = every[0]
    for url, found in names.items():
        if found and wanted not in found:
            raise ClientError(f"{url} does not serve {wanted}.", f"It serves: {', '.join(found)}.")
    return wanted
