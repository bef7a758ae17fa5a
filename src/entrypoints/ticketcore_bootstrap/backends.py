"""The backends of the components, as the settings name them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs

SENDER = "tickets@localhost"
Encryption = Literal["AES256", "aws:kms"]


@attrs.frozen
class Database:
    """The ledger's own store."""


@attrs.frozen
class Redis:
    """A Redis server, or a cluster if the URL's scheme says so."""

    url: str = attrs.field(repr=False)


@attrs.frozen
class Sqs:
    """A queue of Amazon SQS."""

    url: str


@attrs.frozen
class Directory:
    """A directory in the file system."""

    path: Path


@attrs.frozen
class S3:
    """A prefix in a bucket of Amazon S3; without ``encryption`` the bucket's own applies."""

    bucket: str
    prefix: str = ""
    encryption: Encryption | None = None
    kms_key_id: str | None = None


@attrs.frozen
class Smtp:
    """An SMTP server; ``implicit_tls`` stands for ``smtps://``, ``tls`` is about STARTTLS."""

    host: str
    port: int
    sender: str
    user: str | None
    password: str = attrs.field(repr=False)
    implicit_tls: bool
    tls: Literal["required", "offered", "off"] = "required"
    ca_certs: Path | None = None


@attrs.frozen
class Ses:
    """Amazon SES, with a configuration set if one is named."""

    sender: str
    configuration_set: str | None = None


@attrs.frozen
class EmlDirectory:
    """A directory of ``.eml`` files."""

    path: Path
    sender: str = SENDER
