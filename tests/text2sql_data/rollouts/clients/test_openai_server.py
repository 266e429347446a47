"""The client of servers: what it makes of proper answers and of every kind of failure of a server that fails as it is told to."""

# ruff: noqa: ANN401 - the server comes from a fixture that loads its module

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text2sql_data.rollouts.clients import addresses as addresses_module
from text2sql_data.rollouts.clients import open_client, openai_server
from text2sql_data.rollouts.clients.config import OpenAIServer
from text2sql_data.rollouts.clients.model import (
    CallError,
    Client,
    ClientError,
    ModelInfo,
    Place,
    Reply,
    Request,
    Sampling,
    ServerGoneError,
)

pytestmark = pytest.mark.usefixtures("at_once")

REPEATED = [
    "rate_limit",
    "rate_limit_without_a_time",
    "error_500",
    "error_503_of_a_proxy",
    "half_an_answer",
    "no_answer",
    "hang",
    "reset",
    "invalid_json",
    "no_choices",
    "error_with_status_200",
    "aborted",
]
ATTEMPTS = 4
TIMEOUT_S = 0.15


def request(prompt: str = "Name all wards.", samples: int = 2, position: int = 7, **sampling: Any) -> Request:
    """A call for the first samples of a question."""
    return Request(prompt, Sampling(**{"temperature": 0.8, **sampling}), Place(position, "planner", tuple(range(samples))))


def with_client(config: OpenAIServer, use: Callable[[Client], Awaitable[Any]]) -> Any:
    """What a function finds with a client, which is closed afterwards."""

    async def run() -> Any:
        client = open_client(config)
        try:
            return await use(client)
        finally:
            await client.close()

    return asyncio.run(run())


def ask(server: Any, *requests: Request, **fields: Any) -> list[Reply | Exception]:
    """The replies, or errors, of calls that are made together."""
    config = OpenAIServer(**{"addresses": [server.address], "model": server.name, "timeout": 20.0, **fields})
    return list(with_client(config, lambda client: asyncio.gather(*map(client.complete, requests), return_exceptions=True)))


async def until(seen: Callable[[], bool]) -> None:
    """Wait until something has happened in the thread of a server."""
    while not seen():  # noqa: ASYNC110 - there is no event between the two loops
        await asyncio.sleep(0.001)


def failed(found: Reply | Exception) -> CallError:
    """The error of a call, which must be one."""
    assert isinstance(found, CallError), found
    return found


@pytest.mark.parametrize("api", ["completions", "chat"])
def test_what_a_server_writes_comes_back(fault_server: Any, faulty: Any, api: str) -> None:
    """Texts, log-probabilities, counts and the model's name are those of the answer, in the order of the samples."""
    (reply,) = ask(fault_server, request(samples=3, seed=5), api=api)
    assert isinstance(reply, Reply)
    texts = faulty.write({"prompt": "Name all wards.", "n": 3, "seed": 5})
    assert [one.text for one in reply.completions] == texts
    assert [list(one.logprobs or ()) for one in reply.completions] == [faulty.logprobs_of(text) for text in texts]
    assert [one.logprob for one in reply.completions] == [sum(faulty.logprobs_of(text)) for text in texts]
    assert [(one.tokens, one.finish) for one in reply.completions] == [(2, "stop")] * 3
    assert (reply.model, reply.prompt_tokens, reply.completion_tokens) == ("fake", 7, 6)
    assert reply.seconds is not None


@given(texts=st.lists(st.text(min_size=1), min_size=1, max_size=4), api=st.sampled_from(["completions", "chat"]))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_survives(fault_server: Any, faulty: Any, texts: list[str], api: str) -> None:
    """Whatever a model writes, and in whatever order a server lists it, it arrives as it was written."""
    fault_server.writes = lambda _: texts
    (reply,) = ask(fault_server, request(samples=len(texts)), api=api)
    assert isinstance(reply, Reply)
    assert [one.text for one in reply.completions] == texts
    assert [list(one.logprobs or ()) for one in reply.completions] == [faulty.logprobs_of(text) for text in texts]


@given(kinds=st.lists(st.sampled_from(REPEATED), max_size=ATTEMPTS + 1))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_faults_in_a_row(fault_server: Any, faulty: Any, kinds: list[str]) -> None:
    """Fewer faults than attempts change nothing about the reply; more end the call after exactly its attempts."""
    fault_server.calls.clear()
    fault_server.faults.clear()
    fault_server.faults.extend(faulty.FAULTS[kind] for kind in kinds)
    timeout = TIMEOUT_S if "hang" in kinds else 20.0
    (found,) = ask(fault_server, request(seed=1), timeout=timeout)
    assert len(fault_server.calls) == min(len(kinds) + 1, ATTEMPTS)
    if len(kinds) < ATTEMPTS:
        assert isinstance(found, Reply), found
        assert [one.text for one in found.completions] == faulty.write({"prompt": "Name all wards.", "n": 2, "seed": 1})
    else:
        failed(found)


@pytest.mark.parametrize(
    ("fault", "kind", "says", "keeps"),
    [
        ("rate_limit", "rate_limit", "answered 429", '"code": 429'),
        ("error_500", "server_error", "answered 500: error 500", '"code": 500'),
        ("error_503_of_a_proxy", "server_error", "no backend", "<html>no backend</html>"),
        ("half_an_answer", "connection", "broke off its answer after 25 bytes", '{"id": "1", "object": "com'[:25]),
        ("no_answer", "connection", "does not answer", None),
        ("hang", "timeout", "no whole answer in time", None),
        ("reset", "connection", "does not answer", None),
        ("invalid_json", "invalid_reply", "sent what is no answer", '{"choices": [{"text": "SEL'),
        ("error_with_status_200", "invalid_reply", "sent what is no answer", "out of luck"),
        ("aborted", "invalid_reply", "broke off a completion", "abort"),
    ],
)
def test_a_call_that_fails_for_good(
    fault_server: Any,
    faulty: Any,
    fault: str,
    kind: str,
    says: str,
    keeps: str | None,
) -> None:
    """The error names its kind, the question and the address, and keeps what the server sent as far as it came."""
    fault_server.faults.extend([faulty.FAULTS[fault]] * ATTEMPTS)
    (found,) = ask(fault_server, request(), timeout=TIMEOUT_S if fault == "hang" else 20.0)
    error = failed(found)
    assert error.kind == kind
    assert says in str(error)
    assert "question 7, stage planner" in str(error)
    assert fault_server.address in str(error)
    assert error.reply is None if keeps is None else keeps in str(error.reply)
    assert len(fault_server.calls) == ATTEMPTS


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_a_server_refuses_is_not_asked_again(fault_server: Any, faulty: Any, status: int) -> None:
    """One attempt, and the error is that of the request."""
    fault_server.faults.append(faulty.Fault(status))
    (found,) = ask(fault_server, request())
    assert failed(found).kind == "bad_request"
    assert len(fault_server.calls) == 1


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 2048 tokens. However, you requested 9000 tokens.",
        "max_tokens=90000 cannot be greater than max_model_len=2048. Please request fewer output tokens.",
    ],
)
def test_a_prompt_that_is_too_long_says_so(fault_server: Any, faulty: Any, said: str) -> None:
    """Servers say it in their own words; the error says it in ours, and what to do."""
    fault_server.faults.append(faulty.Fault(400, body=b'{"error": {"message": "%s", "code": 400}}' % said.encode()))
    (found,) = ask(fault_server, request())
    assert "too long for the model" in str(failed(found))
    assert "max_tokens" in failed(found).hint


def test_missing_logprobs_are_no_error(fault_server: Any, faulty: Any) -> None:
    """A server that gives none is answered with None, and the tokens of a single completion are still known."""
    fault_server.faults.extend([faulty.Fault(logprobs=False)] * 2)
    (one,) = ask(fault_server, request(samples=1))
    (two,) = ask(fault_server, request(samples=2))
    assert isinstance(one, Reply)
    assert isinstance(two, Reply)
    assert [(c.logprobs, c.logprob, c.tokens) for c in one.completions] == [(None, None, 2)]
    assert [(c.logprobs, c.logprob, c.tokens) for c in two.completions] == [(None, None, None)] * 2


@pytest.mark.parametrize(("api", "asked"), [("completions", 1), ("chat", True)])
def test_logprobs_are_asked_for_or_not(fault_server: Any, api: str, asked: object) -> None:
    """Each of the two calls has its own way to ask, and neither asks when the configuration says no."""
    ask(fault_server, request(), api=api)
    ask(fault_server, request(), api=api, logprobs=False)
    assert [call.body.get("logprobs") for call in fault_server.calls] == [asked, None]


def test_fewer_completions_than_asked(fault_server: Any, faulty: Any) -> None:
    """They are taken as they are, without a second call."""
    fault_server.faults.append(faulty.Fault(fewer=3))
    (reply,) = ask(fault_server, request(samples=8))
    assert isinstance(reply, Reply)
    assert len(reply.completions) == 5
    assert len(fault_server.calls) == 1


def test_the_call_says_what_is_wanted(fault_server: Any) -> None:
    """Sampling, seed, stops and the extra fields are in the body, and nothing else."""
    wanted = request(samples=4, seed=10, stop=(";",), top_p=0.9, max_tokens=99)
    ask(fault_server, wanted, extra={"top_k": 20})
    assert fault_server.calls[0].body == {
        "model": "fake", "prompt": wanted.prompt, "n": 4, "temperature": 0.8, "top_p": 0.9, "max_tokens": 99, "seed": 10,
        "stop": [";"], "logprobs": 1, "top_k": 20,
    }  # fmt: skip


def test_greedy_samples_are_drawn_once(fault_server: Any) -> None:
    """Servers refuse several greedy completions of a prompt: one is asked for, and it is that of each sample."""
    (reply,) = ask(fault_server, request(samples=3, temperature=0.0))
    assert isinstance(reply, Reply)
    assert fault_server.calls[0].body["n"] == 1
    assert len(reply.completions) == 3
    assert len(set(reply.completions)) == 1


def test_a_system_message_goes_before_the_prompt(fault_server: Any) -> None:
    """In a chat only."""
    ask(fault_server, request("hello"), api="chat", system="Answer in SQL.")
    assert fault_server.calls[0].body["messages"] == [
        {"role": "system", "content": "Answer in SQL."},
        {"role": "user", "content": "hello"},
    ]
    with pytest.raises(ClientError, match="chat only"):
        open_client(OpenAIServer(addresses=[fault_server.address], system="Answer in SQL."))


def test_no_more_calls_at_once_than_configured(fault_server: Any) -> None:
    """Forty calls that are made together reach the server three at a time."""
    fault_server.delay_s = 0.002
    replies = ask(fault_server, *(request(position=at) for at in range(40)), concurrency=3)
    assert all(isinstance(reply, Reply) for reply in replies)
    assert fault_server.most_at_once == 3


def test_a_call_that_is_given_up_leaves_no_trace(fault_server: Any, faulty: Any) -> None:
    """After a cancelled call its slot and its address are free for the next one."""
    fault_server.faults.append(faulty.FAULTS["hang"])

    async def use(client: Client) -> Reply:
        hanging = asyncio.create_task(client.complete(request()))
        await until(lambda: len(fault_server.calls) == 1)
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
        return await client.complete(request())

    config = OpenAIServer(addresses=[fault_server.address], model="fake", concurrency=1)
    assert len(with_client(config, use).completions) == 2


def test_the_load_is_shared(faulty: Any) -> None:
    """Two servers of the same speed get about as many calls each."""
    with faulty.FaultServer() as one, faulty.FaultServer() as other:
        one.delay_s = other.delay_s = 0.005
        ask(one, *(request(position=at) for at in range(60)), addresses=[one.address, other.address], concurrency=8)
        assert len(one.calls) + len(other.calls) == 60
        assert min(len(one.calls), len(other.calls)) >= 15


@pytest.mark.parametrize("way", ["dies", "fails"])
def test_one_of_two_servers_fails(faulty: Any, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """The other takes all calls, and the one that came back is used again."""
    monkeypatch.setattr(addresses_module, "_FIRST_REST_S", 0.02)
    with faulty.FaultServer() as one, faulty.FaultServer() as other:

        async def use(client: Client) -> list[Reply]:
            replies = await asyncio.gather(*(client.complete(request(position=at)) for at in range(10)))
            if way == "dies":
                one.stop()
            else:
                one.always = faulty.FAULTS["error_500"]
            replies += await asyncio.gather(*(client.complete(request(position=at)) for at in range(10, 50)))
            one.always = faulty.Fault()
            if way == "dies":
                one.start()
            one.calls.clear()
            while not one.calls:
                await asyncio.sleep(0.01)
                replies += await asyncio.gather(*(client.complete(request(position=at)) for at in range(4)))
            return replies

        config = OpenAIServer(addresses=[one.address, other.address], model="fake", concurrency=6)
        assert all(len(reply.completions) == 2 for reply in with_client(config, use))


def test_a_server_that_is_gone(fault_server: Any) -> None:
    """All calls in flight, and every later one, say that it is gone and that what is done is kept."""

    async def use(client: Client) -> list[Any]:
        await client.complete(request())
        fault_server.stop()
        found = await asyncio.gather(*(client.complete(request(position=at)) for at in range(8)), return_exceptions=True)
        fault_server.start()
        return [*found, *await asyncio.gather(client.complete(request()), return_exceptions=True)]

    found = with_client(OpenAIServer(addresses=[fault_server.address], model="fake", concurrency=4), use)
    assert {type(one) for one in found} == {ServerGoneError}
    assert "is kept" in found[0].hint
    assert "same command" in found[0].hint
    assert len(fault_server.calls) == 1


def test_a_server_that_restarts_meanwhile(fault_server: Any) -> None:
    """A death in the middle of calls, and a new start before their attempts are used up, costs no completion."""
    fault_server.delay_s = 0.02

    async def use(client: Client) -> list[Reply]:
        asked = asyncio.gather(*(client.complete(request(position=at)) for at in range(20)))
        await until(lambda: len(fault_server.calls) >= 10)
        fault_server.stop()
        fault_server.start()
        return await asked

    replies = with_client(OpenAIServer(addresses=[fault_server.address], model="fake", concurrency=6), use)
    assert [len(reply.completions) for reply in replies] == [2] * 20


@pytest.mark.parametrize("kind", ["error_500", "rate_limit", "invalid_json"])
def test_a_server_that_only_fails(fault_server: Any, faulty: Any, kind: str) -> None:
    """It lists its models and answers no call: after ten failed calls in a row it counts as gone, and one success starts anew."""
    give_up = openai_server.GIVE_UP_AFTER
    bad = [faulty.FAULTS[kind]] * ATTEMPTS
    fault_server.faults.extend([*bad * (give_up - 1), faulty.Fault(), *bad * give_up])
    found = ask(fault_server, *(request(position=at) for at in range(2 * give_up)), concurrency=1)
    expected = [*[CallError] * (give_up - 1), Reply, *[CallError] * (give_up - 1), ServerGoneError]
    assert [type(one) for one in found] == expected


def test_a_key_that_is_refused_in_the_middle(fault_server: Any, faulty: Any) -> None:
    """Calls are refused one by one at first; ten in a row end the run, and calls that ask for too much never do."""
    fault_server.always = faulty.Fault(401)
    found = ask(fault_server, *(request(position=at) for at in range(12)), concurrency=1)
    assert [type(one) for one in found] == [*[CallError] * (openai_server.GIVE_UP_AFTER - 1), *[ServerGoneError] * 3]
    fault_server.always = faulty.Fault(400)
    found = ask(fault_server, *(request(position=at) for at in range(30)), concurrency=1)
    assert [type(one) for one in found] == [CallError] * 30


def test_check_tells_what_answers(fault_server: Any, faulty: Any) -> None:
    """The model's name where it is the only one, the addresses that answer, its length, and what serves it."""
    with faulty.FaultServer() as dead:
        addresses = [dead.address, fault_server.address]
    info = with_client(OpenAIServer(addresses=addresses), lambda client: client.check())
    assert info == ModelInfo("fake", (fault_server.address,), 4096, "fault_server 1.0")


def test_check_refuses_what_is_not_there(fault_server: Any, faulty: Any) -> None:
    """No server, another model, several models, or a refused key: each error says which, and what there is."""
    address = fault_server.address
    check = lambda client: client.check()  # noqa: E731
    with pytest.raises(ClientError, match="does not serve llama") as caught:
        with_client(OpenAIServer(addresses=[address], model="llama"), check)
    assert "fake" in caught.value.hint
    fault_server.models = ["fake", "fake-lora"]
    with pytest.raises(ClientError, match="serves fake, fake-lora"):
        with_client(OpenAIServer(addresses=[address]), check)
    fault_server.models = None
    assert with_client(OpenAIServer(addresses=[address], model="any"), check).model == "any"
    fault_server.stop()
    with pytest.raises(ServerGoneError, match=address):
        with_client(OpenAIServer(addresses=[address]), check)
    with faulty.FaultServer() as closed:
        closed.always = faulty.FAULTS["error_503_of_a_proxy"]
        with pytest.raises(ServerGoneError, match="503"):
            with_client(OpenAIServer(addresses=[closed.address]), check)


def test_a_key_stays_secret(
    fault_server: Any,
    faulty: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It reaches the server, and neither an error, though the server repeats it, nor a log."""
    secret = "sk-very-secret"  # noqa: S105
    monkeypatch.setenv("SOME_KEY", secret)
    caplog.set_level(logging.DEBUG)
    body = b'{"error": {"message": "Incorrect key sk-very-secret"}}'
    fault_server.faults.extend([faulty.Fault(401, body=body), *[faulty.Fault(500, body=body)] * ATTEMPTS])
    found = ask(fault_server, request(), request(), key="SOME_KEY", concurrency=1)
    assert fault_server.calls[0].headers["authorization"] == f"Bearer {secret}"
    for one in found:
        error = failed(one)
        assert "***" in str(error)
        assert secret not in "".join([repr(error), str(error), error.hint, str(error.reply), repr(vars(error))])
        assert error.__cause__ is None
    assert secret not in caplog.text
    monkeypatch.delenv("SOME_KEY")
    with pytest.raises(ClientError, match="SOME_KEY"):
        ask(fault_server, request(), key="SOME_KEY")


def test_the_environment_of_another_server_is_not_used(fault_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key, an organization and a project that the environment holds for OpenAI are sent to no other server."""
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "not-for-you")
    ask(fault_server, request())
    assert "not-for-you" not in str(fault_server.calls[0].headers)


def test_the_sdk_does_not_retry_beside_us(fault_server: Any) -> None:
    """Every attempt is counted and spread by the client: the SDK's own retries are off."""
    client = openai_server.OpenAIServerClient(OpenAIServer(addresses=[fault_server.address]))
    assert [address.client.max_retries for address in client._addresses] == [0]
    asyncio.run(client.close())
