"""The page of a gate: signing in, its post, and reading tickets; its forms work without script."""

from __future__ import annotations

import re
import uuid
from typing import Any, TypeVar

from flask import Response, request

from ticketcore import Admitted, TicketRecord
from ticketcore.domain.refusals import Refusal
from ticketcore_texts import rendered
from ticketcore_web import errors
from ticketcore_web.gate import gate_posts, verdicts
from ticketcore_web.gate.gate_posts import GatePost
from ticketcore_web.gate.guard import PAGE, GateGuard
from ticketcore_web.gate.verdicts import Verdict
from ticketcore_web.gate_phrases import SCRIPT_PHRASES
from ticketcore_web.pages import View
from ticketcore_web.static_files import static_files
from ticketcore_wire.object_schemas import RequestSchema
from ticketcore_wire.problems import RefusedRequest
from ticketcore_wire.ticket_schemas import SCAN, UNDO

T = TypeVar("T")

_WHOLE = re.compile("[0-9]{1,9}")
_MAX_TYPED = 300
_WORKER = "gate-worker.js"
_CALLS = ("admission", "undo", "scans", "bundle", "state")
#: What the page needs to open without network.
_KEPT = ("pages.css", "icon.svg", "qr-decoder.js", "noble-ed25519.js")
_PERMISSIONS = "camera=(self), screen-wake-lock=(self)"


def add_page(guard: GateGuard) -> View:
    """Add the page, and return its view; a ``refusal`` and a ``verdict`` are shown by it."""

    @guard.routes.page("/gate")
    def gate_page(refusal: Refusal | None = None, verdict: Verdict | None = None) -> Response | Refusal:
        if not guard.is_signed_in():
            return _show(guard, "sign_in.html", refusal, is_key_over=not guard.is_key_valid)
        post = None if "choose" in request.args else gate_posts.current(guard)
        if post is None:
            return _show_choice(guard, refusal)
        if refusal and refusal.code in verdicts.CODES:
            return _show_door(guard, post, refusal, Verdict.on(refusal))
        return _show_door(guard, post, refusal, verdict)

    return gate_page


def add_forms(guard: GateGuard, shown_by: View) -> None:
    """Add what the forms are sent to with which a ticket is admitted, and its admission taken back."""

    @guard.form("/gate/admission", shown_by)
    def gate_admit() -> Response | Refusal:
        asked = _read(guard, SCAN, scan_id=request.form.get("scan_id", ""))
        outcome = asked if isinstance(asked, Refusal) else asked.admit(guard.site.box_office, guard.holder)
        return shown_by(verdict=Verdict.on(outcome)) if isinstance(outcome, Admitted) else outcome

    @guard.form("/gate/undo", shown_by)
    def gate_take_back() -> Response | Refusal:
        asked = _read(guard, UNDO)
        outcome = asked if isinstance(asked, Refusal) else asked.undo(guard.site.box_office, guard.holder)
        return shown_by(verdict=Verdict.on(outcome)) if isinstance(outcome, TicketRecord) else outcome


def add_worker(guard: GateGuard) -> None:
    """Add the service worker, which sees the page of gates alone."""

    @guard.routes.page("/gate/worker.js")
    def gate_worker() -> Response | Refusal:
        response = static_files()[_WORKER].response("no-cache")
        # By default a worker sees what stands beside it, and the page stands above.
        response.headers["Service-Worker-Allowed"] = guard.site.path(PAGE)
        return response


def _read(guard: GateGuard, schema: RequestSchema[T], **more: str) -> T | Refusal:
    """Return what a form asks for about a ticket, for the gate's post."""
    post = gate_posts.current(guard)
    body = {**_presented(), **({"event_id": post.event.id, "gate": post.gate} if post else {}), **more}
    try:
        return schema.decode(body)
    except RefusedRequest as refused:
        return refused.refusal


def _presented() -> dict[str, Any]:
    """Return the ticket that a form names: by the text of its QR code, or by its code and number."""
    typed = {name: request.form.get(name, "").strip() for name in ("qr_code", "ticket_code", "number")}
    if typed["qr_code"]:
        return {"qr_code": typed["qr_code"]}
    number = typed["number"]
    return {"ticket_code": typed["ticket_code"], "number": int(number) if _WHOLE.fullmatch(number) else number}


def _show(guard: GateGuard, template: str, refusal: Refusal | None, **values: Any) -> Response:
    response = guard.site.show(
        f"gate_{template}",
        refusal=refusal,
        said=refusal and errors.said(refusal),
        next_step=refusal and errors.next_step(refusal),
        faults=errors.faults_by_field(refusal),
        **values,
    )
    response.headers["Permissions-Policy"] = _PERMISSIONS
    return response


def _show_choice(guard: GateGuard, refusal: Refusal | None) -> Response:
    post = gate_posts.current(guard)
    return _show(
        guard,
        "choice.html",
        refusal,
        offered=gate_posts.offered(guard),
        chosen=request.form.get("event", post.event.id if post else ""),
        gate=request.form.get("gate", post.gate if post else guard.holder.name)[:_MAX_TYPED],
        by=guard.holder.name,
    )


def _show_door(guard: GateGuard, post: GatePost, refusal: Refusal | None, verdict: Verdict | None) -> Response:
    typed = {name: request.form.get(name, "")[:_MAX_TYPED] for name in ("qr_code", "ticket_code", "number")}
    return _show(
        guard,
        "door.html",
        refusal,
        post=post,
        by=guard.holder.name,
        verdict=verdict,
        presented={name: value for name, value in typed.items() if value},
        typed=typed if refusal else dict.fromkeys(typed, ""),
        scan_id=str(uuid.uuid4()),
        page=_for_script(guard, post),
    )


def _for_script(guard: GateGuard, post: GatePost) -> dict[str, Any]:
    """Return what the page's script needs to know."""
    from ticketcore_texts import formats  # noqa: PLC0415  Babel is slow to import, and a service may show no page.

    site = guard.site
    scripts = [name for name in static_files() if name.startswith("gate") and name != _WORKER]
    return {
        "event": post.event.id,
        "gate": post.gate,
        "timezone": post.event.timezone,
        "language": formats.region_tag(site.language),
        "token": site.forms.token(request),
        "calls": {call: site.path(f"gate_{call}") for call in _CALLS},
        "worker": site.path("gate_worker"),
        "address": site.path(PAGE),
        "files": [site.static(name) for name in (*_KEPT, *scripts)],
        "words": rendered(dict(SCRIPT_PHRASES), site.language),
        "refusals": rendered(verdicts.refused_without_network(), site.language),
    }
