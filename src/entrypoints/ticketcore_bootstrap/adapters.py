"""The adapters that the settings choose.  Each is imported only where it is chosen: a cold start is imports."""

# ruff: noqa: PLC0415  Imports stand where the choice falls, see above.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ticketcore.ports import Files, Inventory, Mailer, PaymentGateway, PaymentQueue, QrImages
from ticketcore_bootstrap import backends
from ticketcore_bootstrap.settings import SettingError, Settings
from ticketcore_bootstrap.signing import make_directory
from ticketcore_sql import Database


def inventory(place: backends.Database | backends.Redis, connections: ExitStack) -> Inventory:
    """Answer the live counter, if there is one beside the ledger; its connections are closed with the others."""
    match place:
        case backends.Database():
            from ticketcore_memory import NoInventory

            return NoInventory()
        case backends.Redis(url):
            from ticketcore_redis import RedisInventory, RedisServer

            server = RedisServer(url)
            connections.callback(server.close)
            return RedisInventory(server)


def payment_queue(place: backends.Database | backends.Sqs, database: Database) -> PaymentQueue:
    """Answer the queue of payments."""
    match place:
        case backends.Database():
            from ticketcore_sql import SqlPaymentQueue

            return SqlPaymentQueue(database)
        case backends.Sqs(url):
            from ticketcore_aws import SqsPaymentQueue, connect

            with _aws_settings():
                hurried, patient = connect("sqs", hurried=True), connect("sqs")
                return SqsPaymentQueue(hurried, url, connect("cloudwatch", hurried=True), poller=patient)


def payment_gateway(settings: Settings, connections: ExitStack) -> PaymentGateway:
    """Return the simulated gateway; it keeps its charges on the ledger's server, or in a file of its own."""
    from ticketcore_simulated_payments import open_gateway

    if settings.is_embedded:
        make_directory(settings.data, "TICKETCORE_DATA")
        database_url = f"sqlite:///{settings.data / 'simulated-payments.db'}"
    else:
        database_url = settings.database_url
    gateway = open_gateway(f"simulated:{database_url}")
    connections.callback(gateway.close)
    return gateway


def files(place: backends.Directory | backends.S3) -> Files:
    """Answer where QR images are kept."""
    match place:
        case backends.Directory(path):
            from ticketcore_local import DirectoryFiles

            return DirectoryFiles(path)
        case backends.S3(bucket, prefix, encryption, kms_key_id):
            from ticketcore_aws import S3Files, connect

            with _aws_settings():
                return S3Files(connect("s3"), bucket, prefix, encryption, kms_key_id)


def mailer(place: backends.Smtp | backends.Ses | backends.EmlDirectory) -> Mailer:
    """Answer what sends mail."""
    match place:
        case backends.EmlDirectory(path, sender):
            from ticketcore_local import EmlMailer

            return EmlMailer(path, sender)
        case backends.Smtp() as smtp:
            from ticketcore_local import SmtpMailer

            return SmtpMailer(smtp.sender, smtp.host, smtp.port, smtp.user, smtp.password, smtp.implicit_tls)
        case backends.Ses(sender, configuration_set):
            from ticketcore_aws import SesMailer, connect

            with _aws_settings():
                return SesMailer(connect("sesv2"), sender, configuration_set)


def qr_images() -> QrImages:
    """Answer what draws QR images."""
    from ticketcore_codes import QrcodeQrImages

    return QrcodeQrImages()


@contextmanager
def _aws_settings() -> Iterator[None]:
    """Turn what the AWS library finds wrong with its own variables into a ``SettingError``."""
    try:
        yield
    except ValueError as error:
        expected = "the standard AWS settings, AWS_DEFAULT_REGION among them"
        raise SettingError("the environment", f"settings that AWS refuses ({error})", expected) from error
