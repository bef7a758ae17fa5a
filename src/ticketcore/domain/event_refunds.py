"""Refunds of whole events, which are requested at once and done order by order."""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketcore.domain.ids import EventId
from ticketcore.domain.order_listing import Cursor


@attrs.frozen
class EventRefund:
    """A request to refund every paid order of an event; an event has one at most.

    ``by`` is the name of the admin's key.  ``after`` is the cursor of the last order that is done with, ``None`` before the
    first one; orders are done with from the newest one on.
    """

    event_id: EventId
    requested_at: datetime
    by: str | None = None
    after: Cursor | None = None
