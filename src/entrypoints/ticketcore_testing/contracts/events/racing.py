"""Concurrent changes of one event."""

from __future__ import annotations

from functools import partial

from ticketcore.domain.events import Event, EventChange
from ticketcore.ports import Ledger
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import LedgerContract, add_show, event_of
from ticketcore_testing.samples import NOW, new_reservation, new_show


class RacingContract(LedgerContract):
    """Call ``Events`` from several threads.  Two calls are atomic if every interleaving equals one after the other."""

    def test_two_changes_of_one_event_are_atomic(self, ledger: Ledger) -> None:
        """Neither undoes the other's field."""

        def race() -> Race:
            event = add_show(ledger, new_show())
            change = partial(_change, ledger, event, revision=None)
            return Race(
                lambda: change(EventChange(name="Lear")),
                lambda: change(EventChange(location="Rose")),
                lambda: _described(event_of(ledger, event.id)),
            )

        assert_atomic(ledger.events, race)

    def test_two_changes_of_one_revision_are_atomic(self, ledger: Ledger) -> None:
        """One is made and the other one refused as stale."""

        def race() -> Race:
            event = add_show(ledger, new_show())
            change = partial(_change, ledger, event, revision=event.revision)
            return Race(
                lambda: change(EventChange(name="Lear")),
                lambda: change(EventChange(name="Macbeth")),
                lambda: _described(event_of(ledger, event.id)),
            )

        assert_atomic(ledger.events, race)

    def test_a_change_and_a_reservation_are_atomic(self, ledger: Ledger) -> None:
        """A change keeps the places that are reserved at the same time, and its capacity holds them."""

        def race() -> Race:
            event = add_show(ledger, new_show(3))
            return Race(
                lambda: _change(ledger, event, EventChange(capacity=1), revision=None),
                lambda: type(ledger.orders.reserve(new_reservation(event, 2), NOW)),
                lambda: _described(event_of(ledger, event.id)),
            )

        assert_atomic(ledger.events, race)

    def test_two_additions_of_one_id_are_atomic(self, ledger: Ledger) -> None:
        """The event of the first one stays, with what was changed since."""

        def race() -> Race:
            event = new_show()
            return Race(
                lambda: ledger.events.add(event),
                lambda: _add_and_rename(ledger, event),
                lambda: _described(event_of(ledger, event.id)),
            )

        assert_atomic(ledger.events, race)


def _add_and_rename(ledger: Ledger, event: Event) -> None:
    ledger.events.add(event)
    ledger.events.change(event.id, EventChange(name="Lear"), None, NOW)


def _change(ledger: Ledger, event: Event, wanted: EventChange, revision: int | None) -> object:
    """Return the event without its id, which differs from race to race, or the refusal."""
    outcome = ledger.events.change(event.id, wanted, revision, NOW)
    return _described(outcome) if isinstance(outcome, Event) else outcome


def _described(event: Event) -> object:
    return event.name, event.location, event.capacity, event.held, event.sold, event.version, event.revision
