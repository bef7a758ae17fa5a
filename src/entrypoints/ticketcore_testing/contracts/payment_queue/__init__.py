"""What the port of the payment queue promises."""

from __future__ import annotations

from ticketcore_testing.contracts.payment_queue.dead_letters import DeadLettersContract
from ticketcore_testing.contracts.payment_queue.exact import ExactContract
from ticketcore_testing.contracts.payment_queue.holding import HoldingContract
from ticketcore_testing.contracts.payment_queue.racing import RacingContract
from ticketcore_testing.contracts.payment_queue.receiving import ReceivingContract

__all__ = ["ExactPaymentQueueContract", "PaymentQueueContract"]


class PaymentQueueContract(ReceivingContract, HoldingContract, DeadLettersContract, RacingContract):
    """Hold ``PaymentQueue`` to its contract; override ``open_queue``.

    A queue may deliver in any order and fewer messages than are asked for, and hold back messages of an order that is in
    hand.  One that rounds its times up says to what: ``grain = timedelta(seconds=1)``.
    """


class ExactPaymentQueueContract(PaymentQueueContract, ExactContract):
    """Hold a ``PaymentQueue`` that keeps its own books to more than its contract; override ``open_queue``.

    It holds no message back, answers as many as are asked for, ends a receipt with the retry, and knows of each message
    whether it waits and since when.
    """
