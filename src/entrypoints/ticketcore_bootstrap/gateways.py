"""The payment gateways that ``TICKETCORE_PAYMENTS_URL`` can choose: the simulated one, and those of installed packages.

A package registers ``factory(url: str) -> PaymentGateway`` under the scheme of its URLs in the entry point group
``ticketcore.payment_gateways``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import cast

from ticketcore.ports import PaymentGateway

GROUP = "ticketcore.payment_gateways"
SIMULATED = "simulated"

_SCHEME = re.compile("[a-z][a-z0-9+.-]{0,31}")  # RFC 3986, section 3.1, but for upper case

Factory = Callable[[str], PaymentGateway]


class UnknownGateway(ValueError):
    """No installed gateway has the scheme of a URL; ``held`` is what of the URL may be shown."""

    def __init__(self, held: str) -> None:
        super().__init__(held)
        self.held = held


def scheme_of(url: str) -> str:
    """Return the name under which the gateway of this URL is registered."""
    return re.split("[:?]", url, maxsplit=1)[0]


def parse(url: str) -> str:
    """Return the URL; raise ``UnknownGateway`` if none that is installed has its scheme."""
    scheme = scheme_of(url)
    if scheme != SIMULATED and not entry_points(group=GROUP, name=scheme):
        # The rest of the URL has the key of an account, wherever a gateway wants it.
        raise UnknownGateway(f'"{scheme}"' if _SCHEME.fullmatch(scheme) else "a value that is not shown")
    return url


def expected() -> str:
    """Return what the setting should hold, with the installed gateways, for people."""
    names = ", ".join(sorted({SIMULATED, *entry_points(group=GROUP).names}))
    return f'"{SIMULATED}", or NAME://… for an installed gateway; installed are: {names}'


def load(url: str) -> Factory:
    """Import the factory of the gateway at a URL that ``parse`` has returned; raise ``ImportError`` if that fails."""
    if scheme_of(url) == SIMULATED:
        from ticketcore_simulated_payments import open_gateway  # noqa: PLC0415  Imports take most of a cold start.

        return open_gateway
    entry = next(iter(entry_points(group=GROUP, name=scheme_of(url))))
    return cast("Factory", entry.load())
