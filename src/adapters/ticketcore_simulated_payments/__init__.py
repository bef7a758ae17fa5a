"""A simulated payment gateway: its tokens, the charges that it remembers, and the factory that settings find."""

from __future__ import annotations

from ticketcore_simulated_payments.charges import Charge, Charges, MemoryCharges
from ticketcore_simulated_payments.gateway import SimulatedPaymentGateway

__all__ = ["Charge", "Charges", "MemoryCharges", "SimulatedPaymentGateway", "open_gateway"]


def open_gateway(url: str) -> SimulatedPaymentGateway:
    """Return a gateway whose charges are in process for ``simulated``, in a database for ``simulated:DATABASE_URL``.

    Raises ``ValueError`` if that is no URL of a database.
    """
    _, _, address = url.partition(":")
    if not address:
        return SimulatedPaymentGateway()
    from ticketcore_simulated_payments.sql import SqlCharges  # noqa: PLC0415  SQLAlchemy is an extra.

    return SimulatedPaymentGateway(SqlCharges.connect(address))
