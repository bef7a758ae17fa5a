"""The payment queue on SQS, beyond the contract of its port."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from tests.servers.aws import Aws, StubbornAws, requests_of
from ticketcore.domain import ids, messages
from ticketcore.domain.errors import Unavailable
from ticketcore.ports import QueueDepth, ReceivedMessage
from ticketcore.ports.payment_queue import MAX_RECEIVES
from ticketcore_aws import SqsPaymentQueue
from ticketcore_testing.samples import new_order_id

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

#: SQS has a clock of its own.
NOW = datetime.now(UTC)
ORDER = new_order_id()
DELIVERY = ReceivedMessage("a-receipt", ORDER, 1)
GARBAGE = "not a message, but perhaps a secret"


def queue_at(aws: Aws, url: str) -> SqsPaymentQueue:
    return SqsPaymentQueue(aws.sqs, url, aws.cloudwatch, wait_seconds=0)


def dead_letters_of(aws: Aws, url: str) -> str:
    """Return the URL of a queue's dead letters."""
    head, dot, ending = url.partition(".fifo")
    return aws.sqs.get_queue_url(QueueName=f"{head.rpartition('/')[2]}-dead{dot}{ending}")["QueueUrl"]


# publish


def test_messages_are_published_ten_at_a_time(aws: Aws) -> None:
    """SQS takes ten in one call: 25 take three calls."""
    queue = queue_at(aws, aws.new_queue())
    with requests_of(aws.sqs, "SendMessageBatch") as requests:
        queue.publish([new_order_id() for _ in range(25)], NOW)
    assert [len(request["Entries"]) for request in requests] == [10, 10, 5]
    assert queue.depth(NOW).waiting == 25


def test_a_message_that_sqs_refused_is_reported(stubborn_aws: StubbornAws) -> None:
    """A batch that failed in part raises ``Unavailable`` and is published again."""
    failed = {"Id": "1", "Code": "InternalError", "SenderFault": False}
    taken = {"Id": "0", "MessageId": "an-id", "MD5OfMessageBody": ""}
    stubborn_aws.answer({"Successful": [taken], "Failed": [failed]})
    queue = queue_at(stubborn_aws.aws, "http://here/1/queue")
    with pytest.raises(Unavailable, match="queue is unavailable: InternalError"):
        queue.publish([ORDER, new_order_id()], NOW)


@pytest.mark.parametrize("fifo", [False, True])
def test_messages_have_their_documented_form(aws: Aws, fifo: bool) -> None:
    """Any consumer can read them; only for a FIFO queue they have groups, which do not reveal the order's id."""
    url = aws.new_queue(fifo=fifo)
    queue_at(aws, url).publish([ORDER], NOW)
    [message] = aws.sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
    assert json.loads(message.get("Body", "")) == {"version": 1, "order_id": ORDER}
    assert message.get("Attributes", {}).get("MessageGroupId") == (ids.digest(ORDER) if fifo else None)


def test_a_fifo_queue_delivers_the_messages_of_an_order_one_by_one(aws: Aws) -> None:
    """The second message waits for the first; those of other orders do not."""
    queue = queue_at(aws, aws.new_queue(fifo=True))
    queue.publish([ORDER, ORDER], NOW)
    [first] = queue.receive(1, NOW)
    other = new_order_id()
    queue.publish([other], NOW)
    assert [delivery.order_id for delivery in queue.receive(10, NOW)] == [other]
    queue.done([first])
    assert [delivery.order_id for delivery in queue.receive(10, NOW)] == [ORDER]


# receive


def test_receiving_waits_and_hides_within_bounds(aws: Aws) -> None:
    """It waits five seconds by default, and asks for no more than SQS allows."""
    queue = SqsPaymentQueue(aws.sqs, aws.new_queue(), aws.cloudwatch)
    queue.publish([ORDER], NOW)
    with requests_of(aws.sqs, "ReceiveMessage") as requests:
        assert len(queue.receive(100, NOW)) == 1
    [request] = requests
    assert (request["WaitTimeSeconds"], request["MaxNumberOfMessages"], request["VisibilityTimeout"]) == (5, 10, 15)


def test_more_is_received_than_sqs_gives_at_once(aws: Aws) -> None:
    """A call that was filled is followed by another, which does not wait; one that was not, by none."""
    queue = SqsPaymentQueue(aws.sqs, aws.new_queue(), aws.cloudwatch)
    queue.publish([new_order_id() for _ in range(25)], NOW)
    with requests_of(aws.sqs, "ReceiveMessage") as requests:
        assert len(queue.receive(12, NOW)) == 12
        assert len(queue.receive(100, NOW)) == 13
    asked = [(request["MaxNumberOfMessages"], request["WaitTimeSeconds"]) for request in requests]
    assert asked == [(10, 5), (2, 0), (10, 5), (10, 0)]


@pytest.mark.parametrize("seconds", [-1, 6])
def test_a_wait_longer_than_the_client_waits_is_refused(aws: Aws, seconds: int) -> None:
    """The client would time out before SQS responds."""
    with pytest.raises(ValueError, match="wait_seconds must be 0 to 5"):
        SqsPaymentQueue(aws.sqs, "http://here/1/queue", aws.cloudwatch, wait_seconds=seconds)


@pytest.mark.parametrize("fifo", [False, True])
def test_a_message_that_cannot_be_read_harms_no_other(aws: Aws, caplog: pytest.LogCaptureFixture, fifo: bool) -> None:
    """Others are delivered; it becomes visible at once, is logged without its text, and ends as a dead letter."""
    url = aws.new_queue(fifo=fifo)
    queue = queue_at(aws, url)
    orders = [new_order_id(), new_order_id()]
    queue.publish(orders[:1], NOW)
    aws.send(url, GARBAGE)
    queue.publish(orders[1:], NOW)
    delivered = queue.receive(10, NOW)
    assert sorted(delivery.order_id for delivery in delivered) == sorted(orders)
    for delivery in delivered:
        queue.done([delivery])
    for _ in range(MAX_RECEIVES):
        assert list(queue.receive(10, NOW)) == []
    assert queue.depth(NOW) == QueueDepth(0, 0, 1, None)
    assert [record.levelname for record in caplog.records if record.name == "ticketcore"] == ["WARNING"] * MAX_RECEIVES
    assert GARBAGE not in caplog.text


# done, extend, retry


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        (timedelta(0), 1),
        (timedelta(milliseconds=1), 1),
        (timedelta(seconds=1), 1),
        (timedelta(seconds=1, microseconds=1), 2),
        (timedelta(hours=12), 43_200),
        (timedelta(days=365), 43_200),
    ],
    ids=str,
)
def test_times_are_rounded_up_to_what_sqs_accepts(aws: Aws, after: timedelta, seconds: int) -> None:
    """They become whole seconds, at least one and at most twelve hours."""
    queue = queue_at(aws, aws.new_queue())
    with requests_of(aws.sqs, "ChangeMessageVisibility") as requests:
        queue.retry(DELIVERY, after, NOW)
    assert [request["VisibilityTimeout"] for request in requests] == [seconds]


OLD_RECEIPTS = pytest.mark.parametrize(
    "code",
    [
        "ReceiptHandleIsInvalid",
        "InvalidParameterValue",
        "InvalidParameterValueException",
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
    ],
)


@OLD_RECEIPTS
def test_what_sqs_calls_an_old_receipt_does_nothing(stubborn_aws: StubbornAws, code: str) -> None:
    """SQS has several errors for a receipt that is no longer valid."""
    stubborn_aws.refuse(code, "The receipt handle has expired")
    queue = queue_at(stubborn_aws.aws, "http://here/1/queue")
    queue.retry(DELIVERY, timedelta(seconds=1), NOW)
    assert stubborn_aws.tries == 1


@OLD_RECEIPTS
def test_an_old_receipt_among_several_does_nothing(aws: Aws, code: str) -> None:
    """SQS names it in the response about the others."""
    with failing_entry(aws.sqs, code):
        queue_at(aws, "http://here/1/queue").done([DELIVERY])
        queue_at(aws, "http://here/1/queue").extend([DELIVERY], NOW)


def test_a_message_that_could_not_be_ended_or_extended_is_a_failure(aws: Aws) -> None:
    """One entry that failed is enough, whatever became of the others."""
    queue = queue_at(aws, "http://here/1/queue")
    with failing_entry(aws.sqs, "InternalError"):
        with pytest.raises(Unavailable, match="InternalError"):
            queue.done([DELIVERY])
        with pytest.raises(Unavailable, match="InternalError"):
            queue.extend([DELIVERY], NOW)


@contextmanager
def failing_entry(client: SQSClient, code: str) -> Iterator[None]:
    """Have SQS respond to the next two batches, to delete and to extend a message, that the message failed."""
    failed = {"Failed": [{"Id": "0", "SenderFault": True, "Code": code}], "Successful": []}
    with Stubber(client) as stub:
        stub.add_response("delete_message_batch", failed)
        stub.add_response("change_message_visibility_batch", failed)
        yield


# depth, redrive


def test_a_queue_without_dead_letters_has_none(aws: Aws) -> None:
    """Without a redrive policy there is nothing to count or to put back."""
    queue = queue_at(aws, aws.new_queue(max_receives=None))
    queue.publish([ORDER], NOW)
    assert queue.depth(NOW) == QueueDepth(1, 0, 0, None)
    assert queue.redrive(NOW) == 0


def test_the_queue_of_dead_letters_is_looked_up_once(aws: Aws) -> None:
    """Its URL does not change."""
    queue = queue_at(aws, aws.new_queue())
    with requests_of(aws.sqs, "GetQueueUrl") as requests:
        queue.depth(NOW)
        queue.redrive(NOW)
        queue.depth(NOW)
    assert len(requests) == 1


@pytest.mark.parametrize("fifo", [False, True])
def test_redriving_leaves_what_cannot_be_read(aws: Aws, fifo: bool) -> None:
    """All others are put back, however many there are, and each is there once."""
    url = aws.new_queue(fifo=fifo)
    dead_letters, queue = dead_letters_of(aws, url), queue_at(aws, url)
    orders = [new_order_id() for _ in range(25)]
    for text in [GARBAGE, *map(messages.write, orders), GARBAGE]:
        aws.send(dead_letters, text)
    assert queue.redrive(NOW) == 25
    assert queue.depth(NOW) == QueueDepth(25, 0, 2, None)
    back = [delivery for _ in range(3) for delivery in queue.receive(10, NOW)]
    assert sorted(delivery.order_id for delivery in back) == sorted(orders)


def test_redriving_comes_to_an_end(aws: Aws) -> None:
    """A message that is dead again before all are put back is left for the next redrive."""
    url = aws.new_queue(max_receives=None)
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 100})
    aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    queue = queue_at(aws, url)
    queue.publish([new_order_id() for _ in range(12)], NOW)
    assert queue.redrive(NOW) == 12


def test_the_oldest_is_what_cloudwatch_says(aws: Aws) -> None:
    """The newest measurement of the last minutes is used, and only if a message waits."""
    url = aws.new_queue()
    queue = queue_at(aws, url)
    measurements = {4: 400.0, 2: 90.0, 3: 1000.0, 7: 5000.0}
    for minutes_ago, age in measurements.items():
        aws.cloudwatch.put_metric_data(
            Namespace="AWS/SQS",
            MetricData=[
                {
                    "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
                    "Timestamp": NOW - timedelta(minutes=minutes_ago),
                    "Value": age,
                }
            ],
        )
    assert queue.depth(NOW).oldest is None
    queue.publish([ORDER], NOW)
    oldest = queue.depth(NOW).oldest
    assert oldest is not None
    expected = NOW - timedelta(minutes=2, seconds=90)
    assert abs(oldest - expected) <= timedelta(minutes=1)
    assert oldest.utcoffset() == timedelta(0)
    assert queue_at(aws, aws.new_queue()).depth(NOW).oldest is None


@pytest.mark.parametrize(
    "silence",
    [lambda aws: aws.refuse("AccessDenied"), lambda aws: aws.refuse("InternalFailure"), StubbornAws.babble],
    ids=["denied", "failed", "babbled"],
)
def test_a_queue_can_be_counted_without_its_metrics(
    aws: Aws, stubborn_aws: StubbornAws, silence: Callable[[StubbornAws], None]
) -> None:
    """Without permission for the metrics the age is unknown, and all other numbers are there."""
    silence(stubborn_aws)
    queue = SqsPaymentQueue(aws.sqs, aws.new_queue(), stubborn_aws.aws.cloudwatch, wait_seconds=0)
    queue.publish([ORDER], NOW)
    assert queue.depth(NOW) == QueueDepth(1, 0, 0, None)
    assert stubborn_aws.tries


# failures

EVERY_METHOD: dict[str, Callable[[SqsPaymentQueue], object]] = {
    "publish": lambda queue: queue.publish([ORDER], NOW),
    "receive": lambda queue: queue.receive(10, NOW),
    "done": lambda queue: queue.done([DELIVERY]),
    "extend": lambda queue: queue.extend([DELIVERY], NOW),
    "retry": lambda queue: queue.retry(DELIVERY, timedelta(seconds=1), NOW),
    "depth": lambda queue: queue.depth(NOW),
    "redrive": lambda queue: queue.redrive(NOW),
    "check": lambda queue: queue.check(),
}


@pytest.mark.parametrize("act", EVERY_METHOD.values(), ids=EVERY_METHOD)
def test_a_queue_that_denies_us_is_unavailable(
    stubborn_aws: StubbornAws, act: Callable[[SqsPaymentQueue], object]
) -> None:
    """Every method names the queue and AWS's own name of the error, without AWS's words, which may hold an id."""
    stubborn_aws.refuse("AccessDenied", f"{ORDER} is none of your business")
    with pytest.raises(Unavailable) as caught:
        act(queue_at(stubborn_aws.aws, "http://here/1/queue"))
    assert caught.value.args == ("queue", "AccessDenied")
    assert ORDER not in "".join(traceback.format_exception(caught.value))
    assert stubborn_aws.tries == 1


@pytest.mark.parametrize("act", EVERY_METHOD.values(), ids=EVERY_METHOD)
def test_a_queue_that_is_not_there_is_unavailable(aws: Aws, act: Callable[[SqsPaymentQueue], object]) -> None:
    """A wrong URL is found by the check and every other method."""
    with pytest.raises(Unavailable, match="NonExistentQueue"):
        act(queue_at(aws, f"{aws.url}/123456789012/no-such-queue"))


def test_no_order_is_logged(aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    """An order's id is its buyer's credential."""
    caplog.set_level(logging.INFO)
    queue = queue_at(aws, aws.new_queue())
    queue.publish([ORDER], NOW)
    [delivery] = queue.receive(10, NOW)
    queue.extend([delivery], NOW)
    queue.done([delivery])
    assert ORDER not in caplog.text + repr(delivery) + repr(queue)
