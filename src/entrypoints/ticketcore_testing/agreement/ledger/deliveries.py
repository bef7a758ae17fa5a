"""The rules for deliveries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from ticketcore.domain import journal, resending
from ticketcore.domain.deliveries import LEASE, Delivery
from ticketcore.ports import Ledger
from ticketcore_testing.agreement.ledger.history import which_one
from ticketcore_testing.agreement.ledger.orders import OrdersHistory
from ticketcore_testing.samples import MILLISECOND

_times = st.integers(1, 2)


class DeliveriesHistory(OrdersHistory):
    """Call every method of ``Deliveries``, and ask for mails again."""

    def __init__(self, open_ledgers: Callable[[], Mapping[str, Ledger]]) -> None:
        super().__init__(open_ledgers)
        self.claims: list[Delivery] = []

    @rule(wait=st.sampled_from([timedelta(), timedelta(minutes=1), LEASE - MILLISECOND, LEASE]), times=_times)
    def claim(self, wait: timedelta, times: int) -> None:
        """Claim, perhaps once more when that lease has ended."""
        for moment in [self.now + wait + number * LEASE for number in range(times)]:
            claimed = self.all_return(lambda ledger: ledger.deliveries.claim(moment))  # noqa: B023
            if claimed is not None:
                self.order = claimed.order_id
                self.claims.append(claimed)

    @rule(which=st.integers(0, 3), outcome=st.sampled_from(["delivered", "given up", "postponed"]), times=_times)
    def settle(self, which: int, outcome: str, times: int) -> None:
        """Write what became of a claim, perhaps an old one."""
        if not self.claims:
            return
        claimed = self.claims[-1 - which % len(self.claims)]
        self.order = claimed.order_id
        after, entry = {
            "delivered": (claimed.delivered(), journal.mailed(claimed, self.now)),
            "given up": (claimed.given_up(), journal.mail_refused(claimed, self.now, "no such address")),
            "postponed": (claimed.postponed(self.now), journal.mail_postponed(claimed, self.now, "no answer")),
        }[outcome]
        for _ in range(times):
            self.all_return(lambda ledger: ledger.deliveries.settle(claimed, after, entry))

    @rule(which=st.integers(0, 3), times=_times)
    def withdraw(self, which: int, times: int) -> None:
        if not self.claims:
            return
        claimed = self.claims[-1 - which % len(self.claims)]
        self.order = claimed.order_id
        for _ in range(times):
            self.all_return(lambda ledger: ledger.deliveries.withdraw(claimed))

    @rule(which=which_one, times=_times)
    def resend(self, which: int, times: int) -> None:
        self.change_order(which, times, lambda record: resending.resend(record, self.now))

    @rule(limit=st.integers(1, 3), times=_times)
    def announce(self, limit: int, times: int) -> None:
        for _ in range(times):
            self.all_return(lambda ledger: ledger.deliveries.announce(self.now, limit))

    @rule(limit=st.sampled_from([1, 2, 1000]), wait=st.sampled_from([timedelta(), LEASE]))
    def look_at_deliveries(self, limit: int, wait: timedelta) -> None:
        moment = self.now + wait
        self.all_return(lambda ledger: list(ledger.deliveries.due(moment, limit)))
        self.all_return(lambda ledger: ledger.deliveries.backlog())
        for order_id in {claimed.order_id for claimed in self.claims}:
            self.all_return(lambda ledger: list(ledger.deliveries.of_order(order_id)))  # noqa: B023
