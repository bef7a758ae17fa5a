"""Messages to webhooks over HTTP.

A name is resolved once for each request, every address that it has is judged, and the connection goes to one of these: a name
server that says something else the next time changes nothing (DNS rebinding).  The request still names the host, and a
certificate has to be the host's.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import attrs

from ticketcore.domain import webhook_urls
from ticketcore.domain.texts import Text
from ticketcore.domain.webhook_urls import WebhookUrl
from ticketcore.domain.webhooks import WebhookAnswer
from ticketcore.ports import WebhookSender

TIMEOUT_SECONDS = 5.0
#: How long a request may take in all, however slowly the receiver talks; with the resolving of names less than a lease.
TOTAL_SECONDS = 15.0
#: Addresses of one name that are tried.
_TRIED = 3

#: Returns the addresses of a host; raises ``OSError`` if there are none.
Resolver = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, as this machine's resolver has them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [*dict.fromkeys(str(address[0]) for *_, address in found)]


@attrs.frozen(eq=False)
class HttpWebhookSender(WebhookSender):
    """A client that opens one connection for each message; each step of it may take ``timeout_seconds``.

    Certificates are always verified, by the authorities of ``ca_certs`` if it is set.  ``allow_private`` lets webhooks lead into
    private networks, and be of ``http://`` there.
    """

    allow_private: bool = False
    ca_certs: Path | None = None
    resolve: Resolver = resolve
    timeout_seconds: float = TIMEOUT_SECONDS
    total_seconds: float = TOTAL_SECONDS

    def fault(self, url: str) -> Text | None:
        addresses = self._addresses(WebhookUrl.parse(url))
        return addresses if isinstance(addresses, Text) else None

    def _addresses(self, url: WebhookUrl) -> Sequence[str] | Text:
        """Return the addresses of a URL's host, each of which may be sent to, or why one may not."""
        try:
            addresses = self.resolve(url.host.strip("[]"), url.port)
        except (OSError, UnicodeError):
            return Text("has a host that cannot be found")
        for address in addresses:
            fault = webhook_urls.address_fault(url, address, allow_private=self.allow_private)
            if fault:
                return fault
        return addresses

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        target = WebhookUrl.parse(url)
        addresses = self._addresses(target)
        if isinstance(addresses, Text):
            return WebhookAnswer(None, f"the URL {addresses}")
        try:
            return WebhookAnswer(self._post(target, addresses, headers, body))
        except (OSError, http.client.HTTPException) as error:
            return WebhookAnswer(None, _reason(error))

    def _post(self, url: WebhookUrl, addresses: Sequence[str], headers: Mapping[str, str], body: bytes) -> int:
        with _limited(self.total_seconds) as limit, self._connected(url, addresses) as plain:
            limit.sock = plain
            connection = http.client.HTTPConnection(url.host, url.port)
            connection.sock = self._encrypted(url, plain, limit) if url.scheme == "https" else plain
            connection.request("POST", url.path, body, {**headers, "Host": url.authority, "Connection": "close"})
            # Of the response nothing but its status is read: it may be endless.
            status = connection.getresponse().status
            limit.check()
            return status

    def _connected(self, url: WebhookUrl, addresses: Sequence[str]) -> socket.socket:
        for address in addresses[: _TRIED - 1]:
            with suppress(OSError):
                return socket.create_connection((address, url.port), self.timeout_seconds)
        return socket.create_connection((addresses[-1], url.port), self.timeout_seconds)

    def _encrypted(self, url: WebhookUrl, plain: socket.socket, limit: _Limit) -> ssl.SSLSocket:
        name = url.host.strip("[]")
        encrypted = _context(self.ca_certs).wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)
        limit.sock = encrypted
        encrypted.do_handshake()
        return encrypted


@cache
def _context(ca_certs: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca_certs) if ca_certs else None)


@attrs.define(eq=False)
class _Limit:
    """Ends a connection after a time in all: time-outs of a socket begin again with each octet."""

    sock: socket.socket | None = None
    is_over: bool = False

    def hang_up(self) -> None:
        self.is_over = True
        with suppress(OSError):
            if self.sock is not None:
                # Not that of a socket of TLS, which would go on in clear.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def check(self) -> None:
        if self.is_over:
            raise TimeoutError


@contextmanager
def _limited(seconds: float) -> Iterator[_Limit]:
    limit = _Limit()
    watch = threading.Timer(seconds, limit.hang_up)
    watch.daemon = True
    watch.start()
    try:
        yield limit
    except (OSError, http.client.HTTPException):
        limit.check()
        raise
    finally:
        watch.cancel()
        if limit.sock is not None:
            limit.sock.close()


def _reason(error: Exception) -> str:
    """Return what went wrong, in no words of the receiver's."""
    match error:
        case TimeoutError():
            return "no answer in time"
        case ssl.SSLCertVerificationError():
            return f"the certificate was refused: {error.verify_message}"
        case http.client.HTTPException():
            return "the answer is not HTTP"
        case _:
            return type(error).__name__
