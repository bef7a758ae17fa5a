"""The payment gateway of the guide, as a reader has it: its module, its package, and gateways over the stand-in for Acme."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.build import build_wheel

from tests.docs.markdown import DOCS, blocks
from tests.servers.acme import API_KEY, NOTICE_SECRET, Acme
from ticketcore.ports import PaymentGateway

PAGE = DOCS / "how-to" / "plug-in-a-payment-gateway.md"
[SOURCE] = [each.text for each in blocks(PAGE.read_text()) if each.text.startswith("# acme_payments.py\n")]
[PROJECT] = [each.text for each in blocks(PAGE.read_text()) if each.language == "toml"]

OpenGateway = Callable[[], PaymentGateway]


def module(source: str = SOURCE) -> Any:
    """Return the guide's module, or that of another source."""
    made = ModuleType("acme_payments")
    exec(compile(source, "acme_payments.py", "exec"), vars(made))
    return made


def url(acme: Acme, directory: Path) -> str:
    """Return the URL of a gateway at the stand-in, whose secrets are in a file of the directory."""
    secrets = directory / "acme.json"
    secrets.write_text(json.dumps({"api_key": API_KEY, "notice_secret": NOTICE_SECRET}))
    return f"acme://{acme.address}?secrets={secrets}&return_url=https://tickets.example/thanks"


@contextmanager
def opening(made: Any, address: str) -> Iterator[OpenGateway]:
    """Yield a function that opens gateways of a module, each with connections of its own."""
    with ExitStack() as opened:

        def open_one() -> PaymentGateway:
            gateway: PaymentGateway = made.open_gateway(address)
            opened.callback(made.AcmeGateway.close, gateway)
            return gateway

        yield open_one


def install(directory: Path) -> Path:
    """Build the guide's package and install it into a directory of its own; return that."""
    project, site = directory / "project", directory / "site"
    project.mkdir()
    (project / "acme_payments.py").write_text(SOURCE)
    (project / "pyproject.toml").write_text(PROJECT)
    with chdir(project):
        wheel = build_wheel(os.fspath(project))
    with zipfile.ZipFile(project / wheel) as archive:
        archive.extractall(site)
    return site
