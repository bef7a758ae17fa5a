"""An emulator of AWS that runs the functions of a stack, each in a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.entrypoints.server import wait_until
from tests.patience import PATIENCE_SECONDS
from tests.servers.aws import HERE, REGION, aws_at
from tests.servers.ports import free_port

Json = dict[str, Any]


@contextmanager
def running_ministack(directory: Path, **settings: str) -> Iterator[str]:
    """Yield the address of an emulator that was started for this with these settings; its log is in the directory."""
    port = free_port()
    url = f"http://{HERE}:{port}"
    with aws_at(url), (directory / "ministack.log").open("w") as log:
        environment = {
            **os.environ,
            "BIND_HOST": HERE,
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            **settings,
        }
        command = [sys.executable, "-m", "ministack"]
        with subprocess.Popen(command, env=environment, cwd=directory, stdout=log, stderr=log) as server:
            try:
                wait_until(lambda: _answers(url))
                yield url
            finally:
                server.terminate()
                server.wait(PATIENCE_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/_ministack/health"):
            return True
    except OSError:
        return False


def sent_mails(url: str) -> list[Json]:
    """Return the mails that were sent, oldest first."""
    with urlopen(f"{url}/_ministack/ses/messages") as answer:
        accounts: dict[str, list[Json]] = json.load(answer)["messages"]
    return [mail for mails in accounts.values() for mail in mails]
