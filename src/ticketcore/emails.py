"""E-mail addresses: the syntax that browsers use for ``<input type=email>``."""

from __future__ import annotations

import re

#: RFC 5321, section 4.5.3.1.3: a path of 256 octets, less its angle brackets.
MAX_LENGTH = 254

# HTML Living Standard, 4.10.5.1.5, "valid e-mail address", with the local part's 64 octets of RFC 5321.  An encoded
# word (RFC 2047) is spelled with the same letters, and mail programs would read another address out of it.
PATTERN = (
    r"^(?!.*=\?)[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$"
)
_ADDRESS = re.compile(PATTERN.removesuffix("$") + r"\Z")


def parse(text: str) -> str:
    """Answer the address with its domain in lower case; raise ``ValueError`` with a sentence fit for a user."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"must be at most {MAX_LENGTH} characters")
    if not _ADDRESS.match(text):
        raise ValueError("must be an e-mail address, such as ann@example.com")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"
