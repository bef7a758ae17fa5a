"""``ticketcore demo``: every outcome of a sale on a throw-away box office, in a few seconds."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from ticketcore import (
    Admission,
    Admitted,
    BoxOffice,
    EventDraft,
    LiveEvent,
    Order,
    Organiser,
    Refusal,
    StockReport,
    Ticket,
    accepted,
)
from ticketcore.domain import timestamps
from ticketcore.domain.texts import Text, plural_text
from ticketcore_bootstrap import qr_code_for_terminal, read_settings
from ticketcore_cli.context import as_json, failing_in_one_line, opened, say, show, wants_json
from ticketcore_cli.demo_sale import serve_sale
from ticketcore_cli.output import echo, style
from ticketcore_cli.stock import sums_of

T = TypeVar("T")

_BUYER = "ann@example.com"
_HOLD_SECONDS = "2"


@attrs.define(eq=False)
class _Story:
    """The demo's output: line by line for people, one JSON document for programs."""

    chapters: list[dict[str, Any]] = attrs.field(factory=list)

    def begin(self, title: Text) -> None:
        self.chapters.append({"title": title, "lines": []})
        if not wants_json():
            echo(f"\n{style(say(title), bold=True)}")

    def add(self, line: str) -> None:
        shown = say(line) if isinstance(line, Text) else line
        self.chapters[-1]["lines"].append(click.unstyle(shown))
        if not wants_json():
            echo(f"  {shown}")

    def draw(self, picture: str) -> None:
        if not wants_json():
            echo(picture)


def _given(outcome: object, kind: type[T]) -> T:
    assert isinstance(outcome, kind), outcome
    return outcome


def _refused(story: _Story, outcome: object) -> None:
    assert isinstance(outcome, Refusal), outcome
    refused = style(say(Text("refused")), "red")
    story.add(Text("%(refused)s %(code)s: %(detail)s", refused=refused, code=outcome.code, detail=outcome.detail))


@click.command(short_help="Show every outcome of a sale on a throw-away box office.")
@click.option("--serve", is_flag=True, help="Serve the pages of a running sale instead, with keys to try.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port of --serve.")
@as_json
def demo(serve: bool, port: int) -> None:
    """Show every outcome of a sale on a throw-away box office: sold, declined, expired, sold out, admitted once."""
    if serve:
        serve_sale(port)
        return
    kept = Path(tempfile.mkdtemp(prefix="ticketcore-demo-"))
    with tempfile.TemporaryDirectory() as data, failing_in_one_line():
        settings = read_settings({"TICKETCORE_HOLD_SECONDS": _HOLD_SECONDS}, Path(data))
        with opened(settings) as assembly:
            _Demo(assembly.box_office, assembly.organiser, _Story(), kept).run()


@attrs.define(eq=False)
class _Demo:
    """The demo of one event; QR images that a person may want to scan stay in ``kept``."""

    box_office: BoxOffice
    organiser: Organiser
    story: _Story
    kept: Path

    def run(self) -> None:
        event = self._create_event()
        order = self._sell(event)
        ticket = self._show_tickets(order)
        self._decline(event)
        self._expire(event)
        self._sell_out(event)
        self._admit(ticket)
        self._explain(order)
        self._lead_to_pages()
        self._conserve(event)

    def _create_event(self) -> LiveEvent:
        self.story.begin(Text("An admin creates an event"))
        draft = EventDraft("Night of the Proms", datetime(2031, 5, 1, 20, tzinfo=UTC), "Royal Hall", 6, "45.00", "EUR")
        live = _given(self.organiser.create_event(draft), LiveEvent)
        event = live.event
        self.story.add(
            Text(
                "%(name)s, %(location)s, %(capacity)s places at %(price)s",
                name=event.name,
                location=event.location,
                capacity=event.capacity,
                price=event.price,
            )
        )
        return live

    def _available(self, event: LiveEvent) -> int:
        return _given(self.box_office.event(event.event.id), LiveEvent).available

    def _left(self, event: LiveEvent) -> Text:
        left = self._available(event)
        return plural_text("%(left)s place left", "%(left)s places left", "left", left=left)

    def _reserve(self, event: LiveEvent, quantity: int) -> Order:
        order = _given(self.box_office.reserve(event.event.id, quantity, _BUYER), Order)
        left = self._available(event)
        self.story.add(
            Text(
                "reserved %(quantity)s; %(left)s of %(capacity)s places left at once",
                quantity=quantity,
                left=left,
                capacity=event.event.capacity,
            )
        )
        return order

    def _pay(self, order: Order, token: str) -> Order:
        order = _given(self.box_office.pay(order.id, token), Order)
        self.story.add(Text("paid with %(token)s; the order is %(status)s", token=token, status=order.status.word))
        self.box_office.work()
        self.box_office.deliver()
        order = _given(self.box_office.order(order.id), Order)
        self.story.add(Text("the worker has charged it; the order is %(status)s", status=order.status.word))
        return order

    def _sell(self, event: LiveEvent) -> Order:
        self.story.begin(Text("A buyer takes two tickets"))
        return self._pay(self._reserve(event, 2), "tok_approved")

    def _show_tickets(self, order: Order) -> Ticket:
        self.story.begin(Text("The buyer has the tickets by mail, under the code %(code)s", code=order.ticket_code))
        tickets = accepted(self.box_office.tickets_of(order))
        for ticket in tickets:
            path = self.kept / f"ticket-{ticket.number}.png"
            path.write_bytes(_given(self.box_office.image_of(ticket), bytes))
            self.story.add(Text("QR image of ticket %(number)s: %(path)s", number=ticket.number, path=str(path)))
        self.story.draw(qr_code_for_terminal(tickets[0].qr_code))
        return tickets[0]

    def _decline(self, event: LiveEvent) -> None:
        self.story.begin(Text("A payment is declined: the places become free"))
        self._pay(self._reserve(event, 1), "tok_declined")
        self.story.add(self._left(event))

    def _expire(self, event: LiveEvent) -> None:
        self.story.begin(Text("A reservation is not paid in time: the places become free by themselves"))
        order = self._reserve(event, 3)
        time.sleep(float(_HOLD_SECONDS))
        _refused(self.story, self.box_office.pay(order.id, "tok_approved"))
        self.story.add(self._left(event))

    def _sell_out(self, event: LiveEvent) -> None:
        self.story.begin(Text("The last places are sold; the next buyer is refused"))
        self._pay(self._reserve(event, 3), "tok_approved")
        self._reserve(event, 1)
        _refused(self.story, self.box_office.reserve(event.event.id, 1, _BUYER))

    def _admit(self, ticket: Ticket) -> None:
        self.story.begin(Text("At the door each ticket is admitted once"))
        admitted = style(say(Text("admitted")), "green")
        used = _given(self.box_office.validate(ticket.qr_code, "gate A"), Admitted).ticket
        gate = _given(used.admission, Admission).gate
        self.story.add(Text("%(admitted)s at %(gate)s", admitted=admitted, gate=gate))
        for gate in ("gate B", "gate A"):
            _refused(self.story, self.box_office.validate(ticket.qr_code, gate))

    def _explain(self, order: Order) -> None:
        self.story.begin(Text("The journal explains the first order"))
        for entry in self.organiser.explain(order.id):
            self.story.add(f"{timestamps.text_of(entry.at)}  {say(entry.sentence)}")

    def _lead_to_pages(self) -> None:
        self.story.begin(Text("The same in a browser: a running sale with its pages, and keys to try"))
        self.story.add("ticketcore demo --serve")

    def _conserve(self, event: LiveEvent) -> None:
        self.story.begin(Text("No place was lost or sold twice"))
        audit = _given(self.organiser.stock(event.event.id), StockReport).audit
        assert audit.is_conserved
        sums = {"capacity": audit.capacity, "available": audit.available, "reserved": audit.held, "sold": audit.sold}
        show({"story": self.story.chapters, **sums}, f"  {say(sums_of(audit))}")
