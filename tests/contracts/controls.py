"""The suite of each port with its right adapter, which passes, and its wrong ones, each with the test that finds it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage

import attrs
import pytest

from tests.wrong import lockless
from tests.wrong import ports as wrong
from tests.wrong import webhooks as wrong_webhooks
from ticketcore.domain.ids import AttemptId
from ticketcore.domain.mime import to_mime
from ticketcore.domain.money import Money
from ticketcore.domain.webhooks import WebhookAnswer
from ticketcore.ports import PaymentGateway, QrImages, Seal
from ticketcore_memory import (
    HmacSeal,
    MemoryFiles,
    MemoryInventory,
    MemoryLimits,
    MemoryMailer,
    MemoryObserver,
    MemoryPaymentQueue,
    MemoryWebhookSender,
    NoInventory,
    PlainMailComposer,
    SystemClock,
    SystemIds,
    TextImages,
)
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_testing.contracts.clock import ClockContract
from ticketcore_testing.contracts.files import FilesContract
from ticketcore_testing.contracts.ids import IdsContract
from ticketcore_testing.contracts.inventory import InventoryContract, UncountedContract
from ticketcore_testing.contracts.limits import LimitsContract
from ticketcore_testing.contracts.mail_composer import MailComposerContract
from ticketcore_testing.contracts.mailer import MailerContract, Post
from ticketcore_testing.contracts.observer import ObserverContract
from ticketcore_testing.contracts.payment_gateway import SimulatedPaymentGatewayContract
from ticketcore_testing.contracts.payment_queue import ExactPaymentQueueContract
from ticketcore_testing.contracts.qr_images import Drawing, QrImagesContract
from ticketcore_testing.contracts.seal import SealContract
from ticketcore_testing.contracts.webhook_sender import Received, Reception, WebhookSenderContract

Make = Callable[[], object]
SENDER = "tickets@example.org"


@attrs.frozen
class Port:
    """A suite with the fixture to override, its value for the right adapter, and those for wrong ones with the test that finds each."""

    suite: type
    fixture: str
    right: Make
    wrong: Mapping[str, tuple[str, Make]]

    def suites(self) -> dict[str, type]:
        """Return a suite for each adapter, by its name; that of the right one is ``Right``."""
        wrong = {name: self._over(make, self._other_tests(fault)) for name, (fault, make) in self.wrong.items()}
        return {"Right": self._over(self.right), **wrong}

    def _over(self, make: Make, left_out: Collection[str] = ()) -> type:
        members = {self.fixture: pytest.fixture(lambda _: make()), "examples": 5, **dict.fromkeys(left_out)}
        return type(self.suite.__name__, (self.suite,), members)

    def _other_tests(self, fault: str) -> list[str]:
        """Return the tests that are not about a fault, which take time and need not show it."""
        return [name for name in dir(self.suite) if name.startswith("test_") and name != f"test_{fault}"]


class ReadableGatewayContract(SimulatedPaymentGatewayContract):
    """The suite with a way to read the charges of the gateway in process."""

    def books(self, gateway: PaymentGateway) -> Mapping[AttemptId, Money]:
        assert isinstance(gateway, SimulatedPaymentGateway)
        return dict(gateway.charged)


def opening(make: Make) -> Make:
    """Return a function that makes an opener, which always opens the same adapter."""

    def opener() -> object:
        part = make()
        return lambda: part

    return opener


def post(mailer: MemoryMailer) -> Post:
    def delivered() -> list[EmailMessage]:
        raw = [to_mime(mail, SENDER).as_bytes() for mail in mailer.sent]
        return [message_from_bytes(each, policy=policy.SMTP) for each in raw]

    return Post(mailer, SENDER, delivered)


def reception(sender: MemoryWebhookSender) -> Reception:
    url = "https://example.com"

    def answering(status: int) -> str:
        sender.answers[f"{url}/{status}"] = WebhookAnswer(status)
        return f"{url}/{status}"

    def received() -> list[Received]:
        return [
            Received(to.removeprefix(url), {name.lower(): value for name, value in headers.items()}, body)
            for to, headers, body in sender.sent
        ]

    return Reception(sender, url, answering, received)


def title(png: bytes) -> str:
    """Return the text in a PNG of ``TextImages``."""
    before, _, after = png.partition(b"tEXtTitle\0")
    return after[: int.from_bytes(before[-4:], "big") - len(b"Title\0")].decode("ascii")


def drawing(images: QrImages) -> Drawing:
    return Drawing(images, title)


def fresh_seal(make: Callable[[bytes], Seal]) -> Callable[[], Seal]:
    """Return a function that makes a seal with a new key."""
    return lambda: make(secrets.token_bytes(32))


def new_seal(make: Callable[[bytes], Seal]) -> Make:
    return lambda: fresh_seal(make)


ONE_KEY = HmacSeal(bytes(32))

PORTS: Mapping[str, Port] = {
    "inventory": Port(
        InventoryContract,
        "inventory",
        MemoryInventory,
        {
            "EndGivesNothingBack": ("a_sync_without_availability_gives_the_take_back", wrong.EndGivesNothingBack),
            "VersionsAreIgnored": ("an_older_sync_only_ends_its_take", wrong.VersionsAreIgnored),
            "FollowForgetsFlights": ("a_sync_leaves_other_takes_in_flight", wrong.FollowForgetsFlights),
            "LapseKeepsThePlaces": ("a_take_lapses_after_its_flight", wrong.LapseKeepsThePlaces),
            "LapsesEarly": ("a_take_lapses_after_its_flight", wrong.LapsesEarly),
            "ResetForgetsFlights": ("a_reset_leaves_takes_in_flight", wrong.ResetForgetsFlights),
            "TakesByHalves": ("two_takes_of_the_last_place_are_atomic", wrong.TakesByHalves),
            "ForgetsTheFlight": ("a_reservation_may_be_due_while_its_take_is_in_flight", wrong.ForgetsTheFlight),
            "LapseForgetsTheReservation": (
                "a_take_that_lapses_leaves_its_reservation_known",
                wrong.LapseForgetsTheReservation,
            ),
            "TakesTheUnknown": ("without_a_counter_everything_is_unknown", wrong.TakesTheUnknown),
            "SubtractsFirst": ("an_order_that_the_terms_do_not_admit_takes_nothing", wrong.SubtractsFirst),
            "OpensEarly": ("an_order_that_the_terms_do_not_admit_takes_nothing", wrong.OpensEarly),
            "NeverEnds": ("an_order_that_the_terms_do_not_admit_takes_nothing", wrong.NeverEnds),
            "VetsNoRequest": ("where_customers_are_limited_a_request_is_vetted_first", wrong.VetsNoRequest),
            "KeepsOldTerms": ("a_reset_brings_the_terms_of_sale", wrong.KeepsOldTerms),
            "DueForEver": ("due_is_returned_once_for_each_reservation", wrong.DueForEver),
            "NeverDue": ("reservations_may_be_due_from_their_deadline", wrong.NeverDue),
            "KnowsAllFromTheBeginning": (
                "a_counter_says_since_when_it_knows_reservations",
                wrong.KnowsAllFromTheBeginning,
            ),
            "ResetKeepsWhatWasDue": ("a_reset_forgets_what_is_due", wrong.ResetKeepsWhatWasDue),
            "ShownBelow0": ("the_counter_is_never_shown_below_0", wrong.ShownBelow0),
            "NoInventory": ("it_says_that_it_counts", NoInventory),
            "Lockless": ("two_takes_of_the_last_place_are_atomic", lockless.lockless_inventory),
        },
    ),
    "no_inventory": Port(
        UncountedContract,
        "inventory",
        NoInventory,
        {"Counting": ("everything_is_left_to_the_ledger", MemoryInventory)},
    ),
    "payment_queue": Port(
        ExactPaymentQueueContract,
        "open_queue",
        opening(MemoryPaymentQueue),
        {
            "AcknowledgesFirst": (
                "a_received_message_is_hidden_for_its_visibility",
                opening(wrong.AcknowledgesFirst),
            ),
            "RetryLoses": ("a_retried_message_is_delivered_after_its_delay", opening(wrong.RetryLoses)),
            "NoDeadLetters": ("a_message_is_delivered_a_limited_number_of_times", opening(wrong.NoDeadLetters)),
            "AnyReceiptDeletes": ("an_old_receipt_ends_nothing", opening(wrong.AnyReceiptDeletes)),
            "EndsOneOfMany": ("several_messages_are_done_at_once", opening(wrong.EndsOneOfMany)),
            "StopsAtAnOldReceipt": ("several_messages_are_done_at_once", opening(wrong.StopsAtAnOldReceipt)),
            "ExtendsNothing": ("an_extended_message_stays_hidden", opening(wrong.ExtendsNothing)),
            "ExtendsOneOfMany": ("several_messages_are_extended_at_once", opening(wrong.ExtendsOneOfMany)),
            "RedriveKeepsCounts": ("redriven_messages_start_over", opening(wrong.RedriveKeepsCounts)),
            "ReturnsEarly": ("a_received_message_is_hidden_for_its_visibility", opening(wrong.ReturnsEarly)),
            "IsNotShared": ("processes_share_their_messages", lambda: MemoryPaymentQueue),
            "Lockless": ("two_receives_of_one_message_are_atomic", opening(lockless.lockless_queue)),
        },
    ),
    "payment_gateway": Port(
        ReadableGatewayContract,
        "open_gateway",
        opening(SimulatedPaymentGateway),
        {
            "ChargesAgain": ("money_is_taken_once_and_returned_once", opening(wrong.ChargesAgain)),
            "AnswersForTheOrder": (
                "attempts_of_one_order_are_charged_separately",
                opening(wrong.AnswersForTheOrder),
            ),
            "ForgetsWhatItRefunds": ("money_is_taken_once_and_returned_once", opening(wrong.ForgetsWhatItRefunds)),
            "RefundsNothing": ("money_is_taken_once_and_returned_once", opening(wrong.RefundsNothing)),
            "CancelsNothing": ("a_cancelled_attempt_is_never_charged", opening(wrong.CancelsNothing)),
            "CancelsWhatItCharged": ("an_approved_attempt_cannot_be_cancelled", opening(wrong.CancelsWhatItCharged)),
            "RefundsAll": ("parts_are_returned", opening(wrong.RefundsAll)),
            "RefundsEachTime": ("parts_are_returned", opening(wrong.RefundsEachTime)),
            "RefundsTooMuch": ("parts_are_returned", opening(wrong.RefundsTooMuch)),
            "NeverWaits": ("a_charge_waits_for_its_buyer", opening(wrong.NeverWaits)),
            "CancelsNothingThatWaits": (
                "a_charge_that_waits_can_be_cancelled",
                opening(wrong.CancelsNothingThatWaits),
            ),
            "BelievesEveryNotice": ("a_notice_names_its_attempt", opening(wrong.BelievesEveryNotice)),
            "BelievesOldNotices": ("a_notice_of_an_hour_ago_is_refused", opening(wrong.BelievesOldNotices)),
            "DeclinesWithoutResponse": (
                "a_call_without_a_response_can_be_repeated",
                opening(wrong.DeclinesWithoutResponse),
            ),
            "ForgetsOverRestart": ("a_gateway_remembers_over_a_restart", lambda: SimulatedPaymentGateway),
            "Lockless": ("two_charges_of_one_attempt_are_atomic", opening(lockless.lockless_gateway)),
        },
    ),
    "files": Port(
        FilesContract,
        "files",
        MemoryFiles,
        {
            "Appends": ("putting_again_replaces", wrong.Appends),
            "Torn": ("a_put_and_a_get_are_atomic", wrong.Torn),
            "NeverReplaces": ("putting_again_replaces", wrong.NeverReplaces),
            "AddressesNothing": ("a_missing_file_has_no_url", wrong.AddressesNothing),
            "AcceptsClimbingNames": ("an_illegal_name_is_refused", wrong.AcceptsClimbingNames),
            "ReplacesInSteps": ("a_put_and_a_get_are_atomic", lockless.ReplacesInSteps),
            "CopiesItsFiles": ("two_puts_are_atomic", lockless.CopiesItsFiles),
        },
    ),
    "mailer": Port(
        MailerContract,
        "post",
        lambda: post(MemoryMailer()),
        {
            "NewIdPerTry": ("a_repeated_message_keeps_its_message_id", lambda: post(wrong.NewIdPerTry())),
            "ForgetsByBeginning": (
                "what_is_kept_here_is_forgotten_by_its_key",
                lambda: post(wrong.ForgetsByBeginning()),
            ),
            "LeavesImagesOut": (
                "a_message_has_plain_text_and_html_with_images",
                lambda: post(wrong.LeavesImagesOut()),
            ),
            "CopiesItsMail": ("two_sends_are_atomic", lambda: post(lockless.CopiesItsMail())),
        },
    ),
    "webhook_sender": Port(
        WebhookSenderContract,
        "reception",
        lambda: reception(MemoryWebhookSender()),
        {
            "LeavesHeadersOut": ("a_message_arrives", lambda: reception(wrong_webhooks.LeavesHeadersOut())),
            "SaysThatItSent": ("a_message_arrives", lambda: reception(wrong_webhooks.SaysThatItSent())),
            "AcceptsEverything": ("an_answer_has_its_status", lambda: reception(wrong_webhooks.AcceptsEverything())),
            "CopiesItsRequests": ("two_sends_are_atomic", lambda: reception(wrong_webhooks.CopiesItsRequests())),
        },
    ),
    "limits": Port(
        LimitsContract,
        "limits",
        MemoryLimits,
        {
            "CountsRefusals": ("what_is_refused_is_not_counted", wrong.CountsRefusals),
            "CountsOneTooMany": ("a_client_may_act_as_often_as_its_limit_says", wrong.CountsOneTooMany),
            "CountsByTheClock": ("the_window_slides", wrong.CountsByTheClock),
            "CountsAllCustomers": ("clients_are_counted_apart", wrong.CountsAllCustomers),
            "CountsEveryAct": ("acts_are_counted_apart", wrong.CountsEveryAct),
            "KeepsTheFirstLimit": ("a_limit_may_become_smaller", wrong.KeepsTheFirstLimit),
            "Lockless": ("two_acts_for_the_last_place_are_atomic", lockless.lockless_limits),
        },
    ),
    "mail_composer": Port(
        MailComposerContract,
        "composer",
        PlainMailComposer,
        {
            "EscapesNothing": ("names_are_escaped_in_html", wrong.EscapesNothing),
            "LeavesATicketOut": ("every_ticket_is_in_the_text", wrong.LeavesATicketOut),
            "ComposesDifferently": ("a_repeated_mail_says_the_same", wrong.ComposesDifferently),
            "ShowsOneImageForAll": ("every_image_is_shown_once", wrong.ShowsOneImageForAll),
            "NamesNoCode": ("the_event_and_the_ticket_code_are_named", wrong.NamesNoCode),
        },
    ),
    "seal": Port(
        SealContract,
        "new_seal",
        new_seal(HmacSeal),
        {
            "VerifiesNothing": ("a_text_under_another_key_is_refused", new_seal(wrong.VerifiesNothing)),
            "CutsItsSignature": (
                "every_flipped_bit_of_the_content_is_refused",
                new_seal(wrong.CutsItsSignature),
            ),
            "TellsNoKeysApart": (
                "a_refusal_tells_a_key_that_is_not_trusted_from_a_forgery",
                new_seal(wrong.TellsNoKeysApart),
            ),
            "SealsAtRandom": ("the_same_claim_has_the_same_text", new_seal(wrong.SealsAtRandom)),
            "HasOneKey": ("a_text_under_another_key_is_refused", lambda: lambda: ONE_KEY),
            "SharesItsBuffer": ("two_calls_are_atomic", new_seal(lockless.SharesItsBuffer)),
        },
    ),
    "qr_images": Port(
        QrImagesContract,
        "drawing",
        lambda: drawing(TextImages()),
        {
            "StampsImages": ("the_same_text_has_the_same_bytes", lambda: drawing(wrong.StampsImages())),
            "DrawsAnything": ("a_text_that_does_not_fit_is_refused", lambda: drawing(wrong.DrawsAnything())),
            "SharesItsCanvas": ("two_calls_are_atomic", lambda: drawing(lockless.SharesItsCanvas())),
        },
    ),
    "clock": Port(
        ClockContract,
        "clock",
        SystemClock,
        {
            "NaiveClock": ("times_are_in_utc", wrong.NaiveClock),
            "FineClock": ("times_are_of_whole_milliseconds", wrong.FineClock),
            "LocalClock": ("times_are_in_utc", wrong.LocalClock),
        },
    ),
    "ids": Port(
        IdsContract,
        "ids",
        SystemIds,
        {
            "RepeatingIds": ("no_two_are_the_same", wrong.RepeatingIds),
            "ShorterIds": ("the_number_of_bytes_is_the_size", wrong.ShorterIds),
            "PaddedIds": ("every_bit_is_used", wrong.PaddedIds),
            "CountsUp": ("two_calls_are_atomic", lockless.CountsUp),
        },
    ),
    "observer": Port(
        ObserverContract,
        "observer",
        MemoryObserver,
        {
            "RaisingObserver": ("a_repeated_occurrence_is_accepted", wrong.RaisingObserver),
            "ObservesOrders": ("every_occurrence_is_accepted", wrong.ObservesOrders),
            "ObservesOneAtATime": ("two_calls_are_atomic", lockless.ObservesOneAtATime),
        },
    ),
}
