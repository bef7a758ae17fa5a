"""Clients of AWS: bounded waits and tries, and errors translated once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError
from botocore.parsers import ResponseParserError

from ticketcore.domain.errors import Unavailable

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_s3 import S3Client
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sqs import SQSClient

#: How long a call may wait for a message to come.
MAX_WAIT_SECONDS = 5

#: All that a call to AWS may raise: no response, an error, a response that cannot be read.
FAILURES = (BotoCoreError, ClientError, ResponseParserError)

#: Reason used when a response lacks a field that AWS always sends, for example one made up by a proxy.
INCOMPLETE = "incomplete answer"

_AWS_HOST = re.compile(r"\.amazonaws\.", re.IGNORECASE)
_READ_SECONDS = 5
_SETTINGS: dict[str, Any] = {
    "connect_timeout": 2,
    "read_timeout": _READ_SECONDS,
    "max_pool_connections": 16,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}
_HURRIED: dict[str, Any] = {
    "connect_timeout": 1,
    "read_timeout": 1.5,
    "retries": {"mode": "standard", "total_max_attempts": 2},
}
_OWN_SETTINGS: dict[str, dict[str, Any]] = {
    "sqs": {"read_timeout": MAX_WAIT_SECONDS + _READ_SECONDS},
    # Otherwise presigned URLs would use a method that newer regions and KMS refuse, for a host that redirects.
    "s3": {"signature_version": "s3v4", "s3": {"addressing_style": "virtual"}},
}


@overload
def connect(service: Literal["cloudwatch"], *, hurried: bool = False) -> CloudWatchClient: ...
@overload
def connect(service: Literal["s3"], *, hurried: bool = False) -> S3Client: ...
@overload
def connect(service: Literal["sesv2"], *, hurried: bool = False) -> SESV2Client: ...
@overload
def connect(service: Literal["sqs"], *, hurried: bool = False) -> SQSClient: ...
def connect(
    service: Literal["cloudwatch", "s3", "sesv2", "sqs"], *, hurried: bool = False
) -> CloudWatchClient | S3Client | SESV2Client | SQSClient:
    """Return a thread-safe client, configured by the standard AWS variables and files.

    It connects when it is first used; only credentials that are kept by the machine itself are asked for at once.
    A ``hurried`` client gives up after a few seconds, because a request waits for it.
    Raises ``ValueError`` if no region is set (``AWS_DEFAULT_REGION``) or a setting of AWS is wrong.
    """
    try:
        session = boto3.Session()
        # S3 would guess one.
        if not session.region_name:
            raise NoRegionError
        config = Config(**{**_SETTINGS, **_OWN_SETTINGS.get(service, {}), **(_HURRIED if hurried else {})})
        client = session.client(service, config=config)
        if service != "s3" or _AWS_HOST.search(client.meta.endpoint_url):
            return client
        # Other S3-compatible endpoints have no DNS name per bucket; use path-style addressing.
        return session.client(service, config=config.merge(Config(s3={"addressing_style": "path"})))
    except BotoCoreError as error:
        raise ValueError(str(error)) from error


@contextmanager
def unavailable(part: str) -> Iterator[None]:
    """Turn the errors of a call to AWS into ``Unavailable``."""
    try:
        yield
    except FAILURES as error:
        # The error may hold a ticket's id or an address, which a logged traceback would show.
        raise Unavailable(part, code(error) if isinstance(error, ClientError) else type(error).__name__) from None


def code(error: ClientError) -> str:
    """Return the error's name, such as ``AccessDenied``."""
    return error.response.get("Error", {}).get("Code", type(error).__name__)
