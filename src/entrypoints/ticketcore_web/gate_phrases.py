"""The phrases of the gate, by the names that its templates and its script have for them."""

from __future__ import annotations

from collections.abc import Mapping

from ticketcore.domain.texts import Text

GATE_PHRASES: Mapping[str, Text] = {
    # Signing in, and the post
    "gate_key": Text("Gate key"),
    "gate_key_hint": Text("Scan its QR code with the phone's camera, or type it. You stay signed in for twelve hours."),
    "which_post": Text("What is scanned here?"),
    "gate_event": Text("Event"),
    "gate_name": Text("Name of this gate"),
    "gate_name_hint": Text("It stands in reports, such as North door."),
    "no_gate_events": Text("There is no event to scan for. Ask the organiser."),
    "begin": Text("Begin"),
    "other_post": Text("Another event or gate"),
    "signed_in_as": Text("Key:"),
    "kept_scans": Text(
        "Scans that are kept on this device: %(count)s. They are handed in after signing in.", count="{count}"
    ),
    # Reading tickets
    "needs_script": Text(
        "The camera, and working without network, need JavaScript. Without it, type what is on the ticket."
    ),
    "camera": Text("Camera"),
    "start_camera": Text("Start the camera"),
    "torch": Text("Light"),
    "by_hand": Text("By hand"),
    "by_hand_hint": Text("For a phone that is dead: both stand in the mail with the tickets."),
    "ticket_number": Text("Number of the ticket"),
    "by_text": Text("Text of the QR code"),
    "by_text_hint": Text("From a scanner or another app. A scanner that types works anywhere on this page."),
    "check": Text("Check"),
    "counts": Text("Counts"),
    "admitted_here": Text("Admitted here"),
    "refused_here": Text("Refused here"),
    "to_hand_in": Text("To be handed in"),
    "admitted_of_all": Text("Admitted at all gates"),
    "last_verdict": Text("Last verdict"),
    "take_back": Text("Undo"),
    "go_on": Text("Go on"),
    "doubles": Text("Admitted more than once"),
    "doubles_hint": Text("Several people came in with one ticket, as gates had no network. Tell the organiser."),
    "rejected": Text("Let in without network, refused by the service"),
    "session_over": Text("Your session has ended"),
    "session_over_next": Text("Sign in again to go on."),
    "key_over": Text("This key is no longer valid"),
    "key_over_next": Text("Sign in with another key to go on."),
    "sign_in_again": Text("Sign in again"),
    # Verdicts
    "admitted": Text("Admitted"),
    "let_in": Text("Let one person in."),
    "undone": Text("Taken back"),
    "undone_next": Text("The ticket can be used again."),
}
#: Phrases that only the script shows; it fills what stands in braces.
SCRIPT_PHRASES: Mapping[str, Text] = {
    "admitted": GATE_PHRASES["admitted"],
    "let_in": GATE_PHRASES["let_in"],
    "undone": GATE_PHRASES["undone"],
    "undone_next": GATE_PHRASES["undone_next"],
    "unchecked": Text("Not checked with the service"),
    "unchecked_detail": Text("The ticket is genuine, and not used at this gate."),
    "unchecked_next": Text("Let one person in. It is handed in when there is network."),
    "used_here": Text("Admitted at this gate at %(time)s.", time="{time}"),
    "used_before": Text("The service knew at %(time)s that it was used.", time="{time}"),
    "as_of": Text("As of %(time)s.", time="{time}"),
    "opens_at": Text("The doors open on %(doors_at)s.", doors_at="{time}"),
    "stop": Text("Do not let this person in yet."),
    "no_list": Text("This gate cannot judge yet"),
    "no_list_detail": Text("There is no network, and the keys of this event were not loaded before."),
    "needs_network": Text("This needs the network"),
    "by_hand_needs": Text("A ticket code cannot be checked without network. Scan the QR code."),
    "undo_needs": Text("The service has this admission. Undo it when there is network."),
    "nothing_to_undo": Text("There is no admission to take back"),
    "not_kept": Text("This device could not keep the scan"),
    "not_kept_next": Text("Let no one in before it works: free some space, or use another device."),
    "not_read": Text("This could not be read"),
    "try_again": Text("Try it again."),
    "session_over": GATE_PHRASES["session_over"],
    "session_over_next": GATE_PHRASES["session_over_next"],
    "key_over": GATE_PHRASES["key_over"],
    "key_over_next": GATE_PHRASES["key_over_next"],
    "kept_scans": GATE_PHRASES["kept_scans"],
    "signed_out": Text("This gate judges nothing until you sign in again."),
    "sign_out_needs": Text(
        "You are still signed in: signing out needs the network. Scans that wait on this device: %(count)s. They are kept.",
        count="{count}",
    ),
    "rejected_ticket": Text(
        "%(time)s, ticket %(number)s, %(code)s: %(reason)s",
        time="{time}",
        number="{number}",
        code="{code}",
        reason="{reason}",
    ),
    "rejected_text": Text(
        "%(time)s, QR code that ends in %(end)s: %(reason)s", time="{time}", end="{end}", reason="{reason}"
    ),
    "online": Text("The service is asked about each ticket."),
    "offline": Text("No network: this gate judges by itself."),
    "ready": Text("Ready to work without network. The list of tickets is of %(time)s.", time="{time}"),
    "loading": Text("The list of tickets is being loaded. Until then this gate needs the network."),
    "insecure": Text("The camera, and working without network, need https. Type what is on the ticket."),
    "no_camera": Text("There is no camera, or the browser may not use it. Allow it for this page, then start it."),
    "tap_for_sound": Text("Tap once on this page for sound and vibration."),
    "of": Text("%(admitted)s of %(sold)s", admitted="{admitted}", sold="{sold}"),
    "double": Text("Ticket %(number)s, %(code)s: %(gates)s", number="{number}", code="{code}", gates="{gates}"),
}
#: The names of the forms' fields.
GATE_LABELS: Mapping[str, Text] = {
    "gate": GATE_PHRASES["gate_name"],
    "qr_code": GATE_PHRASES["by_text"],
    "ticket_code": Text("Ticket code"),
    "number": GATE_PHRASES["ticket_number"],
}
