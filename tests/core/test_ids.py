"""Ids have one spelling each, and those that are secrets cannot be guessed or read off."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketcore.domain import ids
from ticketcore.domain.ids import EventId
from ticketcore_testing.strategies import anything

SIXTEEN = st.binary(min_size=ids.SECRET_BYTES, max_size=ids.SECRET_BYTES)
CANONICAL = ids.text_of(bytes(range(ids.SECRET_BYTES)))
SECRET = b"a secret of the ledger"


@given(st.binary(min_size=1, max_size=40))
def test_an_id_reads_back_as_its_bytes(raw: bytes) -> None:
    """What ``text_of`` writes, ``bytes_of`` reads."""
    assert ids.bytes_of(ids.text_of(raw), len(raw)) == raw


@given(st.binary(max_size=40))
def test_an_id_is_base32(raw: bytes) -> None:
    """It is the standard library's text of the bytes, in lower case and without padding."""
    assert ids.text_of(raw) == base64.b32encode(raw).decode().rstrip("=").lower()


@given(st.text("abcdeimquyz2347"), st.integers(1, 20))
def test_an_id_is_what_can_be_read(text: str, size: int) -> None:
    """Of any digits just those are an id that are read back as bytes of its size."""
    try:
        ids.bytes_of(text, size)
    except ValueError:
        assert not ids.is_id(text, size)
    else:
        assert ids.is_id(text, size)


@given(SIXTEEN, st.integers(0, 40).filter(lambda size: size != ids.SECRET_BYTES))
def test_an_id_has_one_size(raw: bytes, size: int) -> None:
    """An id of another number of bytes is refused."""
    assert ids.is_id(ids.text_of(raw), len(raw))
    assert not ids.is_id(ids.text_of(raw), size)


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        CANONICAL.upper(),
        CANONICAL.capitalize(),
        f" {CANONICAL}",
        f"{CANONICAL}\n",
        f"{CANONICAL}======",
        CANONICAL[:-1],
        f"{CANONICAL}a",
        CANONICAL[:-1] + chr(ord(CANONICAL[-1]) + 1),
        CANONICAL.replace("a", "\N{FEMININE ORDINAL INDICATOR}"),
        CANONICAL.replace("i", "\N{LATIN SMALL LETTER DOTLESS I}"),
        "1" + CANONICAL[1:],
    ],
)
def test_another_spelling_is_no_id(spelling: str) -> None:
    """Capitals, padding, white space, stray last bits and look-alikes are refused, so that an id is one key."""
    assert spelling != CANONICAL
    assert not ids.is_id(spelling, ids.SECRET_BYTES)


@given(anything, st.sampled_from([ids.EVENT_BYTES, ids.SECRET_BYTES]))
def test_any_text_is_an_id_or_not(text: str, size: int) -> None:
    """Asking never raises, and only what ``text_of`` writes is an id."""
    assert not ids.is_id(text, size) or ids.text_of(ids.bytes_of(text, size)) == text


@pytest.mark.parametrize("make", [ids.event_id, ids.order_id, ids.ticket_id, ids.key_id])
@given(text=anything | st.text("abz2701 ", max_size=40), raw=st.binary(min_size=1, max_size=20))
def test_a_malformed_id_becomes_the_empty_id(make: Callable[[str], str], text: str, raw: bytes) -> None:
    """Ids of any size pass unchanged; any other text from outside becomes the id that nothing has."""
    assert make(ids.text_of(raw)) == ids.text_of(raw)
    assert make("a" * 33) == ""
    assert make(text) == (text if re.fullmatch("[a-z2-7]{1,32}", text) else "")


@given(st.binary(min_size=ids.TICKET_CODE_BYTES, max_size=ids.TICKET_CODE_BYTES))
def test_a_ticket_code_can_be_read_aloud(raw: bytes) -> None:
    """Two groups of five, without the letters that are mistaken for digits or for each other."""
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", ids.ticket_code(raw))


def test_a_ticket_code_uses_five_bits_of_every_byte() -> None:
    """Each byte chooses one of thirty-two characters evenly."""
    codes = {ids.ticket_code(bytes([value, 0])) for value in range(256)}

    assert len(codes) == 32
    assert ids.ticket_code(bytes([31, 32])) == "Z-0"


@given(SIXTEEN, st.text())
def test_the_same_key_is_the_same_order(secret: bytes, key: str) -> None:
    """An order's id follows from secret and key alone, and has the form of every order's id."""
    assert ids.order_id_for(secret, key) == ids.order_id_for(secret, key)
    assert ids.is_id(ids.order_id_for(secret, key), ids.SECRET_BYTES)


def test_secret_and_key_each_make_another_order() -> None:
    """Without one of the two the id cannot be computed."""
    orders = {
        ids.order_id_for(SECRET, "a key of a buyer"),
        ids.order_id_for(b"another secret", "a key of a buyer"),
        ids.order_id_for(SECRET, "a key of another"),
    }

    assert len(orders) == 3


@given(SIXTEEN.map(ids.text_of))
def test_a_digest_does_not_give_the_id_away(identifier: str) -> None:
    """It is the same every time, short, and no part of the id."""
    digest = ids.digest(identifier)

    assert digest == ids.digest(identifier)
    assert len(digest) == ids.DIGEST_DIGITS
    assert set(digest) <= set("0123456789abcdef")
    assert digest not in identifier
    assert digest != ids.bytes_of(identifier, ids.SECRET_BYTES).hex()[: len(digest)]


@given(SIXTEEN, SIXTEEN)
def test_different_ids_have_different_digests(one: bytes, other: bytes) -> None:
    """A digest stands for one id."""
    assert (ids.digest(ids.text_of(one)) == ids.digest(ids.text_of(other))) == (one == other)


def test_a_customer_is_hidden_and_told_apart() -> None:
    """The digest is the same for the same secret, event and address, and differs with each of them."""
    digests = {
        ids.customer_digest(secret, event_id, address)
        for secret in (b"one", b"two")
        for event_id in (EventId("a"), EventId("b"))
        for address in ("ann@example.com", "bob@example.com")
    }
    assert len(digests) == 8
    assert ids.customer_digest(b"one", EventId("a"), "ann@example.com") in digests
    assert all(ids.is_id(digest, ids.SECRET_BYTES) for digest in digests)
