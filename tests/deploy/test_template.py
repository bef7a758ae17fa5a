"""What the template of AWS says, read as CloudFormation reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cfnlint.api import lint_file  # type: ignore[import-untyped]  # It has no types.

from tests.deploy.stack import TEMPLATE, Json, expanded, functions, of_type
from ticketcore.ports.payment_queue import MAX_RECEIVES
from ticketcore_bootstrap import settings
from ticketcore_lambda.expiry import UNDELIVERED
from ticketcore_lambda.payments import MARGIN_MILLISECONDS

PAYMENTS = "ticketcore_lambda.process_payments"
SWEEP = "ticketcore_lambda.expire_reservations"
GATE = "ticketcore_lambda.validate_ticket"
API = "ticketcore_lambda.api"

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
PERMISSIONS = {
    "ProcessPaymentsRole": {
        *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"),
        "s3:PutObject",
        # SES asks for the second one where a mail is sent as MIME.
        *("ses:SendEmail", "ses:SendRawEmail"),
    },
    "ExpireReservationsRole": {"sqs:SendMessage"},
    "ValidateTicketRole": set(),
    "ApiRole": {"sqs:SendMessage", "sqs:GetQueueAttributes", "s3:GetObject", "s3:ListBucket"},
}
#: AWS's own policy for network interfaces, of which none has a name that another policy could hold on to.
IN_A_VPC = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"

LEDGER = {"DATABASE_URL", "PUBLIC_URL", "DATA"}
SETTINGS = {
    PAYMENTS: LEDGER | {"INVENTORY_URL", "FILES_URL", "MAIL_URL", "SIGNING_KEY", "TRUSTED_KEYS"},
    SWEEP: LEDGER | {"INVENTORY_URL", "QUEUE_URL"},
    GATE: LEDGER | {"TRUSTED_KEYS"},
    API: LEDGER | {"INVENTORY_URL", "QUEUE_URL", "FILES_URL", "HOLD_SECONDS", "ADMIN_KEY", "TRUSTED_KEYS"},
}
#: The functions that use each secret.
SECRETS = {
    "DATABASE_URL": {PAYMENTS, SWEEP, GATE, API},
    "INVENTORY_URL": {PAYMENTS, SWEEP, API},
    "SIGNING_KEY": {PAYMENTS},
    "ADMIN_KEY": {API},
}
REFERENCE = re.compile(r"\{\{resolve:secretsmanager:\$\{Secrets\}:SecretString:(\w+)::\$\{SecretsVersion\}\}\}")


@pytest.fixture
def template() -> Json:
    return expanded()


def variables(function: Json) -> Json:
    """Return a function's settings by their names without the prefix."""
    found = function["Environment"]["Variables"]
    assert all(name.startswith("TICKETCORE_") for name in found)
    return {name.removeprefix("TICKETCORE_"): value for name, value in found.items()}


def queue(template: Json, name: str) -> Json:
    found: Json = of_type(template, "AWS::SQS::Queue")[name]
    return found


def bucket(template: Json) -> Json:
    (found,) = of_type(template, "AWS::S3::Bucket").values()
    return found


def statements(role: Json) -> Iterator[tuple[list[str], Json]]:
    """Yield what a role allows: the actions and the resource."""
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            assert "NotAction" not in statement
            assert "NotResource" not in statement
            yield statement["Action"], statement["Resource"]


def test_the_template_is_sound() -> None:
    """cfn-lint, which knows what AWS accepts, finds nothing."""
    assert [str(match) for match in lint_file(TEMPLATE)] == []


# Permissions


def test_each_function_may_do_what_it_does_and_nothing_else(template: Json) -> None:
    """The gate may write its log; no function may do another's work."""
    roles = of_type(template, "AWS::IAM::Role")
    allowed = {name: {action for actions, _ in statements(role) for action in actions} for name, role in roles.items()}

    assert allowed == {name: actions | LOGS for name, actions in PERMISSIONS.items()}
    used = [function["Role"]["Fn::GetAtt"] for function in functions(template).values()]
    assert sorted(used) == sorted([name, "Arn"] for name in PERMISSIONS)


def test_no_policy_allows_everything(template: Json) -> None:
    """Every action and every resource is named; behind a resource's own name there may be any file of the images."""
    for role in of_type(template, "AWS::IAM::Role").values():
        for actions, resource in statements(role):
            assert not [action for action in actions if "*" in action]
            name = json.dumps(resource)
            assert "*" not in name or resource == {"Fn::Sub": "${Images.Arn}/qr/*"}, name
            assert re.search(r"\$\{(Images\.Arn|MailIdentity)\}|Fn::GetAtt", name), name


def test_no_role_has_a_policy_from_elsewhere_but_for_a_vpc(template: Json) -> None:
    """In a VPC a function needs network interfaces; all its other rights are in the template."""
    for role in of_type(template, "AWS::IAM::Role").values():
        condition, in_vpc, otherwise = role["ManagedPolicyArns"]["Fn::If"]
        assert (condition, in_vpc, otherwise) == ("InVpc", [{"Fn::Sub": IN_A_VPC}], {"Ref": "AWS::NoValue"})
    assert not {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"} & {
        resource["Type"] for resource in template["Resources"].values()
    }


def test_mail_goes_out_under_the_sender_alone(template: Json) -> None:
    """The worker may use one identity, and in it one address."""
    (policy,) = of_type(template, "AWS::IAM::Role")["ProcessPaymentsRole"]["Policies"]
    (mail,) = [found for found in policy["PolicyDocument"]["Statement"] if "ses:SendEmail" in found["Action"]]

    assert mail["Resource"]["Fn::Sub"].endswith(":identity/${MailIdentity}")
    assert mail["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}}


def test_only_aws_lambda_takes_the_roles(template: Json) -> None:
    """Only Lambda may assume a function's role."""
    for role in of_type(template, "AWS::IAM::Role").values():
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


# Settings and secrets


def test_each_function_has_the_settings_of_its_parts(template: Json) -> None:
    """The gate knows the ledger only."""
    assert {handler: set(variables(found)) for handler, found in functions(template).items()} == SETTINGS


def test_the_settings_exist(template: Json) -> None:
    """Each variable is one that is read."""
    read = re.findall(r'"TICKETCORE_([A-Z_]+)"', Path(settings.__file__ or "").read_text())

    assert set().union(*SETTINGS.values()) <= set(read)


def holders_of_secrets(template: Json) -> dict[str, set[str]]:
    """Return the functions that are given each member of the secret, under whatever name, by the member's."""
    found: dict[str, set[str]] = {}
    for handler, function in functions(template).items():
        for member in re.findall(r":SecretString:(\w+):", json.dumps(function)):
            found.setdefault(member.upper(), set()).add(handler)
    return found


def test_each_function_has_just_the_secrets_that_it_uses(template: Json) -> None:
    """Only what seals can seal, and what is at the door can do nothing as an admin."""
    assert holders_of_secrets(template) == SECRETS


@pytest.mark.parametrize("handler", SETTINGS)
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_too_many_is_found(template: Json, handler: str, name: str) -> None:
    """Also under another name, or one for all functions."""
    reference = f"{{{{resolve:secretsmanager:${{Secrets}}:SecretString:{name.lower()}::${{SecretsVersion}}}}}}"
    functions(template)[handler]["Environment"]["Variables"]["TICKETCORE_X"] = {"Fn::Sub": reference}
    assert (holders_of_secrets(template) == SECRETS) == (handler in SECRETS[name])


def test_secrets_stay_in_secrets_manager(template: Json) -> None:
    """Each is a reference to the member of the secret that has its name, in the version that was asked for."""
    for function in functions(template).values():
        for name, value in variables(function).items():
            found = REFERENCE.fullmatch(value.get("Fn::Sub", "")) if isinstance(value, dict) else None
            assert (found and found[1]) == (name.lower() if name in SECRETS else None)


def test_no_parameter_is_a_secret(template: Json) -> None:
    """The secret's name, its version and public keys are all that a deployer says of secrets, and none has a value here."""
    parameters = template["Parameters"]

    assert {name for name in parameters if re.search("Secret|Key|Password|Token|Url", name)} == {
        *("Secrets", "SecretsVersion"),
        *("TrustedKeys", "PublicUrl"),
    }
    assert [name for name in ("Secrets", "TrustedKeys") if "Default" in parameters[name]] == []
    assert {parameters[name]["Default"] for name in ("SecretsVersion", "PublicUrl")} == {""}


# The queue


def test_a_message_is_tried_as_often_as_the_core_says(template: Json) -> None:
    """Then it becomes a dead letter, which is kept for two weeks."""
    redrive = queue(template, "Payments")["RedrivePolicy"]

    assert redrive == {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "maxReceiveCount": MAX_RECEIVES}
    assert queue(template, "DeadLetters")["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_queues_are_encrypted(template: Json) -> None:
    """Both of them, by SQS itself."""
    assert all(found["SqsManagedSseEnabled"] is True for found in of_type(template, "AWS::SQS::Queue").values())


def test_times_fit_together(template: Json) -> None:
    """A message stays hidden long enough, a run has time beyond its margin, a response comes before the gateway's time-out."""
    timeouts = {handler: found["Timeout"] for handler, found in functions(template).items()}

    assert queue(template, "Payments")["VisibilityTimeout"] >= 6 * timeouts[PAYMENTS]
    assert timeouts[PAYMENTS] * 1000 >= 2 * MARGIN_MILLISECONDS
    assert timeouts[SWEEP] <= 60
    assert max(timeouts[GATE], timeouts[API]) < 30


def test_a_batch_reports_each_message(template: Json) -> None:
    """Of ten messages one can fail alone, and a flood of them does not take every connection of the database."""
    (source,) = of_type(template, "AWS::Lambda::EventSourceMapping").values()

    assert source["EventSourceArn"] == {"Fn::GetAtt": ["Payments", "Arn"]}
    assert source["FunctionName"] == {"Ref": "ProcessPayments"}
    assert source["BatchSize"] == 10
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MaximumConcurrency"}}


def test_dead_letters_and_waiting_buyers_raise_alarms(template: Json) -> None:
    """One dead letter is enough, or one message that has waited for a quarter of an hour."""
    alarms = {
        (found["Dimensions"][0]["Value"]["Fn::GetAtt"][0], found["MetricName"]): found
        for found in of_type(template, "AWS::CloudWatch::Alarm").values()
        if found["Namespace"] == "AWS/SQS"
    }
    thresholds = {key: (found["ComparisonOperator"], found["Threshold"]) for key, found in alarms.items()}

    assert thresholds == {
        ("DeadLetters", "ApproximateNumberOfMessagesVisible"): ("GreaterThanThreshold", 0),
        ("Payments", "ApproximateAgeOfOldestMessage"): ("GreaterThanThreshold", 900),
    }
    for alarm in alarms.values():
        assert (alarm["Namespace"], alarm["Statistic"]) == ("AWS/SQS", "Maximum")
        assert alarm["AlarmActions"]["Fn::If"][:2] == ["HasAlarmTopic", [{"Ref": "AlarmTopic"}]]


def test_undelivered_mail_raises_an_alarm(template: Json) -> None:
    """The line that the scheduled function logs is counted, and one is enough."""
    [counted] = of_type(template, "AWS::Logs::MetricFilter").values()
    [metric] = counted["MetricTransformations"]
    [alarm] = [
        found for found in of_type(template, "AWS::CloudWatch::Alarm").values() if found["Namespace"] == "ticketcore"
    ]

    assert counted["LogGroupName"] == {"Ref": "ExpireReservationsLog"}
    assert counted["FilterPattern"] == f'"{UNDELIVERED}"'
    assert (metric["MetricNamespace"], metric["MetricName"]) == (alarm["Namespace"], alarm["MetricName"])
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)


# The bucket


def test_the_images_are_private(template: Json) -> None:
    """No way leads to a public bucket, and what lies in it is encrypted."""
    images = bucket(template)

    assert set(images["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(images["PublicAccessBlockConfiguration"]) == 4
    assert images["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (rule,) = images["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert not {"AccessControl", "WebsiteConfiguration", "CorsConfiguration"} & set(images)


def test_the_images_travel_in_tls_alone(template: Json) -> None:
    """The policy of the bucket allows nothing, and forbids everything else."""
    (policy,) = of_type(template, "AWS::S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Action"], statement["Principal"]) == ("Deny", "s3:*", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [{"Fn::GetAtt": ["Images", "Arn"]}, {"Fn::Sub": "${Images.Arn}/*"}]


def test_old_images_go(template: Json) -> None:
    """They expire as the deployer says, and no versions of them stay behind."""
    (rule,) = bucket(template)["LifecycleConfiguration"]["Rules"]

    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", {"Ref": "ImageDays"})
    assert "VersioningConfiguration" not in bucket(template)


# Functions and HTTP


def test_functions_are_what_the_deployer_built_and_can_be_read(template: Json) -> None:
    """Runtime and processor are those of the code; each function logs JSON into a group of its own, and traces nothing."""
    groups = of_type(template, "AWS::Logs::LogGroup")
    logged = [found["LoggingConfig"] for found in functions(template).values()]

    for found in functions(template).values():
        assert (found["Runtime"], found["Architectures"]) == ("python3.13", [{"Ref": "Architecture"}])
        assert "TracingConfig" not in found
    assert {config["LogFormat"] for config in logged} == {"JSON"}
    assert {config["LogGroup"]["Ref"] for config in logged} == set(groups) - {"HttpApiLog"}
    assert len(logged) == len(groups) - 1
    assert all(group["RetentionInDays"] == {"Ref": "LogDays"} for group in groups.values())


def test_reservations_are_swept_every_minute(template: Json) -> None:
    """An invocation that is lost is tried again within its minute, and a failed one is left to the next."""
    (rule,) = of_type(template, "AWS::Events::Rule").values()
    (target,) = rule["Targets"]
    (invoked,) = of_type(template, "AWS::Lambda::EventInvokeConfig").values()

    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert target["Arn"] == {"Fn::GetAtt": ["ExpireReservations", "Arn"]}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}
    assert (invoked["FunctionName"], invoked["MaximumRetryAttempts"]) == ({"Ref": "ExpireReservations"}, 0)


def test_gates_have_a_route_of_their_own(template: Json) -> None:
    """Scans go to one function and everything else to the other, in the payload format that both understand."""
    (api,) = of_type(template, "AWS::ApiGatewayV2::Api").values()
    routes = {
        (path, method): route["x-amazon-apigateway-integration"]
        for path, methods in api["Body"]["paths"].items()
        for method, route in methods.items()
    }

    assert {route: re.findall(r"\$\{(\w+)\.Arn\}", found["uri"]["Fn::Sub"]) for route, found in routes.items()} == {
        ("/tickets/validate", "post"): ["ValidateTicket"],
        ("/$default", "x-amazon-apigateway-any-method"): ["Api"],
    }
    assert {found["payloadFormatVersion"] for found in routes.values()} == {"2.0"}


def test_requests_are_throttled_and_logged_without_ids(template: Json) -> None:
    """A path holds an order's id, which is its buyer's credential."""
    (stage,) = of_type(template, "AWS::ApiGatewayV2::Stage").values()

    assert set(stage["DefaultRouteSettings"]) == {"ThrottlingRateLimit", "ThrottlingBurstLimit"}
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert set(logged.values()) == {
        *("$context.requestId", "$context.routeKey", "$context.status", "$context.responseLatency")
    }
