"""Health on the wire: whether the service can work, and the state of each component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import attrs

from ticketcore_wire.object_schemas import member, object_schema, optional
from ticketcore_wire.schemas import Schema, mapping
from ticketcore_wire.values import TEXT

_DECISIVE = "ledger"
_OK = "ok"
_SIMULATED = "simulated"


@attrs.frozen
class Health:
    """``status`` sums up the states of the ``parts``, the components by name; ``payments`` says so if they are simulated."""

    status: str
    parts: Mapping[str, str] | None = None
    payments: str | None = None

    @classmethod
    def of(cls, failures: Mapping[str, str | None], *, simulated_payments: bool) -> Self:
        """Return the health of components that cannot be reached for the reason given, or can if it is ``None``.

        Without the ledger nothing can be decided; without any other component the service is slower or late.
        """
        parts = {name: _OK if reason is None else f"unavailable: {reason}" for name, reason in failures.items()}
        payments = _SIMULATED if simulated_payments else None
        if parts[_DECISIVE] != _OK:
            return cls("unavailable", parts, payments)
        return cls("ready" if set(parts.values()) == {_OK} else "degraded", parts, payments)

    @property
    def can_serve(self) -> bool:
        """Whether requests can be served at all."""
        return self.status != "unavailable"


ALIVE = Health(_OK)

HEALTH: Schema[Health] = object_schema(
    "Health",
    member("status", TEXT, lambda health: health.status),
    optional("parts", mapping(TEXT), lambda health: health.parts),
    optional("payments", TEXT, lambda health: health.payments),
)
