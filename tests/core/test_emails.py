"""E-mail addresses are those that a browser accepts."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import example, given

from ticketcore.domain import emails
from ticketcore_testing.strategies import anything
from ticketcore_testing.strategies import emails as addresses

LONGEST = f"{'a' * 64}@{'.'.join(['b' * 63, 'c' * 63, 'd' * 61])}"

NOT_ADDRESSES = [
    "",
    "@",
    "ann",
    "ann@",
    "@example.com",
    "ann@@example.com",
    "ann@exa mple.com",
    "ann@example.com ",
    " ann@example.com",
    "ann@example.com\n",
    "ann@example.com\r\nBcc: bob@example.com",
    "Ann <ann@example.com>",
    "ann@example.com,bob@example.com",
    "ann@-example.com",
    "ann@example-.com",
    "ann@example..com",
    "ann@example.com.",
    "ann@[127.0.0.1]",
    '"ann lee"@example.com',
    "änn@example.com",
    "ann@exämple.com",
    ".ann@example.com",
    "ann.@example.com",
    "an..n@example.com",
    "=?utf-8?q?eve=40evil.example?=@example.com",
    "ann@example。com",
    "a" * 65 + "@example.com",
    "ann@" + "e" * 64 + ".com",
]


@given(addresses)
def test_only_the_domain_loses_its_capitals(address: str) -> None:
    """The part before the @ belongs to the mail server; the domain is the same in any case."""
    local, domain = emails.parse(address).split("@")

    assert f"{local}@" == address[: len(local) + 1]
    assert domain == address[len(local) + 1 :].lower()


@given(addresses)
def test_reading_twice_is_reading_once(address: str) -> None:
    """A parsed address parses again, to the same."""
    assert emails.parse(emails.parse(address)) == emails.parse(address)


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_what_is_not_an_address_is_refused(text: str) -> None:
    """Spaces, line breaks, names, several addresses, other scripts and parts too long are refused."""
    with pytest.raises(ValueError, match="must be an e-mail address"):
        emails.parse(text)


def test_the_longest_address_is_accepted_and_one_more_character_refused() -> None:
    """An address ends at 254 characters."""
    assert len(LONGEST) == emails.MAX_LENGTH
    assert emails.parse(LONGEST) == LONGEST
    with pytest.raises(ValueError, match="at most 254 characters"):
        emails.parse(f"{LONGEST}d")


@given(anything)
@example("a@" * 127)
@example("a@" + "a-" * 126)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Parsing raises nothing but ``ValueError``."""
    with suppress(ValueError):
        assert len(emails.parse(text)) == len(text)


@given(addresses)
def test_the_published_pattern_agrees(address: str) -> None:
    """The pattern that the API publishes admits what the rule admits."""
    assert re.fullmatch(emails.PATTERN, address)
    assert not re.fullmatch(emails.PATTERN, f"{address} ")
