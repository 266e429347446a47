"""How likely given answers are, from servers with OpenAI's API: what is asked for, and how it is read.

The completions API repeats a prompt with the log-probabilities of its tokens (`echo`), so that an answer behind the prompt can be
read off whatever tokens it takes. The chat API, and servers without `echo`, tell the likeliest first tokens only: an answer that
is not among these is known to be no likelier than the last of them.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from text2sql_data.rollouts.clients.model import Answers, Likelihood, Reply, Request
from text2sql_data.rollouts.clients.openai_replies import AttemptError

TOP = 20
"""First tokens that are asked for: the most that vLLM gives unless it is told otherwise, and that OpenAI's chat API gives."""

Api = Literal["completions", "chat"]


class _Echoed(msgspec.Struct):
    tokens: list[str]
    token_logprobs: list[float | None]
    top_logprobs: list[dict[str, float] | None] | None = None


class _Choice(msgspec.Struct):
    index: int = 0
    logprobs: _Echoed | None = None


class _TopToken(msgspec.Struct):
    token: str
    logprob: float


class _FirstToken(msgspec.Struct):
    top_logprobs: list[_TopToken]


class _ChatLogprobs(msgspec.Struct):
    content: list[_FirstToken] | None = None


class _ChatChoice(msgspec.Struct):
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


_COMPLETIONS = msgspec.json.Decoder(_Body)
_CHAT = msgspec.json.Decoder(_ChatBody)


def likelihood_options(request: Request, api: Api) -> dict[str, Any]:
    """The options of a call that asks how likely the answers of a request are, instead of those of a completion."""
    answers = _answers(request)
    if api == "chat":
        return {"max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": TOP}
    if answers.first_token:
        return {"max_tokens": 1, "temperature": 0, "logprobs": TOP}
    behind = [request.prompt + text for text in answers.texts]
    return {"prompt": behind, "echo": True, "max_tokens": 0, "temperature": 0, "logprobs": 1}


def likelihoods(body: bytes, api: Api, request: Request, seconds: float) -> Reply:
    """The reply in the body of an answer to such a call.

    Raises:
        AttemptError: The body is no answer of this API; or the server does not repeat the prompt with log-probabilities, which is
            a `bad_request`: asking again does not help.
    """
    answers = _answers(request)
    try:
        answer = _CHAT.decode(body) if api == "chat" else _COMPLETIONS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        said = body.decode("utf-8", "replace")
        raise AttemptError(f"sent no log-probabilities: {error}", kind="invalid_reply", reply=said) from error
    if isinstance(answer, _ChatBody):
        content = answer.choices[0].logprobs.content if answer.choices and answer.choices[0].logprobs else None
        top = {one.token: one.logprob for one in content[0].top_logprobs} if content else {}
        # What a chat template ends in, and so whether an answer begins with a space, is not known here.
        found = first_tokens(
            {token.lstrip(): _any(top, token.lstrip()) for token in top}, [text.lstrip() for text in answers.texts]
        )
    elif answers.first_token:
        told = answer.choices[0].logprobs if answer.choices else None
        found = first_tokens((told.top_logprobs[0] or {}) if told and told.top_logprobs else {}, answers.texts)
    else:
        choices = sorted(answer.choices, key=lambda choice: choice.index)
        if len(choices) != len(answers.texts):
            raise _unable(f"gave {len(choices)} choices for {len(answers.texts)} prompts", body)
        found = tuple(_echoed(choice.logprobs, text, body) for choice, text in zip(choices, answers.texts, strict=True))
    usage = answer.usage or _Usage()
    return Reply([], answer.model, usage.prompt_tokens, usage.completion_tokens, seconds, found)


def first_tokens(top: Mapping[str, float], texts: Sequence[str]) -> tuple[Likelihood, ...]:
    """How likely each answer is from the likeliest first tokens.

    A token counts for an answer when the answer begins with it and no other answer does. An answer without any is at most as
    likely as the last token that is told; when no answer has one, nothing is known.

    Args:
        top: Log-probabilities of first tokens.
        texts: The answers.
    """
    counted: list[list[float]] = [[] for _ in texts]
    for token, logprob in top.items():
        begun = [at for at, answer in enumerate(texts) if token and answer.startswith(token)]
        if len(begun) == 1:
            counted[begun[0]].append(logprob)
    if not any(counted):
        return tuple(Likelihood(None) for _ in texts)
    least = min(top.values())
    return tuple(Likelihood(_sum(of_one)) if of_one else Likelihood(least, bounded=True) for of_one in counted)


def _any(top: Mapping[str, float], text: str) -> float:
    """The log-probability of any of the tokens that are a text, white space before it aside."""
    return _sum([logprob for token, logprob in top.items() if token.lstrip() == text])


def _sum(logprobs: list[float]) -> float:
    """The log-probability of any of some tokens."""
    most = max(logprobs)
    return most + math.log(sum(math.exp(one - most) for one in logprobs))


def _echoed(told: _Echoed | None, text: str, body: bytes) -> Likelihood:
    """How likely an answer is from the tokens of the prompt with the answer behind it; the last of them are the answer.

    They are counted from the end, where the answer is: offsets are not dependable for characters of several tokens.
    """
    if told is None:
        raise _unable("gives no log-probabilities of a prompt", body)
    tail, tokens = "", 0
    while len(tail) < len(text) and tokens < len(told.tokens):
        tokens += 1
        tail = told.tokens[-tokens] + tail
    logprobs = told.token_logprobs[len(told.token_logprobs) - tokens :]
    if not tail.endswith(text) or any(one is None for one in logprobs):
        raise _unable(f"repeats a prompt that does not end in {text!r}", body)
    return Likelihood(float(sum(one for one in logprobs if one is not None)), tokens)


def _answers(request: Request) -> Answers:
    if request.answers is None:
        raise ValueError("The request has no answers.")
    return request.answers


def _unable(message: str, body: bytes) -> AttemptError:
    hint = "Set `scoring: first_token`, or serve the model with a server that has `echo` with log-probabilities, such as vLLM."
    return AttemptError(message, kind="bad_request", hint=hint, reply=body.decode("utf-8", "replace"))
