"""An HTTP server in front of an object store that fails as real ones do: answers 500, is slow, takes half an upload, says no."""

import contextlib
import http.client
import random
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import ClassVar
from urllib.parse import urlsplit

_MESSAGES = {
    "AccessDenied": "Access Denied",
    "RequestTimeTooSkewed": "The difference between the request time and the current time is too large.",
}
"""What S3 says with its codes."""


class Faults:
    """What goes wrong: shares of requests, and seconds; and how often it did.

    Attributes:
        stalls: How many of the next requests are not answered for `stall` seconds, longer than anybody waits, and not passed on.
        refuses: The status and S3's code that every request is answered with from now on, such as (403, "AccessDenied").
        counted: Requests, and what became of them; of the cuts, also those of uploads.
        sent: Bytes of content that were read, by path.
    """

    def __init__(self, target: str, *, errors: float = 0.0, cuts: float = 0.0, slow: float = 0.0, seed: int = 0) -> None:
        self.target = urlsplit(target)
        self.errors, self.cuts, self.slow = errors, cuts, slow
        self.random = random.Random(seed)  # noqa: S311 - a test
        self.stalls, self.stall = 0, 40.0
        self.refuses: tuple[int, str] | None = None
        self.lock = threading.Lock()
        self.sent: Counter[str] = Counter()
        self.counted = {"requests": 0, "errors": 0, "cuts": 0, "cut uploads": 0, "refusals": 0, "stalls": 0}

    def draw(self, method: str) -> str:
        """What becomes of the next request."""
        with self.lock:
            self.counted["requests"] += 1
            number = self.random.random()
            what = "errors" if number < self.errors else "cuts" if number < self.errors + self.cuts else "passed"
            if self.refuses is not None:
                what = "refusals"
            elif self.stalls > 0:
                self.stalls -= 1
                what = "stalls"
            if what != "passed":
                self.counted[what] += 1
            if what == "cuts" and method == "PUT":
                self.counted["cut uploads"] += 1
            return what


class Handler(BaseHTTPRequestHandler):
    """Passes requests on, or does not."""

    faults: ClassVar[Faults]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle_any(self) -> None:
        """Pass a request on as it is."""
        length = int(self.headers.get("Content-Length") or 0)
        what = self.faults.draw(self.command)
        if what == "cuts":  # the connection is gone in the middle of it
            self.rfile.read(length // 2)
            self.close_connection = True
            self.connection.close()
            return
        body = self.rfile.read(length)
        if what == "stalls":
            time.sleep(self.faults.stall)
            self.close_connection = True
            self.connection.close()
            return
        time.sleep(self.faults.slow)
        if what == "errors":
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if what == "refusals" and self.faults.refuses is not None:
            self.refuse(*self.faults.refuses)
            return
        target = http.client.HTTPConnection(self.faults.target.hostname or "", self.faults.target.port or 80)
        target.request(self.command, self.path, body, dict(self.headers.items()))
        answer = target.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "connection", "date", "server"} and name.lower() != "content-length":
                self.send_header(name, value)
        said = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", said or "0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        if self.command == "GET":
            with self.faults.lock:
                self.faults.sent[urlsplit(self.path).path] += len(content)
        target.close()

    def refuse(self, status: int, code: str) -> None:
        """Say no as S3 does: in XML, and to HEAD without a word."""
        said = f"<Code>{code}</Code><Message>{_MESSAGES[code]}</Message><RequestId>1</RequestId><HostId>host</HostId>"
        content = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{said}</Error>'.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815 - the names of http.server


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Many requests at once; broken connections are what it is for."""

    allow_reuse_address = daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def in_front_of(target: str, **faults: float) -> Iterator[tuple[str, Faults]]:
    """The URL of the faulty server, and its faults, which may be changed."""
    said = Faults(target, **faults)  # type: ignore[arg-type]  # the seed is whole
    server = Server(("127.0.0.1", 0), type("Faulty", (Handler,), {"faults": said}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", said
    finally:
        server.shutdown()
        server.server_close()
