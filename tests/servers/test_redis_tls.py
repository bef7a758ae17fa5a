"""The tests' Redis with TLS, whether the server speaks it or a relay in front of it, lets in its user alone."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from redis.exceptions import NoPermissionError

from tests.servers.redis import running_tls_redis
from tests.servers.redis_programs import binaries, can_do_tls
from tests.servers.test_redis import connect


def one_of_each_way() -> dict[str, Path]:
    """Return a server that can do TLS itself and one behind a relay, as far as this machine has them."""
    ways = {can_do_tls(program): program for program in binaries().values()}
    return {"own" if itself else "relay": program for itself, program in ways.items()}


WAYS = one_of_each_way()


@pytest.fixture(scope="module", params=WAYS)
def tls_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a running server which speaks TLS only, by itself or behind a relay."""
    with running_tls_redis(tmp_path_factory.mktemp("tls"), WAYS[request.param]) as url:
        yield url


def test_tls_server_answers_its_user(tls_url: str) -> None:
    """The user may read, write and run scripts on events and reservations."""
    with connect(tls_url) as client:
        assert client.set("event:1:available", 3)
        assert client.eval("return redis.call('DECR', KEYS[1])", 1, "event:1:available") == 2
        with client.pipeline() as transaction:
            transaction.hset("reservation:1", "quantity", "1")
            transaction.time()
            assert transaction.execute()[0] == 1


def test_tls_server_keeps_its_user_to_events_and_reservations(tls_url: str) -> None:
    """Other keys and dangerous commands are not for the user."""
    with connect(tls_url) as client:
        with pytest.raises(NoPermissionError):
            client.get("customer:1")
        with pytest.raises(NoPermissionError):
            client.flushall()


def test_tls_server_refuses_plain_text(tls_url: str) -> None:
    """A client which does not speak TLS is cut off."""
    port = urlsplit(tls_url).port
    with connect(f"redis://127.0.0.1:{port}/0") as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_tls_server_refuses_a_wrong_password(tls_url: str) -> None:
    """A client with another password is not let in, nor is one without a name."""
    password = urlsplit(tls_url).password or ""
    with connect(tls_url.replace(password, "wrong")) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    nameless = tls_url.replace(f"ticketcore:{password}@", "")
    with connect(nameless) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_tls_server_is_known_by_its_authority_only(tls_url: str) -> None:
    """A client which was not told of the authority does not trust the server."""
    untold = tls_url.partition("?")[0]
    with connect(untold) as client, pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        client.ping()
