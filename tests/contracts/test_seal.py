"""What every adapter of the port ``Seal`` keeps."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable

import pytest
from hypothesis import given

from tests.core.examples import EVENT_ID, OTHER_EVENT_ID, TICKET_ID
from tests.core.strategies import anything, claims
from ticketcore.codes import SIGNATURE_BYTES, TEXT_LENGTH, Claim
from ticketcore.ports import Seal
from ticketcore.refusals import TicketNotAuthentic
from ticketcore_codes import Ed25519Seal, new_private_key, read_private_key
from ticketcore_memory import HmacSeal

CLAIM = Claim(EVENT_ID, TICKET_ID)

#: Each adapter by its name: how to make one with a key of its own.
ADAPTERS: dict[str, Callable[[], Seal]] = {
    "ed25519": lambda: Ed25519Seal(read_private_key(new_private_key())),
    "hmac": lambda: HmacSeal(secrets.token_bytes(32)),
}


@pytest.fixture(params=ADAPTERS, scope="session")
def adapter(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def seal(adapter: str) -> Seal:
    return ADAPTERS[adapter]()


@given(claim=claims)
def test_what_was_sealed_opens(adapter: str, claim: Claim) -> None:
    """Any claim comes back from its text."""
    seal = ADAPTERS[adapter]()
    assert seal.open(seal.seal(claim)) == claim


def test_the_same_claim_has_the_same_text(seal: Seal) -> None:
    """Sealing again gives the text that is printed already; another claim has another one."""
    assert seal.seal(CLAIM) == seal.seal(CLAIM)
    assert seal.seal(CLAIM) != seal.seal(Claim(OTHER_EVENT_ID, TICKET_ID))


def test_the_text_fits_a_small_qr_code(seal: Seal) -> None:
    """A text is as long as version 6 holds, all of it base32."""
    text = seal.seal(CLAIM)
    assert len(text) == TEXT_LENGTH
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def test_a_scanner_may_add_white_space(seal: Seal) -> None:
    """A line end after the text, which many scanners add, does no harm."""
    assert seal.open(f" {seal.seal(CLAIM)}\r\n") == CLAIM


def test_somebody_elses_text_is_refused(adapter: str) -> None:
    """A text under a key that is not trusted is not ours."""
    ours, theirs = ADAPTERS[adapter](), ADAPTERS[adapter]()
    assert ours.open(theirs.seal(CLAIM)) == TicketNotAuthentic()


def test_every_flipped_bit_of_a_character_is_refused(seal: Seal) -> None:
    """A text that is wrong by one bit of one character is not ours."""
    text = seal.seal(CLAIM)
    flips = [(place, 1 << bit) for place in range(len(text)) for bit in range(8)]
    flipped = [text[:place] + chr(ord(text[place]) ^ bit) + text[place + 1 :] for place, bit in flips]
    assert {seal.open(wrong) for wrong in flipped} == {TicketNotAuthentic()}


def test_every_flipped_bit_of_the_content_is_refused(seal: Seal) -> None:
    """A text that is well spelled and wrong by one bit of what it says, key id and signature included, is not ours."""
    raw = int.from_bytes(base64.b32decode(seal.seal(CLAIM) + "======"))
    size = TEXT_LENGTH * 5 // 8
    flipped = [(raw ^ (1 << bit)).to_bytes(size) for bit in range(size * 8)]
    texts = [base64.b32encode(wrong).decode().rstrip("=") for wrong in flipped]
    assert {seal.open(wrong) for wrong in texts} == {TicketNotAuthentic()}


def test_a_text_without_its_signature_is_refused(seal: Seal) -> None:
    """Neither no signature nor an empty one will do."""
    signed = base64.b32decode(seal.seal(CLAIM) + "======")[:-SIGNATURE_BYTES]
    for signature in (b"", bytes(SIGNATURE_BYTES)):
        assert seal.open(base64.b32encode(signed + signature).decode().rstrip("=")) == TicketNotAuthentic()


@given(text=anything)
def test_any_other_text_is_refused(adapter: str, text: str) -> None:
    """Reading garbage never raises."""
    assert ADAPTERS[adapter]().open(text) == TicketNotAuthentic()
