"""AWS for the tests: moto's SQS, S3, SES and CloudWatch over HTTP, served by a thread of the test process.

It runs in the same process because it reads the clock of its process, which a test can then move, and keeps the mails it
has sent in its memory only.
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from email import message_from_string, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.ses.models import RawMessage, ses_backends
from moto.sqs.models import Message
from werkzeug.serving import WSGIRequestHandler, make_server

from ticketcore.ports.payment_queue import MAX_RECEIVES
from ticketcore_aws import connect

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_s3 import S3Client
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.literals import QueueAttributeNameType

REGION: Final = "sa-east-1"
HERE = "127.0.0.1"

Application = Callable[..., Iterable[bytes]]

_ACCOUNT = json.dumps({"SendingEnabled": True, "ProductionAccessEnabled": True}).encode()


@attrs.frozen
class Aws:
    """A running AWS and a client for each of its services."""

    url: str
    sqs: SQSClient
    s3: S3Client
    ses: SESV2Client
    cloudwatch: CloudWatchClient

    def new_queue(self, *, fifo: bool = False, max_receives: int | None = MAX_RECEIVES) -> str:
        """Return the URL of an empty queue, with a queue for its dead letters unless ``max_receives`` is ``None``."""
        ending = ".fifo" if fifo else ""
        attributes: dict[QueueAttributeNameType, str] = {"FifoQueue": "true"} if fifo else {}
        name = f"payments-{uuid.uuid4().hex}"
        if max_receives is None:
            return self.sqs.create_queue(QueueName=name + ending, Attributes=attributes)["QueueUrl"]
        dead = self.sqs.create_queue(QueueName=f"{name}-dead{ending}", Attributes=attributes)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": max_receives})
        return self.sqs.create_queue(QueueName=name + ending, Attributes={**attributes, "RedrivePolicy": redrive})[
            "QueueUrl"
        ]

    def send(self, queue_url: str, text: str) -> None:
        """Put a message of any text into a queue."""
        if queue_url.endswith(".fifo"):
            unique = uuid.uuid4().hex
            self.sqs.send_message(
                QueueUrl=queue_url, MessageBody=text, MessageGroupId=unique, MessageDeduplicationId=unique
            )
        else:
            self.sqs.send_message(QueueUrl=queue_url, MessageBody=text)

    def new_bucket(self) -> str:
        """Return the name of an empty bucket."""
        name = f"tickets-{uuid.uuid4().hex}"
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name

    @property
    def mails(self) -> list[EmailMessage]:
        """The messages that were sent, oldest first."""
        sent = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
        return [_parse(message.raw_data) for message in sent if isinstance(message, RawMessage)]

    def forget_mails(self) -> None:
        ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages.clear()


def _parse(text: str) -> EmailMessage:
    message = message_from_string(text, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


@contextmanager
def aws_at(url: str) -> Iterator[None]:
    """Point the AWS settings of the environment at this AWS within the block, and hide the machine's own settings."""
    variables = {
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "a-key-id",
        "AWS_SECRET_ACCESS_KEY": "a-secret",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


def clients_of(url: str) -> Aws:
    """Return clients of the AWS at this address, running or not."""
    with aws_at(url):
        return Aws(url, connect("sqs"), connect("s3"), connect("sesv2"), connect("cloudwatch"))


@contextmanager
def running_aws(around: Callable[[Application], Application] = lambda application: application) -> Iterator[Aws]:
    """Yield an AWS that is started for this, with WSGI middleware that may change its responses."""
    application = around(_with_accounts(_moto()))
    with pytest.MonkeyPatch.context() as patch, serving(application, MotoRequestHandler) as url:
        patch.setattr(Message, "had_receipt_handle", _has_receipt_handle)
        yield clients_of(url)


@attrs.define(eq=False)
class StubbornAws:
    """An AWS that gives the same response to every request; ``tries`` counts them."""

    aws: Aws = attrs.field(init=False)
    tries: int = 0
    _status: int = 200
    _json: bytes = b"{}"
    _xml: bytes = b""

    def refuse(self, code: str, text: str = "", status: int = 400) -> None:
        """Respond with this error from now on."""
        self.answer({"__type": code, "message": text}, status)
        error = f"<Code>{code}</Code><Message>{text}</Message>"
        # S3 puts it at the root, others within.
        self._xml = f"<Error>{error}<Error>{error}</Error></Error>".encode()

    def babble(self) -> None:
        """Respond with an HTML page from now on."""
        self.answer({})
        self._json = self._xml = b"<html>Please log in"

    def answer(self, members: dict[str, object], status: int = 200) -> None:
        """Respond with this from now on."""
        self.tries, self._status, self._json = 0, status, json.dumps(members).encode()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        self.tries += 1
        speaks_json = "HTTP_X_AMZ_TARGET" in environ or environ["PATH_INFO"].startswith("/v2/")
        start_response(f"{self._status} Answer", [("Content-Type", "application/json" if speaks_json else "text/xml")])
        return [self._json if speaks_json else self._xml]


@contextmanager
def running_stubborn_aws() -> Iterator[StubbornAws]:
    """Yield a stubborn AWS that is started for this."""
    stubborn = StubbornAws()
    with serving(stubborn, WSGIRequestHandler) as url:
        stubborn.aws = clients_of(url)
        yield stubborn


@contextmanager
def requests_of(client: BaseClient, operation: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the parameters of the client's calls of an operation within the block."""
    seen: list[dict[str, Any]] = []

    def record(params: dict[str, Any], **_: object) -> None:
        seen.append(dict(params))

    event = f"before-parameter-build.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, record)
    try:
        yield seen
    finally:
        client.meta.events.unregister(event, record)


@contextmanager
def serving(application: Application, handler: type[Any]) -> Iterator[str]:
    """Yield the address where a thread serves a WSGI application."""

    class Quiet(handler):  # type: ignore[misc]  # The base is chosen when it runs.
        def log_request(self, *_: object) -> None:
            """Log nothing: requests name files and queues."""

    server = make_server(HERE, 0, application, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{HERE}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _moto() -> Application:
    return DomainDispatcherApplication(create_backend_app)


def _with_accounts(application: Application) -> Application:
    """Return the application with ``GetAccount`` of SES, which moto lacks."""

    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/v2/email/account":
            return application(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [_ACCOUNT]

    return answer


def _has_receipt_handle(message: Message, receipt: str) -> bool:
    """Only the newest receipt stands for a message (API reference, DeleteMessage); moto takes any that it ever had."""
    return receipt == message.receipt_handle
