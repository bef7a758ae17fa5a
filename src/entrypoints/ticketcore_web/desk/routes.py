"""How pages and forms of the desk become views: for those who have signed in, with every refusal in their words."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import attrs
from flask import Response, g, request

from ticketcore.domain.limits import LimitedAct
from ticketcore.domain.refusals import Refusal
from ticketcore.domain.texts import Text
from ticketcore_web import errors
from ticketcore_web.desk import refusals
from ticketcore_web.pages import PageRoutes, View
from ticketcore_web.sessions import Sessions
from ticketcore_web.site import Site

#: The parameter of a page that says what was just done, and what each of its values says.
DONE = "done"
#: The parameter of the page to sign in that says that a form was not saved.
ENDED = "ended"
_DONE = {
    "made": Text("The event was made."),
    "changed": Text("The event was changed."),
    "on_sale": Text("The event is on sale."),
    "closed": Text("The sale is closed."),
    "cancelled": Text("The event was cancelled."),
    "refunding": Text("The refunds have begun. They go on in the background, and each buyer is mailed."),
    "mailed": Text("The tickets are being mailed again."),
    "corrected": Text("The address was corrected."),
    "nothing-to-refund": Text("No order is paid any more, and nothing was refunded."),
    "refunded": Text("The refund has begun. The buyer is mailed."),
    "given-up": Text("The payment was given up. No money is kept."),
    "made-before": Text(
        "This form was sent before, and made a key then. A key is shown only once: if it is lost, revoke it and make another."
    ),
    "revoked": Text("The key was revoked."),
    "redriven": Text("The dead letters were put back into the queue."),
    "redriven-in-part": Text("Dead letters were put back into the queue. Those that cannot be read stay."),
    "not-redriven": Text("No dead letter was put back: those that are there cannot be read."),
    "nothing-to-redrive": Text("There were no dead letters, and nothing was put back."),
    "rebuilt": Text("The counter was set to the number of the ledger."),
}


@attrs.frozen(eq=False)
class Desk:
    """The pages of organisers, and what they share."""

    routes: PageRoutes
    site: Site
    sessions: Sessions

    @property
    def by(self) -> str:
        """The name of the key of the one who has signed in."""
        name: str = g.ticketcore_session.holder.name
        return name

    def page(self, path: str) -> Callable[[View], View]:
        """Return a decorator that adds a page for those who have signed in; all others are led to where one does."""

        def add(view: View) -> View:
            @wraps(view)
            def guarded(**values: Any) -> Response:
                if not self._is_signed_in():
                    return self.site.go("desk_sign_in")
                outcome = view(**values)
                return self._refused(outcome) if isinstance(outcome, Refusal) else outcome

            return self.routes.page(path)(guarded)

        return add

    def form(self, path: str, shown_by: View, act: LimitedAct = LimitedAct.REQUEST) -> Callable[[View], View]:
        """Return a decorator that adds what a form is sent to, as ``PageRoutes.form`` does, for those who have signed in."""

        def add(view: View) -> View:
            @wraps(view)
            def guarded(**values: Any) -> Response | Refusal:
                return view(**values) if self._is_signed_in() else self.site.go("desk_sign_in", **{ENDED: "1"})

            return self.routes.form(path, shown_by, act)(guarded)

        return add

    def show(self, template: str, refusal: Refusal | None = None, **values: Any) -> Response:
        """Return a page of the desk; a ``refusal`` is shown by it."""
        return self.site.show(
            f"desk_{template}",
            refusal=refusal,
            said=refusal and errors.said(refusal),
            next_step=refusal and refusals.next_step(refusal),
            faults=errors.faults_by_field(refusal),
            by=self.by,
            done=_DONE.get(request.args.get(DONE, "")),
            **values,
        )

    def _is_signed_in(self) -> bool:
        g.ticketcore_session = self.sessions.find(request)
        return g.ticketcore_session is not None

    def _refused(self, refusal: Refusal) -> Response:
        return self.show("refusal.html", refusal=refusal)
