"""Handlers for AWS Lambda: name ``ticketcore_lambda.process_payments`` or one of the others in the function's settings.

Each handler imports only what it uses, when it is first asked for: a function starts in a fraction of the time of the
whole service.  Its box office is assembled from the environment in that moment, so that a wrong setting stops the
function's start and not its first invocation.
"""

from __future__ import annotations

from importlib import import_module

from ticketcore_lambda.invocation import Handler

__all__ = ["api", "expire_reservations", "process_payments", "validate_ticket"]

api: Handler
expire_reservations: Handler
process_payments: Handler
validate_ticket: Handler

#: The module of each handler, and the parts beside the ledger that it uses.  No module is called like a handler, for
#: importing it would put it in the handler's place.
_MODULES = {
    "api": ("http_api", ("inventory", "queue", "files", "mail")),
    "expire_reservations": ("expiry", ("inventory", "queue")),
    "process_payments": ("payments", ("inventory", "files", "mail")),
    "validate_ticket": ("admission", ()),
}


def __getattr__(name: str) -> Handler:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module_name, parts = _MODULES[name]
    module = import_module(f"{__name__}.{module_name}")
    container = import_module(f"{__name__}.runtime")
    handler: Handler = module.handler(container.assembly(*parts))
    globals()[name] = handler
    return handler
