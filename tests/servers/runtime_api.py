"""The Runtime API of AWS Lambda, as far as AWS's own runtime client for Python speaks it, and functions that run behind it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any

import attrs

from tests.patience import PATIENCE_SECONDS

Json = dict[str, Any]

_RUNTIME = "/2018-06-01/runtime"
_ARN = "arn:aws:lambda:us-east-2:123456789012:function:ticketcore"


@attrs.frozen
class Invocation:
    """One event for the function, and the time of the clock at which Lambda would end it."""

    id: str
    event: Any
    deadline_milliseconds: int


@attrs.frozen
class Outcome:
    """The function's result of an invocation (``response`` or ``error``) or of its start (``init/error``)."""

    kind: str
    invocation_id: str | None
    value: Any


class RuntimeApi(ThreadingHTTPServer):
    """Serves invocations to the runtime client and collects their results."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.invocations: queue.Queue[Invocation | None] = queue.Queue()
        self.outcomes: queue.Queue[Outcome] = queue.Queue()

    @property
    def address(self) -> str:
        """The host and port, as ``AWS_LAMBDA_RUNTIME_API`` holds them."""
        return f"127.0.0.1:{self.server_port}"


class _Request(BaseHTTPRequestHandler):
    @property
    def api(self) -> RuntimeApi:
        assert isinstance(self.server, RuntimeApi)
        return self.server

    def do_GET(self) -> None:
        invocation = self.api.invocations.get() if self.path == f"{_RUNTIME}/invocation/next" else None
        if invocation is None:
            self._answer(410, {"errorMessage": "no more invocations"})
            return
        self._answer(
            200,
            invocation.event,
            {
                "Lambda-Runtime-Aws-Request-Id": invocation.id,
                "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_milliseconds),
                "Lambda-Runtime-Invoked-Function-Arn": _ARN,
                "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
            },
        )

    def do_POST(self) -> None:
        value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match self.path.removeprefix(f"{_RUNTIME}/").split("/"):
            case ["invocation", invocation_id, "response" | "error" as kind]:
                outcome = Outcome(kind, invocation_id, value)
            case ["init", "error"]:
                outcome = Outcome("init/error", None, value)
            case _:
                self._answer(404, {"errorMessage": "no such call"})
                return
        # Before the response, as the client may be gone once it has it.
        self.api.outcomes.put(outcome)
        self._answer(202, {"status": "OK"})

    def _answer(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        described = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        for name, text in (described | (headers or {})).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  The base class calls it so.
        """Say nothing."""


@attrs.frozen(eq=False)
class Function:
    """A function whose container runs: the runtime client in a process of its own."""

    api: RuntimeApi
    process: subprocess.Popen[bytes]
    log: IO[bytes]

    def invoke(self, event: Any, seconds: float = PATIENCE_SECONDS) -> Any:
        """Return the function's response to an event; ``seconds`` are left until its deadline."""
        outcome = self.outcome_of(event, seconds)
        assert outcome.kind == "response", outcome
        return outcome.value

    def fail(self, event: Any) -> Json:
        """Return the error that the function reports for an event."""
        outcome = self.outcome_of(event)
        assert outcome.kind == "error", outcome
        error: Json = outcome.value
        return error

    def outcome_of(self, event: Any, seconds: float = PATIENCE_SECONDS) -> Outcome:
        """Return the function's outcome of an event."""
        invocation = Invocation(os.urandom(8).hex(), event, int((time.time() + seconds) * 1000))
        self.api.invocations.put(invocation)
        outcome = self._next_outcome()
        assert outcome.invocation_id == invocation.id, outcome
        return outcome

    def init_error(self) -> Json:
        """Return the error with which the container failed to start."""
        outcome = self._next_outcome()
        assert outcome.kind == "init/error", outcome
        error: Json = outcome.value
        return error

    def text(self) -> str:
        """Return all that was logged so far."""
        return os.pread(self.log.fileno(), 1_000_000, 0).decode()

    def _next_outcome(self) -> Outcome:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                return self.api.outcomes.get(timeout=0.2)
            except queue.Empty:
                assert self.process.poll() is None or not self.api.outcomes.empty(), self.text()
        raise AssertionError(f"the function said nothing: {self.text()}")


@contextmanager
def running(handler: str, **variables: str) -> Iterator[Function]:
    """Yield a function with this handler whose environment has these variables, and none else that begin like ours."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TICKETCORE_", "AWS_"))}
    with RuntimeApi() as api, tempfile.TemporaryFile() as log:
        threading.Thread(target=api.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        environment |= {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_FUNCTION_NAME": "ticketcore", **variables}
        command = [sys.executable, "-m", "awslambdaric", handler]
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield Function(api, process, log)
        finally:
            _stop(api, process)


def _stop(api: RuntimeApi, process: subprocess.Popen[bytes]) -> None:
    # While it waits for an invocation the client ignores every signal but one; without a further one it exits by itself.
    api.invocations.put(None)
    try:
        process.wait(PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()
        api.shutdown()
