"""A receiver of webhooks: an HTTP server that records requests, and misbehaves where it is told to."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs

from tests.patience import PATIENCE_SECONDS
from ticketcore_testing.contracts.webhook_sender import Received


@attrs.define(eq=False)
class Receiver:
    """``received`` has the requests so far; a path that ends in a status is answered with it, any other as ``status`` says."""

    url: str = ""
    status: int = 204
    received: list[Received] = attrs.field(factory=list)
    arrived: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(0))

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def answering(self, status: int) -> str:
        return f"{self.url}/answers/{status}"

    def wait(self, count: int = 1, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until so many more requests have come."""
        for _ in range(count):
            assert self.arrived.acquire(timeout=seconds), "no request came"

    def handle(self, request: Received) -> int:
        self.received.append(request)
        self.arrived.release()
        last = request.path.partition("?")[0].rpartition("/")[2]
        return int(last) if last.isdigit() else self.status


@contextmanager
def receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Yield a running receiver on this machine, over TLS with a context."""
    running = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(running.handle(Received(self.path, headers, body)))
            self.send_header("Location", f"{running.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  The library's name.
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hangs up is no error."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        running.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Yield the URL of a server that says what ``talk`` says to each client."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    threading.Thread(target=serve_one, args=(client,), daemon=True).start()

        def serve_one(client: socket.socket) -> None:
            with closing(client), suppress(OSError):
                client.recv(65536)
                talk(client)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
