"""The payment queue on Amazon SQS."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
from botocore.exceptions import ClientError

from ticketcore.domain import ids, messages
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import OrderId
from ticketcore.ports import PaymentQueue, QueueDepth, ReceivedMessage
from ticketcore.ports.payment_queue import VISIBILITY
from ticketcore_aws.clients import FAILURES, INCOMPLETE, MAX_WAIT_SECONDS, code, unavailable

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.literals import QueueAttributeNameType
    from types_boto3_sqs.type_defs import (
        BatchResultErrorEntryTypeDef,
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        DeleteMessageBatchRequestEntryTypeDef,
        MessageTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

    Attributes = Mapping[QueueAttributeNameType, str]

_LOG = logging.getLogger("ticketcore")

# What SQS takes and gives in one call.
_BATCH = 10
_LONGEST_VISIBILITY = timedelta(hours=12)
_READY: list[QueueAttributeNameType] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
_IN_FLIGHT: list[QueueAttributeNameType] = ["ApproximateNumberOfMessagesNotVisible"]
# How SQS calls a receipt that is old or none, with and without "Exception" behind it.
_OLD_RECEIPT = {"InvalidParameterValue", "MessageNotInflight", "ReceiptHandleIsInvalid"}
_METRIC_WINDOW = timedelta(minutes=5)


def _wait_seconds_are_bounded(_instance: object, _attribute: object, value: int) -> None:
    if not 0 <= value <= MAX_WAIT_SECONDS:
        raise ValueError(f"wait_seconds must be 0 to {MAX_WAIT_SECONDS}")


@attrs.frozen(eq=False)
class SqsPaymentQueue(PaymentQueue):
    """A standard queue or a FIFO queue, according to its URL.

    The queue's own redrive policy makes dead letters; its limit should be ``MAX_RECEIVES``.  Receiving waits up to
    ``wait_seconds`` for a message; with 0, SQS asks some of its servers only and may overlook messages.  On a FIFO queue a
    receipt ends with its visibility: a message that is done later is delivered again.  ``oldest`` is what CloudWatch says,
    to a minute or two, and ``None`` if it does not say it.  ``poller`` is a client with the patience to wait for messages,
    where the other has none.
    """

    client: SQSClient = attrs.field(repr=False)
    queue_url: str
    cloudwatch: CloudWatchClient = attrs.field(repr=False)
    wait_seconds: int = attrs.field(default=MAX_WAIT_SECONDS, validator=_wait_seconds_are_bounded)
    poller: SQSClient | None = attrs.field(default=None, repr=False)
    _dead_letter_urls: dict[str, str] = attrs.field(factory=dict, init=False, repr=False)

    def publish(self, order_ids: Sequence[OrderId], now: datetime) -> None:
        with unavailable("queue"):
            self._send(order_ids)

    def receive(self, limit: int, now: datetime) -> Sequence[ReceivedMessage]:
        with unavailable("queue"):
            received = [(message, _order_id(message)) for message in self._take_many(limit)]
        for message, order_id in received:
            if order_id is None:
                self._give_up(message)
        return [_delivery(message, order_id) for message, order_id in received if order_id is not None]

    def done(self, deliveries: Sequence[ReceivedMessage]) -> None:
        with unavailable("queue"):
            for some in _batches(deliveries):
                deleted: list[DeleteMessageBatchRequestEntryTypeDef] = [
                    {"Id": str(number), "ReceiptHandle": each.receipt} for number, each in enumerate(some)
                ]
                response = self.client.delete_message_batch(QueueUrl=self.queue_url, Entries=deleted)
                _refuse_failures(_but_for_old_receipts(response.get("Failed", [])))

    def extend(self, deliveries: Sequence[ReceivedMessage], now: datetime) -> None:
        seconds = _seconds(VISIBILITY)
        with unavailable("queue"):
            for some in _batches(deliveries):
                extended: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
                    {"Id": str(number), "ReceiptHandle": each.receipt, "VisibilityTimeout": seconds}
                    for number, each in enumerate(some)
                ]
                response = self.client.change_message_visibility_batch(QueueUrl=self.queue_url, Entries=extended)
                _refuse_failures(_but_for_old_receipts(response.get("Failed", [])))

    def retry(self, delivery: ReceivedMessage, after: timedelta, now: datetime) -> None:
        self._hide(delivery.receipt, _seconds(after))

    def depth(self, now: datetime) -> QueueDepth:
        with unavailable("queue"):
            found = self._attributes(self.queue_url, [*_READY, *_IN_FLIGHT, "RedrivePolicy"])
            dead_letters = self._dead_letters(found)
            dead = self._attributes(dead_letters, [*_READY, *_IN_FLIGHT]) if dead_letters else {}
        waiting = _sum(found, _READY)
        oldest = self._oldest(now) if waiting else None
        return QueueDepth(waiting, _sum(found, _IN_FLIGHT), _sum(dead, dead), oldest)

    def redrive(self, now: datetime) -> int:
        """Put dead letters back, except those that cannot be read; each at most once, so that it comes to an end."""
        put_back = 0
        seen: set[str] = set()
        with unavailable("queue"):
            dead_letters = self._dead_letters(self._attributes(self.queue_url, ["RedrivePolicy"]))
            while dead_letters and (found := self._unseen(dead_letters, seen)):
                readable = [(message, order_id) for message in found if (order_id := _order_id(message)) is not None]
                seen.update(self._send([order_id for _, order_id in readable]))
                self._delete(dead_letters, [message for message, _ in readable])
                put_back += len(readable)
        return put_back

    def check(self) -> None:
        with unavailable("queue"):
            self._attributes(self.queue_url, ["QueueArn"])

    def _send(self, order_ids: Sequence[OrderId]) -> list[str]:
        """Return the ids that SQS gave the messages."""
        sent: list[str] = []
        for start in range(0, len(order_ids), _BATCH):
            entries = [
                self._entry(number, order_id) for number, order_id in enumerate(order_ids[start : start + _BATCH])
            ]
            response = self.client.send_message_batch(QueueUrl=self.queue_url, Entries=entries)
            _refuse_failures(response.get("Failed", []))
            sent += [entry["MessageId"] for entry in response.get("Successful", [])]
        if len(sent) < len(order_ids):
            raise Unavailable("queue", INCOMPLETE)
        return sent

    def _entry(self, number: int, order_id: OrderId) -> SendMessageBatchRequestEntryTypeDef:
        entry: SendMessageBatchRequestEntryTypeDef = {"Id": str(number), "MessageBody": messages.write(order_id)}
        if self.queue_url.endswith(".fifo"):
            entry["MessageGroupId"] = ids.digest(order_id)
            # A later message of the same order is no duplicate.
            entry["MessageDeduplicationId"] = uuid.uuid4().hex
        return entry

    def _take_many(self, limit: int) -> Sequence[MessageTypeDef]:
        """Take more than SQS gives in one call, as long as each call is filled: then none has to wait."""
        found = some = self._take(self.queue_url, limit, self.wait_seconds)
        while len(some) == _BATCH and len(found) < limit:
            try:
                some = self._take(self.queue_url, limit - len(found), 0)
            except FAILURES:
                break  # What came before must not wait for the end of its visibility.
            found = [*found, *some]
        return found

    def _take(self, queue_url: str, limit: int, wait_seconds: int) -> Sequence[MessageTypeDef]:
        response = (self.poller or self.client).receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=min(limit, _BATCH),
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
            VisibilityTimeout=_seconds(VISIBILITY),
            WaitTimeSeconds=wait_seconds,
        )
        return response.get("Messages", [])

    def _unseen(self, queue_url: str, seen: set[str]) -> Sequence[MessageTypeDef]:
        found = [
            message
            for message in self._take(queue_url, _BATCH, self.wait_seconds)
            if message.get("MessageId") not in seen
        ]
        seen.update(message.get("MessageId", "") for message in found)
        return found

    def _delete(self, queue_url: str, found: Sequence[MessageTypeDef]) -> None:
        entries: list[DeleteMessageBatchRequestEntryTypeDef] = [
            {"Id": str(number), "ReceiptHandle": message.get("ReceiptHandle", "")}
            for number, message in enumerate(found)
        ]
        if entries:
            response = self.client.delete_message_batch(QueueUrl=queue_url, Entries=entries)
            _refuse_failures(response.get("Failed", []))

    def _give_up(self, message: MessageTypeDef) -> None:
        """Give back a message that cannot be read, until the redrive policy makes it a dead letter."""
        _LOG.warning("message %s of the queue cannot be read", message.get("MessageId"))
        # If this fails, it comes back by itself when its visibility ends; its neighbours must not wait for it.
        with suppress(Unavailable):
            self._hide(message.get("ReceiptHandle", ""), 0)

    def _hide(self, receipt: str, seconds: int) -> None:
        with unavailable("queue"), _old_receipts_do_nothing():
            self.client.change_message_visibility(
                QueueUrl=self.queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )

    def _attributes(self, queue_url: str, names: Sequence[QueueAttributeNameType]) -> Attributes:
        return self.client.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names).get("Attributes", {})

    def _dead_letters(self, attributes: Attributes) -> str | None:
        """Return the URL of the dead-letter queue, or ``None`` if the queue has no redrive policy."""
        arn = json.loads(attributes.get("RedrivePolicy") or "{}").get("deadLetterTargetArn")
        if arn is None:
            return None
        if arn not in self._dead_letter_urls:
            *_, account, name = arn.split(":")
            response = self.client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)
            self._dead_letter_urls[arn] = response["QueueUrl"]
        return self._dead_letter_urls[arn]

    def _oldest(self, now: datetime) -> datetime | None:
        name = self.queue_url.rpartition("/")[2]
        try:
            response = self.cloudwatch.get_metric_statistics(
                Namespace="AWS/SQS",
                MetricName="ApproximateAgeOfOldestMessage",
                Dimensions=[{"Name": "QueueName", "Value": name}],
                StartTime=now - _METRIC_WINDOW,
                EndTime=now,
                Period=60,
                Statistics=["Maximum"],
            )
        except FAILURES:
            # The queue can be worked on without permission to see its metrics, or a way to them.
            return None
        measured = {point.get("Timestamp", now): point.get("Maximum", 0) for point in response.get("Datapoints", [])}
        if not measured:
            return None
        newest = max(measured)
        return newest.astimezone(UTC) - timedelta(seconds=measured[newest])


def _seconds(duration: timedelta) -> int:
    """Return whole seconds, rounded up, within what SQS accepts; never 0, which would redeliver at once."""
    return -(-max(min(duration, _LONGEST_VISIBILITY), timedelta(seconds=1)) // timedelta(seconds=1))


def _batches(deliveries: Sequence[ReceivedMessage]) -> Iterator[Sequence[ReceivedMessage]]:
    for start in range(0, len(deliveries), _BATCH):
        yield deliveries[start : start + _BATCH]


def _order_id(message: MessageTypeDef) -> OrderId | None:
    try:
        return messages.read(message.get("Body", ""))
    except ValueError:
        return None


def _delivery(message: MessageTypeDef, order_id: OrderId) -> ReceivedMessage:
    receives = int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1))
    return ReceivedMessage(message.get("ReceiptHandle", ""), order_id, receives)


def _sum(counts: Attributes, names: Iterable[QueueAttributeNameType]) -> int:
    return sum(int(counts.get(name, 0)) for name in names)


def _refuse_failures(failed: Sequence[BatchResultErrorEntryTypeDef]) -> None:
    """Raise ``Unavailable`` if any part of a batch failed; the others are then done twice, which is harmless."""
    if failed:
        raise Unavailable("queue", failed[0]["Code"])


def _but_for_old_receipts(failed: Sequence[BatchResultErrorEntryTypeDef]) -> Sequence[BatchResultErrorEntryTypeDef]:
    return [each for each in failed if not _is_old_receipt(each["Code"])]


@contextmanager
def _old_receipts_do_nothing() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if not _is_old_receipt(code(error)):
            raise


def _is_old_receipt(name: str) -> bool:
    return name.rpartition(".")[2].removesuffix("Exception") in _OLD_RECEIPT
