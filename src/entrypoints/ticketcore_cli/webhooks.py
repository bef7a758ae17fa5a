"""``ticketcore webhooks``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import click

from ticketcore import Topic, Webhook, WebhookDelivery, WebhookDeliveryPage, accepted
from ticketcore.application import early_faults
from ticketcore.domain import ids
from ticketcore.domain.ids import MessageId, WebhookId
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import as_json, brief, reading_ledger, say, show, with_box_office
from ticketcore_cli.output import undone_unless_shown
from ticketcore_cli.paging import read_cursor, show_page
from ticketcore_cli.tables import table
from ticketcore_wire.pages import MAX_PAGE
from ticketcore_wire.webhook_schemas import (
    CREATED_WEBHOOK,
    CURSOR,
    DELIVERY,
    DELIVERY_PAGE,
    NEW_WEBHOOK,
    WEBHOOK,
    WEBHOOK_LIST,
    WebhookList,
)

_TOPICS = click.Choice([topic.value for topic in Topic])


@click.group(short_help="Tell other programs of sales and events.")
@as_json
def webhooks() -> None:
    """Tell other programs of sales and events: create, list and delete webhooks, and see what they were sent."""


def _line(webhook: Webhook) -> str:
    return f"{webhook.id}  {webhook.url}  {', '.join(webhook.topics)}"


@webhooks.command(short_help="Create a webhook and print its secret.")
@click.argument("url")
@click.option("--event", "events", type=_TOPICS, multiple=True, help="What to tell of; all of it by default.")
@with_box_office
def create(assembly: Assembly, url: str, events: tuple[str, ...]) -> None:
    """Create a webhook and print the secret that signs its messages; it cannot be shown again."""
    wanted = NEW_WEBHOOK.decode(
        {"url": url, "events": [*events] or [*Topic]}, partial(early_faults.of_webhook, assembly.organiser)
    )
    created = accepted(assembly.organiser.create_webhook(wanted.url, wanted.events))
    with undone_unless_shown(lambda: assembly.organiser.delete_webhook(created.id), "the webhook is deleted"):
        show(CREATED_WEBHOOK.encode(created), _line(created), created.secret_text)


@webhooks.command("list")
@reading_ledger
def list_webhooks(assembly: Assembly) -> None:
    """List all webhooks."""
    found = tuple(assembly.organiser.list_webhooks())
    rows = [(webhook.id, webhook.url, ", ".join(webhook.topics)) for webhook in found]
    lines = table((Text("Webhook"), Text("Address"), Text("Told of")), rows, Text("There are no webhooks."))
    show(WEBHOOK_LIST.encode(WebhookList(found)), *lines)


@webhooks.command()
@click.argument("webhook", type=ids.webhook_id)
@with_box_office
def delete(assembly: Assembly, webhook: WebhookId) -> None:
    """Delete a webhook with all that it was sent."""
    deleted = accepted(assembly.organiser.delete_webhook(webhook))
    show(WEBHOOK.encode(deleted), Text("Deleted %(webhook)s", webhook=_line(deleted)))


def _delivery_row(sent: WebhookDelivery, timezone: str) -> Sequence[str]:
    answer = " ".join(filter(None, ["" if sent.answer is None else str(sent.answer), sent.failure]))
    return sent.id, brief(sent.created_at, timezone), sent.topic.value, sent.status.word, answer


@webhooks.command(short_help="List what a webhook was sent.")
@click.argument("webhook", type=ids.webhook_id)
@click.option("--limit", type=click.IntRange(1, MAX_PAGE), default=MAX_PAGE, show_default=True)
@click.option("--cursor", help="Where the page before this one ended.")
@reading_ledger
def deliveries(assembly: Assembly, webhook: WebhookId, limit: int, cursor: str | None) -> None:
    """List what a webhook was sent, newest first, and what was answered."""
    page: WebhookDeliveryPage = accepted(
        assembly.organiser.list_webhook_deliveries(webhook, read_cursor(CURSOR, cursor), limit)
    )
    headings = (Text("Message"), Text("Time"), Text("About"), Text("Status"), Text("Answer"))
    rows = [_delivery_row(sent, assembly.settings.timezone) for sent in page.items]
    lines = table(headings, rows, Text("It was sent nothing yet."))
    show_page(DELIVERY_PAGE.encode(page), *lines)


@webhooks.command()
@click.argument("webhook", type=ids.webhook_id)
@click.argument("delivery", type=ids.message_id)
@with_box_office
def replay(assembly: Assembly, webhook: WebhookId, delivery: MessageId) -> None:
    """Send a message to a webhook again."""
    sent = accepted(assembly.organiser.replay_webhook(webhook, delivery))
    line = [say(cell) if isinstance(cell, Text) else cell for cell in _delivery_row(sent, assembly.settings.timezone)]
    show(DELIVERY.encode(sent), "  ".join(filter(None, line)))
