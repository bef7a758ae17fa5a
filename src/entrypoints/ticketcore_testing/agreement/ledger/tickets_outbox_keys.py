"""The rules for tickets, the outbox, leases, keys and secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import rule

from ticketcore.domain import api_keys
from ticketcore.domain.api_keys import ApiKey, Holder, Role
from ticketcore.domain.ids import EventId, KeyId, OrderId, TicketId
from ticketcore.domain.tickets import TicketNumber
from ticketcore.domain.validation import GRACE, Scan, Undo
from ticketcore.ports import Ledger, OutboxRow
from ticketcore_testing.agreement.ledger.history import HOLD, History, around, chosen, which_one
from ticketcore_testing.samples import MILLISECOND, fresh

_ALL = 1_000_000
_UNKNOWN_TICKET = TicketId("nothing")
_UNKNOWN_KEY = KeyId("unknown")
_names = st.sampled_from(["one", "two"])
_HOLDERS = {
    "one": Holder("1", "one", Role.GATE),
    "two": Holder("2", "two", Role.GATE),
    "admin": Holder("3", "admin", Role.ADMIN),
}
_graces = st.sampled_from([timedelta(), MILLISECOND, GRACE - MILLISECOND, GRACE])
_gates = st.sampled_from([["one"], ["one", "one"], ["one", "two"], ["two", "one"]])
_limits = st.sampled_from([1, 2, _ALL])
#: When a call is made: once, or again a millisecond later.
_late = st.sampled_from([[timedelta()], [timedelta(), MILLISECOND]])


class TicketsHistory(History):
    """Call every method of ``Tickets``."""

    @rule(which=which_one, number=st.integers(0, 2), gates=_gates, scan=_names, only=st.none() | which_one)
    def admit(self, which: int, number: int, gates: list[str], scan: str, only: int | None) -> None:
        order_id = self.order_id(which)
        event_ids = None if only is None else frozenset({self.event_id(only)})
        tickets = self.all_return(lambda ledger: list(ledger.tickets.of_order(order_id)))
        ticket_id = tickets[number].id if number < len(tickets) else _UNKNOWN_TICKET
        for wait, gate in enumerate(gates):
            look = Scan(gate, scan, event_ids, _HOLDERS[gate])
            moment = self.now + wait * MILLISECOND
            self.all_return(lambda ledger: ledger.tickets.admit(ticket_id, look, moment))  # noqa: B023
        self.all_return(lambda ledger: ledger.tickets.get(ticket_id))

    @rule(which=which_one, number=st.integers(0, 2), by=st.sampled_from([*_HOLDERS]), wait=_graces, named=st.booleans())
    def undo(self, which: int, number: int, by: str, wait: timedelta, named: bool) -> None:
        """Take an admission back, by the ticket's id or by its code and number, and compare the ticket."""
        order_id, wanted = self.order_id(which), Undo(holder=_HOLDERS[by])
        tickets = self.all_return(lambda ledger: list(ledger.tickets.of_order(order_id)))
        order = self.all_return(lambda ledger: ledger.orders.get(order_id))
        ticket: TicketId | TicketNumber = tickets[number].id if number < len(tickets) else _UNKNOWN_TICKET
        if named and order and order.ticket_code:
            ticket = TicketNumber(order.ticket_code, number + 1)
        self.all_return(lambda ledger: ledger.tickets.undo(ticket, wanted, self.now + wait))
        self.all_return(lambda ledger: list(ledger.tickets.of_order(order_id)))

    @rule(which=which_one, number=st.integers(0, 2), gates=_gates, scan=_names, past=_graces)
    def merge(self, which: int, number: int, gates: list[str], scan: str, past: timedelta) -> None:
        """Merge scans that gates made by themselves, some time ago."""
        order_id = self.order_id(which)
        tickets = self.all_return(lambda ledger: list(ledger.tickets.of_order(order_id)))
        ticket_id = tickets[number].id if number < len(tickets) else _UNKNOWN_TICKET
        for gate in gates:
            look = Scan(gate, scan, None, _HOLDERS[gate])
            self.all_return(lambda ledger: ledger.tickets.merge(ticket_id, look, self.now - past, self.now))  # noqa: B023
        self.all_return(lambda ledger: ledger.tickets.get(ticket_id))

    @rule(which=which_one, limit=st.integers(1, 3))
    def list_for_a_gate(self, which: int, limit: int) -> None:
        """Compare two pieces of a gate's list; each ledger has numbers of its own for where the next begins."""
        event_id = self.event_id(which)
        pieces = {name: ledger.tickets.gate_list(event_id, None, limit) for name, ledger in self.ledgers.items()}
        for _ in range(2):
            self.same({name: (set(piece.tickets), piece.after.after) for name, piece in pieces.items()})
            pieces = {
                name: ledger.tickets.gate_list(event_id, pieces[name].after, limit)
                for name, ledger in self.ledgers.items()
            }

    @rule(which=which_one, limit=st.integers(1, 3))
    def list_attendees(self, which: int, limit: int) -> None:
        """Compare two pages of an event's attendees."""
        event_id = self.event_id(which)
        page = self.all_return(lambda ledger: ledger.tickets.list(event_id, None, limit))
        if page.after:
            self.all_return(lambda ledger: ledger.tickets.list(event_id, page.after, limit))


class OutboxHistory(History):
    """Call every method of ``Outbox``, and ``Orders.remind``, which fills it.

    Each ledger makes its own row ids, which are not compared.
    """

    def __init__(self, open_ledgers: Callable[[], Mapping[str, Ledger]]) -> None:
        super().__init__(open_ledgers)
        self.published: Mapping[str, Sequence[OutboxRow]] = {}

    @rule(which=st.none() | which_one, limit=_limits)
    def look_what_is_to_be_published(self, which: int | None, limit: int) -> None:
        wanted = self._wanted(which)
        self.all_return(lambda ledger: [row.order_id for row in ledger.outbox.pending(limit, wanted)])

    def _wanted(self, which: int | None) -> list[OrderId] | None:
        """Return the newest orders up to one of them, or ``None`` for all."""
        return None if which is None else [self.order_id(number) for number in range(which + 1)]

    @rule(which=st.none() | which_one, limit=_limits)
    def publish(self, which: int | None, limit: int) -> None:
        """Forget the rows that were published before, then publish: rows that were written since stay."""
        self._forget()
        self.look_what_is_to_be_published(which, limit)
        wanted = self._wanted(which)
        self.published = {name: ledger.outbox.pending(limit, wanted) for name, ledger in self.ledgers.items()}
        self._forget()

    def _forget(self) -> None:
        for name, rows in self.published.items():
            self.ledgers[name].outbox.sent(rows)

    @rule(which=which_one, past=around, times=st.integers(1, 2))
    def remind(self, which: int, past: timedelta, times: int) -> None:
        """Publish at once after reminding: orders reminded of together may come in any order."""
        silent_since = self.deadline(which) - HOLD + past
        for _ in range(times):
            self.all_return(lambda ledger: ledger.orders.remind(silent_since, self.now, _ALL))
        self.publish_all()

    def publish_all(self) -> None:
        self.all_return(lambda ledger: sorted(row.order_id for row in ledger.outbox.pending(_ALL)))
        self.published = {name: ledger.outbox.pending(_ALL) for name, ledger in self.ledgers.items()}
        self._forget()


class LeasesHistory(History):
    """Call every method of ``Leases``."""

    def __init__(self, open_ledgers: Callable[[], Mapping[str, Ledger]]) -> None:
        super().__init__(open_ledgers)
        self.leases = fresh().hex()

    @rule(name=_names, holder=_names, past=_graces, length=_graces)
    def acquire_lease(self, name: str, holder: str, past: timedelta, length: timedelta) -> None:
        moment = self.now + past
        self.all_return(lambda ledger: ledger.leases.acquire(f"{self.leases} {name}", holder, moment, moment + length))


class KeysHistory(History):
    """Call every method of ``Keys``."""

    def __init__(self, open_ledgers: Callable[[], Mapping[str, Ledger]]) -> None:
        super().__init__(open_ledgers)
        self.keys: list[ApiKey] = []
        self.secrets = fresh().hex()

    def key_id(self, which: int) -> KeyId:
        key = chosen(self.keys, which)
        return key.id if key else _UNKNOWN_KEY

    @rule(
        role=st.sampled_from(Role),
        bound=st.none() | st.frozensets(st.sampled_from(["a", "b"])),
        by=st.none() | _names,
        again=st.booleans(),
    )
    def add_key(self, role: Role, bound: frozenset[str] | None, by: str | None, again: bool) -> None:
        """Add a key, and perhaps another one of the same id."""
        event_ids = None if bound is None else frozenset(EventId(each) for each in bound)
        key, _ = api_keys.make("door", role, fresh(api_keys.RANDOM_BYTES), self.now, event_ids)
        self.keys.append(key)
        self.all_return(lambda ledger: ledger.keys.add(key, by))
        if again:
            self.add_key_again(0)

    @rule(which=which_one)
    def add_key_again(self, which: int) -> None:
        key = chosen(self.keys, which)
        if key:
            another = attrs.evolve(key, name="another", created_at=self.now)
            self.all_return(lambda ledger: ledger.keys.add(another))

    @rule(which=which_one)
    def get_key(self, which: int) -> None:
        self.all_return(lambda ledger: ledger.keys.get(self.key_id(which)))

    @rule()
    def list_keys(self) -> None:
        """Compare times in their order, and keys without one: keys of one time may come in any order."""
        self.all_return(lambda ledger: [key.created_at for key in ledger.keys.list()])
        self.all_return(lambda ledger: {key.id: key for key in ledger.keys.list()})

    @rule(which=which_one, late=_late)
    def revoke_key(self, which: int, late: list[timedelta]) -> None:
        for moment in [self.now + wait for wait in late]:
            self.all_return(lambda ledger: ledger.keys.revoke(self.key_id(which), moment, "one"))  # noqa: B023

    def list_acts(self, limit: int) -> None:
        """Compare the first two pages, without their cursors, which are each ledger's own."""

        def look(ledger: Ledger) -> object:
            page = ledger.keys.acts(None, limit)
            return page.items, page.after is not None and ledger.keys.acts(page.after, limit).items

        self.all_return(look)

    @rule(name=_names)
    def make_secret(self, name: str) -> None:
        secret = fresh(32)
        self.all_return(lambda ledger: ledger.keys.kept_secret(f"{self.secrets} {name}"))
        self.all_return(lambda ledger: ledger.keys.secret(f"{self.secrets} {name}", secret))
