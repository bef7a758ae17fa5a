"""What a run of a lane returns."""

from __future__ import annotations

import attrs

from ticketcore.domain.ids import MessageId, OrderId, WebhookId
from ticketcore.domain.webhooks import WebhookAnswer


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


@attrs.frozen
class WebhookFailure:
    """A message that a webhook's receiver has not accepted; unless its tries are over, it is sent again."""

    webhook_id: WebhookId
    message_id: MessageId
    answer: WebhookAnswer


@attrs.frozen
class WebhookReport:
    """The result of one call of ``send_webhooks``."""

    done: int
    failures: tuple[WebhookFailure, ...]
