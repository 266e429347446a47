"""What a server with OpenAI's API says of answers: read from repeated prompts, and from the likeliest first tokens."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text2sql_data.rollouts.clients.model import Answers, Place, Request, Sampling
from text2sql_data.rollouts.clients.openai_likelihoods import first_tokens, likelihood_options, likelihoods
from text2sql_data.rollouts.clients.openai_replies import AttemptError

REQUEST = Request("Right?\n", Sampling(), Place(0, "pointwise", (0,)), Answers(("YES", "NO")))


def echoed(*told: tuple[list[str], list[float | None]]) -> bytes:
    """The body of an answer that repeats prompts, the last one first."""
    choices = [
        {"index": at, "logprobs": {"tokens": tokens, "token_logprobs": numbers}} for at, (tokens, numbers) in enumerate(told)
    ]
    return json.dumps({"choices": choices[::-1], "model": "m", "usage": {"prompt_tokens": 5}}).encode()


def chat(top: dict[str, float]) -> bytes:
    """The body of an answer to a chat."""
    tokens = [{"token": token, "logprob": logprob} for token, logprob in top.items()]
    choice = {
        "index": 0,
        "message": {"content": "x"},
        "logprobs": {"content": [{"token": "x", "logprob": -1, "top_logprobs": tokens}]},
    }
    return json.dumps({"choices": [choice]}).encode()


@st.composite
def cut(draw: st.DrawFn, text: str) -> list[str]:
    """A text cut into tokens anywhere."""
    places = sorted(draw(st.sets(st.integers(1, len(text) - 1)))) if len(text) > 1 else []
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_an_answer_is_its_last_tokens(data: st.DataObject) -> None:
    """However a text falls into tokens: those that hold some of the answer count, the one at its edge included, and no other."""
    told, due = [], []
    for answer in ("YES", "NO"):
        tokens = data.draw(cut("Größe?\n" + answer))
        numbers = [-float(at + 1) for at in range(len(tokens))]
        lengths = [len("".join(tokens[:at])) for at in range(len(tokens))]
        inside = [number for at, number in enumerate(numbers) if lengths[at] + len(tokens[at]) > len("Größe?\n")]
        told.append((tokens, [None, *numbers[1:]] if len(inside) < len(numbers) else numbers))
        due.append((sum(inside), len(inside)))
    reply = likelihoods(echoed(*told), "completions", REQUEST, 0.1)
    assert [(one.logprob, one.tokens) for one in reply.likelihoods] == [(pytest.approx(total), n) for total, n in due]
    assert (reply.model, reply.prompt_tokens, reply.completions) == ("m", 5, [])


@pytest.mark.parametrize(
    "body",
    [
        b'{"choices": [{"index": 0, "text": "a"}, {"index": 1, "text": "b"}]}',
        b'{"choices": [{"index": 0, "text": "a"}]}',
        echoed((["Right?\n", "YES"], [None, -1.0]), (["Right?\n", "NO", "!"], [None, -1.0, -1.0])),
        echoed((["token_id:5", "token_id:7"], [None, -1.0]), (["token_id:5", "token_id:8"], [None, -1.0])),
        echoed((["YES"], [None]), (["NO"], [None])),
    ],
)
def test_a_server_that_cannot_is_told_apart(body: bytes) -> None:
    """One that does not repeat prompts, writes on, or gives no log-probabilities: no retry, and the hint says what to do."""
    with pytest.raises(AttemptError) as caught:
        likelihoods(body, "completions", REQUEST, 0.1)
    assert caught.value.kind == "bad_request"
    assert "first_token" in caught.value.hint


def test_what_is_no_answer_is_asked_for_again() -> None:
    """Half a JSON is a failed attempt as ever."""
    with pytest.raises(AttemptError) as caught:
        likelihoods(b'{"choices": [{"ind', "completions", REQUEST, 0.1)
    assert caught.value.kind == "invalid_reply"


def test_first_tokens_count_for_the_answer_that_begins_with_them() -> None:
    """Parts of an answer add up; what both begin with, goes on otherwise, or is another word counts for none."""
    yes, no = first_tokens({"YES": -1.0, "Y": -2.0, "N": -3.0, "Yes": -0.5, "YES!": -0.7, "": -0.1}, ("YES", "NO"))
    assert yes.logprob == pytest.approx(math.log(math.exp(-1) + math.exp(-2)))
    assert (no.logprob, yes.bounded, no.bounded) == (pytest.approx(-3), False, False)
    for one in first_tokens({"A": -1.0}, ("AB", "AC")):
        assert one.logprob is None


def test_an_answer_that_is_not_told_is_bounded() -> None:
    """It is at most as likely as the last that is; a model that is sure of one answer still has a probability near 1."""
    yes, no = first_tokens({"YES": -0.001, "Yes": -8.0, "Maybe": -9.0}, ("YES", "NO"))
    assert (yes.bounded, no.logprob, no.bounded) == (False, -9.0, True)
    assert [one.logprob for one in first_tokens({"Well": -0.1}, ("YES", "NO"))] == [None, None]
    assert [one.logprob for one in first_tokens({}, ("YES", "NO"))] == [None, None]


def test_a_chat_may_begin_with_a_space() -> None:
    """White space before an answer does not matter there, with or without it in the configuration."""
    for texts in (("YES", "NO"), (" YES", " NO")):
        request = REQUEST._replace(answers=Answers(texts))
        yes, no = likelihoods(chat({" YES": -1.0, "YES": -2.0, "NO": -3.0}), "chat", request, 0.1).likelihoods
        assert yes.logprob == pytest.approx(math.log(math.exp(-1) + math.exp(-2)))
        assert no.logprob == pytest.approx(-3)
    assert all(one.logprob is None for one in likelihoods(b'{"choices": [{}]}', "chat", REQUEST, 0.1).likelihoods)


def test_what_is_asked_for() -> None:
    """Both answers in one call; or one token with the likeliest ones."""
    whole: dict[str, Any] = likelihood_options(REQUEST, "completions")
    assert whole["prompt"] == ["Right?\nYES", "Right?\nNO"]
    assert (whole["echo"], whole["max_tokens"]) == (True, 0)
    first = likelihood_options(REQUEST._replace(answers=Answers(("YES", "NO"), first_token=True)), "completions")
    assert (first["max_tokens"], first["logprobs"], "prompt" in first) == (1, 20, False)
    assert likelihood_options(REQUEST, "chat")["top_logprobs"] == 20
