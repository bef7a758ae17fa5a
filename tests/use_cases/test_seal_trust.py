"""A signing key that was lost is noticed, and a process that does not trust the newest ticket is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import attrs
import pytest

from tests.use_cases.harness import Office, office
from ticketcore import BoxOffice, Organiser, Unavailable
from ticketcore.application import seal_trust
from ticketcore.ports import Ports
from ticketcore_memory import HmacSeal, MemoryLedger, MemoryTickets
from ticketcore_telemetry.health import HealthChecker


def another(place: Office, secret: bytes) -> BoxOffice:
    """Return the same box office with another signing key."""
    return BoxOffice(place.box_office.ports.replacing(seal=HmacSeal(secret)))


def has_lost_the_key(ports: Ports) -> bool:
    return seal_trust.has_lost_the_key(ports.tickets, ports.seal)


def newest_is_trusted(box_office: BoxOffice) -> bool:
    failure = HealthChecker(Organiser(box_office.ports).checks).failures()["signing_key"]
    assert failure in {None, "the newest ticket is sealed with a key that this process does not trust"}
    return failure is None


def test_a_ledger_without_tickets_has_lost_no_key() -> None:
    """Any key may seal the first one."""
    place = office()
    place.reserve()
    assert not has_lost_the_key(another(place, b"new").ports)
    assert newest_is_trusted(another(place, b"new"))


def test_a_key_that_has_sealed_nothing_is_told() -> None:
    """Until it has: then older tickets are a rotation that was not announced, which health names no more."""
    place = office()
    place.sold()
    late = attrs.evolve(place, box_office=another(place, b"new"))
    assert not has_lost_the_key(place.box_office.ports)
    assert has_lost_the_key(late.box_office.ports)
    assert not newest_is_trusted(late.box_office)
    late.sold()
    assert not has_lost_the_key(late.box_office.ports)
    assert newest_is_trusted(late.box_office)
    assert not newest_is_trusted(place.box_office)
    assert not has_lost_the_key(place.box_office.ports)


def test_void_tickets_need_no_key() -> None:
    """No one is admitted with them, whatever the key."""
    place = office()
    place.organiser.refund(place.sold().id)
    assert not has_lost_the_key(another(place, b"new").ports)


@attrs.define(eq=False)
class CountsItsSearches(MemoryTickets):
    searches: int = 0

    def qr_codes_by_signer(self) -> Sequence[str]:
        self.searches += 1
        return super().qr_codes_by_signer()


def test_a_trusted_newest_ticket_is_enough() -> None:
    """A large ledger is searched only if that one is not trusted."""
    place = office()
    place.sold()
    ledger = getattr(place.box_office.ports.tickets, "_ledger")  # noqa: B009  The same rows, counted.
    assert isinstance(ledger, MemoryLedger)
    tickets = CountsItsSearches(ledger)
    ports = place.box_office.ports.replacing(tickets=tickets)
    assert not has_lost_the_key(ports)
    assert tickets.searches == 0
    assert has_lost_the_key(ports.replacing(seal=HmacSeal(b"new")))
    assert tickets.searches == 1


@attrs.define(eq=False)
class LostTickets(MemoryTickets):
    def newest_qr_code(self) -> NoReturn:
        raise Unavailable("ledger", "no answer")


def test_a_ledger_that_is_away_is_named_by_its_own_check() -> None:
    """The key is not blamed, and the start does not pretend to know."""
    ports = office().box_office.ports.replacing(tickets=LostTickets(MemoryLedger()))
    assert newest_is_trusted(BoxOffice(ports))
    with pytest.raises(Unavailable):
        has_lost_the_key(ports)
