"""A simulated payment gateway: its tokens, the charges that it remembers, and the factory that settings find."""

from __future__ import annotations

from urllib.parse import parse_qsl

from ticketcore.domain.errors import UnknownOption
from ticketcore_simulated_payments.charges import Charge, Charges, MemoryCharges
from ticketcore_simulated_payments.gateway import SimulatedPaymentGateway

__all__ = ["Charge", "Charges", "MemoryCharges", "SimulatedPaymentGateway", "open_gateway"]


def open_gateway(url: str) -> SimulatedPaymentGateway:
    """Return a gateway whose charges are in process for ``simulated``, in a database for ``simulated:DATABASE_URL``.

    ``simulated?notice_secret=SECRET`` is what signs its notices.  Raises ``ValueError`` for another option, or if that is no
    URL of a database.
    """
    head, _, address = url.partition(":")
    options = dict(parse_qsl(head.partition("?")[2], strict_parsing=True)) if "?" in head else {}
    secret = options.pop("notice_secret", None)
    if options:
        raise UnknownOption(min(options))
    gateway = SimulatedPaymentGateway(notice_secret=secret.encode() if secret else None)
    if not address:
        return gateway
    from ticketcore_simulated_payments.sql import SqlCharges  # noqa: PLC0415  SQLAlchemy is an extra.

    gateway.charges = SqlCharges.connect(address)
    return gateway
