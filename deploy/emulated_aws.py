"""Make what the settings name in an emulated AWS: the queue with its dead letters, the bucket and the sender.

On AWS itself ``template.yaml`` does it, and more.  Doing it again changes nothing.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress

from ticketcore.ports.payment_queue import MAX_RECEIVES, VISIBILITY
from ticketcore_aws import connect
from ticketcore_bootstrap import read_settings
from ticketcore_bootstrap.backends import S3, Ses, Sqs


def main() -> None:
    """Read the settings as the service does."""
    settings = read_settings(os.environ)
    assert isinstance(settings.queue, Sqs), "TICKETCORE_QUEUE_URL should name a queue"
    assert isinstance(settings.files, S3), "TICKETCORE_FILES_URL should name a bucket"
    assert isinstance(settings.mail, Ses), "TICKETCORE_MAIL_URL should name a sender"
    make_queue(settings.queue.url.rpartition("/")[2])
    make_bucket(settings.files.bucket)
    make_sender(settings.mail.sender)


def make_queue(name: str) -> None:
    """Make the queue and, before it, the one of its dead letters."""
    sqs = connect("sqs")
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES})
    visibility = str(int(VISIBILITY.total_seconds()))
    sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": visibility})


def make_bucket(name: str) -> None:
    """Make the bucket, unless it is ours already; in the emulator's region it needs no more than a name."""
    s3 = connect("s3")
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=name)


def make_sender(address: str) -> None:
    """Let mail be sent from the address, unless it may already."""
    ses = connect("sesv2")
    with suppress(ses.exceptions.AlreadyExistsException):
        ses.create_email_identity(EmailIdentity=address)


if __name__ == "__main__":
    main()
