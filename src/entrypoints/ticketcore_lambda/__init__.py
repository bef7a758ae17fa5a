"""Handlers for AWS Lambda: set ``ticketcore_lambda.process_payments`` or one of the others as the function's handler.

A handler and its imports are loaded at its first use, so that a cold start loads no other handler.  The assembly is built
from the environment at that moment, so that a wrong setting fails the start of the function and not its first invocation.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from ticketcore_lambda.invocation import Handler

if TYPE_CHECKING:
    from ticketcore_bootstrap import Assembly

__all__ = ["api", "expire_reservations", "process_payments", "validate_ticket"]

api: Handler
expire_reservations: Handler
process_payments: Handler
validate_ticket: Handler

#: The module of each handler, and the components that it uses beside the ledger; an ``opener`` needs public keys alone.  No module may have the name of a handler:
#: importing it would replace the handler.
_MODULES = {
    "api": ("http_api", ("inventory", "queue", "files", "mail", "opener")),
    "expire_reservations": ("expiry", ("inventory", "queue")),
    "process_payments": ("payments", ("inventory", "seal")),
    "validate_ticket": ("admission", ("opener",)),
}


def __getattr__(name: str) -> Handler:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with _without_garbage_collection():
        handler = _handler(name)
    globals()[name] = handler
    return handler


def _handler(name: str) -> Handler:
    module_name, components = _MODULES[name]
    module, assembly = import_module(f"{__name__}.{module_name}"), assembly_of_environment(*components)
    handler: Handler = (
        module.handler(assembly, _mailing_of_environment) if name == "process_payments" else module.handler(assembly)
    )
    return handler


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Keep all that is loaded, without looking at it again and again: a fifth of a cold start was that."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@cache
def assembly_of_environment(*components: str) -> Assembly:
    """Return the assembly that a container keeps between its invocations; raise ``SettingError`` for a wrong variable.

    It has the ledger and the components named: clients that no handler uses would delay every cold start.
    """
    from ticketcore_bootstrap import assemble, read_settings  # noqa: PLC0415  The package alone imports nothing.
    from ticketcore_bootstrap.telemetry import logged, logging_to_host  # noqa: PLC0415  The same.

    logging_to_host()
    assembly = logged(assemble(read_settings(os.environ).with_parts(*components)))
    if {"seal", "opener"} & {*components}:
        _check_signing_key(assembly, seals="seal" in components)
    return assembly


@cache
def _mailing_of_environment() -> Assembly:
    """Return the assembly of ``process_payments`` with what mails need besides; raise as ``assembly_of_environment``."""
    from ticketcore_bootstrap import read_settings  # noqa: PLC0415  As above.

    _, components = _MODULES["process_payments"]
    return assembly_of_environment(*components).with_mail(read_settings(os.environ))


def _check_signing_key(assembly: Assembly, *, seals: bool) -> None:
    from ticketcore.domain.errors import TicketcoreError  # noqa: PLC0415  As above.

    try:
        assembly.check_signing_key(seals=seals)
    except TicketcoreError as failure:
        # A container that was started while the ledger was away is kept: health names a key that is not trusted.
        logging.getLogger("ticketcore").warning("%s", failure)
