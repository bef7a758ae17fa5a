"""The adapters that the settings choose.  Each is imported only where it is chosen, as imports take most of a cold start."""

# ruff: noqa: PLC0415  Each adapter is imported where it is chosen, see above.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext

from ticketcore.domain.printable_text import shortened
from ticketcore.ports import Files, Inventory, Limits, Mailer, PaymentGateway, PaymentQueue, QrImages, WebhookSender
from ticketcore_bootstrap import backends, gateways, ledgers
from ticketcore_bootstrap.extras import requires
from ticketcore_bootstrap.ledgers import LedgerBackend
from ticketcore_bootstrap.settings import Settings
from ticketcore_bootstrap.variables import SettingError, shown


def inventory(backend: backends.Database | backends.Redis, connections: ExitStack) -> Inventory:
    """Return the live counter, or one that leaves counting to the ledger; its connections are closed with the others."""
    match backend:
        case backends.Database():
            from ticketcore_memory import NoInventory

            return NoInventory()
        case backends.Redis(url):
            with requires("redis", "TICKETCORE_INVENTORY_URL"):
                from ticketcore_redis import RedisInventory, RedisServer

            server = RedisServer(url)
            connections.callback(server.close)
            return RedisInventory(server)


def shared_counts(backend: backends.Redis | None, connections: ExitStack) -> Limits | None:
    """Return the counts of clients' acts that all processes share, or ``None`` if there are none."""
    if backend is None:
        return None
    with requires("redis", "TICKETCORE_INVENTORY_URL"):
        from ticketcore_redis import RedisLimits, RedisServer

    server = RedisServer(backend.url)
    connections.callback(server.close)
    return RedisLimits(server)


def payment_queue(backend: backends.Database | backends.Sqs, ledger: LedgerBackend) -> PaymentQueue:
    """Return the payment queue, which may be in the ledger's own store."""
    match backend:
        case backends.Database():
            if ledger.payment_queue is None:
                raise SettingError("TICKETCORE_QUEUE_URL", '"database"', "the URL of a queue: this ledger has none")
            return ledger.payment_queue
        case backends.Sqs(url):
            with _aws("TICKETCORE_QUEUE_URL"):
                from ticketcore_aws import SqsPaymentQueue, connect

                hurried, patient = connect("sqs", hurried=True), connect("sqs")
                return SqsPaymentQueue(hurried, url, connect("cloudwatch", hurried=True), poller=patient)


def payment_gateway(settings: Settings, ledger: LedgerBackend, connections: ExitStack) -> PaymentGateway:
    """Return the payment gateway; if it has a method ``close``, it is closed with the connections."""
    url = settings.payments_url
    gateway = _open_gateway(_with_charges(settings, ledger) if settings.simulated_payments and ":" not in url else url)
    close = getattr(gateway, "close", None)
    if close is not None:
        connections.callback(close)
    return gateway


def _open_gateway(url: str) -> PaymentGateway:
    variable, held = "TICKETCORE_PAYMENTS_URL", f'"{shown(url)}"'
    scheme = gateways.scheme_of(url)
    try:
        with requires("sql", variable) if scheme == gateways.SIMULATED else nullcontext():
            return gateways.load(url)(url)
    except ImportError as error:
        raise SettingError(variable, held, f"a gateway that can be imported ({error})") from error
    except ValueError as error:
        raise SettingError(variable, held, f"a URL that the gateway {scheme} accepts{_reason(error, url)}") from error


def _reason(error: ValueError, url: str) -> str:
    """Return what a gateway says is wrong with its URL, unless that quotes what may be secret there."""
    reason = shortened(str(error)) if str(error) else ""
    address, _, query = url.partition("?")
    user, _, _ = address.partition("://")[2].rpartition("@")
    secrets = [*user.split(":"), *(option.partition("=")[2] for option in query.split("&"))]
    is_safe = reason and not any(secret in reason for secret in secrets if secret)
    return f" ({reason})" if is_safe else ""


def _with_charges(settings: Settings, ledger: LedgerBackend) -> str:
    """Return the simulated gateway's URL with the database of its charges: the ledger's server, or a file."""
    file = ledgers.sqlite_url(settings.data / "simulated-payments.db")
    return f"{settings.payments_url}:{ledger.shared_database_url or file}"


def files(backend: backends.Directory | backends.S3) -> Files:
    """Return the store of QR images."""
    match backend:
        case backends.Directory(path):
            from ticketcore_local import DirectoryFiles

            return DirectoryFiles(path)
        case backends.S3(bucket, prefix, encryption, kms_key_id):
            with _aws("TICKETCORE_FILES_URL"):
                from ticketcore_aws import S3Files, connect

                return S3Files(connect("s3"), bucket, prefix, encryption, kms_key_id)


def mailer(backend: backends.Smtp | backends.Ses | backends.EmlDirectory, organiser: str | None = None) -> Mailer:
    """Return the mailer, whose sender is shown under the organiser's name, if there is one."""
    sender = f"{organiser} <{backend.sender}>" if organiser else backend.sender
    match backend:
        case backends.EmlDirectory(path):
            from ticketcore_local import EmlMailer

            return EmlMailer(path, sender)
        case backends.Smtp() as smtp:
            from ticketcore_local import SmtpMailer

            return SmtpMailer(
                sender, smtp.host, smtp.port, smtp.user, smtp.password, smtp.implicit_tls, smtp.tls, smtp.ca_certs
            )
        case backends.Ses(_, configuration_set):
            with _aws("TICKETCORE_MAIL_URL"):
                from ticketcore_aws import SesMailer, connect

                return SesMailer(connect("sesv2"), sender, configuration_set)


def qr_images() -> QrImages:
    """Return the adapter that draws QR images."""
    from ticketcore_codes import QrcodeQrImages

    return QrcodeQrImages()


def webhook_sender(*, allow_private: bool) -> WebhookSender:
    """Return the client that sends messages to webhooks."""
    from ticketcore_local import HttpWebhookSender

    return HttpWebhookSender(allow_private)


@contextmanager
def _aws(variable: str) -> Iterator[None]:
    """Translate a missing extra, and an error of the AWS library about its own variables, into one line."""
    try:
        with requires("aws", variable):
            yield
    except ValueError as error:
        expected = "the standard AWS settings, AWS_DEFAULT_REGION among them"
        raise SettingError("the environment", f"settings that AWS refuses ({error})", expected) from error
