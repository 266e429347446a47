"""What every model client takes and gives: a prompt in, n completions with their log-probabilities out.

Or a prompt and some answers in, and how likely each of them is to follow it out.

A client is opened once a run and asked by many tasks of one event loop at a time; it keeps its own bound on calls in flight.
"""

from typing import NamedTuple, Protocol

from store import StoreError


class Sampling(NamedTuple):
    """How completions are drawn. A temperature of 0 is greedy.

    The completions of one call are drawn with the seed, the seed + 1, and so on: two calls with one seed give the same ones.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 512
    seed: int | None = None
    stop: tuple[str, ...] = ()


class Place(NamedTuple):
    """What the completions are for: the question, the stage that asks, and the samples that are wanted.

    `subject` tells calls of one stage and sample apart: the validator and the ordinal of a critique, empty for a SQL.
    """

    position: int
    stage: str
    samples: tuple[int, ...]
    subject: str = ""


def critique_subject(validator: str, ordinal: int) -> str:
    """The subject of a place where a critique is asked for; its stage and sample are those of what is criticised."""
    return f"{validator} {ordinal}"


class Answers(NamedTuple):
    """Answers whose log-probabilities are wanted, instead of completions.

    Attributes:
        texts: The answers, each as it continues the prompt.
        first_token: Of a server: look at the first token after the prompt only. It is cheaper, needs no `echo`, and gives the
            same where each answer is one token. Models in this process always look at all tokens, the chat API never.
    """

    texts: tuple[str, ...]
    first_token: bool = False


class Request(NamedTuple):
    """One call: `len(place.samples)` completions of a prompt; or, with `answers`, how likely these are to continue it."""

    prompt: str
    sampling: Sampling
    place: Place
    answers: Answers | None = None

    @property
    def n(self) -> int:
        """How many completions are asked for."""
        return len(self.place.samples)

    @property
    def draws(self) -> int:
        """How many completions to draw: all of them, but one of a greedy request, since the others would be the same."""
        return 1 if self.sampling.temperature == 0 else self.n

    def repeated(self, drawn: "list[Completion]") -> "list[Completion]":
        """The completions of what was drawn: of a greedy request the same one for each sample."""
        return drawn[:1] * self.n if self.draws < self.n else drawn


class Completion(NamedTuple):
    """One completion.

    Attributes:
        text: What the model wrote, without the prompt.
        logprobs: Log-probability of each token, in nats; None where the server gives none.
        tokens: Number of tokens; None where it is not known.
        finish: Why it ended: stop, length, or what the server says; None where it is not known.
    """

    text: str
    logprobs: tuple[float, ...] | None = None
    tokens: int | None = None
    finish: str | None = None

    @property
    def logprob(self) -> float | None:
        """Sum of the token log-probabilities, in nats."""
        return None if self.logprobs is None else float(sum(self.logprobs))


class Likelihood(NamedTuple):
    """How likely an answer is to continue a prompt.

    Attributes:
        logprob: Log-probability of all its tokens, or of the first one, in nats; None where nothing is known.
        tokens: Number of tokens.
        bounded: Whether it is only known to be no more than that.
    """

    logprob: float | None
    tokens: int = 1
    bounded: bool = False


class Reply(NamedTuple):
    """What came back: at most as many completions as were asked for, in the order of the samples.

    Attributes:
        completions: The completions; fewer than asked for when the server gave fewer, none where answers were asked about.
        model: Name of the model as the server reports it.
        prompt_tokens: Tokens of the prompt; None where it is not known.
        completion_tokens: Tokens of all completions together.
        seconds: Wall time of the call.
        likelihoods: How likely the answers are that were asked about, in their order.
        reward: The number that a reward model gives; None of other models.
    """

    completions: list[Completion]
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float | None = None
    likelihoods: tuple[Likelihood, ...] = ()
    reward: float | None = None


def messages_of(prompt: str, system: str | None) -> list[dict[str, str]]:
    """The messages of a chat that asks a prompt."""
    first = [] if system is None else [{"role": "system", "content": system}]
    return [*first, {"role": "user", "content": prompt}]


class ModelInfo(NamedTuple):
    """What answers, as it says itself.

    Attributes:
        model: Name of the model.
        addresses: Addresses that answered; none for a model in this process.
        max_model_len: Most tokens of a prompt and its completion together; None where it is not known.
        version: Name and version of what serves the model; None where it does not say.
    """

    model: str
    addresses: tuple[str, ...] = ()
    max_model_len: int | None = None
    version: str | None = None


class ClientError(StoreError, ValueError):
    """A client cannot be opened as it is configured: no such model, file, run, package or environment variable."""


class CallError(StoreError):
    """A call that failed for good, after its retries; the others go on.

    Attributes:
        kind: bad_request, rate_limit, server_error, timeout, connection, invalid_reply; not_recorded of a replay.
        reply: What the server sent, as far as it came.
    """

    def __init__(self, message: str, hint: str = "", *, kind: str = "server_error", reply: str | None = None) -> None:
        super().__init__(message, hint)
        self.kind = kind
        self.reply = reply


class ServerGoneError(StoreError, ConnectionError):
    """No address of a model answers any more: the run stops, and what is done stays."""


class Client(Protocol):
    """A model that can be asked."""

    @property
    def concurrency(self) -> int:
        """How many calls it is worth having in flight."""

    async def check(self) -> ModelInfo:
        """See that the model is there, before the first call.

        Raises:
            ServerGoneError: No address answers.
            ClientError: What answers does not serve the model.
        """

    async def complete(self, request: Request) -> Reply:
        """Ask for completions.

        Raises:
            CallError: This call failed.
            ServerGoneError: No server is there any more.
        """

    async def close(self) -> None:
        """Let go of connections and memory."""
