"""Each handler as a function of an assembly of one's own, instead of one that the environment describes.

>>> process_payments = handlers.process_payments(assembly)

A function imports what its handler needs when it is called, so that a cold start loads no other handler.
"""

from __future__ import annotations

from importlib import import_module

from ticketcore_bootstrap import Assembly
from ticketcore_lambda.invocation import Handler

__all__ = ["api", "expire_reservations", "process_payments", "validate_ticket"]


def api(assembly: Assembly) -> Handler:
    """Return the handler of the whole HTTP service behind API Gateway or a function URL, in payload format 2.0."""
    return _handler("http_api", assembly)


def expire_reservations(assembly: Assembly) -> Handler:
    """Return the handler of a schedule, which sweeps."""
    return _handler("expiry", assembly)


def process_payments(assembly: Assembly) -> Handler:
    """Return the handler of a queue's batches, which charges and delivers, and returns ``batchItemFailures``."""
    return _handler("payments", assembly)


def validate_ticket(assembly: Assembly) -> Handler:
    """Return the handler of a gate's requests, which admits tickets."""
    return _handler("admission", assembly)


def _handler(module: str, assembly: Assembly) -> Handler:
    handler: Handler = import_module(f"ticketcore_lambda.{module}").handler(assembly)
    return handler
