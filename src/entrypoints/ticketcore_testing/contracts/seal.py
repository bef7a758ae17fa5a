"""Contract suite of the seal."""

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
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.strategies import anything, claims

CLAIM = Claim(
    EventId(ids.text_of(bytes(range(ids.EVENT_BYTES)))), TicketId(ids.text_of(bytes(range(ids.SECRET_BYTES))))
)
OTHER_CLAIM = Claim(EventId(ids.text_of(bytes(ids.EVENT_BYTES))), CLAIM.ticket_id)


class SealContract:
    """Hold ``Seal`` to its contract; override ``new_seal``."""

    @pytest.fixture
    def new_seal(self) -> Callable[[], Seal]:
        """Return a function that makes a seal with a new key: the one fixture to override."""
        raise NotImplementedError("override new_seal")

    @pytest.fixture
    def seal(self, new_seal: Callable[[], Seal]) -> Seal:
        """Return a seal."""
        return new_seal()

    def test_a_sealed_claim_can_be_opened(self, new_seal: Callable[[], Seal]) -> None:
        """Opening the text of any claim returns the claim, under any key."""

        @given(claim=claims)
        def opens(claim: Claim) -> None:
            seal = new_seal()
            assert seal.open(seal.seal(claim)) == claim

        opens()

    def test_the_same_claim_has_the_same_text(self, seal: Seal) -> None:
        """Sealing again returns the text that is already printed; another claim has another text."""
        assert seal.seal(CLAIM) == seal.seal(CLAIM)
        assert seal.seal(CLAIM) != seal.seal(OTHER_CLAIM)

    def test_the_text_fits_a_small_qr_code(self, seal: Seal) -> None:
        """A text is as long as a QR code of version 6 holds, and all of it is base32."""
        text = seal.seal(CLAIM)
        assert len(text) == TEXT_LENGTH
        assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    @pytest.mark.parametrize(
        "before", ["", " ", "\t", "\ufeff", "]Q1", "]d2", " \ufeff]Q1 ", "\x02", "\x00\u200b\u2028\x1d"]
    )
    @pytest.mark.parametrize("after", ["", "\r\n", " ", "\x03", "\u00a0\x1e\x04"])
    @pytest.mark.parametrize("spelled", [str.upper, str.lower, str.swapcase, str.title])
    def test_what_scanners_add_is_ignored(
        self, seal: Seal, before: str, after: str, spelled: Callable[[str], str]
    ) -> None:
        """White space, control characters, a byte order mark, the symbology of ISO/IEC 15424, and any case."""
        assert seal.open(before + spelled(seal.seal(CLAIM)) + after) == CLAIM

    @pytest.mark.parametrize("before", ["]", "]Q", "]1Q", "]Q1]Q1", "Q1", "https://", "\u0131", "-"])
    def test_anything_else_before_a_text_is_refused(self, seal: Seal, before: str) -> None:
        """No other text before it is taken for what a scanner adds, and no letter for another one in upper case."""
        text = seal.seal(CLAIM)
        assert seal.open(before + text) == TicketNotAuthentic()
        assert seal.open(text.replace("I", "\u0131").replace("S", "\u017f")) in {TicketNotAuthentic(), CLAIM}
        assert seal.open(text[:70] + " " + text[70:]) == TicketNotAuthentic()

    def test_a_text_under_another_key_is_refused(self, new_seal: Callable[[], Seal]) -> None:
        """A text is authentic only under a key that the seal trusts."""
        trusted, other = new_seal(), new_seal()
        assert trusted.open(other.seal(CLAIM)) == TicketNotAuthentic()

    def test_a_refusal_tells_a_key_that_is_not_trusted_from_a_forgery(self, new_seal: Callable[[], Seal]) -> None:
        """A text of another key is untrusted; one that was altered, and garbage, are not."""
        trusted, other = new_seal(), new_seal()
        signed = base64.b32decode(trusted.seal(CLAIM) + "======")[:-SIGNATURE_BYTES]
        altered = base64.b32encode(signed + bytes(SIGNATURE_BYTES)).decode().rstrip("=")
        found = [trusted.open(text) for text in (other.seal(CLAIM), altered, "garbage")]
        assert [isinstance(each, TicketNotAuthentic) and each.is_untrusted for each in found] == [True, False, False]

    def test_every_flipped_bit_of_a_character_is_refused(self, seal: Seal) -> None:
        """A text that differs in one bit of one character, other than by its case, is not authentic."""
        text = seal.seal(CLAIM)
        flips = [(place, 1 << bit) for place in range(len(text)) for bit in range(8)]
        flipped = [text[:place] + chr(ord(text[place]) ^ bit) + text[place + 1 :] for place, bit in flips]
        assert {seal.open(wrong) for wrong in flipped if wrong.upper() != text} == {TicketNotAuthentic()}

    def test_every_flipped_bit_of_the_content_is_refused(self, seal: Seal) -> None:
        """A text with one wrong bit in its claim, key id or signature is not authentic."""
        raw = int.from_bytes(base64.b32decode(seal.seal(CLAIM) + "======"), "big")
        size = TEXT_LENGTH * 5 // 8
        flipped = [(raw ^ (1 << bit)).to_bytes(size, "big") for bit in range(size * 8)]
        texts = [base64.b32encode(wrong).decode().rstrip("=") for wrong in flipped]
        assert {seal.open(wrong) for wrong in texts} == {TicketNotAuthentic()}

    def test_a_text_without_its_signature_is_refused(self, seal: Seal) -> None:
        """A missing signature and one of zeros are not authentic."""
        signed = base64.b32decode(seal.seal(CLAIM) + "======")[:-SIGNATURE_BYTES]
        for signature in (b"", bytes(SIGNATURE_BYTES)):
            assert seal.open(base64.b32encode(signed + signature).decode().rstrip("=")) == TicketNotAuthentic()

    def test_a_text_has_one_spelling(self, seal: Seal) -> None:
        """Padding and changed unused bits of the last character are not authentic."""
        text = seal.seal(CLAIM)
        spellings = [text + "======", *(text[:-1] + other for other in "ABCDEFGH" if other != text[-1])]
        assert {seal.open(wrong) for wrong in spellings} == {TicketNotAuthentic()}

    def test_any_other_text_is_refused(self, seal: Seal) -> None:
        """Opening arbitrary text returns ``TicketNotAuthentic`` and never raises."""

        @given(text=anything)
        def refused(text: str) -> None:
            assert seal.open(text) == TicketNotAuthentic()

        refused()

    def test_two_calls_are_atomic(self, seal: Seal) -> None:
        """A call that interrupts another one does not change its text or its claim."""
        text = seal.seal(CLAIM)

        def race() -> Race:
            return Race(lambda: seal.seal(OTHER_CLAIM), lambda: (seal.seal(CLAIM), seal.open(text)), lambda: None)

        assert_atomic(seal, race)
