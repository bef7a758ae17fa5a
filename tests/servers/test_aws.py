"""The tests' AWS starts, keeps queues and buckets apart, and ends with the tests."""

from __future__ import annotations

import os
import threading

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.servers.aws import Aws, aws_at, running_aws


def test_an_aws_that_was_stopped_is_gone() -> None:
    """Neither its thread nor its port is left."""
    before = set(threading.enumerate())
    with running_aws() as aws:
        aws.sqs.list_queues()
        assert set(threading.enumerate()) - before
    with pytest.raises(EndpointConnectionError):
        aws.sqs.list_queues()
    assert not {thread for thread in threading.enumerate() if not thread.daemon} - before


def test_every_queue_and_bucket_is_new(aws: Aws) -> None:
    """Tests share neither queues nor buckets."""
    assert aws.new_queue() != aws.new_queue()
    assert aws.new_queue(fifo=True).endswith(".fifo")
    assert aws.new_bucket() != aws.new_bucket()


def test_only_the_newest_receipt_counts(aws: Aws) -> None:
    """As in the API reference of DeleteMessage: an older one leaves the message where it is."""
    url = aws.new_queue()
    aws.send(url, "hello")
    old, new = (
        aws.sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0].get("ReceiptHandle", "")
        for _ in range(2)
    )
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=old)
    aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=new)
    assert "Messages" not in aws.sqs.receive_message(QueueUrl=url)


def test_an_account_can_send_mail(aws: Aws) -> None:
    """The readiness check calls this operation of SES."""
    assert aws.ses.get_account()["SendingEnabled"]


def test_nothing_of_the_real_aws_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine knows, a test never calls it; afterwards the environment is as before."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    before = dict(os.environ)
    with aws_at("http://127.0.0.1:1"):
        session = boto3.Session()
        credentials = session.get_credentials()
        assert credentials is not None
        assert (credentials.access_key, credentials.token) == ("a-key-id", None)
        assert session.available_profiles == []
    assert dict(os.environ) == before
