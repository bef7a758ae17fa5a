"""A sale on Lambda: the template's functions, built as they are deployed, run by an emulator that holds them to their roles.

No default run collects this file: its session builds the code, which takes a package index and half a minute.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import urlopen

import attrs
import boto3
import pytest

from tests.deploy.stack import PARAMETERS, ROOT, SECRET, SENDER, Json, create, expanded, names, of_type, outputs, upload
from tests.emulator.ministack import running_ministack, sent_mails
from tests.entrypoints.lambdas import BUYER
from tests.entrypoints.server import wait_until
from tests.servers.postgres import drop_database, fresh_database
from ticketcore import BoxOffice, EventDraft, LiveEvent, Order, Organiser
from ticketcore.domain import messages
from ticketcore.domain.ids import OrderId
from ticketcore_bootstrap import assemble, read_settings, upgrade
from ticketcore_codes import QrcodeQrImages, new_private_key, public_key_of, read_private_key
from ticketcore_testing.aws import SCHEDULE, http_event

if TYPE_CHECKING:
    from types_boto3_sqs.literals import QueueAttributeNameType

PROCESSORS = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
ADMIN_KEY = "an-admin-key-from-outside"
UNZIPPED_LIMIT = 250 * 1024 * 1024
DRAFT = EventDraft("Night", datetime(2099, 5, 1, 20, tzinfo=UTC), "Hall", 100, "45.00")
CONCERT = {"name": "Night", "date": "2099-05-01T20:00:00Z", "location": "Hall", "capacity": 100, "price": "45.00"}
_COUNTS: list[QueueAttributeNameType] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


@attrs.frozen
class System:
    """The deployed system: the emulator's address, the stack's resources, and the settings of a process that reads its ledger."""

    aws_url: str
    names: dict[str, str]
    outputs: dict[str, str]
    settings: dict[str, str]

    def invoke(self, function: str, event: Json) -> Json:
        """Return a function's response."""
        answer = boto3.client("lambda").invoke(FunctionName=self.names[function], Payload=json.dumps(event))
        content: Json = json.load(answer["Payload"])
        assert "FunctionError" not in answer, content
        return content

    def ask(self, method: str, path: str, body: Any = None, *, function: str = "Api") -> tuple[int, Json]:
        """Return the status and the JSON of the response to an admin's request."""
        answer = self.invoke(function, http_event(method, path, body, authorization=f"Bearer {ADMIN_KEY}"))
        return answer["statusCode"], json.loads(answer["body"])

    def order(self, order_id: str) -> Json:
        return self.ask("GET", f"/orders/{order_id}")[1]

    def images(self) -> dict[str, bytes]:
        s3, bucket = boto3.client("s3"), self.outputs["BucketName"]
        found = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        keys = [each.get("Key", "") for each in found]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def mails_to(self, address: str) -> list[Json]:
        return [mail for mail in sent_mails(self.aws_url) if mail["To"] == [address]]

    def queue(self) -> tuple[int, int]:
        """Return the number of messages that wait, and of those that a function holds or failed to process."""
        held = boto3.client("sqs").get_queue_attributes(QueueUrl=self.names["Payments"], AttributeNames=_COUNTS)
        waiting, hidden = (int(held["Attributes"][name]) for name in _COUNTS)
        return waiting, hidden

    def send(self, *bodies: str) -> None:
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        boto3.client("sqs").send_message_batch(QueueUrl=self.names["Payments"], Entries=entries)  # type: ignore[arg-type]  # Entries are built by hand.


def for_the_emulator() -> Json:
    """Return the template without what the emulator misunderstands.

    It takes a parameter's text for no number, has an action of its own for messages that are sent together, names no
    identity when it asks whether mail may be sent, and speaks plain HTTP, which the policy of the bucket refuses.
    """
    template = expanded()
    (source,) = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    source["ScalingConfig"]["MaximumConcurrency"] = 10
    for role in of_type(template, "AWS::IAM::Role").values():
        for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
            if "sqs:SendMessage" in statement["Action"]:
                statement["Action"].append("sqs:SendMessageBatch")
            if "ses:SendEmail" in statement["Action"]:
                statement["Resource"] = "*"
                del statement["Condition"]
    del template["Resources"]["ImagesPolicy"]
    return template


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the zip of the functions' code, built by the command that the guide names."""
    target = tmp_path_factory.mktemp("code")
    processor = PROCESSORS[platform.machine()]
    subprocess.run([ROOT / "deploy" / "build.sh", processor, target / "lambda"], check=True)
    size = sum(path.stat().st_size for path in (target / "lambda").rglob("*") if path.is_file())
    assert size < UNZIPPED_LIMIT
    archive = Path(shutil.make_archive(str(target / "lambda"), "zip", target / "lambda"))
    print(f"{archive.stat().st_size / 1e6:.0f} MB zipped, {size / 1e6:.0f} MB unzipped")  # noqa: T201  For -s.
    return archive.read_bytes()


@pytest.fixture(scope="module")
def system(
    code: bytes, postgres_server: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    """Yield the stack, over a Postgres and a Redis that are really there."""
    database_url = fresh_database(postgres_server)
    secrets = {
        "database_url": database_url,
        "inventory_url": redis_url,
        "signing_key": new_private_key(),
        "admin_key": ADMIN_KEY,
    }
    trusted = public_key_of(read_private_key(secrets["signing_key"]))
    settings = {f"TICKETCORE_{name.upper()}": value for name, value in secrets.items()}
    upgrade(read_settings(settings))
    # With AUTH each call is allowed by a policy or refused.
    with running_ministack(tmp_path_factory.mktemp("aws"), AUTH="true") as url:
        secret = boto3.client("secretsmanager").create_secret(Name=SECRET, SecretString=json.dumps(secrets))
        boto3.client("sesv2").create_email_identity(EmailIdentity=PARAMETERS["MailIdentity"])
        upload(code)
        create(for_the_emulator(), {**PARAMETERS, "SecretsVersion": secret["VersionId"], "TrustedKeys": trusted})
        yield System(url, names(), outputs(), settings)
    drop_database(database_url)


@contextmanager
def opened(system: System, **more: str) -> Iterator[BoxOffice]:
    """Yield a box office of the same ledger in this process."""
    assembly = assemble(read_settings({**system.settings, **more}))
    yield assembly.box_office
    assembly.close()


def eventually(condition: Callable[[], bool]) -> None:
    """Wait as long as a function may take to start for the first time."""
    wait_until(condition)


def paid(system: System, order: Json) -> bool:
    return bool(system.order(order["id"])["status"] == "paid")


def sold(system: System, quantity: int, buyer: str) -> Json:
    """Return an order that was made, confirmed and processed by functions alone, with its mail sent."""
    status, event = system.ask("POST", "/events", CONCERT)
    assert status == 201, event
    body = {"event_id": event["id"], "quantity": quantity, "customer_email": buyer}
    status, order = system.ask("POST", "/orders", body)
    assert status == 201, order
    status, answer = system.ask("POST", f"/orders/{order['id']}/payment", {"payment_token": "tok_approved"})
    assert status == 202, answer
    eventually(lambda: paid(system, order))
    eventually(lambda: len(system.mails_to(buyer)) == 1)
    return order


def test_an_order_is_sold(system: System) -> None:
    """Through the queue it is paid, its images are those of its tickets, and its buyer has one mail."""
    before = set(system.images())
    order = sold(system, 3, BUYER)

    tickets = system.ask("GET", f"/orders/{order['id']}/ticket")[1]["tickets"]
    images = {name: content for name, content in system.images().items() if name not in before}
    assert sorted(images.values()) == sorted(QrcodeQrImages().draw(ticket["qr_code"]) for ticket in tickets)
    assert len(images) == len(tickets) == 3
    (mail,) = system.mails_to(BUYER)
    assert mail["Source"] == SENDER
    assert all(name.startswith("qr/") for name in images)


def test_duplicates_are_harmless(system: System) -> None:
    """The same message three times more changes nothing."""
    order = sold(system, 2, "bob@example.com")
    before = system.order(order["id"]), system.images(), len(sent_mails(system.aws_url))
    eventually(lambda: system.queue() == (0, 0))

    system.send(*[messages.write(OrderId(order["id"]))] * 3)
    eventually(lambda: system.queue() == (0, 0))
    assert (system.order(order["id"]), system.images(), len(sent_mails(system.aws_url))) == before


def test_an_image_is_its_owners_alone(system: System) -> None:
    """The service links to it for a while; without such a link it cannot be read."""
    order = sold(system, 1, "cleo@example.com")
    (ticket,) = system.ask("GET", f"/orders/{order['id']}/ticket")[1]["tickets"]
    path = ticket["qr_code_url"].partition(".com")[2]

    answer = system.invoke("Api", http_event("GET", path))
    assert answer["statusCode"] == 302
    link = answer["headers"]["location"]
    with urlopen(link) as image:
        assert image.read() == QrcodeQrImages().draw(ticket["qr_code"])
    with pytest.raises(HTTPError, match="403"):
        urlopen(link.partition("?")[0])


def test_a_ticket_is_admitted_once(system: System) -> None:
    """The function of the gate, whose role may write its log and nothing else, needs no more than the ledger."""
    order = sold(system, 1, "dan@example.com")
    (ticket,) = system.ask("GET", f"/orders/{order['id']}/ticket")[1]["tickets"]
    scan = {"qr_code": ticket["qr_code"], "gate": "north"}

    first = system.ask("POST", "/tickets/validate", scan, function="ValidateTicket")
    second = system.ask("POST", "/tickets/validate", scan, function="ValidateTicket")
    assert (first[0], first[1].get("result")) == (200, "admitted")
    assert (second[0], second[1].get("code")) == (409, "ticket_already_used")


def test_the_sweeper_publishes_what_was_not_sent(system: System) -> None:
    """An order whose message was lost on its way to the queue is paid all the same."""
    elsewhere = system.names["Payments"] + "-gone"
    with opened(system, TICKETCORE_QUEUE_URL=elsewhere) as box_office:
        live = Organiser(box_office.ports).create_event(DRAFT)
        assert isinstance(live, LiveEvent)
        order = box_office.reserve(live.event.id, 1, "eve@example.com")
        assert isinstance(order, Order)
        box_office.pay(order.id, "tok_approved")

    assert system.invoke("ExpireReservations", SCHEDULE)["published"] == 1
    eventually(lambda: paid(system, {"id": order.id}))


def test_a_bad_message_fails_alone(system: System) -> None:
    """Its neighbour is done and gone; it alone comes again, when its time is over."""
    eventually(lambda: system.queue() == (0, 0))
    with opened(system) as box_office:
        live = Organiser(box_office.ports).create_event(DRAFT)
        assert isinstance(live, LiveEvent)
        order = box_office.reserve(live.event.id, 1, "finn@example.com")
        assert isinstance(order, Order)
        box_office.pay(order.id, "tok_approved")

    system.send("no message of ours", messages.write(order.id))
    eventually(lambda: paid(system, {"id": order.id}))
    eventually(lambda: system.queue() == (0, 1))


def test_every_part_is_ready(system: System) -> None:
    """With its role the service reaches the ledger, the inventory, the queue and the bucket."""
    status, ready = system.ask("GET", "/health/ready")

    assert (status, ready["status"]) == (200, "ready"), ready


def test_what_moto_forgets_is_there(system: System) -> None:
    """The bucket is closed, the alarms and the schedule stand; of a lifecycle the emulator knows nothing."""
    closed = boto3.client("s3").get_public_access_block(Bucket=system.outputs["BucketName"])
    alarms = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
    (schedule,) = boto3.client("events").list_rules()["Rules"]

    assert set(closed["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(alarms) == 2
    assert (schedule.get("ScheduleExpression"), schedule.get("State")) == ("rate(1 minute)", "ENABLED")
