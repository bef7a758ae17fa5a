"""What a run of a lane returns."""

from __future__ import annotations

import attrs

from ticketcore.domain.ids import OrderId


@attrs.frozen
class Failure:
    """An order of which something could not be done now; it is tried again."""

    order_id: OrderId = attrs.field(repr=False)
    error: Exception


@attrs.frozen
class WorkReport:
    """The result of one call of ``work`` or ``deliver``."""

    done: int
    failures: tuple[Failure, ...]
