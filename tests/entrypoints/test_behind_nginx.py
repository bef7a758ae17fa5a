"""The service behind a real nginx that compresses, keeps connections, takes a path off and passes every header on."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from http.client import HTTPConnection, HTTPMessage
from typing import Any
from urllib.parse import urlencode, urljoin

import attrs
import pytest

from tests.entrypoints.server import Json, Server, create_event, serving
from tests.patience import PATIENCE_SECONDS
from tests.servers.nginx import PREFIX, running_nginx
from ticketcore_wire.problems import MEDIA_TYPE

KEY = "an-admin-key-from-outside"
PUBLIC_URL = f"https://tickets.example.com{PREFIX}"


@attrs.frozen
class Reply:
    """A response with its body, decompressed."""

    status: int
    headers: HTTPMessage
    body: bytes

    def json(self) -> Json:
        value: Json = json.loads(self.body)
        return value


@attrs.frozen
class Site:
    """The service and the proxy in front of it."""

    service: Server
    proxy: int

    def ask(
        self, method: str, path: str, body: Any = None, *, port: int | None = None, client: str = "", **headers: str
    ) -> Reply:
        """Send a request through the proxy, or to another port; ``client`` is the address that it comes from.

        Header names are written with ``_`` for ``-``.
        """
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        text = None if body is None else json.dumps(body)
        source = (client, 0) if client else None
        with closing(
            HTTPConnection("127.0.0.1", port or self.proxy, timeout=PATIENCE_SECONDS, source_address=source)
        ) as connection:
            connection.request(method, path, text, {"Content-Type": "application/json"} | fields)
            response = connection.getresponse()
            content = response.read()
        zipped = response.headers.get("Content-Encoding") == "gzip"
        return Reply(response.status, response.headers, gzip.decompress(content) if zipped else content)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield a service that trusts one proxy, and that proxy."""
    data = tmp_path_factory.mktemp("data")
    with (
        serving(data, ADMIN_KEY=KEY, TRUSTED_PROXIES="1", PUBLIC_URL=PUBLIC_URL, ORDER_LIMIT="2/hour") as service,
        running_nginx(service.port) as proxy,
    ):
        yield Site(service, proxy)


@pytest.fixture(scope="module")
def event(site: Site) -> Json:
    """Return an event that was made without the proxy."""
    return create_event(site.service, KEY, 100)


def test_a_tag_that_was_made_weak_counts(site: Site, event: Json) -> None:
    """nginx compresses the event and weakens its tag; a change with that tag is made, with an older one it is not."""
    path = f"/events/{event['id']}"
    seen = site.ask("GET", path, Accept_Encoding="gzip")
    assert seen.headers["Content-Encoding"] == "gzip"
    tag = seen.headers["ETag"]
    assert tag.startswith('W/"')
    admin = f"Bearer {KEY}"
    changed = site.ask("PATCH", path, {"location": "Hall 2"}, If_Match=tag, Authorization=admin)
    assert changed.status == 200
    stale = site.ask("PATCH", path, {"location": "Hall 3"}, If_Match=tag, Authorization=admin)
    assert (stale.status, stale.json()["code"]) == (412, "stale_version")


def test_pages_lead_under_the_path(site: Site, event: Json) -> None:
    """Links, forms and static files have the path that the proxy takes off, and are there."""
    page = site.ask("GET", f"{PREFIX}/e/{event['id']}", Accept="text/html").body.decode()
    found = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', page))
    assert len(found) > 5
    assert {address for address in found if not address.startswith(f"{PREFIX}/")} == set()
    assert {site.ask("GET", address).status for address in found} == {200}


def test_the_desk_leads_under_the_path(site: Site, event: Json) -> None:
    """Signed in through the proxy, an admin finds every page of the desk under the path that it takes off."""
    cookies: dict[str, str] = {}

    def ask(method: str, path: str, form: Json | None = None) -> Reply:
        headers = {"Accept": "text/html", "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(HTTPConnection("127.0.0.1", site.proxy, timeout=PATIENCE_SECONDS)) as connection:
            connection.request(method, path, None if form is None else urlencode(form), headers)
            response = connection.getresponse()
            content = response.read()
        for each in response.headers.get_all("Set-Cookie") or []:
            name, _, value = each.partition(";")[0].partition("=")
            cookies[name] = value
        return Reply(response.status, response.headers, content)

    sign_in = f"{PREFIX}/desk/sign-in"
    page = ask("GET", sign_in).body.decode()
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page.partition(f'action="{sign_in}"')[2])
    signed_in = ask("POST", sign_in, {**{name: unescape(value) for name, value in hidden}, "key": KEY})
    assert (signed_in.status, signed_in.headers["Location"]) == (303, f"{PREFIX}/desk")
    for path in ("desk", f"desk/e/{event['id']}", f"desk/e/{event['id']}/sale", "desk/orders", "desk/operation"):
        shown = ask("GET", f"{PREFIX}/{path}")
        assert shown.status == 200, path
        found = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', shown.body.decode()))
        assert len(found) > 5
        assert {address for address in found if not address.startswith(f"{PREFIX}/")} == set()


@pytest.mark.parametrize("name", ["docs", "docs/try"])
def test_the_documentation_leads_under_the_path(site: Site, name: str) -> None:
    """Its links and files are there, and calls are described where the proxy has them."""
    path = f"{PREFIX}/{name}"
    page = site.ask("GET", path).body.decode()
    found = {urljoin(path, each).partition("#")[0] for each in re.findall(r'(?:href|src)="([^"#:]+)(?=["#])', page)}
    assert f"{PREFIX}/docs" in found | {path}
    assert len(found) > 3
    assert {address for address in found if not address.startswith(f"{PREFIX}/")} == set()
    assert {site.ask("GET", address).status for address in found} == {200}
    assert site.ask("GET", f"{PREFIX}/openapi.json").json()["servers"] == [{"url": f"{PREFIX}/"}]


def test_connections_are_kept(site: Site, event: Json) -> None:
    """Requests over one connection to the proxy, and over those that it keeps, are all answered."""
    with closing(HTTPConnection("127.0.0.1", site.proxy, timeout=PATIENCE_SECONDS)) as connection:
        statuses = set()
        for _ in range(200):
            connection.request("GET", f"/events/{event['id']}")
            response = connection.getresponse()
            response.read()
            statuses.add(response.status)
    assert statuses == {200}


@pytest.mark.parametrize(("length", "status"), [(7_000, 200), (9_000, 400)])
def test_cookies_are_limited(site: Site, length: int, status: int) -> None:
    """A large one passes, a larger one is refused with a problem of the service's."""
    reply = site.ask("GET", "/events", Cookie="a" * length)
    assert reply.status == status
    assert status == 200 or (reply.headers["Content-Type"], reply.json()["code"]) == (MEDIA_TYPE, "malformed_request")


def test_a_body_that_is_too_large_is_refused_with_a_problem(site: Site) -> None:
    """The proxy gets to read the response although it is still sending."""
    reply = site.ask("POST", "/orders", {"event_id": "a" * 900_000})
    assert (reply.status, reply.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "Script-Name", "PATH_INFO", "X-Forwarded-Prefix", "X-Script-Name"])
@pytest.mark.parametrize("value", ["/events", "/", "events", "http://x/", ""])
def test_no_header_says_where_the_service_is(site: Site, event: Json, name: str, value: str) -> None:
    """Whatever a client sends, paths lead where they led."""
    with closing(HTTPConnection("127.0.0.1", site.proxy, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("GET", f"/events/{event['id']}", headers={name: value})
        assert json.loads(connection.getresponse().read())["id"] == event["id"]
        connection.request("GET", "/events/none", headers={name: value})
        found = json.loads(connection.getresponse().read())
    assert found["type"] == f"{PUBLIC_URL}/problems/event_not_found"


def test_a_path_that_the_proxy_takes_off_is_in_links(site: Site) -> None:
    """A new event is found where its ``Location`` says, and a problem explains itself behind the same path."""
    admin = f"Bearer {KEY}"
    body = {"name": "Night", "date": "2099-05-01T20:00:00Z", "location": "Hall", "capacity": 1, "price": "45.00"}
    made = site.ask("POST", f"{PREFIX}/events", body, Authorization=admin)
    assert made.headers["Location"] == f"{PREFIX}/events/{made.json()['id']}"
    assert site.ask("GET", made.headers["Location"]).json() == made.json()
    link = site.ask("GET", f"{PREFIX}/events/none").json()["type"]
    assert site.ask("GET", link.removeprefix("https://tickets.example.com")).status == 200


def order(site: Site, event: Json, **options: Any) -> int:
    body = {"event_id": event["id"], "quantity": 1, "customer_email": "ann@example.com"}
    return site.ask("POST", "/orders", body, **options).status


def test_a_client_is_whom_the_proxy_saw(site: Site, event: Json) -> None:
    """Limits count by that address: clients are told apart, and none escapes by naming others."""
    first = [order(site, event, client="127.0.0.2", X_Forwarded_For=f"192.0.2.{number}") for number in range(3)]
    assert first == [201, 201, 429]
    assert order(site, event, client="127.0.0.3") == 201
    assert order(site, event, client="127.0.0.2", Forwarded="for=192.0.2.9", X_Real_IP="192.0.2.9") == 429


def test_without_its_proxy_a_client_is_its_peer(site: Site, event: Json) -> None:
    """A direct request without an address from a proxy counts for the peer's."""
    port = site.service.port
    found = [order(site, event, port=port, client="127.0.0.4") for _ in range(3)]
    assert found == [201, 201, 429]


def test_browsers_stay_with_tls(site: Site) -> None:
    """The public address has it, so every response asks for it, refusals of the server itself included."""
    for reply in (site.ask("GET", "/events"), site.ask("GET", "/events", Cookie="a" * 9_000)):
        assert reply.headers["Strict-Transport-Security"] == "max-age=31536000"
