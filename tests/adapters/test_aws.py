"""Clients of AWS have bounds and read AWS's own settings, and the core needs no library of AWS."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from tests.contracts.mailers import SENDER
from tests.servers.aws import REGION, Aws, StubbornAws, aws_at, clients_of
from tests.servers.ports import free_port
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import OrderId
from ticketcore.ports import Later
from ticketcore_aws import S3Files, SesMailer, SqsPaymentQueue, connect
from ticketcore_testing.contracts.mailer import a_mail

SERVICES: list[Literal["cloudwatch", "s3", "sesv2", "sqs"]] = ["cloudwatch", "s3", "sesv2", "sqs"]
NOW = datetime.now(UTC)
ORDER = OrderId("an-order")


@pytest.fixture(scope="module")
def stopped_aws() -> Aws:
    """Return clients of an AWS that has stopped."""
    return clients_of(f"http://127.0.0.1:{free_port()}")


EVERY_PART: dict[str, tuple[str, Callable[[Aws], object]]] = {
    "sqs": ("queue", lambda aws: SqsPaymentQueue(aws.sqs, f"{aws.url}/1/queue", aws.cloudwatch).publish([ORDER], NOW)),
    "s3": ("files", lambda aws: S3Files(aws.s3, "bucket").put("qr/1.png", b"content", "image/png")),
    "ses": ("mail", lambda aws: SesMailer(aws.ses, SENDER).check()),
}


@pytest.mark.parametrize(("part", "act"), EVERY_PART.values(), ids=EVERY_PART)
def test_an_aws_that_has_stopped_is_unavailable(stopped_aws: Aws, part: str, act: Callable[[Aws], object]) -> None:
    """A refused connection is worth a retry."""
    with pytest.raises(Unavailable) as caught:
        act(stopped_aws)
    assert caught.value.args == (part, "EndpointConnectionError")


@pytest.mark.parametrize(("part", "act"), EVERY_PART.values(), ids=EVERY_PART)
def test_an_answer_that_is_none_of_aws_is_unavailable(
    stubborn_aws: StubbornAws, part: str, act: Callable[[Aws], object]
) -> None:
    """A proxy may respond with an HTML page."""
    stubborn_aws.babble()
    with pytest.raises(Unavailable, match=f"^{part} is unavailable: (incomplete answer|500|ResponseParserError)"):
        act(stubborn_aws.aws)


def test_a_mail_to_an_aws_that_has_stopped_is_sent_later(stopped_aws: Aws) -> None:
    """A mailer raises nothing."""
    assert SesMailer(stopped_aws.ses, SENDER).send(a_mail()) == Later("EndpointConnectionError")


def test_a_mail_that_gets_no_answer_of_aws_is_sent_later(stubborn_aws: StubbornAws) -> None:
    """An HTML page says nothing about a mail."""
    stubborn_aws.babble()
    assert isinstance(SesMailer(stubborn_aws.aws.ses, SENDER).send(a_mail()), Later)


@pytest.mark.parametrize("service", SERVICES)
def test_every_client_is_bounded(service: Literal["cloudwatch", "s3", "sesv2", "sqs"]) -> None:
    """There are three tries of a few seconds each; SQS may take as long as a message is waited for."""
    with aws_at("http://127.0.0.1:1"):
        config: Any = connect(service).meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert (config.connect_timeout, config.read_timeout) == (2, 10 if service == "sqs" else 5)
    assert config.max_pool_connections >= 16


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_takes_the_variables_of_aws(service: Literal["cloudwatch", "s3", "sesv2", "sqs"]) -> None:
    """Region and endpoint come from the environment."""
    with aws_at("http://127.0.0.1:1"):
        client = connect(service)
    assert (client.meta.endpoint_url, client.meta.region_name) == ("http://127.0.0.1:1", REGION)


@pytest.mark.parametrize("service", SERVICES)
def test_a_missing_region_is_a_wrong_setting(
    service: Literal["cloudwatch", "s3", "sesv2", "sqs"], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no default region."""
    with aws_at("http://127.0.0.1:1"):
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        with pytest.raises(ValueError, match="You must specify a region"):
            connect(service)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("AWS_PROFILE", "no-such-profile"), ("AWS_ENDPOINT_URL", "nonsense"), ("AWS_DEFAULT_REGION", "no region")],
)
def test_a_wrong_setting_of_aws_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """It is reported when the service starts, before the first request."""
    with aws_at("http://127.0.0.1:1"):
        monkeypatch.setenv(variable, value)
        with pytest.raises(ValueError, match=value):
            connect("sqs")


def test_the_core_comes_without_boto3() -> None:
    """Without AWS its library is neither installed nor imported."""
    program = "import sys, ticketcore, ticketcore.ports, ticketcore.domain.messages; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
