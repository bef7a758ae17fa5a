"""Where the parts of a system are, as the settings name them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs

SENDER = "tickets@localhost"
Encryption = Literal["AES256", "aws:kms"]


@attrs.frozen
class Database:
    """The ledger's own database."""


@attrs.frozen
class Redis:
    """A server or cluster, which the URL's scheme tells."""

    url: str = attrs.field(repr=False)


@attrs.frozen
class Sqs:
    """A queue."""

    url: str


@attrs.frozen
class Directory:
    """A place in the file system."""

    path: Path


@attrs.frozen
class S3:
    """A bucket and a prefix in it; ``encryption`` is ``AES256`` or ``aws:kms``, by default what the bucket does."""

    bucket: str
    prefix: str = ""
    encryption: Encryption | None = None
    kms_key_id: str | None = None


@attrs.frozen
class Smtp:
    """A mail server; ``implicit_tls`` for ``smtps://``."""

    host: str
    port: int
    sender: str
    user: str | None
    password: str = attrs.field(repr=False)
    implicit_tls: bool


@attrs.frozen
class Ses:
    """Amazon SES, with a configuration set or without."""

    sender: str
    configuration_set: str | None = None


@attrs.frozen
class EmlDirectory:
    """A directory of ``.eml`` files."""

    path: Path
    sender: str = SENDER
