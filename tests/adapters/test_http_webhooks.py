"""Messages to webhooks over HTTP: where they may go, and what a receiver cannot do to their sender."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs
import pytest

from tests.servers.certificates import NAME, make_certificates
from tests.servers.receiver import Receiver, receiver, talking
from ticketcore.domain.webhook_urls import WebhookUrl
from ticketcore.domain.webhooks import WebhookAnswer
from ticketcore_local import HttpWebhookSender
from ticketcore_testing.contracts.webhook_sender import BODY, HEADERS

#: Of the public internet; where it is reached at all, nothing of ours answers there.
PUBLIC = "203.0.114.1"
PRIVATE = {
    "loopback": "127.0.0.1",
    "another loopback": "127.8.9.1",
    "private, class A": "10.1.2.3",
    "private, class B": "172.16.0.1",
    "private, class C": "192.168.1.1",
    "carrier-grade NAT": "100.64.0.1",
    "link-local, cloud metadata": "169.254.169.254",
    "Azure's wire server": "168.63.129.16",
    "this host": "0.0.0.0",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "documentation": "192.0.2.1",
    "loopback of IPv6": "::1",
    "unspecified of IPv6": "::",
    "unique local": "fd00:ec2::254",
    "link-local of IPv6": "fe80::1%eth0",
    "site-local": "fec0::1",
    "multicast of IPv6": "ff02::1",
    "mapped": "::ffff:127.0.0.1",
    "compatible": "::127.0.0.1",
    "NAT64 of a private address": "64:ff9b::10.0.0.1",
    "local NAT64": "64:ff9b:1::1",
    "6to4": "2002:7f00:1::1",
    "Teredo": "2001:0:7f00:1::1",
    "nothing": "",
}
REFUSED = WebhookAnswer(None, "the URL leads into a private network")


def resolving(*answers: Sequence[str]) -> Callable[[str, int], Sequence[str]]:
    """Return a resolver that gives another answer each time, and the last one for ever."""
    rest = list(answers)

    def resolve(host: str, port: int) -> Sequence[str]:
        return rest.pop(0) if len(rest) > 1 else rest[0]

    return resolve


@pytest.fixture
def running() -> Iterator[Receiver]:
    """Yield a receiver on this machine."""
    with receiver() as started:
        yield started


@pytest.mark.parametrize("address", PRIVATE.values(), ids=PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    """When a webhook is created and at every message, by whatever name they go, and also as one address of several."""
    for addresses in ([address], [PUBLIC, address]):
        sender = HttpWebhookSender(resolve=resolving(addresses))
        assert sender.fault("https://innocent.example/") == "leads into a private network"
        assert sender.send("https://innocent.example/", HEADERS, BODY) == REFUSED


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"])
def test_public_addresses_are_accepted_over_https_alone(address: str) -> None:
    """Whatever goes through networks of others is encrypted, even where private networks are allowed."""
    for allow_private in (False, True):
        sender = HttpWebhookSender(allow_private, resolve=resolving([address]))
        assert sender.fault("https://example.com/") is None
        assert sender.fault("http://example.com/") == "must be https, as it leads out of the private network"
        assert sender.send("http://example.com/", HEADERS, BODY).status is None


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::1]", "0"])
def test_other_ways_to_write_this_machine_are_refused(running: Receiver, host: str) -> None:
    """The resolver reads them, and what it returns is judged; nothing comes through."""
    url = f"http://{host}:{running.port}/"
    assert HttpWebhookSender().fault(url) in {"leads into a private network", "has a host that cannot be found"}
    assert HttpWebhookSender().send(url, HEADERS, BODY).status is None
    assert running.received == []


@attrs.frozen(eq=False)
class AsksAgain(HttpWebhookSender):
    """Judges one answer of the resolver, and connects to the next."""

    def _connected(self, url: WebhookUrl, addresses: Sequence[str]) -> socket.socket:
        return super()._connected(url, self.resolve(url.host, url.port))


@pytest.mark.parametrize("sender", [HttpWebhookSender, AsksAgain])
def test_a_name_server_that_changes_its_mind_reaches_nothing(
    running: Receiver, sender: type[HttpWebhookSender]
) -> None:
    """The connection goes to the address that was judged; a sender that asks again is led to this machine."""
    resolve = resolving([PUBLIC], ["127.0.0.1"])
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(2)
        client = sender(resolve=resolve, timeout_seconds=0.2, total_seconds=1)
        answer = client.send(f"https://rebinding.example:{server.getsockname()[1]}/", HEADERS, BODY)
        assert answer.status is None
        if sender is AsksAgain:
            server.accept()[0].close()
        else:
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.accept()
    assert running.received == []


def test_the_request_names_the_host_that_was_asked_for(running: Receiver) -> None:
    """Though the connection goes to an address."""
    sender = HttpWebhookSender(allow_private=True, resolve=resolving(["127.0.0.1"]))
    assert sender.send(f"http://receiver.example:{running.port}/hook", HEADERS, BODY).is_success
    assert running.received[0].headers["host"] == f"receiver.example:{running.port}"


def test_another_address_of_the_host_is_tried(running: Receiver) -> None:
    """The first may be out of reach."""
    sender = HttpWebhookSender(allow_private=True, resolve=resolving(["127.0.0.2", "::1", "127.0.0.1"]))
    assert sender.send(f"http://receiver.example:{running.port}/hook", HEADERS, BODY).is_success


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[Receiver]:
    """Yield a receiver whose certificate is of an authority of its own."""
    make_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    with receiver(context) as started:
        yield started


def test_a_certificate_has_to_be_the_hosts(encrypted: Receiver, tmp_path: Path) -> None:
    """By the name in the URL, not by the address, and of an authority that is trusted."""
    trusting = HttpWebhookSender(True, tmp_path / "ca.pem", resolving(["127.0.0.1"]))
    strict = HttpWebhookSender(True, resolve=resolving(["127.0.0.1"]))
    url, another = f"https://{NAME}:{encrypted.port}/hook", f"https://another.example:{encrypted.port}/hook"
    assert trusting.send(url, HEADERS, BODY) == WebhookAnswer(204)
    assert len(encrypted.received) == 1
    for answer in (trusting.send(another, HEADERS, BODY), strict.send(url, HEADERS, BODY)):
        assert answer.status is None
        assert answer.failure is not None
        assert answer.failure.startswith("the certificate was refused: ")
    assert len(encrypted.received) == 1


def silent(client: socket.socket) -> None:
    while client.recv(1024):
        pass


def dripping(client: socket.socket) -> None:
    for _ in range(1000):
        client.sendall(b"H")
        if _wait(client):
            return


def interim(client: socket.socket) -> None:
    for _ in range(1000):
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if _wait(client):
            return


def _wait(client: socket.socket) -> bool:
    """Wait a moment; return whether the client has hung up."""
    client.settimeout(0.05)
    try:
        return client.recv(1) == b""
    except TimeoutError:
        return False


@pytest.mark.parametrize("talk", [silent, dripping, interim])
def test_a_receiver_that_does_not_come_to_an_end_is_left(talk: Callable[[socket.socket], None]) -> None:
    """After a time in all, whatever it sends meanwhile."""
    with talking(talk) as url:
        sender = HttpWebhookSender(allow_private=True, timeout_seconds=0.5, total_seconds=0.6)
        assert sender.send(url, HEADERS, BODY) == WebhookAnswer(None, "no answer in time")


def test_an_endless_body_is_not_read() -> None:
    """The status says all."""

    def endless(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        while True:
            client.sendall(bytes(1_000_000))

    with talking(endless) as url:
        assert HttpWebhookSender(allow_private=True).send(url, HEADERS, BODY) == WebhookAnswer(200)


@pytest.mark.parametrize(
    ("says", "failure"),
    [
        (b"", "the answer is not HTTP"),
        (b"hello\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, "the answer is not HTTP"),
    ],
    ids=["nothing", "another protocol", "a header without end"],
)
def test_what_is_no_answer_has_a_reason(says: bytes, failure: str) -> None:
    """It has none of the receiver's own words."""
    with talking(lambda client: client.sendall(says)) as url:
        answer = HttpWebhookSender(allow_private=True).send(url, HEADERS, BODY)
        assert answer.status is None
        assert answer.failure in {failure, "ConnectionResetError"}


def test_a_host_that_is_not_found_has_a_reason() -> None:
    """When a webhook is created and when a message is sent."""

    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    sender = HttpWebhookSender(resolve=unknown)
    assert sender.fault("https://nothing.example/") == "has a host that cannot be found"
    assert sender.send("https://nothing.example/", HEADERS, BODY).failure == "the URL has a host that cannot be found"
