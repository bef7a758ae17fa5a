"""A sale in which demand exceeds capacity: buyers reserve, cancel, pay and come again while something goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count, cycle

import attrs
from sqlalchemy import select

from tests.acceptance.crowd import audited
from tests.acceptance.installation import Installation
from tests.acceptance.service import eventually
from tests.databases import database_of
from tests.patience import PATIENCE_SECONDS
from ticketcore import BoxOffice, Order
from ticketcore.domain.errors import Unavailable
from ticketcore.domain.ids import EventId
from ticketcore.domain.refusals import SoldOut
from ticketcore_bootstrap import Assembly
from ticketcore_sql.tables import orders
from ticketcore_testing.samples import free_places

CAPACITY = 30
_BUYERS_AT_EACH = 4
#: How buyers end their orders while the sale is open: few stay, so that places are always free somewhere.
_ENDS = ("cancelled", "cancelled", "cancelled", "cancelled", "reserved", "cancelled", "cancelled", "processing")


@attrs.define(eq=False)
class Sale:
    """What the buyers did so far; ``told`` is how each order that was answered to a buyer ended by that buyer's will.

    While it is ``closing`` each buyer pays for one place, until none is left.  ``ends`` are those that buyers choose.
    """

    installation: Installation
    event_id: EventId
    offices: Sequence[BoxOffice]
    closing: bool = False
    ends: Sequence[str] = _ENDS
    told: dict[str, str] = attrs.field(factory=dict)
    stays: int = 0
    sold_out: int = 0
    over: bool = False
    buyers: list[Future[None]] = attrs.field(factory=list)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    _numbers: Iterator[int] = attrs.field(factory=count)

    @property
    def answers(self) -> int:
        return len(self.told) + self.sold_out

    def buy_again_and_again(self, office: BoxOffice) -> None:
        """Be a buyer who wants up to three places, takes one if there are no more, and comes again in any case."""
        quantities, ends = cycle((1, 2, 3, 1)), cycle(self.ends)
        while not self.over:
            self._buy(office, 1 if self.closing else next(quantities), "processing" if self.closing else next(ends))

    def _buy(self, office: BoxOffice, quantity: int, end: str) -> None:
        order = office.reserve(self.event_id, quantity, f"buyer{next(self._numbers)}@example.com")
        if isinstance(order, SoldOut):
            self.sold_out += 1
            return
        assert isinstance(order, Order), order
        ended = order
        if end == "cancelled":
            ended = _order(office.cancel(order.id))
        elif end == "processing":
            ended = _order(office.pay(order.id, "tok_approved"))
        assert ended.status.value == end
        with self._lock:
            self.told[order.id] = end
            self.stays += 0 if end == "cancelled" else quantity

    def go_on(self, answers: int = 40) -> None:
        """Wait until the buyers have had so many answers more."""
        wanted = self.answers + answers
        self._once(lambda: self.answers >= wanted, "the sale goes on")

    def end(self, patience: float = PATIENCE_SECONDS) -> None:
        """Keep selling, sweep once when the counter responds, and wait until no place is left."""
        for office in self.offices:
            self._once(partial(self._can_count, office), "the counter answers")
        self.offices[0].sweep()
        self.closing = True
        self._once(lambda: self.stays >= CAPACITY, "every place is taken", patience)
        self.over = True

    def _once(self, check: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
        def is_so() -> bool:
            for buyer in self.buyers:
                if buyer.done():
                    buyer.result()
            return check()

        eventually(is_so, what, seconds, pause=0.01)

    def _can_count(self, office: BoxOffice) -> bool:
        ports = office.ports
        try:
            free_places(ports.inventory, [self.event_id], ports.clock.now())
        except Unavailable:
            return False
        return True

    def check(self) -> None:
        """Nothing was taken back, sold twice or left over, and one sweep makes the counter equal to the ledger."""
        statement = select(orders.c.id, orders.c.status, orders.c.quantity).where(orders.c.event_id == self.event_id)
        with self.installation.opened() as assembly:
            found = database_of(assembly).read(lambda connection: connection.execute(statement).all())
        assert {row.id: row.status for row in found} == self.told, "an order is not as its buyer left it"
        taken = sum(row.quantity for row in found if row.status != "cancelled")
        assert taken == CAPACITY, f"{taken} of {CAPACITY} places are taken"
        assert {*self.told.values()} == {*self.ends}, "not every end was seen"
        self.offices[-1].sweep()
        shown = self.installation.ask("stock", "show", self.event_id)
        assert shown["conserved"], f"not conserved: {shown}"
        assert (shown["available"], shown["counter"], shown["drift"]) == (0, 0, 0), f"not repaired: {shown}"


def _order(outcome: object) -> Order:
    assert isinstance(outcome, Order), outcome
    return outcome


@contextmanager
def selling(installation: Installation, offices: Sequence[BoxOffice], *, closing: bool = False) -> Iterator[Sale]:
    """Yield a sale that goes on until it is ended; it is audited all the while, and no buyer may see an exception."""
    ends = ("processing",) if closing else _ENDS
    sale = Sale(installation, installation.create_event(CAPACITY), offices, closing, ends)
    with audited(installation, sale.event_id), ThreadPoolExecutor(_BUYERS_AT_EACH * len(offices)) as threads:
        for office in offices:
            sale.buyers += [threads.submit(sale.buy_again_and_again, office) for _ in range(_BUYERS_AT_EACH)]
        try:
            sale.go_on(20)
            yield sale
        finally:
            sale.over = True
    for buyer in sale.buyers:
        buyer.result()


@contextmanager
def two_processes(installation: Installation) -> Iterator[list[Assembly]]:
    """Yield the library opened twice, each with connections and a breaker of its own."""
    with ExitStack() as opened:
        yield [opened.enter_context(installation.opened()) for _ in range(2)]
