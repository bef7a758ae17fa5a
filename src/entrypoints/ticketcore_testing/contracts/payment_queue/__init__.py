"""Contract suite of the payment queue."""

from __future__ import annotations

from ticketcore_testing.contracts.payment_queue.dead_letters import DeadLettersContract
from ticketcore_testing.contracts.payment_queue.exact import ExactContract
from ticketcore_testing.contracts.payment_queue.holding import HoldingContract
from ticketcore_testing.contracts.payment_queue.racing import RacingContract
from ticketcore_testing.contracts.payment_queue.receiving import ReceivingContract

__all__ = ["ExactPaymentQueueContract", "PaymentQueueContract"]


class PaymentQueueContract(ReceivingContract, HoldingContract, DeadLettersContract, RacingContract):
    """Hold ``PaymentQueue`` to its contract; override ``open_queue``.

    A queue may deliver in any order and fewer messages than the limit, and hold back messages of an order that is in
    flight.  Set ``grain`` for one that rounds times up, for example ``grain = timedelta(seconds=1)``.
    """


class ExactPaymentQueueContract(PaymentQueueContract, ExactContract):
    """Hold a ``PaymentQueue`` that counts its messages exactly to more than its contract; override ``open_queue``.

    It holds no message back, delivers as many as the limit allows, ends a receipt with the retry, and knows of each message
    whether it is waiting and since when.
    """
