"""E-mail addresses: the syntax of those that can be written without quotes."""

from __future__ import annotations

import re

from ticketcore.domain.texts import InvalidValue, Text

#: RFC 5321, section 4.5.3.1.3: a path of 256 octets, less its angle brackets.
MAX_LENGTH = 254

# RFC 5321, section 4.1.2: a Dot-string of at most 64 octets.  An encoded word (RFC 2047) is spelled with the same letters, and
# mail programs would read another address out of it.
_LOCAL = r"^(?!.*=\?)(?=.{1,64}@)[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*@"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
#: A buyer's address: at a domain of two labels or more, as public domains are, the last of which begins with a letter, so that
#: it is no address of a machine.
PATTERN = rf"{_LOCAL}(?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])$"
_ADDRESS = re.compile(PATTERN.removesuffix("$") + r"\Z")
# A sender's: a mail server of one's own knows local domains, too.
_SENDER = re.compile(rf"{_LOCAL}{_LABEL}(?:\.{_LABEL})*\Z")


def parse(text: str) -> str:
    """Return a buyer's address with its domain in lower case; raise ``InvalidValue`` for anything else.

    A domain of another script is refused with the spelling under which mail servers know it (RFC 5890).
    """
    if isinstance(text, str) and text != text.strip():
        raise InvalidValue(Text("must be an e-mail address without white space at either end"))
    ascii_domain = _in_ascii(text) if isinstance(text, str) else None
    if ascii_domain is not None and _ADDRESS.match(f"ann@{ascii_domain}"):
        raise InvalidValue(Text("must be written with the domain %(domain)s", domain=ascii_domain))
    return _parsed(text, _ADDRESS)


def canonical(address: str) -> str:
    """Return the one spelling of all addresses of a mailbox: in lower case and without a ``+tag``."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def parse_sender(text: str) -> str:
    """Return a sender's address, which may have a local domain, as ``parse`` does."""
    return _parsed(text, _SENDER)


def _parsed(text: str, pattern: re.Pattern[str]) -> str:
    if isinstance(text, str) and len(text) > MAX_LENGTH:
        raise InvalidValue(Text("must be at most %(most)s characters", most=str(MAX_LENGTH)))
    if not isinstance(text, str) or not pattern.match(text):
        raise InvalidValue(Text("must be an e-mail address, such as ann@example.com"))
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def _in_ascii(text: str) -> str | None:
    """Return the domain of an address as mail servers know it, if it is of another script and can be so written."""
    _, _, domain = text.rpartition("@")
    if domain.isascii() or len(text) > MAX_LENGTH:
        return None
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return None
