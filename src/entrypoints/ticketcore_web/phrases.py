"""The phrases of pages that need no values, by the names that templates have for them."""

from __future__ import annotations

from collections.abc import Mapping

from ticketcore.domain.texts import Text
from ticketcore_web.desk_phrases import DESK_PHRASES
from ticketcore_web.gate_phrases import GATE_PHRASES

BUYER_PHRASES: Mapping[str, Text] = {
    # Every page
    "tickets": Text("Tickets"),
    "skip": Text("Skip to the content"),
    "language": Text("Language"),
    "simulated": Text("Payments are simulated: no money moves."),
    "next": Text("What to do:"),
    "what_to_do": Text("What to do"),
    "what_happened": Text("What happened"),
    "events_on_sale": Text("Events on sale"),
    "try_again": Text("Try again"),
    "send_again": Text("Send it again"),
    # The list of events
    "search_label": Text("Search by name or place"),
    "search": Text("Search"),
    "all_events": Text("All events"),
    "none_found": Text("No event on sale has these words in its name or place."),
    "none_on_sale": Text("No event is on sale at the moment."),
    "later_events": Text("Later events"),
    "first_events": Text("Back to the first events"),
    "free": Text("Free"),
    # An event
    "date": Text("Date"),
    "place": Text("Place"),
    "doors": Text("Doors"),
    "price": Text("Price"),
    "sale_ends": Text("Sale ends"),
    "get_tickets": Text("Get tickets"),
    "quantity": Text("Number of tickets"),
    "email": Text("E-mail address"),
    "email_hint": Text("Your tickets are sent there."),
    "reserve": Text("Reserve"),
    "reserve_hint": Text("Nothing is charged yet. Your places are held while you pay."),
    "reserve_free_hint": Text("Nothing is charged. Your places are held while you confirm."),
    "other_events": Text("Other events"),
    "look_again": Text("Look again"),
    # An order
    "event": Text("Event"),
    "total": Text("Total"),
    "paid": Text("Paid"),
    "ticket_code": Text("Ticket code"),
    "time_left": Text("Time left"),
    "payment": Text("Payment"),
    "payment_test": Text("This is a test: choose how the payment ends."),
    "pay": Text("Pay"),
    "pay_at_gateway": Text("You are asked to pay in the next step."),
    "confirm_free": Text("Confirm, free of charge"),
    "cancel": Text("Cancel the reservation"),
    "processing": Text("This usually takes a few seconds. The page follows by itself."),
    "processing_leave": Text("You may close this page: your tickets are mailed to you, and they are here."),
    "open_payment": Text("Open the payment page"),
    "no_payment_link": Text("The payment page cannot be opened. Ask the organiser."),
    "pay_time_over": Text(
        "The time to pay is over. If you paid in time your tickets follow; otherwise the payment is cancelled in a moment."
    ),
    "pix": Text("Scan this code with the app of your bank, or copy its text into it."),
    "pix_alt": Text("QR code to pay with"),
    "pix_text": Text("Text of the code"),
    "copy": Text("Copy"),
    "copied": Text("Copied"),
    "show_at_gate": Text("Show each QR code once at the gate."),
    "mail_leads_here": Text("The mail with your tickets leads here, too."),
    "keep_address": Text("Keep the address of this page: it leads to your order."),
    "mail_pending": Text("The mail with your tickets is on its way."),
    "mail_failed": Text("The mail with your tickets could not be delivered. Keep the address of this page."),
    "calendar": Text("Add to the calendar"),
    "event_cancelled": Text("This event was cancelled."),
    "event_cancelled_next": Text("Your tickets admit no more. A refund is confirmed by a mail of its own."),
    "event_cancelled_free": Text("Your tickets admit no more. They cost nothing."),
    "event_cancelled_unpaid": Text("Nothing is to be paid, and nothing was charged."),
    "event_cancelled_pending": Text("Nothing is to be paid any more. If you have paid, the money goes back."),
    "expired": Text("It was not paid in time. Nothing was charged, and your places were given back."),
    "cancelled": Text("Nothing was charged, and your places were given back."),
    "reserve_again_next": Text("Reserve again, if there are still places."),
    "declined_next": Text("Reserve again and pay in another way."),
    "ended_next": Text("Look at the other events on sale."),
    "refunded_free": Text("Your tickets are no longer valid. They cost nothing, so that no money goes back."),
    "some_refunded_free": Text("Some tickets are no longer valid. They cost nothing, so that no money goes back."),
    "refunded_next": Text("Your money goes back the way it came. That may take a few days."),
    "some_refunded": Text("Some tickets were refunded. Their money goes back the way it came."),
    "reserve_again": Text("Reserve again"),
    "one_ticket": Text("Open alone, also without network"),
    # A ticket
    "qr_alt": Text("QR code of this ticket"),
    "used": Text("Admitted"),
    "void": Text("Refunded, no longer valid"),
    "void_by_cancellation": Text("Event cancelled, no longer valid"),
    "offline_kept": Text("Kept on this device: it opens without network, too."),
    "offline_now": Text("No network: this is the ticket as it was kept."),
}
#: Those of all pages, each under one name.
PHRASES: Mapping[str, Text] = {**BUYER_PHRASES, **DESK_PHRASES, **GATE_PHRASES}
