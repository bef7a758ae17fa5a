"""The port of the seal, which signs QR texts and verifies them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ticketcore.domain.qr_text import Claim
from ticketcore.domain.refusals import TicketNotAuthentic


class Seal(Protocol):
    """A signer and verifier of QR texts."""

    __slots__ = ()

    @abstractmethod
    def seal(self, claim: Claim) -> str:
        """Return the QR text that vouches for the claim; the same claim under the same key has the same text.

        Raises ``CannotSeal`` if there is no private key.
        """

    @property
    @abstractmethod
    def public_keys(self) -> Sequence[bytes]:
        """The public keys that are trusted, 32 bytes each (Ed25519; RFC 8032, 5.1.5); none if it is no such seal."""

    @abstractmethod
    def open(self, text: str) -> Claim | TicketNotAuthentic:
        """Return the claim of a QR text that a trusted key has sealed; refuse every other text.

        A text in the right form that names a key which is not trusted ``is_untrusted``.
        """
