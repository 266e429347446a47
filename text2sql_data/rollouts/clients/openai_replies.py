"""What servers with OpenAI's API send: completions, lists of models, and errors.

Only the fields that are needed are read, and they are checked: what is not as it should be is a failed attempt, never half an
answer.
"""

import re
from email.utils import parsedate_to_datetime
from time import time
from typing import Any, Literal

import httpx2
import msgspec
import openai

from text2sql_data.rollouts.clients.model import Completion, Reply, Request

LONGEST_WAIT_S = 120.0
"""The longest Retry-After that is waited for; a longer one is cut to it."""

_UNFINISHED = {"abort", "error", "cancelled"}  # vLLM ends what it has begun with one of these when it is shut down
_TOO_LONG = re.compile(
    r"context.?length|max(imum)?[ _]model[ _]len|prompt is too long|too many tokens|longer than the m", re.IGNORECASE
)
_QUOTED = 500
_BAD_REQUEST, _SERVER_ERROR = "bad_request", "server_error"
_FIRST_SERVER_ERROR = 500
_KINDS = {408: "timeout", 409: _SERVER_ERROR, 429: "rate_limit"}


class AttemptError(Exception):
    """One attempt of a call that failed.

    Attributes:
        kind: As that of a `CallError`.
        hint: What the user can do.
        reply: What the server sent, as far as it came.
        status: HTTP status; None where no answer began.
        wait_s: How long the server asks to wait; None where it does not.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        hint: str = "",
        reply: str | None = None,
        status: int | None = None,
        wait_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.hint = hint
        self.reply = reply
        self.status = status
        self.wait_s = wait_s


class _TokenLogprobs(msgspec.Struct):
    token_logprobs: list[float | None] | None = None


class _Token(msgspec.Struct):
    logprob: float


class _ChatLogprobs(msgspec.Struct):
    content: list[_Token] | None = None


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    text: str
    index: int = 0
    finish_reason: str | None = None
    logprobs: _TokenLogprobs | None = None


class _ChatChoice(msgspec.Struct):
    message: _Message
    index: int = 0
    finish_reason: str | None = None
    logprobs: _ChatLogprobs | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Body(msgspec.Struct):
    choices: list[_Choice]
    model: str | None = None
    usage: _Usage | None = None


class _ChatBody(msgspec.Struct):
    choices: list[_ChatChoice]
    model: str | None = None
    usage: _Usage | None = None


class Card(msgspec.Struct):
    """A model that a server lists."""

    id: str
    max_model_len: int | None = None
    owned_by: str | None = None


class _Cards(msgspec.Struct):
    data: list[Card]


_DECODERS: dict[str, msgspec.json.Decoder[_Body] | msgspec.json.Decoder[_ChatBody]] = {
    "completions": msgspec.json.Decoder(_Body),
    "chat": msgspec.json.Decoder(_ChatBody),
}
_CARDS = msgspec.json.Decoder(_Cards)


def completions(body: bytes, api: Literal["completions", "chat"], request: Request, seconds: float) -> Reply:
    """The reply in the body of an answer, in the order of the server's indexes and without log-probabilities that are not whole.

    Raises:
        AttemptError: The body is no answer of this API, holds no completion, or one that the server broke off.
    """
    try:
        answer = _DECODERS[api].decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _invalid(f"sent what is no answer: {error}", body) from error
    if not answer.choices:
        raise _invalid("sent no completion", body)
    if broken := {choice.finish_reason for choice in answer.choices} & _UNFINISHED:
        raise _invalid(f"broke off a completion ({', '.join(map(str, broken))})", body)
    choices: list[_Choice | _ChatChoice] = [*answer.choices]
    choices.sort(key=lambda choice: choice.index)
    usage = answer.usage or _Usage()
    tokens = usage.completion_tokens if len(answer.choices) == 1 else None
    return Reply(
        request.repeated([_completion(choice, tokens) for choice in choices[: request.draws]]),
        answer.model,
        usage.prompt_tokens,
        usage.completion_tokens,
        seconds,
    )


def cards(body: bytes) -> list[Card]:
    """The models in the body of an answer to `/v1/models`.

    Raises:
        AttemptError: It is no such list.
    """
    try:
        return _CARDS.decode(body).data
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _invalid(f"sent no list of models: {error}", body) from error


def failure(error: Exception, came: bytes) -> AttemptError:
    """What went wrong with an attempt, from what the SDK, or the transport below it, raised.

    Args:
        error: What was raised.
        came: The part of the answer that came before.
    """
    reply = came.decode("utf-8", "replace") if came else None
    if isinstance(error, AttemptError):
        return error
    if isinstance(error, openai.APIStatusError):
        return _refusal(error)
    if isinstance(error, TimeoutError | openai.APITimeoutError | httpx2.TimeoutException):
        return AttemptError("gave no whole answer in time", kind="timeout", hint="Allow more with `timeout`.", reply=reply)
    cause = error.__cause__ or error
    if came:
        return AttemptError(f"broke off its answer after {len(came)} bytes", kind="connection", reply=reply)
    return AttemptError(f"does not answer ({cause or type(cause).__name__})", kind="connection", reply=reply)


def _refusal(error: openai.APIStatusError) -> AttemptError:
    """An answer with a status of 400 and more."""
    status = error.status_code
    try:
        reply = error.response.text
    except httpx2.ResponseNotRead:
        reply = ""
    said = (_said(error.body) or reply[:_QUOTED] or "nothing").rstrip(". ")
    kind = _KINDS.get(status, _BAD_REQUEST if status < _FIRST_SERVER_ERROR else _SERVER_ERROR)
    hint = ""
    if status in {401, 403}:
        hint = "Set the environment variable that `key` names to a key that the server takes."
    elif kind == _BAD_REQUEST and _TOO_LONG.search(said):
        said = f"prompt and completion are too long for the model: {said}"
        hint = "Show less of the schema, ask for fewer `max_tokens`, or serve the model with a longer context."
    return AttemptError(
        f"answered {status}: {said}", kind=kind, hint=hint, reply=reply, status=status, wait_s=_wait(error.response.headers)
    )


def _said(body: Any) -> str:  # noqa: ANN401 - JSON
    """The message in the body of an error: of OpenAI, of vLLM, of FastAPI."""
    if isinstance(body, dict):
        for key in ("message", "detail", "error"):
            if body.get(key):
                return _said(body[key]) or str(body[key])[:_QUOTED]
    return body[:_QUOTED] if isinstance(body, str) else ""


def _wait(headers: httpx2.Headers) -> float | None:
    """The seconds that an answer asks to wait, from `retry-after-ms` or `retry-after`, a number or a date."""
    milliseconds, after = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds is not None:
            seconds = float(milliseconds) / 1000
        elif after is None:
            return None
        elif re.fullmatch(r"[0-9.]+", after.strip()):
            seconds = float(after)
        else:
            seconds = parsedate_to_datetime(after).timestamp() - time()
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT_S)


def _invalid(message: str, body: bytes) -> AttemptError:
    return AttemptError(message, kind="invalid_reply", reply=body.decode("utf-8", "replace"))


def _completion(choice: _Choice | _ChatChoice, tokens: int | None) -> Completion:
    if isinstance(choice, _Choice):
        text, given = choice.text, choice.logprobs.token_logprobs if choice.logprobs else None
    else:
        text = choice.message.content or ""
        content = choice.logprobs.content if choice.logprobs else None
        given = None if content is None else [token.logprob for token in content]
    logprobs = tuple(one for one in given if one is not None) if given is not None else None
    if logprobs is not None and given is not None and len(logprobs) < len(given):
        logprobs = None
    if logprobs is not None:
        tokens = len(logprobs)
    return Completion(text, logprobs, tokens, choice.finish_reason)
