"""Acts of admins name what was done, to what, and by which key."""

from __future__ import annotations

from typing import Any, cast

import attrs
import pytest

from tests.core.examples import EVENT, NOW
from ticketcore.domain import acts, api_keys
from ticketcore.domain.acts import AdminAct, AdminActKind
from ticketcore.domain.api_keys import RANDOM_BYTES, Role
from ticketcore.domain.events import Event, EventChange, EventStatus
from ticketcore.domain.ids import WebhookId
from ticketcore.domain.money import Currency, Money
from ticketcore.domain.webhooks import Topic, Webhook

HOOK = Webhook(WebhookId("a2"), "https://example.com/of?secret", (Topic.ORDER_PAID,), bytes(24), NOW)
KEY, _ = api_keys.make("north door", Role.GATE, bytes(RANDOM_BYTES), NOW)


def test_an_act_names_every_field_that_an_admin_can_change() -> None:
    """The fields of a change, of which the currency is one with the price."""
    changed = attrs.evolve(
        EVENT,
        name="Lear",
        date=NOW,
        location="Bath",
        capacity=EVENT.capacity + 1,
        price=Money(1, Currency("EUR")),
        status=EventStatus.CLOSED,
        max_per_order=EVENT.max_per_order + 1,
        max_per_customer=1,
        description="A king and three daughters.",
        timezone="Europe/London",
        sale_starts_at=NOW,
        sale_ends_at=NOW,
        doors_at=NOW,
    )
    act = acts.event_changed(EVENT, changed, "office", NOW)
    assert act is not None
    assert {*act.fields} == {field.name for field in attrs.fields(EventChange)} - {
        "currency",
        "notify_buyers",
        "allow_past",
    }


@pytest.mark.parametrize("counted", ["held", "sold", "version", "revision"])
def test_sales_are_no_acts(counted: str) -> None:
    """What sales change of an event's row is left out."""
    assert acts.event_changed(EVENT, attrs.evolve(EVENT, **cast("Any", {counted: 3})), "office", NOW) is None


def test_every_act_is_a_sentence() -> None:
    """With the name, the id, and the fields that changed."""
    renamed = attrs.evolve(EVENT, name="Lear", capacity=9)
    found = {
        act.kind: str(act.sentence)
        for act in (
            acts.event_created(EVENT, "office"),
            acts.event_changed(EVENT, renamed, "office", NOW),
            acts.key_created(KEY, None),
            acts.key_revoked(KEY, None, NOW),
            acts.event_changed(EVENT, attrs.evolve(EVENT, status=EventStatus.CANCELLED), None, NOW),
            acts.event_refunded(EVENT, "office", NOW),
            acts.webhook_created(HOOK, None),
            acts.webhook_deleted(HOOK, "office", NOW),
            acts.webhook_ended(HOOK, NOW),
        )
        if act
    }
    assert found == {
        AdminActKind.EVENT_CREATED: f"The event {EVENT.name} was created ({EVENT.id}).",
        AdminActKind.EVENT_CHANGED: f"The event Lear was changed ({EVENT.id}): name, capacity.",
        AdminActKind.KEY_CREATED: f"The key north door was created ({KEY.id}).",
        AdminActKind.KEY_REVOKED: f"The key north door was revoked ({KEY.id}).",
        AdminActKind.EVENT_CANCELLED: f"The event {EVENT.name} was cancelled ({EVENT.id}).",
        AdminActKind.EVENT_REFUNDED: f"The refund of all paid orders of the event {EVENT.name} was requested ({EVENT.id}).",
        AdminActKind.WEBHOOK_CREATED: "A webhook to https://example.com was created (a2).",
        AdminActKind.WEBHOOK_DELETED: "The webhook to https://example.com was deleted (a2).",
        AdminActKind.WEBHOOK_ENDED: "The webhook to https://example.com was ended by its receiver (a2).",
    }
    assert found.keys() == set(AdminActKind)


def test_an_act_has_the_time_of_what_it_records() -> None:
    """That of the creation is the event's and the key's own."""
    assert acts.event_created(EVENT, None) == AdminAct(
        EVENT.created_at, None, AdminActKind.EVENT_CREATED, EVENT.id, EVENT.name
    )
    assert acts.key_created(KEY, "office").at == KEY.created_at
    assert isinstance(EVENT, Event)
