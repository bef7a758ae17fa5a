"""E-mail addresses: the syntax of those that can be written without quotes."""

from __future__ import annotations

import re

from ticketcore.domain.texts import InvalidValue, Text

#: RFC 5321, section 4.5.3.1.3: a path of 256 octets, less its angle brackets.
MAX_LENGTH = 254

# RFC 5321, section 4.1.2: a Dot-string of at most 64 octets, at a domain as HTML's <input type=email> knows it.  An encoded
# word (RFC 2047) is spelled with the same letters, and mail programs would read another address out of it.
PATTERN = (
    r"^(?!.*=\?)(?=.{1,64}@)[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$"
)
_ADDRESS = re.compile(PATTERN.removesuffix("$") + r"\Z")


def parse(text: str) -> str:
    """Return the address with its domain in lower case; raise ``InvalidValue`` for anything else."""
    if isinstance(text, str) and len(text) > MAX_LENGTH:
        raise InvalidValue(Text("must be at most %(most)s characters", most=str(MAX_LENGTH)))
    if not isinstance(text, str) or not _ADDRESS.match(text):
        raise InvalidValue(Text("must be an e-mail address, such as ann@example.com"))
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"
