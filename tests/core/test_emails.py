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
    ".ann@example.com",
    "ann.@example.com",
    "an..n@example.com",
    "=?utf-8?q?eve=40evil.example?=@example.com",
    "a" * 65 + "@example.com",
    "ann@" + "e" * 64 + ".com",
    "ann@example",
    "ann@localhost",
    "ann@127.0.0.1",
    "ann@example.1",
    "ann@example.c",
    "ann@m\u00fcnchen",
]


@given(addresses)
def test_only_the_domain_loses_its_capitals(address: str) -> None:
    """The part before the @ belongs to the mail server; the domain is the same in any case."""
    local, domain = emails.parse(address).split("@")

    assert f"{local}@" == address[: len(local) + 1]
    assert domain == address[len(local) + 1 :].lower()


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("ann@m\u00fcnchen.example", "xn--mnchen-3ya.example"),
        ("ann@\u0438\u0441\u043f\u044b\u0442\u0430\u043d\u0438\u0435.example", "xn--80akhbyknj4f.example"),
        ("ann@example\u3002com", "example.com"),
    ],
)
def test_a_domain_of_another_script_is_refused_with_its_other_spelling(address: str, domain: str) -> None:
    """The buyer reads what to write instead, and that is accepted."""
    with pytest.raises(ValueError, match=f"must be written with the domain {domain}"):
        emails.parse(address)
    assert emails.parse(f"ann@{domain}") == f"ann@{domain}"


@pytest.mark.parametrize(
    "text", ["ann@example.com ", "\tann@example.com", "ann@example.com\r\n", "\u00a0ann@example.com"]
)
def test_white_space_at_an_end_is_named(text: str) -> None:
    """It cannot be seen, so the refusal says where it is."""
    with pytest.raises(ValueError, match="must be an e-mail address without white space at either end"):
        emails.parse(text)


def test_a_sender_may_have_a_local_domain() -> None:
    """A buyer may not: such mail never leaves the machine."""
    assert emails.parse_sender("tickets@localhost") == "tickets@localhost"
    with pytest.raises(ValueError, match="must be an e-mail address"):
        emails.parse_sender("tickets")


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


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("ann@example.com", "ann@example.com"),
        ("Ann@Example.COM", "ann@example.com"),
        ("ann+tag@example.com", "ann@example.com"),
        ("ANN+one+two@example.com", "ann@example.com"),
        ("a.nn@example.com", "a.nn@example.com"),
        ("+tag@example.com", "+tag@example.com"),
    ],
)
def test_a_mailbox_has_one_spelling(address: str, canonical: str) -> None:
    """In lower case and without a tag; dots are told apart, for not every mail server ignores them."""
    assert emails.canonical(address) == canonical
