"""The template deployed into moto, and read back."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import boto3
import pytest

from tests.deploy.stack import PARAMETERS, Json, create, expanded, names, outputs, upload
from tests.patience import PATIENCE_SECONDS
from tests.servers.aws import aws_at
from ticketcore.ports.payment_queue import MAX_RECEIVES
from ticketcore_codes import new_private_key

if TYPE_CHECKING:
    from tests.servers.aws import Aws

#: What moto makes of no template, with what refers to it.  Of a bucket it keeps no access block, ownership or lifecycle, of
#: a function no processor and no logging: what the template says of all these is read in ``test_template``.
UNKNOWN_TO_MOTO = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Logs::MetricFilter",
    "AWS::S3::BucketPolicy",
}
REFER_TO_THE_API = {"ApiUrl", "ApiEverythingPermission", "ValidateTicketGatePermission"}

START = "import importlib, sys; module, _, name = sys.argv[1].rpartition('.'); getattr(importlib.import_module(module), name)"


@attrs.frozen
class Stack:
    """A deployed stack: its outputs, the ids of its resources, and its functions by their handlers."""

    outputs: dict[str, str]
    names: dict[str, str]
    functions: dict[str, Any]


def without_what_moto_lacks() -> Json:
    template = expanded()
    template["Resources"] = {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] not in UNKNOWN_TO_MOTO and name not in REFER_TO_THE_API
    }
    template["Outputs"] = {name: found for name, found in template["Outputs"].items() if name not in REFER_TO_THE_API}
    return template


def code() -> bytes:
    """Return any zip: moto runs no function."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("nothing.py", "")
    return content.getvalue()


@pytest.fixture(scope="module")
def stack(aws: Aws) -> Iterator[Stack]:
    """Yield the stack of this module; its AWS is at hand meanwhile."""
    with aws_at(aws.url):
        upload(code())
        create(without_what_moto_lacks(), {**PARAMETERS, "HoldSeconds": "600"})
        found = boto3.client("lambda").list_functions()["Functions"]
        yield Stack(outputs(), names(), {function["Handler"]: function for function in found})


def settings_of(function: Json) -> dict[str, str]:
    """Return a function's variables with its secrets, which CloudFormation reads for it."""
    secrets = {
        "database_url": "postgresql+psycopg://ticketcore:secret@ledger.invalid/ticketcore",
        "inventory_url": "rediss://:secret@inventory.invalid:6379/0",
        "signing_key": new_private_key(),
        "admin_key": "an-admin-key-from-outside",
    }
    variables = function["Environment"]["Variables"]
    return {
        name: re.sub(
            r"\{\{resolve:secretsmanager:ticketcore:SecretString:(\w+)::\}\}", lambda at: secrets[at[1]], str(value)
        )
        for name, value in variables.items()
    }


def test_the_queue_gives_up_where_the_core_does(stack: Stack, aws: Aws) -> None:
    """Its dead letters go to the other queue of the stack."""
    url = stack.names["Payments"].replace("https://sqs.sa-east-1.amazonaws.com", aws.url)
    found = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    redrive = json.loads(found["RedrivePolicy"])

    assert stack.outputs["QueueUrl"] == stack.names["Payments"]
    assert redrive["maxReceiveCount"] == MAX_RECEIVES
    assert redrive["deadLetterTargetArn"].endswith(stack.names["DeadLetters"].rpartition("/")[2])
    assert (found["VisibilityTimeout"], found["SqsManagedSseEnabled"]) == ("360", "true")


def test_the_bucket_is_encrypted_and_not_versioned(stack: Stack, aws: Aws) -> None:
    """That much moto keeps of a bucket."""
    bucket = stack.outputs["BucketName"]
    (rule,) = aws.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]

    assert rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") == "AES256"
    assert "Status" not in aws.s3.get_bucket_versioning(Bucket=bucket)


def test_the_queue_feeds_the_worker(stack: Stack) -> None:
    """In batches, whose messages fail one by one."""
    (source,) = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]

    assert source["EventSourceArn"].endswith(stack.names["Payments"].rpartition("/")[2])
    assert source["FunctionArn"].endswith(stack.names["ProcessPayments"])
    assert (source["BatchSize"], source["FunctionResponseTypes"]) == (10, ["ReportBatchItemFailures"])
    assert source["State"] == "Enabled"


def test_the_clock_calls_the_sweeper(stack: Stack) -> None:
    """Every minute, and nothing else does."""
    events = boto3.client("events")
    (rule,) = events.list_rules()["Rules"]
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]

    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    assert target["Arn"].endswith(stack.names["ExpireReservations"])


def test_logs_are_not_kept_for_ever(stack: Stack) -> None:
    """Four functions and the HTTP API have their logs for thirty days."""
    groups = boto3.client("logs").describe_log_groups()["logGroups"]

    assert {group["logGroupName"]: group.get("retentionInDays") for group in groups} == {
        name: 30 for resource, name in stack.names.items() if resource.endswith("Log")
    }
    assert len(groups) == 5


@pytest.mark.parametrize("name", ["process_payments", "expire_reservations", "validate_ticket", "api"])
def test_a_function_starts_with_the_settings_that_the_stack_gives_it(stack: Stack, name: str) -> None:
    """Its handler can be imported, and a wrong setting would stop that."""
    function = stack.functions[f"ticketcore_lambda.{name}"]
    around = {key: value for key, value in os.environ.items() if not key.startswith(("TICKETCORE_", "AWS_"))}
    environment = {**around, **settings_of(function), "AWS_DEFAULT_REGION": "sa-east-1"}

    command = [sys.executable, "-c", START, function["Handler"]]
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert ended.returncode == 0, ended.stderr


def test_the_settings_of_the_deployer_arrive(stack: Stack) -> None:
    """The bucket, the queue, the sender and the hold are those of this stack."""
    api = settings_of(stack.functions["ticketcore_lambda.api"])
    worker = settings_of(stack.functions["ticketcore_lambda.process_payments"])

    assert api["TICKETCORE_HOLD_SECONDS"] == "600"
    assert api["TICKETCORE_QUEUE_URL"] == stack.outputs["QueueUrl"]
    assert api["TICKETCORE_FILES_URL"] == worker["TICKETCORE_FILES_URL"] == f"s3://{stack.outputs['BucketName']}"
    assert worker["TICKETCORE_MAIL_URL"] == f"ses://{PARAMETERS['MailSender']}"
