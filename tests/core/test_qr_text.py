"""The text inside a QR code: one spelling, short, and garbage is refused without a fuss."""

from __future__ import annotations

import hashlib
import hmac
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.core.examples import EVENT_ID, OTHER_EVENT_ID, TICKET_ID
from ticketcore.domain import qr_text
from ticketcore.domain.ids import EventId, TicketId
from ticketcore.domain.qr_text import Claim, ReadCode
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore_testing.strategies import anything, claims

KEY_ID = b"key"
CLAIM = Claim(EVENT_ID, TICKET_ID)
QR_ALPHANUMERIC = string.digits + string.ascii_uppercase + " $%*+-./:"
BASE32 = string.ascii_uppercase + "234567"


def signature_of(signed: bytes) -> bytes:
    """Return a keyed hash, which stands in for a signature: it is as long, and cannot be made without the key."""
    return hmac.digest(b"the signer's secret", signed, hashlib.sha512)


def sealed(claim: Claim) -> str:
    signed = qr_text.signed_part(claim, KEY_ID)
    return qr_text.write(signed, signature_of(signed))


def opened(text: str) -> Claim | None:
    """Return the claim that a seal would accept from a text."""
    code = qr_text.read(text)
    if isinstance(code, TicketNotAuthentic):
        return None
    return code.claim if hmac.compare_digest(code.signature, signature_of(code.signed)) else None


TEXT = sealed(CLAIM)
RAW_BITS = 96 * 8


@given(claims, st.binary(min_size=3, max_size=3), st.binary(min_size=64, max_size=64))
def test_a_code_reads_back_as_what_was_written(claim: Claim, key_id: bytes, signature: bytes) -> None:
    """Claim, key id and signature come out as they went in."""
    signed = qr_text.signed_part(claim, key_id)

    assert qr_text.read(qr_text.write(signed, signature)) == ReadCode(key_id, claim, signed, signature)


@given(claims)
def test_a_code_stays_small(claim: Claim) -> None:
    """It has exactly 154 characters, all of QR's alphanumeric mode: version 6 at error correction M."""
    assert len(sealed(claim)) == 154
    assert set(sealed(claim)) <= set(QR_ALPHANUMERIC)


def test_the_layout_is_fixed() -> None:
    """Version, key id, event id and ticket id are signed, in this order, so that codes outlive releases."""
    assert qr_text.signed_part(CLAIM, KEY_ID) == b"\x01" + KEY_ID + bytes(range(12)) + bytes(range(100, 116))


def test_every_changed_character_is_noticed() -> None:
    """In each of the 154 places, no other printable character makes a text that is believed, but for the case."""
    assert opened(TEXT) == CLAIM
    for place, character in enumerate(TEXT):
        for other in set(string.printable) - {character, character.lower()}:
            assert opened(TEXT[:place] + other + TEXT[place + 1 :]) is None


def test_every_changed_bit_is_noticed() -> None:
    """No one of the 768 bits can be flipped."""
    raw = int.from_bytes(qr_text.signed_part(CLAIM, KEY_ID) + signature_of(qr_text.signed_part(CLAIM, KEY_ID)))
    texts = {qr_text.write((raw ^ 1 << bit).to_bytes(96), b"") for bit in range(RAW_BITS)}

    assert len(texts) == RAW_BITS
    assert [text for text in texts if opened(text)] == []


def test_a_claim_cannot_be_moved_to_another_ticket() -> None:
    """A signature vouches for one claim."""
    signature = signature_of(qr_text.signed_part(CLAIM, KEY_ID))
    other = Claim(OTHER_EVENT_ID, TICKET_ID)

    assert opened(sealed(other)) == other
    assert opened(qr_text.write(qr_text.signed_part(other, KEY_ID), signature)) is None


def test_only_one_spelling_is_ours() -> None:
    """The last character has bits that decoding drops, yet no other one is accepted in its place."""
    spellings = [TEXT[:-1] + last for last in BASE32]

    assert [text for text in spellings if isinstance(qr_text.read(text), ReadCode)] == [
        text for text in spellings if BASE32.index(text[-1]) % 4 == 0
    ]


@pytest.mark.parametrize(
    "read",
    [f" {TEXT}", f"{TEXT}\r\n", f"\t{TEXT} ", TEXT.lower(), f"\ufeff{TEXT}", f"]Q1{TEXT}", f"\x02]d2 {TEXT}\x03"],
)
def test_what_a_scanner_makes_of_a_code_is_ignored(read: str) -> None:
    """Scanners end a text with a line break, change its case, and put a byte order mark or the symbology before it."""
    assert opened(read) == CLAIM


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        " ",
        TEXT[:-1],
        TEXT[:-8],
        "AAAAAAAA" + TEXT,
        TEXT + "AAAAAAAA",
        TEXT[:-2] + "AAAAAAAA" + TEXT[-2:],
        TEXT + "A",
        TEXT + TEXT,
        TEXT + "======",
        TEXT[:77] + " " + TEXT[77:],
        TEXT[:77] + "=" + TEXT[78:],
        TEXT[:148] + "======",
        "=" * 154,
        "A" * 154,
        "\0" * 154,
        "é" * 154,
        "\ud800" * 154,
        "https://example.com/" + "A" * 134,
        "9" * 1_000_000,
    ],
)
def test_garbage_is_refused(garbage: str) -> None:
    """A text that is no code is not authentic, and nothing is raised."""
    assert qr_text.read(garbage) == TicketNotAuthentic()


@pytest.mark.parametrize("version", [0, 2, 255])
def test_another_version_is_refused(version: int) -> None:
    """A layout that is not known is not guessed at."""
    signed = bytes([version]) + qr_text.signed_part(CLAIM, KEY_ID)[1:]

    assert qr_text.read(qr_text.write(signed, signature_of(signed))) == TicketNotAuthentic()


@given(anything | st.text(BASE32 + "=", min_size=154, max_size=154) | st.text(min_size=154, max_size=154))
@example("AE" + "A" * 152)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Reading never raises, and a code that was read is written the same way."""
    match qr_text.read(text):
        case ReadCode(signed=signed, signature=signature):
            assert qr_text.write(signed, signature) == text.strip()
        case refusal:
            assert refusal == TicketNotAuthentic()


@pytest.mark.parametrize(
    "claim",
    [Claim(EventId("no event"), TICKET_ID), Claim(EVENT_ID, TicketId("")), Claim(EventId(TICKET_ID), TICKET_ID)],
)
def test_a_claim_needs_ids(claim: Claim) -> None:
    """Only ids can be signed."""
    with pytest.raises(ValueError, match="not an id of"):
        qr_text.signed_part(claim, KEY_ID)


@pytest.mark.parametrize("key_id", [b"", b"ab", b"abcd"])
def test_a_key_id_fits_the_layout(key_id: bytes) -> None:
    """A key id of another length would shift all that follows."""
    with pytest.raises(ValueError, match="3 bytes"):
        qr_text.signed_part(CLAIM, key_id)
