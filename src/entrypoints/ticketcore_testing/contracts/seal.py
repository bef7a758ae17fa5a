"""What the port of the seal promises."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given

from ticketcore.domain import ids
from ticketcore.domain.ids import EventId, TicketId
from ticketcore.domain.qr_text import SIGNATURE_BYTES, TEXT_LENGTH, Claim
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore.ports import Seal
from ticketcore_testing.strategies import anything, claims

CLAIM = Claim(
    EventId(ids.text_of(bytes(range(ids.EVENT_BYTES)))), TicketId(ids.text_of(bytes(range(ids.SECRET_BYTES))))
)
OTHER_CLAIM = Claim(EventId(ids.text_of(bytes(ids.EVENT_BYTES))), CLAIM.ticket_id)


class SealContract:
    """Hold ``Seal`` to its contract; override ``new_seal``."""

    @pytest.fixture
    def new_seal(self) -> Callable[[], Seal]:
        """Answer what makes a seal with a key of its own: the one fixture to override."""
        raise NotImplementedError("override new_seal")

    @pytest.fixture
    def seal(self, new_seal: Callable[[], Seal]) -> Seal:
        """Answer a seal."""
        return new_seal()

    def test_what_was_sealed_opens(self, new_seal: Callable[[], Seal]) -> None:
        """Any claim comes back from its text, under any key."""

        @given(claim=claims)
        def opens(claim: Claim) -> None:
            seal = new_seal()
            assert seal.open(seal.seal(claim)) == claim

        opens()

    def test_the_same_claim_has_the_same_text(self, seal: Seal) -> None:
        """Sealing again gives the text that is printed already; another claim has another one."""
        assert seal.seal(CLAIM) == seal.seal(CLAIM)
        assert seal.seal(CLAIM) != seal.seal(OTHER_CLAIM)

    def test_the_text_fits_a_small_qr_code(self, seal: Seal) -> None:
        """A text is as long as version 6 holds, all of it base32."""
        text = seal.seal(CLAIM)
        assert len(text) == TEXT_LENGTH
        assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    def test_a_scanner_may_add_white_space(self, seal: Seal) -> None:
        """A line end after the text, which many scanners add, does no harm."""
        assert seal.open(f" {seal.seal(CLAIM)}\r\n") == CLAIM

    def test_somebody_elses_text_is_refused(self, new_seal: Callable[[], Seal]) -> None:
        """A text under a key that is not trusted is not ours."""
        ours, theirs = new_seal(), new_seal()
        assert ours.open(theirs.seal(CLAIM)) == TicketNotAuthentic()

    def test_every_flipped_bit_of_a_character_is_refused(self, seal: Seal) -> None:
        """A text that is wrong by one bit of one character is not ours; lower case is one of them."""
        text = seal.seal(CLAIM)
        flips = [(place, 1 << bit) for place in range(len(text)) for bit in range(8)]
        flipped = [text[:place] + chr(ord(text[place]) ^ bit) + text[place + 1 :] for place, bit in flips]
        assert {seal.open(wrong) for wrong in flipped} == {TicketNotAuthentic()}

    def test_every_flipped_bit_of_the_content_is_refused(self, seal: Seal) -> None:
        """A text that is well spelled and wrong by one bit of what it says, key id and signature included, is not ours."""
        raw = int.from_bytes(base64.b32decode(seal.seal(CLAIM) + "======"), "big")
        size = TEXT_LENGTH * 5 // 8
        flipped = [(raw ^ (1 << bit)).to_bytes(size, "big") for bit in range(size * 8)]
        texts = [base64.b32encode(wrong).decode().rstrip("=") for wrong in flipped]
        assert {seal.open(wrong) for wrong in texts} == {TicketNotAuthentic()}

    def test_a_text_without_its_signature_is_refused(self, seal: Seal) -> None:
        """Neither no signature nor an empty one will do."""
        signed = base64.b32decode(seal.seal(CLAIM) + "======")[:-SIGNATURE_BYTES]
        for signature in (b"", bytes(SIGNATURE_BYTES)):
            assert seal.open(base64.b32encode(signed + signature).decode().rstrip("=")) == TicketNotAuthentic()

    def test_a_text_is_ours_in_one_spelling_only(self, seal: Seal) -> None:
        """Lower case, padding and the bits that its last character does not use make another text of it."""
        text = seal.seal(CLAIM)
        spellings = [text.lower(), text + "======", *(text[:-1] + other for other in "ABCDEFGH" if other != text[-1])]
        assert {seal.open(wrong) for wrong in spellings} == {TicketNotAuthentic()}

    def test_any_other_text_is_refused(self, seal: Seal) -> None:
        """Reading garbage never raises."""

        @given(text=anything)
        def refused(text: str) -> None:
            assert seal.open(text) == TicketNotAuthentic()

        refused()
