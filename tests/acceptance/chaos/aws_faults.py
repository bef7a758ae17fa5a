"""What may go wrong between a process and AWS, in front of an AWS that works."""

from __future__ import annotations

import io
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import attrs

Application = Callable[..., Iterable[bytes]]
Environ = dict[str, Any]

_UNAVAILABLE = "503 Service Unavailable"


@attrs.define(eq=False)
class AwsFaults:
    """Refuses the next calls of a service, delivers messages twice and out of order; counts what it did."""

    failing: Counter[str] = attrs.field(factory=Counter)
    twice: bool = False
    injected: Counter[str] = attrs.field(factory=Counter)
    _random: random.Random = attrs.field(factory=lambda: random.Random(1))
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def around(self, application: Application) -> Application:
        """Return the application with the faults in front of it."""

        def answer(environ: Environ, start_response: Callable[..., object]) -> Iterable[bytes]:
            operation = _operation(environ)
            if self._refuses(operation):
                start_response(_UNAVAILABLE, [("Content-Type", "application/json")])
                return [b'{"__type": "ServiceUnavailable"}']
            if self.twice and operation == "publish":
                return self._publish_twice(application, environ, start_response)
            if self.twice and operation == "receive":
                return self._shuffled(application, environ, start_response)
            return application(environ, start_response)

        return answer

    def _refuses(self, operation: str) -> bool:
        with self._lock:
            if not self.failing[operation]:
                return False
            self.failing[operation] -= 1
            self.injected[f"{operation} refused"] += 1
            return True

    def _publish_twice(self, application: Application, environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = _read(environ)
        batch = json.loads(body)
        batch["Entries"].reverse()
        self.injected["messages delivered twice"] += len(batch["Entries"])
        b"".join(application(_with(environ, json.dumps(batch).encode()), lambda *_: None))
        return application(_with(environ, body), start_response)

    def _shuffled(self, application: Application, environ: Environ, start_response: Any) -> Iterable[bytes]:
        head: list[Any] = []
        answer = b"".join(application(environ, lambda *line: head.extend(line)))
        received = json.loads(answer)
        self._random.shuffle(received.get("Messages", []))
        shuffled = json.dumps(received).encode()
        headers = [(name, value) for name, value in head[1] if name.lower() not in {"content-length", "x-amz-crc32"}]
        start_response(head[0], [*headers, ("Content-Length", str(len(shuffled)))])
        return [shuffled]


def _operation(environ: Environ) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target.startswith("AmazonSQS.SendMessage"):
        return "publish"
    if target == "AmazonSQS.ReceiveMessage":
        return "receive"
    if environ["REQUEST_METHOD"] == "PUT" and "/qr/" in environ["PATH_INFO"]:
        return "s3"
    return "ses" if environ["PATH_INFO"] == "/v2/email/outbound-emails" else "other"


def _read(environ: Environ) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    return body


def _with(environ: Environ, body: bytes) -> Environ:
    return {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
