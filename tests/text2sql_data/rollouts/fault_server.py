"""A small server with OpenAI's API in a thread of its own, which fails as it is told to, and has no model behind it.

Faults are used up one a call, in the order of arrival; a call without a fault is answered properly.
"""

import asyncio
import hashlib
import itertools
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self

Write = Callable[[dict[str, Any]], list[str]]


class Fault(NamedTuple):
    """How a call is answered.

    Attributes:
        status: HTTP status; from 400 on the body is an error.
        headers: More headers.
        body: The whole body; None is the proper one.
        cut: Close the connection after so many bytes of the body.
        reset: Reset the connection instead of answering.
        hang_s: Wait before answering.
        logprobs: Whether log-probabilities are in the answer.
        fewer: How many completions are missing.
        finish: The finish reason of every completion.
    """

    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes | None = None
    cut: int | None = None
    reset: bool = False
    hang_s: float = 0.0
    logprobs: bool = True
    fewer: int = 0
    finish: str = "stop"


FAULTS = {
    "rate_limit": Fault(429, {"retry-after": "0"}),
    "rate_limit_without_a_time": Fault(429),
    "error_500": Fault(500),
    "error_503_of_a_proxy": Fault(503, body=b"<html>no backend</html>"),
    "half_an_answer": Fault(cut=25),
    "no_answer": Fault(cut=0),
    "hang": Fault(hang_s=60.0),
    "reset": Fault(reset=True),
    "invalid_json": Fault(body=b'{"choices": [{"text": "SEL'),
    "no_choices": Fault(body=b'{"choices": []}'),
    "error_with_status_200": Fault(body=b'{"error": {"message": "out of luck"}}'),
    "aborted": Fault(finish="abort"),
}
"""Faults after which a call is worth repeating."""


class Call(NamedTuple):
    """What was asked: the path, the headers in lower case, the body, and when it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float


def write(body: dict[str, Any]) -> list[str]:
    """Texts that depend on the prompt, on the seed, and on nothing else."""
    prompt = body.get("prompt") or body["messages"][-1]["content"]
    seeds = itertools.count(body.get("seed") or 0)
    return [f"SELECT '{hashlib.sha256(f'{prompt}{next(seeds)}'.encode()).hexdigest()[:8]}'" for _ in range(body.get("n", 1))]


class FaultServer:
    """The server. Start it with `with`.

    Attributes:
        name: The model that it serves.
        faults: What happens to the next calls.
        always: What happens to every other call.
        calls: The calls that came, those that failed included.
        delay_s: How long a proper answer takes.
        most_at_once: The most calls that were in flight together.
    """

    def __init__(self, name: str = "fake", writes: Write = write) -> None:
        self.name = name
        self.writes = writes
        self.faults: deque[Fault] = deque()
        self.always = Fault()
        self.calls: list[Call] = []
        self.delay_s = 0.0
        self.most_at_once = 0
        self.models: list[str] | None = [name]
        self._at_once = 0
        self._port = 0
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def address(self) -> str:
        """Where it is, or was."""
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, on the port of the first start."""
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main(ready)), daemon=True)
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Stop listening, and reset every connection, as the death of a process does."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()
            self._thread = None

    async def _main(self, ready: threading.Event) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", self._port, limit=2**24)
        self._port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stopped.wait()
        server.close()
        for writer in list(self._writers):
            _reset(writer)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in head[1:] if line)}
                sent = await reader.readexactly(int(headers.get("content-length", 0)))
                method, path, _ = head[0].split(" ")
                if method == "GET":
                    await _send(writer, *self._about(path))
                elif not await self._call(writer, Call(path, headers, json.loads(sent), time.monotonic())):
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    def _about(self, path: str) -> tuple[int, bytes]:
        """The list of models, and the version."""
        if path == "/v1/models" and self.always.status < 500 and self.models is not None:
            cards = [{"id": name, "owned_by": "fault_server", "max_model_len": 4096} for name in self.models]
            return 200, json.dumps({"data": cards}).encode()
        if path == "/version":
            return 200, b'{"version": "1.0"}'
        return (404 if self.always.status < 500 else self.always.status), b'{"detail": "Not Found"}'

    async def _call(self, writer: asyncio.StreamWriter, call: Call) -> bool:
        """Answer a call; False where the connection was ended."""
        self.calls.append(call)
        fault = self.faults.popleft() if self.faults else self.always
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(fault.hang_s or self.delay_s)
        finally:
            self._at_once -= 1
        if fault.reset:
            _reset(writer)
            return False
        body = fault.body if fault.body is not None else json.dumps(self._answer(call, fault)).encode()
        await _send(writer, fault.status, body, fault.headers, fault.cut)
        return fault.cut is None

    def _answer(self, call: Call, fault: Fault) -> dict[str, Any]:
        if fault.status >= 400:
            return {"error": {"message": f"error {fault.status}", "type": "fault", "code": fault.status}}
        body, chat = call.body, call.path.endswith("/chat/completions")
        texts = self.writes(body)[: body.get("n", 1) - fault.fewer]
        asked = fault.logprobs and body.get("logprobs") not in {None, False}
        choices = [_choice(at, text, chat, asked, fault.finish) for at, text in enumerate(texts)]
        tokens = sum(len(text.split()) for text in texts)
        usage = {"prompt_tokens": 7, "completion_tokens": tokens, "total_tokens": 7 + tokens}
        return {"id": "1", "object": "completion", "created": 1, "model": self.name, "choices": choices, "usage": usage}


def logprobs_of(text: str) -> list[float]:
    """The log-probabilities that the server reports: a token is a word."""
    return [-len(word) / 8 for word in text.split()]


def _choice(index: int, text: str, chat: bool, logprobs: bool, finish: str) -> dict[str, Any]:
    given: dict[str, Any] | None = None
    if logprobs and chat:
        pairs = zip(text.split(), logprobs_of(text), strict=True)
        given = {"content": [{"token": word, "logprob": one, "top_logprobs": []} for word, one in pairs]}
    elif logprobs:
        given = {"tokens": text.split(), "token_logprobs": logprobs_of(text), "top_logprobs": None, "text_offset": []}
    said = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
    return {"index": index, "finish_reason": finish, "logprobs": given, **said}


async def _send(
    writer: asyncio.StreamWriter, status: int, body: bytes, headers: Mapping[str, str] | None = None, cut: int | None = None
) -> None:
    lines = [f"HTTP/1.1 {status} Told", "content-type: application/json", f"content-length: {len(body)}"]
    lines += [f"{key}: {value}" for key, value in (headers or {}).items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body[:cut] if cut != 0 else b"")
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with a reset, which is what the other side sees when a process dies."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
