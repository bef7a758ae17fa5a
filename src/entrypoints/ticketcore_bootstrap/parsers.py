"""Parsers of the variables' values: each returns a typed value or raises ``ValueError``."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from ticketcore.domain import emails, limits, printable_text
from ticketcore.domain.limits import Limit
from ticketcore_bootstrap.backends import (
    S3,
    SENDER,
    Database,
    Directory,
    EmlDirectory,
    Encryption,
    Redis,
    Ses,
    Smtp,
    Sqs,
)
from ticketcore_bootstrap.extras import requires
from ticketcore_bootstrap.key_strength import MIN_VARIETY, is_various
from ticketcore_texts import languages

MAX_HOLD = 7 * 24 * 3600
MAX_RETENTION_DAYS = 36500
MAX_PROXIES = 10
MIN_KEY = 20
STRONG_KEY = (
    f"at least {MIN_KEY} printable ASCII characters, {MIN_VARIETY} different ones, no repetitions or sequences, "
    "and no blank at either end"
)
HOLDS = f"a whole number of seconds from 1 to {MAX_HOLD}"
RETENTIONS = f"a whole number of days from 1 to {MAX_RETENTION_DAYS}"
INVENTORIES = '"database", redis://HOST:PORT/NUMBER, rediss://… or redis+cluster://HOST:PORT'
QUEUES = '"database" or the URL of an SQS queue, https://HOST/ACCOUNT/NAME'
FILES = "s3://BUCKET/PREFIX or file:///DIRECTORY"
LANGUAGES = '"en", "es" or "pt-BR"'
ORGANISERS = "a name of at most 200 characters on one line, without white space at either end"
_ORGANISER = printable_text.check(200)
MAILS = "ses://ADDRESS, smtp://HOST:PORT?from=ADDRESS&tls=off&ssl_ca_certs=FILE, smtps://… or file:///DIRECTORY"
ORIGINS = 'origins such as https://HOST with commas between them, or "*"'
_DATABASE = "database"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_MAX_PORT = 65535
_SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,62}")
_HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_PATH = re.compile(r"[A-Za-z0-9._~%/-]*")
_REDIS_DATABASE = re.compile(r"/?[0-9]{0,4}")
_QUEUE_PATH = re.compile(r"/[A-Za-z0-9_-]+/[A-Za-z0-9_-]{1,80}(\.fifo)?")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"([A-Za-z0-9-][A-Za-z0-9._-]*(/[A-Za-z0-9-][A-Za-z0-9._-]*)*)?")
_ENCRYPTIONS: dict[str | None, Encryption | None] = {None: None, "AES256": "AES256", "aws:kms": "aws:kms"}
_CONFIGURATION_SET = re.compile(r"[A-Za-z0-9_-]{1,64}")


def schema(value: str) -> str:
    """Return the name of a Postgres schema."""
    if not _SCHEMA.fullmatch(value) or value.startswith("pg_"):
        raise ValueError(value)
    return value


def inventory(value: str) -> Database | Redis:
    """Return the backend of the inventory."""
    if value == _DATABASE:
        return Database()
    with requires("redis", "TICKETCORE_INVENTORY_URL"):
        from ticketcore_redis import SCHEMES, check_url  # noqa: PLC0415  Imported only if it is set.

    parts = _split(value)
    if parts.scheme not in SCHEMES or not parts.hostname or (parts.port or 1) > _MAX_PORT:
        raise ValueError(value)
    if not _REDIS_DATABASE.fullmatch(parts.path):
        raise ValueError(value)
    check_url(value)
    return Redis(value)


def queue(value: str) -> Database | Sqs:
    """Return the backend of the payment queue."""
    if value == _DATABASE:
        return Database()
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.netloc) or parts.query or parts.fragment:
        raise ValueError(value)
    if not _QUEUE_PATH.fullmatch(parts.path):
        raise ValueError(value)
    return Sqs(value)


def files(value: str) -> Directory | S3:
    """Return the backend of the files."""
    parts = _split(value)
    if parts.scheme == "file":
        _query(parts, set())
        return Directory(_path(parts))
    query = _query(parts, {"encryption", "kms_key_id"})
    prefix = parts.path.strip("/")
    if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc) or not _PREFIX.fullmatch(prefix):
        raise ValueError(value)
    encryption, kms_key_id = query.get("encryption"), query.get("kms_key_id")
    if encryption not in _ENCRYPTIONS or (kms_key_id and encryption != "aws:kms"):
        raise ValueError(value)
    return S3(parts.netloc, prefix, _ENCRYPTIONS[encryption], kms_key_id)


def mail(value: str) -> Smtp | Ses | EmlDirectory:
    """Return the backend of the mailer."""
    parts = _split(value)
    if parts.scheme == "ses":
        return _ses(parts)
    is_file = parts.scheme == "file"
    query = _query(parts, {"from"} if is_file else {"from", "tls", "ssl_ca_certs"})
    sender = emails.parse_sender(query.get("from", SENDER))
    if is_file:
        return EmlDirectory(_path(parts), sender)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError(value)
    ca_certs = query.get("ssl_ca_certs")
    return Smtp(
        host=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 25),
        sender=sender,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or ""),
        implicit_tls=parts.scheme == "smtps",
        tls=_tls(parts, query.get("tls")),
        ca_certs=_authorities(ca_certs) if ca_certs is not None else None,
    )


def language(value: str) -> str:
    """Return a language that there are texts in, as its tag is written."""
    found = next((each for each in languages() if each.lower() == value.lower()), None)
    if found is None:
        raise ValueError(value)
    return found


def organiser(value: str) -> str:
    """Return a name of people that fits into one line of a mail's header."""
    if _ORGANISER(value) or value != value.strip():
        raise ValueError(value)
    return value


def _tls(parts: SplitResult, said: str | None) -> Literal["required", "offered", "off"]:
    """Return how a connection is encrypted: mail leaves this machine, and a password this process, only encrypted."""
    if said is not None:
        if said != "off" or parts.scheme == "smtps":
            raise ValueError(said)
        return "off"
    is_local = parts.hostname in _LOOPBACK and not parts.username
    return "offered" if is_local and parts.scheme == "smtp" else "required"


def _authorities(value: str) -> Path:
    """Return a file of certificates that can be read."""
    try:
        ssl.create_default_context(cafile=value)
    except OSError:
        raise ValueError(value) from None
    return Path(value)


def _ses(parts: SplitResult) -> Ses:
    configuration_set = _query(parts, {"configuration_set"}).get("configuration_set")
    if parts.path or (configuration_set is not None and not _CONFIGURATION_SET.fullmatch(configuration_set)):
        raise ValueError(parts.path)
    return Ses(emails.parse_sender(unquote(parts.netloc)), configuration_set)


def _split(value: str) -> SplitResult:
    """Split a URL; raise ``ValueError`` for a fragment, which nothing would read, and for what ``urlsplit`` would drop."""
    parts = urlsplit(value)
    if parts.fragment or value.endswith("#") or not value.isprintable() or value != value.strip():
        raise ValueError(value)
    return parts


def _query(parts: SplitResult, known: set[str]) -> Mapping[str, str]:
    query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    if query.keys() - known or any(len(found) > 1 for found in query.values()):
        raise ValueError(parts.query)
    return {name: found[0] for name, found in query.items()}


def _path(parts: SplitResult) -> Path:
    if parts.netloc or not parts.path.startswith("/"):
        raise ValueError(parts.path)
    path = unquote(parts.path, errors="strict")
    if "\0" in path:
        raise ValueError(path)
    return Path(path)


def hold(value: str) -> timedelta:
    """Return how long a reservation lasts."""
    if not (value.isascii() and value.isdigit() and len(value) < 8 and 1 <= int(value) <= MAX_HOLD):
        raise ValueError(value)
    return timedelta(seconds=int(value))


def retention(value: str) -> timedelta:
    """Return how long after an event's date its buyers' addresses are kept."""
    if not (value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= MAX_RETENTION_DAYS):
        raise ValueError(value)
    return timedelta(days=int(value))


def key(value: str) -> str:
    """Return an API key that the operator sets: a blank at its end would never be sent, and a weak key could be guessed."""
    is_text = value.isprintable() and value.isascii() and value == value.strip()
    if not is_text or len(value) < MIN_KEY or not is_various(value):
        raise ValueError
    return value


def private_key(value: str) -> str:
    """Return the private key that seals QR codes."""
    from ticketcore_codes import read_private_key  # noqa: PLC0415  Imported only if it is set.

    read_private_key(value)
    return value


def public_keys(value: str) -> str:
    """Return the further public keys to trust."""
    from ticketcore_codes import read_public_keys  # noqa: PLC0415  Imported only if it is set.

    read_public_keys(value)
    return value


def public_url(value: str) -> str:
    """Return the address of links, without a slash at its end."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.netloc) or parts.query or parts.fragment:
        raise ValueError(value)
    if parts.port == 0 or not _PATH.fullmatch(parts.path):
        raise ValueError(value)
    return value.rstrip("/")


def origins(value: str) -> tuple[str, ...]:
    """Return origins as browsers write them (RFC 6454, section 6.2): without a default port, names in lower case."""
    return tuple(sorted({_origin(each.strip().lower()) for each in value.split(",")}))


def _origin(text: str) -> str:
    if text == "*":
        return text
    parts = urlsplit(text)
    origin = f"{parts.scheme}://{parts.netloc}"
    # Asking for the port checks it.
    if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(parts.netloc) or parts.port == 0 or origin != text:
        raise ValueError(text)
    return origin.removesuffix(_DEFAULT_PORTS[parts.scheme])


def proxies(value: str) -> int:
    """Return the number of trusted proxies."""
    if not re.fullmatch(r"[0-9]{1,2}", value) or int(value) > MAX_PROXIES:
        raise ValueError(value)
    return int(value)


def switch(value: str) -> bool:
    """Return whether a switch is on."""
    if value not in {"0", "1"}:
        raise ValueError(value)
    return value == "1"


def limit(value: str) -> Limit | None:
    """Return the limit of one client, or ``None`` for none."""
    return None if value == "none" else limits.parse(value)
