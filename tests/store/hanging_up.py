"""A server in front of PostgreSQL that hangs up: after so many messages all its connections are gone, and new ones are taken."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class Hanging:
    """Passes everything on, and hangs up when it is time.

    Attributes:
        port: Where it listens.
        messages: What was passed on since it was last told when to hang up, in both directions, of what counts.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._after: int | None = None
        self._having = b""
        self.messages = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def after(self, messages: int, having: bytes = b"") -> None:
        """Hang up once, at a message that is the so many-th one from now of those that have something in them."""
        with self._lock:
            self._after, self._having, self.messages = messages, having, 0

    def close(self) -> None:
        """Take no more."""
        self._listener.close()
        self._hang_up()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except OSError:
                    client.close()
                    continue
                with self._lock:
                    self._open |= {client, server}
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with source, contextlib.suppress(OSError):
            while content := source.recv(1 << 16):
                with self._lock:
                    self.messages += self._having in content
                    now = self.messages == self._after and self._having in content
                if now:
                    self._hang_up()
                target.sendall(content)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def _hang_up(self) -> None:
        with self._lock:
            gone, self._open, self._after = self._open, set(), None
        for one in gone:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def in_front_of(port: int) -> Iterator[Hanging]:
    """The server that hangs up, in front of another one on this machine."""
    server = Hanging(port)
    try:
        yield server
    finally:
        server.close()
