"""Forged QR codes: a text that is changed, cut, extended or combined is refused, and the ticket stays valid."""

from __future__ import annotations

import base64
import hashlib
import hmac
import string
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.entrypoints.http import Json, Service, buy_ticket, create_event, json_of, problem, scan, serve
from ticketcore.domain import ids, qr_text
from ticketcore.domain.ids import EventId, OrderId, TicketId
from ticketcore.domain.qr_text import Claim
from ticketcore.ports import Seal
from ticketcore_codes import Ed25519Seal
from ticketcore_memory import HmacSeal

SECRET = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(SECRET)
KEY_ID_PLACE = slice(1, 1 + qr_text.KEY_ID_BYTES)
SIGNED_BYTES = qr_text.TEXT_LENGTH * 5 // 8 - qr_text.SIGNATURE_BYTES
BASE32 = string.ascii_uppercase + "234567"
#: Letters whose upper case is the letter.
_UPPER = {"I": "\u0131", "S": "\u017f"}

#: Characters that look like those of a code, or become them when a text is normalized or its case is changed.
LOOKALIKES = {
    "A": "\u0410\u0391\uff21\U0001d400\xaa",
    "B": "\u0412\u03928\uff22",
    "E": "\u0415\u0395\uff25",
    "I": "1l\u0406\u0399\u0131\u0130|",
    "O": "0\u041e\u039fo",
    "S": "5\u0405\u017f\uff33",
    "K": "\u212a\u041a\u039a",
    "2": "\uff12\xb2\u01a7",
}


@attrs.frozen
class Sealer:
    """A seal and its key."""

    seal: Seal
    sign: Callable[[bytes], bytes] = attrs.field(repr=False)


def _mac(signed: bytes) -> bytes:
    return hmac.digest(SECRET, signed, hashlib.sha512)


SEALERS = {"hmac": Sealer(HmacSeal(SECRET), _mac), "ed25519": Sealer(Ed25519Seal(KEY), KEY.sign)}


@attrs.frozen
class Door:
    """A service with one unused ticket, and a second one of another order."""

    service: Service
    sealer: Sealer
    event: Json
    ticket: Json
    other: Json

    @property
    def text(self) -> str:
        text: str = self.ticket["qr_code"]
        return text

    @property
    def raw(self) -> bytes:
        return raw_of(self.text)

    def state(self) -> tuple[Any, ...]:
        """Return all that a scan could change."""
        ports = self.service.box_office.ports
        tickets = [ports.tickets.of_order(OrderId(ticket["order_id"])) for ticket in (self.ticket, self.other)]
        journals = [ports.orders.journal(OrderId(ticket["order_id"])) for ticket in (self.ticket, self.other)]
        return tickets, journals, ports.events.audit(EventId(self.event["id"]))


def raw_of(text: str) -> bytes:
    return base64.b32decode(text + "======")


def text_of(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")


@pytest.fixture(params=SEALERS)
def door(request: pytest.FixtureRequest) -> Door:
    """Return a gate for each kind of seal."""
    sealer = SEALERS[request.param]
    service = serve(seal=sealer.seal)
    event = create_event(service)
    return Door(service, sealer, event, buy_ticket(service, event), buy_ticket(service, event))


def all_refused(door: Door, texts: Iterable[str]) -> None:
    """Check that every text is refused, nothing has changed, and the ticket is let in afterwards."""
    before = door.state()
    forged = set(texts)
    assert forged
    for text in forged:
        problem(scan(door.service, text), "ticket_not_authentic")
    assert door.state() == before
    json_of(scan(door.service, door.text))


def test_each_bit_of_each_character(door: Door) -> None:
    """One bit of one character, as a bad reader or printer flips it."""
    flips = [(place, 1 << bit) for place in range(len(door.text)) for bit in range(8)]
    flipped = (_replaced(door.text, place, chr(ord(door.text[place]) ^ bit)) for place, bit in flips)
    # The case of a letter has no meaning.
    all_refused(door, (text for text in flipped if text.upper() != door.text))


def test_each_bit_of_the_content(door: Door) -> None:
    """One bit of version, key id, event, ticket or signature, spelt as a code is."""
    number = int.from_bytes(door.raw)
    all_refused(door, (text_of((number ^ 1 << bit).to_bytes(len(door.raw))) for bit in range(len(door.raw) * 8)))


def test_each_other_character_in_each_place(door: Door) -> None:
    """The alphabet of QR's alphanumeric mode, character by character, the last one's unused bits included."""
    places = range(0, len(door.text), 7)
    texts = (_replaced(door.text, place, other) for place in (*places, len(door.text) - 1) for other in BASE32)
    all_refused(door, (text for text in texts if text != door.text))


def test_parts_and_more(door: Door) -> None:
    """Each beginning, each end, and what has something before it, behind it or in its middle."""
    text, length = door.text, len(door.text)
    cut = [text[:place] for place in range(length)] + [text[place:] for place in range(1, length)]
    longer = [more + text for more in ("A", "AAAAAAAA", "%", "x:", "]Q", "]Q1]Q1")]
    longer += [text + more for more in ("A", "AAAAAAAA", "=", "======", "\0A", ";", text, f"\n{text}")]
    inside = [text[:77] + more + text[77:] for more in (" ", "\n", "-", "=", "\0", "\u200b", "\u00ad")]
    twisted = [text[::-1], text[77:] + text[:77], _replaced(_replaced(text, 0, text[1]), 1, text[0])]
    all_refused(door, [*cut, *longer, *inside, *twisted])


def test_other_letters(door: Door) -> None:
    """Letters of other alphabets that look the same on paper, or whose upper case is one of ours."""
    text = door.text
    alike = [
        _replaced(text, place, other)
        for place, character in enumerate(text)
        for other in (*LOOKALIKES.get(character, ""), *_UPPER.get(character, ""))
        if other != character.lower()
    ]
    all_refused(door, [*alike, "".join(chr(ord(each) + 0xFEE0) for each in text)])


def test_other_encodings_of_the_same_bytes(door: Door) -> None:
    """The content is right and the signature too, yet there is one spelling."""
    raw = door.raw
    texts = [raw.hex(), raw.hex().upper(), base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()]
    texts += [base64.b32hexencode(raw).decode(), base64.b85encode(raw).decode(), text_of(raw) + "======"]
    texts += [door.text.encode().hex(), f"https://tickets.example/{door.text}", f'"{door.text}"']
    all_refused(door, texts)


def test_the_seal_of_another_service(door: Door) -> None:
    """Another key of either kind, under its own key id or under ours, with our claim."""
    claim = _claim(door.ticket)
    others: list[Seal] = [HmacSeal(bytes(32)), Ed25519Seal(Ed25519PrivateKey.from_private_bytes(bytes(32)))]
    others += [sealer.seal for sealer in SEALERS.values() if sealer is not door.sealer]
    theirs = [raw_of(seal.seal(claim)) for seal in others]
    under_our_name = [raw[:1] + door.raw[KEY_ID_PLACE] + raw[KEY_ID_PLACE.stop :] for raw in theirs]
    all_refused(door, map(text_of, [*theirs, *under_our_name]))


def test_another_version(door: Door) -> None:
    """A layout of another version is refused, even sealed with our key."""
    texts = []
    for version in (0, 2, 3, 127, 255):
        signed = bytes([version]) + door.raw[1:SIGNED_BYTES]
        texts += [qr_text.write(signed, door.sealer.sign(signed)), qr_text.write(signed, door.raw[SIGNED_BYTES:])]
    all_refused(door, texts)


def test_parts_of_two_codes(door: Door) -> None:
    """One ticket's claim with another's signature, either half of it, or with none that is one."""
    ours, theirs = door.raw, raw_of(door.other["qr_code"])
    moved = Claim(EventId(ids.text_of(bytes(ids.EVENT_BYTES))), TicketId(door.ticket["id"]))
    texts = [
        ours[:SIGNED_BYTES] + theirs[SIGNED_BYTES:],
        ours[: SIGNED_BYTES + 32] + theirs[SIGNED_BYTES + 32 :],
        theirs[: SIGNED_BYTES + 32] + ours[SIGNED_BYTES + 32 :],
        qr_text.signed_part(moved, ours[KEY_ID_PLACE]) + ours[SIGNED_BYTES:],
        ours[:SIGNED_BYTES] + bytes(qr_text.SIGNATURE_BYTES),
        ours[:SIGNED_BYTES] + b"\xff" * qr_text.SIGNATURE_BYTES,
        ours[:SIGNED_BYTES] + ours[SIGNED_BYTES:][::-1],
        ours[:SIGNED_BYTES] + ours[:SIGNED_BYTES] * 2,
        bytes(len(ours)),
    ]
    all_refused(door, map(text_of, texts))


def test_the_same_signature_written_otherwise() -> None:
    """Ed25519 adds up modulo the group's order; a signature with the order added once more is no second spelling."""
    service = serve(seal=SEALERS["ed25519"].seal)
    event = create_event(service)
    ticket = buy_ticket(service, event)
    door = Door(service, SEALERS["ed25519"], event, ticket, ticket)
    order = 2**252 + 27742317777372353535851937790883648493
    point, scalar = door.raw[SIGNED_BYTES:-32], int.from_bytes(door.raw[-32:], "little")
    texts = [door.raw[:SIGNED_BYTES] + point + (scalar + order * times).to_bytes(32, "little") for times in (1, 2, 8)]
    all_refused(door, map(text_of, texts))


def test_another_events_ticket(door: Door) -> None:
    """It is genuine, so it is refused as for another event, and stays valid at its own."""
    before = door.state()
    elsewhere = create_event(door.service)
    problem(scan(door.service, door.text, event_id=elsewhere["id"]), "wrong_event")
    assert door.state() == before
    json_of(scan(door.service, door.text, event_id=door.event["id"]))


def test_a_ticket_that_was_never_sold(door: Door) -> None:
    """Sealed with our key, known to no ledger: there is no such ticket."""
    before = door.state()
    claim = Claim(EventId(door.event["id"]), TicketId(ids.text_of(bytes(ids.SECRET_BYTES))))
    problem(scan(door.service, door.sealer.seal.seal(claim)), "ticket_not_found")
    assert door.state() == before


def _claim(ticket: Json) -> Claim:
    return Claim(EventId(ticket["event_id"]), TicketId(ticket["id"]))


def _replaced(text: str, place: int, character: str) -> str:
    return text[:place] + character + text[place + 1 :]
