"""Clients that generators make of a running service's description: without a complaint, and able to buy.

The guide on clients is followed in ``tests/docs``: it makes the one of openapi-python-client.
"""

from __future__ import annotations

import importlib.resources
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.markdown import DOCS, blocks
from tests.entrypoints.server import Server, create_event, serving
from tests.servers.packages import program
from tests.servers.typescript import node_modules, run_node

KEY = "an-admin-key-that-nobody-guesses"
CAPACITY = 3
#: What the example of the guide and the one below print: a sale, and a refusal for want of places.
BOUGHT = ["90.00 processing", "only 1 left"]
JAVA_VARIABLE = "TICKETCORE_TEST_JAVA"
#: What openapi-generator says of every description, and of one without any schema, too.
ITS_OWN_WARNINGS = ("OpenAPI 3.1 support is still in beta", "Failed to get the schema name: null")

EXAMPLE = """
import sys

from openapi_client import ApiClient, ApiException, Configuration, NewOrder, OrdersApi, PaymentRequest

url, event_id = sys.argv[1:]
with ApiClient(Configuration(host=url)) as client:
    orders = OrdersApi(client)
    for _ in range(2):
        try:
            order = orders.create_order(NewOrder(event_id=event_id, quantity=2, customer_email="ann@example.com"))
        except ApiException as refused:
            print("only", refused.data.actual_instance.available, "left")
        else:
            paying = orders.pay_order(order.id, PaymentRequest(payment_token="tok_approved"))
            print(order.total_amount, paying.status)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a service that all tests share."""
    with serving(tmp_path_factory.mktemp("served"), ADMIN_KEY=KEY) as running:
        yield running


@pytest.fixture
def arguments(server: Server) -> list[str]:
    """Return the address of the service and the id of an event with few places."""
    return [f"http://127.0.0.1:{server.port}", create_event(server, KEY, CAPACITY)["id"]]


@pytest.fixture
def description(server: Server, tmp_path: Path) -> Path:
    """Return a file with the service's description."""
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(server.ask("GET", "/openapi.json")))
    return path


def printed_by(command: list[str], directory: Path) -> str:
    """Return all that a command prints; fail if it does not succeed."""
    done = subprocess.run(
        command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_client_in_typescript_buys(
    arguments: list[str], description: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The example of the guide passes the strictest checks of the compiler, and buys until too few places are left."""
    packages = node_modules(Path(request.config.cache.mkdir("typescript")))
    (tmp_path / "node_modules").symlink_to(packages)
    [example] = [
        block.text for block in blocks((DOCS / "how-to/generate-a-client.md").read_text()) if block.language == "ts"
    ]
    (tmp_path / "buy.ts").write_text(example)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    options = {"strict": True, "noUncheckedIndexedAccess": True, "module": "nodenext", "target": "es2022"}
    (tmp_path / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": {**options, "types": ["node"]}, "files": ["buy.ts"]})
    )

    generator = packages / "openapi-typescript/bin/cli.js"
    said = run_node(tmp_path, str(generator), str(description), "--output", "box-office.d.ts")
    assert "⚠" not in said
    assert run_node(tmp_path, str(packages / "typescript/bin/tsc")) == ""
    assert run_node(tmp_path, "buy.js", *arguments).splitlines() == BOUGHT


def test_a_client_of_openapi_generator_buys(arguments: list[str], description: Path, tmp_path: Path) -> None:
    """The generator finds no fault in the description, and warns of nothing in it."""
    java = program("java", "default-jre-headless", JAVA_VARIABLE)
    jar = str(importlib.resources.files("openapi_generator_cli") / "openapi-generator.jar")
    validated = printed_by([java, "-jar", jar, "validate", "-i", str(description)], tmp_path)
    assert "No validation issues detected." in validated

    made = printed_by([java, "-jar", jar, "generate", "-i", str(description), "-g", "python", "-o", "client"], tmp_path)
    warnings = re.findall(r"(?:WARN|ERROR) .*", made)
    assert [line for line in warnings if not any(own in line for own in ITS_OWN_WARNINGS)] == []

    (tmp_path / "client/buy.py").write_text(EXAMPLE)
    assert printed_by([sys.executable, "buy.py", *arguments], tmp_path / "client").splitlines() == BOUGHT
