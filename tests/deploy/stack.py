"""The SAM template as CloudFormation sees it, and a stack of it in an emulated AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.translator.managed_policy_translator import (  # type: ignore[import-untyped]  # It has no types.
    ManagedPolicyLoader,
)
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]  # It has no types.
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # It has no types.

from tests.servers.aws import REGION

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "deploy" / "template.yaml"
BUILT = ROOT / "deploy" / "build"
CODE_BUCKET, CODE_KEY = "code", "lambda.zip"
SECRET = "ticketcore"
SENDER = "tickets@example.com"

#: What the template has no default for.
PARAMETERS = {
    "Secrets": SECRET,
    "MailSender": SENDER,
    "MailIdentity": "example.com",
    "TrustedKeys": "tcpk_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
}

_STACK = "ticketcore"


@cache
def _expanded() -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        template = yaml_parse(TEMPLATE.read_text())
        for function in of_type(template, "AWS::Serverless::Function").values():
            assert (TEMPLATE.parent / function["CodeUri"]).is_relative_to(BUILT)
            function["CodeUri"] = f"s3://{CODE_BUCKET}/{CODE_KEY}"
        # The client asks IAM for AWS's own policies if they are named without an ARN, which none of ours is.
        return json.dumps(transform(template, {}, ManagedPolicyLoader(boto3.client("iam"))))


def expanded() -> Json:
    """Return the template as plain CloudFormation, with the code where ``upload`` puts it."""
    template: Json = json.loads(_expanded())
    return template


def of_type(template: Json, kind: str) -> dict[str, Json]:
    """Return the properties of all resources of a type, by their names."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def functions(template: Json) -> dict[str, Json]:
    """Return the properties of the functions by the names of their handlers."""
    return {found["Handler"]: found for found in of_type(template, "AWS::Lambda::Function").values()}


def upload(code: bytes) -> None:
    """Put the functions' code where the template looks for it."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=CODE_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=CODE_BUCKET, Key=CODE_KEY, Body=code)


def create(template: Json, parameters: Mapping[str, str]) -> None:
    """Create the stack and wait until it is there; fail if it is not."""
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName=_STACK,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=_STACK, WaiterConfig={"Delay": 1})


def outputs() -> dict[str, str]:
    """Return the outputs of the stack."""
    (stack,) = boto3.client("cloudformation").describe_stacks(StackName=_STACK)["Stacks"]
    return {found["OutputKey"]: found["OutputValue"] for found in stack["Outputs"]}


def names() -> dict[str, str]:
    """Return the physical ids of the stack's resources, by their names in the template."""
    found = boto3.client("cloudformation").describe_stack_resources(StackName=_STACK)["StackResources"]
    return {resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "") for resource in found}
