"""Events and contexts of AWS Lambda, with all their members, to test handlers with.

The forms are those of Amazon's documentation: records of SQS, scheduled events of EventBridge, and HTTP requests in payload
format 2.0.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

import attrs

from ticketcore.domain import messages
from ticketcore.domain.orders import Order

__all__ = ["SCHEDULE", "Invocation", "http_event", "message_of", "sqs_event", "sqs_record"]

Json = dict[str, Any]

DOMAIN = "r3pmxmplak.execute-api.us-east-2.amazonaws.com"
QUEUE_ARN = "arn:aws:sqs:us-east-2:123456789012:payments"
MINUTES_LEFT = 5 * 60 * 1000


@attrs.frozen
class Invocation:
    """The context of an invocation; ``left`` returns how many milliseconds it has left."""

    left: Callable[[], int] = lambda: MINUTES_LEFT

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds that are left."""
        return self.left()


def sqs_record(body: str, group: str | None = None, receives: int = 1) -> Json:
    """Return one record of SQS with a body; one of a FIFO queue belongs to a message ``group``."""
    attributes = {
        "ApproximateReceiveCount": str(receives),
        "SentTimestamp": "1573251510774",
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "ApproximateFirstReceiveTimestamp": "1573251510774",
    }
    fifo = {"SequenceNumber": "18849496460467696128", "MessageGroupId": group, "MessageDeduplicationId": "1"}
    return {
        "messageId": str(uuid.uuid4()),
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
        "body": body,
        "attributes": attributes | (fifo if group else {}),
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"{QUEUE_ARN}.fifo" if group else QUEUE_ARN,
        "awsRegion": "us-east-2",
    }


def sqs_event(*records: Json) -> Json:
    """Return the event of a batch of records, as ``process_payments`` receives it."""
    return {"Records": list(records)}


def message_of(order: Order, group: str | None = None) -> Json:
    """Return the record of the message that an order's payment publishes."""
    return sqs_record(messages.write(order.id), group)


#: The event of a schedule, as ``expire_reservations`` receives it.
SCHEDULE: Json = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2027-05-01T20:00:00Z",
    "region": "us-east-2",
    "resources": ["arn:aws:events:us-east-2:123456789012:rule/sweep"],
    "detail": {},
}


def http_event(
    method: str, path: str, body: Any = None, *, query: str = "", stage: str = "$default", **headers: str
) -> Json:
    """Return a request as API Gateway passes it in payload format 2.0; header names are written with ``_`` for ``-``.

    ``body`` is text, bytes, which always go in base64, or anything else, which goes as JSON.
    """
    given = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    if body is not None:
        given = {"content-type": "application/json"} | given
    event: Json = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "accept": "*/*",
            "host": DOMAIN,
            "user-agent": "curl/8.5.0",
            "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
            "x-forwarded-for": "205.255.255.176",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            **given,
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "r3pmxmplak",
            "domainName": DOMAIN,
            "domainPrefix": "r3pmxmplak",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "205.255.255.176",
                "userAgent": "curl/8.5.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": stage,
            "time": "10/Mar/2027:05:16:23 +0000",
            "timeEpoch": 1804655783000,
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if body is None:
        return event
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    return event | {"body": base64.b64encode(raw).decode() if event["isBase64Encoded"] else raw.decode()}
