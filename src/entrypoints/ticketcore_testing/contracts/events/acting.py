"""Acts on events are recorded together with what they change."""

from __future__ import annotations

import pytest

from ticketcore.domain.acts import AdminAct, AdminActKind
from ticketcore.domain.api_keys import MAX_NAME
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.refusals import CapacityInUse, StaleVersion
from ticketcore.ports import Ledger
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import LedgerContract, acts_on, add_show, event_of, reserve
from ticketcore_testing.samples import MILLISECOND, NOW, TEXTS, label, new_show

LATER = NOW + MILLISECOND
NAMES = [*(text[:MAX_NAME] for text in TEXTS), None]


class ActingContract(LedgerContract):
    """Hold ``Events.add`` and ``Events.change`` to the acts that they record."""

    @pytest.mark.parametrize("by", NAMES, ids=lambda by: label(by or "no key"))
    def test_a_new_event_is_an_act(self, ledger: Ledger, by: str | None) -> None:
        """It names the key, or none; adding the same id again is no act."""
        event = new_show()
        ledger.events.add(event, by)
        ledger.events.add(event, "another")
        assert acts_on(ledger, event.id) == [
            AdminAct(event.created_at, by, AdminActKind.EVENT_CREATED, event.id, event.name)
        ]

    @pytest.mark.parametrize("by", NAMES, ids=lambda by: label(by or "no key"))
    def test_a_changed_event_is_an_act(self, ledger: Ledger, by: str | None) -> None:
        """It names the key and the fields that changed, and no field that was set to what it was."""
        event = add_show(ledger, new_show(10))
        wanted = EventChange(name="Lear", location=event.location, capacity=12, status=EventStatus.CLOSED)
        assert isinstance(ledger.events.change(event.id, wanted, None, LATER, by), Event)
        act = AdminAct(LATER, by, AdminActKind.EVENT_CHANGED, event.id, "Lear", ("name", "capacity", "status"))
        assert acts_on(ledger, event.id)[0] == act

    def test_what_changes_nothing_is_no_act(self, ledger: Ledger) -> None:
        """A change that is refused, and one without effect."""
        event = add_show(ledger, new_show(3))
        reserve(ledger, event, 2)
        before = acts_on(ledger, event.id)
        assert ledger.events.change(event.id, EventChange(capacity=1), None, LATER) == CapacityInUse(2)
        assert ledger.events.change(event.id, EventChange(name="Lear"), 9, LATER) == StaleVersion()
        ledger.events.change(event.id, EventChange(name=event.name, capacity=3), None, LATER)
        assert acts_on(ledger, event.id) == before

    def test_a_new_event_and_its_act_are_atomic(self, ledger: Ledger) -> None:
        """At no moment, and so after no crash, is there the one without the other."""

        def race() -> Race:
            event = new_show()
            return Race(
                lambda: ledger.events.add(event, "office"),
                lambda: _agree(ledger, event),
                lambda: _agree(ledger, event),
            )

        assert_atomic(ledger.events, race)

    def test_a_change_and_its_act_are_atomic(self, ledger: Ledger) -> None:
        """At no moment, and so after no crash, is there the one without the other."""

        def race() -> Race:
            event = add_show(ledger, new_show())
            return Race(
                lambda: type(ledger.events.change(event.id, EventChange(name="Lear"), None, LATER, "office")),
                lambda: _agree(ledger, event),
                lambda: _agree(ledger, event) and event_of(ledger, event.id).revision == len(acts_on(ledger, event.id)),
            )

        assert_atomic(ledger.events, race)


def _agree(ledger: Ledger, event: Event) -> bool:
    """Return whether there was a change for each act and an act for each change, however they came in between."""
    acts_before, changes_before = _acts(ledger, event), _changes(ledger, event)
    acts_after, changes_after = _acts(ledger, event), _changes(ledger, event)
    return acts_before <= changes_after and changes_before <= acts_after


def _acts(ledger: Ledger, event: Event) -> int:
    return len(acts_on(ledger, event.id))


def _changes(ledger: Ledger, event: Event) -> int:
    found = ledger.events.get(event.id)
    return found.revision if found else 0
