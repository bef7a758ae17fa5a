"""API keys: made and shown once, and revoked."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, request
from markupsafe import Markup

from ticketcore import EventFilter, EventStatus
from ticketcore.application.organiser import NewKey
from ticketcore.domain.api_keys import ApiKey, Role
from ticketcore.domain.ids import event_id as read_event_id
from ticketcore.domain.ids import key_id as read_key_id
from ticketcore.domain.refusals import Fault, InvalidRequest, Refusal
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import qr_code_as_svg
from ticketcore_web.desk.routes import DONE, Desk

_MAX_TYPED = 300
_OFFERED_EVENTS = 100
ROLE_NAMES = {
    Role.GATE: Text("Gate: admits tickets"),
    Role.ADMIN: Text("Admin: everything, this desk included"),
    Role.METRICS: Text("Metrics: reads measurements"),
}


def add_pages(desk: Desk) -> None:
    """Add the list of keys, and what makes and revokes them."""
    site, organiser = desk.site, desk.site.organiser

    @desk.page("/desk/keys")
    def desk_keys(refusal: Refusal | None = None, **_: str) -> Response | Refusal:
        sent = request.form
        offered = organiser.list_events(EventFilter(status=EventStatus.ON_SALE), None, _OFFERED_EVENTS)
        if isinstance(offered, Refusal):
            return offered
        keys = organiser.list_keys()
        return desk.show(
            "keys.html",
            refusal=refusal,
            keys=[key for key in keys if key.revoked_at is None],
            revoked=[key for key in keys if key.revoked_at is not None],
            role_names=ROLE_NAMES,
            offered=[live.event for live in offered.items],
            name=sent.get("name", "")[:_MAX_TYPED],
            role=sent.get("role", Role.GATE.value),
            chosen=sent.get("event", ""),
            idempotency_key=str(uuid.uuid4()),
        )

    @desk.form("/desk/keys", shown_by=desk_keys)
    def desk_make_key() -> Response | Refusal:
        sent = request.form
        if sent.get("role") not in list(Role):
            return InvalidRequest((Fault("role", Text("must be one of those offered")),))
        bound = [read_event_id(each) for each in sent.getlist("event") if each]
        made = organiser.create_key_once(
            sent.get("idempotency_key", ""), sent.get("name", "").strip(), Role(sent["role"]), bound, by=desk.by
        )
        if isinstance(made, ApiKey):
            return site.go("desk_keys", **{DONE: "made-before"})
        return _made(desk, made) if isinstance(made, NewKey) else made

    @desk.form("/desk/keys/<key_id>/revocation", shown_by=desk_keys)
    def desk_revoke_key(key_id: str) -> Response | Refusal:
        revoked = organiser.revoke_key(read_key_id(key_id), by=desk.by)
        return revoked if isinstance(revoked, Refusal) else site.go("desk_keys", **{DONE: "revoked"})


def _made(desk: Desk, made: NewKey) -> Response:
    values: dict[str, Any] = {"key": made.key, "text": made.text, "role_name": ROLE_NAMES[made.key.role]}
    if made.key.role is not Role.GATE:
        return desk.show("new_key.html", **values, link=None, qr_code=None)
    # Behind the number sign: a browser sends that part to no server.
    link = f"{desk.site.url('gate_page')}#key={made.text}"
    drawn = qr_code_as_svg(link)
    qr_code = None if drawn is None else Markup(drawn)  # noqa: S704  It is drawn, and quotes nothing.
    return desk.show("new_key.html", **values, link=link, qr_code=qr_code)
