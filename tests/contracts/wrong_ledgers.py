"""Ledgers with one broken rule each, and the test of the kit that must reject each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from tests.wrong import deliveries, late_ledgers, lockless, orders, webhooks
from tests.wrong import ledger_ports as ports
from ticketcore.ports import Ledger
from ticketcore_memory import (
    MemoryDeliveries,
    MemoryEvents,
    MemoryKeys,
    MemoryLeases,
    MemoryLedger,
    MemoryOrders,
    MemoryOutbox,
    MemoryTickets,
    MemoryWebhooks,
    memory_ledger,
)
from ticketcore_testing.contracts.deliveries import DeliveriesContract
from ticketcore_testing.contracts.events import EventsContract
from ticketcore_testing.contracts.keys import KeysContract
from ticketcore_testing.contracts.leases import LeasesContract
from ticketcore_testing.contracts.orders import OrdersContract
from ticketcore_testing.contracts.outbox import OutboxContract
from ticketcore_testing.contracts.races import LedgerRacesContract
from ticketcore_testing.contracts.tickets import TicketsContract
from ticketcore_testing.contracts.webhooks import WebhooksContract
from ticketcore_testing.ledgers import LedgerContract

Adapter = Callable[
    [MemoryLedger],
    MemoryEvents
    | MemoryOrders
    | MemoryTickets
    | MemoryOutbox
    | MemoryDeliveries
    | MemoryKeys
    | MemoryLeases
    | MemoryWebhooks,
]
Test = Callable[..., None]


def opener(adapter: Adapter | None = None) -> Callable[[], Ledger]:
    """Return a function that opens one ledger in process, each time with new adapters, one of them this one."""
    rows = MemoryLedger()
    return lambda: ledger_with(adapter, rows) if adapter else memory_ledger(rows)


def ledger_with(adapter: Adapter, rows: MemoryLedger) -> Ledger:
    """Return the memory adapters over these rows, with this one for its port."""
    made = adapter(rows)
    changed: dict[str, Any] = {name: made for name, kind in _PORTS.items() if isinstance(made, kind)}
    return attrs.evolve(memory_ledger(rows), **changed)


_PORTS = {
    "events": MemoryEvents,
    "orders": MemoryOrders,
    "tickets": MemoryTickets,
    "outbox": MemoryOutbox,
    "deliveries": MemoryDeliveries,
    "keys": MemoryKeys,
    "leases": MemoryLeases,
    "webhooks": MemoryWebhooks,
}
SUITES: list[type[LedgerContract]] = [
    EventsContract,
    OrdersContract,
    TicketsContract,
    OutboxContract,
    DeliveriesContract,
    KeysContract,
    LeasesContract,
    WebhooksContract,
    LedgerRacesContract,
]

#: Each with the test of its broken rule.
WRONG: list[tuple[Adapter, Test]] = [
    (late_ledgers.ReservesLate, LedgerRacesContract.test_the_last_ticket_is_sold_once),
    (late_ledgers.CountsBeforehand, LedgerRacesContract.test_a_customer_gets_no_more_than_the_limit),
    (late_ledgers.CorrectsLate, LedgerRacesContract.test_corrections_to_one_address_keep_to_the_limit),
    (orders.KeepsTheCount, OrdersContract.test_places_count_while_they_are_reserved_processing_or_paid),
    (orders.LeavesTheCount, OrdersContract.test_an_order_comes_to_another_address),
    (
        orders.CorrectsBeyondTheLimit,
        OrdersContract.test_a_customer_who_reserves_meanwhile_makes_a_correction_a_conflict,
    ),
    (orders.ExpiresBesideTheCount, OrdersContract.test_many_expired_orders_give_their_places_back_at_once),
    (orders.CountsOneEvent, OrdersContract.test_customers_and_events_are_limited_separately),
    (orders.LimitsNoCustomer, OrdersContract.test_a_customer_may_have_so_many_places_and_no_more),
    (orders.OpensEarly, OrdersContract.test_a_sale_starts_at_its_time),
    (orders.SellsUntilTheDate, OrdersContract.test_a_sale_ends_at_its_time),
    (orders.InsertsFirst, OrdersContract.test_the_last_place_can_be_reserved_and_no_more),
    (orders.TakesAgain, OrdersContract.test_an_existing_order_is_returned_unchanged),
    (orders.FindsByBeginning, OrdersContract.test_an_order_is_found_by_its_digest),
    (orders.ListsByRecordedStatus, OrdersContract.test_a_reservation_past_its_deadline_is_listed_as_expired),
    (orders.ListsOldestFirst, OrdersContract.test_orders_are_listed_newest_first),
    (orders.SkipsEqualTimes, OrdersContract.test_orders_are_listed_newest_first),
    (orders.CountsItsPages, OrdersContract.test_a_listing_is_stable_while_orders_arrive),
    (orders.ListsOneSpelling, OrdersContract.test_orders_of_an_address_are_listed),
    (orders.ListsRefundedMail, OrdersContract.test_paid_orders_without_their_mail_are_listed),
    (orders.IgnoresTheRevision, OrdersContract.test_a_decision_that_was_overtaken_is_a_conflict),
    (orders.LoadsOneOfMany, OrdersContract.test_the_records_of_orders_that_exist_are_loaded),
    (orders.WritesOneOfMany, OrdersContract.test_decisions_of_one_event_are_written_as_one_after_the_other),
    (orders.StopsAtAConflict, OrdersContract.test_a_decision_that_was_overtaken_leaves_the_others),
    (orders.WritesAllOrNothing, OrdersContract.test_a_decision_that_was_overtaken_leaves_the_others),
    (orders.ChangesPlacesOnce, OrdersContract.test_each_change_has_the_availability_of_its_moment),
    (orders.ReturnsTheLastAvailability, OrdersContract.test_each_change_has_the_availability_of_its_moment),
    (orders.KeepsTheRevision, OrdersContract.test_a_decision_is_written_once),
    (orders.ExpiresBesideTheRevision, OrdersContract.test_an_expiry_overtakes_a_decision),
    (orders.RemindersAreRevisions, OrdersContract.test_a_reminder_and_a_note_overtake_nothing),
    (orders.IgnoresTheEvent, OrdersContract.test_a_decision_for_an_event_that_changed_its_status_is_a_conflict),
    (orders.LoadsNoEvent, OrdersContract.test_a_record_has_the_order_and_the_status_of_its_event),
    (orders.LoadsALaterDeadline, OrdersContract.test_a_record_has_the_order_and_the_status_of_its_event),
    (orders.LoadsNoAttempt, OrdersContract.test_a_record_has_the_order_and_the_status_of_its_event),
    (orders.WritesNoMessage, OrdersContract.test_a_started_payment_is_recorded_with_its_message),
    (orders.WritesEveryMessage, OrdersContract.test_a_capture_puts_nothing_into_the_outbox),
    (orders.WritesNoEntry, OrdersContract.test_a_mail_that_is_asked_for_again_replaces_the_one_before),
    (orders.IssuesNoTickets, OrdersContract.test_a_capture_is_the_sale),
    (orders.WritesHalfOfAConflict, OrdersContract.test_a_ticket_code_that_is_taken_is_a_conflict),
    (orders.ForgetsTheCode, OrdersContract.test_a_ticket_code_that_is_taken_is_a_conflict),
    (orders.KeepsTheAddress, OrdersContract.test_an_address_is_forgotten_with_its_entry),
    (orders.FindsAddressesByCase, OrdersContract.test_the_orders_of_an_address_are_found),
    (orders.FindsComingEvents, OrdersContract.test_the_orders_of_past_events_are_found),
    (orders.PagesWithoutTickets, OrdersContract.test_a_page_has_all_of_an_order),
    (orders.PagesWithoutMessages, OrdersContract.test_a_page_has_all_of_an_order),
    (orders.RepeatsAnOrder, OrdersContract.test_pages_of_orders_neither_skip_nor_repeat),
    (orders.KeepsTheToken, OrdersContract.test_a_token_is_dropped_when_the_attempt_ends),
    (orders.KeepsTheAttempt, OrdersContract.test_a_declined_order_gives_its_places_back),
    (orders.DeclineKeepsPlaces, OrdersContract.test_a_declined_order_gives_its_places_back),
    (orders.RefundWithoutRecord, OrdersContract.test_a_refund_gives_places_and_money_back),
    (orders.RefundKeepsTickets, OrdersContract.test_a_refund_gives_places_and_money_back),
    (orders.RefundIgnoresScans, OrdersContract.test_a_refund_that_a_scan_has_overtaken_is_a_conflict),
    (orders.RefundVoidsUsedTickets, OrdersContract.test_a_refund_gives_places_and_money_back),
    (orders.ForgetsThatUsedTicketsAreRefunded, OrdersContract.test_a_used_ticket_is_refunded_without_its_place),
    (orders.PollsNothing, OrdersContract.test_a_payment_is_polled_when_it_is_due),
    (orders.PollsAtEachSweep, OrdersContract.test_a_payment_is_polled_when_it_is_due),
    (orders.PollsTheLatestFirst, OrdersContract.test_the_soonest_is_polled_first),
    (orders.RefundKeepsPlaces, OrdersContract.test_a_refund_gives_places_and_money_back),
    (orders.ReturnsNoAvailability, OrdersContract.test_a_refund_gives_places_and_money_back),
    (orders.ExpiresLate, OrdersContract.test_a_reservation_expires_at_its_deadline),
    (orders.ExpiresEarly, OrdersContract.test_a_reservation_expires_at_its_deadline),
    (orders.ExpiresProcessing, OrdersContract.test_time_ends_no_other_order),
    (orders.ExpiresBeyondTheLimit, OrdersContract.test_at_most_limit_reservations_expire_at_once),
    (orders.ExpiresOldOrdersFirst, OrdersContract.test_the_soonest_deadline_expires_first),
    (orders.ExpiresInOneGo, OrdersContract.test_every_expired_order_is_a_change_of_its_own),
    (orders.ReturnsTheNewestFirst, OrdersContract.test_the_journal_is_returned_oldest_first),
    (orders.StrandsNothing, OrdersContract.test_the_payments_of_a_cancelled_event_are_stranded),
    (orders.StrandsWhatIsOnSale, OrdersContract.test_the_payments_of_a_cancelled_event_are_stranded),
    (orders.ForgetsToCancel, OrdersContract.test_a_charge_that_is_to_be_cancelled_needs_work),
    (orders.RemindsAgain, OrdersContract.test_a_pending_row_is_enough),
    (orders.RemindsOfEverything, OrdersContract.test_an_order_without_work_is_left_alone),
    (orders.RemindsSilently, OrdersContract.test_an_order_that_needs_work_is_reminded_of),
    (orders.RemindsImpatiently, OrdersContract.test_a_recent_entry_postpones_the_reminder),
    (ports.AddsOver, EventsContract.test_adding_the_same_id_again_changes_nothing),
    (ports.ForgetsWhatIsTaken, EventsContract.test_a_capacity_below_what_is_taken_is_refused),
    (ports.ForgetsTheRevision, EventsContract.test_repeating_a_change_with_its_revision_is_stale),
    (ports.AcceptsAnyDate, EventsContract.test_a_date_in_the_past_has_to_be_meant),
    (ports.JoinsLines, EventsContract.test_the_longest_description_fits),
    (ports.KeepsTheDescription, EventsContract.test_a_description_can_be_ended),
    (ports.ChangesTheCurrency, EventsContract.test_the_currency_is_fixed_once_an_order_exists),
    (ports.ForgetsTheActOfAChange, EventsContract.test_a_changed_event_is_an_act),
    (ports.RecordsRefusedChanges, EventsContract.test_what_changes_nothing_is_no_act),
    (ports.ForgetsWhoActed, EventsContract.test_a_new_event_is_an_act),
    (ports.ActsLater, EventsContract.test_a_change_and_its_act_are_atomic),
    (ports.CountsAllOrders, EventsContract.test_the_paid_orders_of_an_event_are_counted),
    (ports.RefundsSilently, EventsContract.test_a_request_waits_and_is_an_act),
    (ports.ForgetsTheRequest, EventsContract.test_a_request_waits_and_is_an_act),
    (ports.RecordsNeedlessRequests, EventsContract.test_without_paid_orders_nothing_is_recorded),
    (ports.KeepsTheFirstRequest, EventsContract.test_a_second_request_begins_again),
    (ports.MovesAnyRequest, EventsContract.test_a_request_that_another_process_moved_stays_as_it_is),
    (ports.ForgetsThePlace, EventsContract.test_a_request_moves_on_until_it_is_done),
    (ports.SkipsEqualDates, EventsContract.test_pages_neither_skip_nor_repeat),
    (ports.RepeatsThePlace, EventsContract.test_pages_neither_skip_nor_repeat),
    (ports.PromisesAnotherPage, EventsContract.test_only_a_page_with_a_successor_has_a_cursor),
    (ports.LocksNothing, EventsContract.test_places_do_not_change_while_the_event_is_locked),
    (ports.CountsDueLate, EventsContract.test_due_counts_places_whose_deadline_has_passed),
    (ports.SumsUpLate, EventsContract.test_reservations_past_their_deadline_are_free),
    (ports.RefundsEarly, EventsContract.test_money_is_refunded_when_it_has_gone_back),
    (ports.ForgetsMoneyThatGoesBack, EventsContract.test_money_is_refunded_when_it_has_gone_back),
    (ports.CountsGatesOfAllEvents, EventsContract.test_used_tickets_are_counted_by_gate),
    (ports.ListsRefundedOrders, TicketsContract.test_only_tickets_of_paid_orders_are_listed),
    (ports.ListsNoVoidTickets, TicketsContract.test_a_void_ticket_of_an_order_that_stays_paid_is_listed),
    (ports.EndsPagesWithOrders, TicketsContract.test_attendees_are_listed_by_order_and_number),
    (ports.CountsItsAttendees, TicketsContract.test_a_list_of_attendees_is_stable_while_orders_arrive),
    (ports.ReturnsTheOldestCode, TicketsContract.test_the_newest_qr_code_is_that_of_the_last_sale),
    (ports.CountsVoidTickets, TicketsContract.test_the_newest_qr_code_is_that_of_the_last_sale),
    (ports.ListsOneSigner, TicketsContract.test_there_is_one_qr_code_for_each_signer),
    (ports.AdmitsAnyStatus, TicketsContract.test_a_void_ticket_is_refused),
    (ports.AdmitsARepeatedScan, TicketsContract.test_repeating_a_scan_returns_the_first_result),
    (ports.RefusesARepeatedScan, TicketsContract.test_repeating_a_scan_returns_the_first_result),
    (ports.ForgetsTheKey, TicketsContract.test_the_same_scan_of_another_key_is_another_scan),
    (ports.RemembersScansForever, TicketsContract.test_a_late_repetition_is_another_scan),
    (ports.AdmitsAfterCancellation, TicketsContract.test_a_cancelled_event_admits_no_ticket),
    (ports.AdmitsBeforeTheDoors, TicketsContract.test_doors_open_at_their_time),
    (ports.UndoesForAnyKey, TicketsContract.test_a_gate_cannot_take_back_what_is_old_or_not_its_own),
    (ports.UndoesWithoutARevision, TicketsContract.test_a_decision_that_was_made_before_is_not_written),
    (ports.UndoesAfterARefund, TicketsContract.test_a_used_ticket_of_a_refunded_order_stays_used),
    (ports.MergesTheLatest, TicketsContract.test_the_order_of_merges_does_not_count),
    (ports.ForgetsOtherScans, TicketsContract.test_the_order_of_merges_does_not_count),
    (ports.MergesSilently, TicketsContract.test_a_merged_scan_uses_the_ticket),
    (ports.ForgetsTheUndo, TicketsContract.test_what_was_taken_back_stays_so),
    (ports.ListsWhatIsPaid, TicketsContract.test_a_gate_comes_to_know_all_tickets),
    (ports.BeginsWithTheEnd, TicketsContract.test_what_changes_while_the_list_is_read_is_known_in_the_end),
    (ports.AdmitsAnywhere, TicketsContract.test_another_event_comes_before_everything),
    (ports.SortsAsText, TicketsContract.test_tickets_are_returned_by_number),
    (ports.MarksBeforeSending, OutboxContract.test_pending_removes_nothing),
    (ports.LimitsFirst, OutboxContract.test_the_rows_of_one_order_are_returned_alone),
    (ports.YoungestFirst, OutboxContract.test_rows_are_returned_oldest_first),
    (ports.UsesIdsAgain, OutboxContract.test_repeating_sent_changes_nothing),
    (deliveries.AsksForNoMail, DeliveriesContract.test_a_delivery_is_claimed_as_the_sale_asked_for_it),
    (deliveries.KeepsTheMailBefore, OrdersContract.test_a_mail_that_is_asked_for_again_replaces_the_one_before),
    (deliveries.ClaimsEarly, DeliveriesContract.test_a_delivery_is_due_at_its_moment),
    (deliveries.ClaimsWithoutALease, DeliveriesContract.test_a_claimed_delivery_is_hidden_until_its_lease_ends),
    (deliveries.CountsNoTries, DeliveriesContract.test_a_claimed_delivery_is_hidden_until_its_lease_ends),
    (deliveries.ClaimsTheLatest, DeliveriesContract.test_the_soonest_is_claimed_first),
    (deliveries.SettlesAnything, DeliveriesContract.test_the_outcome_of_an_ended_lease_is_not_written),
    (
        deliveries.SettlesByTheOrder,
        DeliveriesContract.test_the_outcome_of_a_mail_that_was_asked_for_again_is_not_written,
    ),
    (deliveries.SettlesSilently, DeliveriesContract.test_a_delivered_mail_is_done),
    (deliveries.AnnouncesForever, DeliveriesContract.test_each_paid_order_of_the_event_is_asked_for_once),
    (deliveries.BeginsAnnouncementsAgain, DeliveriesContract.test_each_paid_order_of_the_event_is_asked_for_once),
    (deliveries.AnnouncesToTheUnmailed, DeliveriesContract.test_a_mail_of_the_same_kind_is_replaced),
    (
        deliveries.AnnouncesNothing,
        DeliveriesContract.test_a_change_of_place_or_time_and_a_cancellation_are_announced,
    ),
    (deliveries.AnnouncesEverything, DeliveriesContract.test_other_changes_are_not_announced),
    (deliveries.KeepsTheAnnouncementBefore, DeliveriesContract.test_a_later_change_begins_again),
    (deliveries.KnowsOneKind, DeliveriesContract.test_an_order_has_its_deliveries_by_kind),
    (deliveries.WithdrawsNothing, DeliveriesContract.test_a_withdrawn_mail_is_gone),
    (
        deliveries.ForgetsTheLimit,
        DeliveriesContract.test_at_most_limit_due_deliveries_are_returned_and_none_is_claimed,
    ),
    (deliveries.CountsTheDelivered, DeliveriesContract.test_a_delivered_mail_is_done),
    (ports.ForgetsTheEventsOfAKey, KeysContract.test_the_events_of_a_key_are_stored),
    (ports.AddsAKeyOver, KeysContract.test_adding_the_same_id_again_changes_nothing),
    (ports.RevokesAgain, KeysContract.test_revoking_again_keeps_the_first_time),
    (ports.ForgetsTheActOfARevocation, KeysContract.test_a_key_that_is_made_or_revoked_is_an_act),
    (ports.RecordsEveryRevocation, KeysContract.test_a_key_that_is_made_or_revoked_is_an_act),
    (ports.ActsOnKeysLater, KeysContract.test_a_key_and_its_acts_are_atomic),
    (ports.ListsTheOldestActs, KeysContract.test_acts_are_listed_latest_first_in_pages),
    (ports.RepeatsAnAct, KeysContract.test_acts_are_listed_latest_first_in_pages),
    (ports.ListsValidKeys, KeysContract.test_a_revoked_key_is_returned_with_its_time),
    (ports.SecretPerProcess, KeysContract.test_all_processes_on_a_ledger_have_the_same_secret),
    (ports.SecretPerCall, KeysContract.test_the_first_call_makes_a_secret),
    (ports.LeasesForEver, LeasesContract.test_a_lease_ends_at_its_end),
    (ports.LeasesToAll, LeasesContract.test_a_taken_lease_is_not_given_to_another),
    (ports.LeasesOnce, LeasesContract.test_its_holder_renews_it),
    (ports.LeasesLonger, LeasesContract.test_a_refused_holder_does_not_prolong_it),
    (ports.OneLease, LeasesContract.test_leases_of_different_names_are_apart),
    (webhooks.AddsAWebhookOver, WebhooksContract.test_adding_the_same_id_again_changes_nothing),
    (webhooks.TellsWhatWasBefore, WebhooksContract.test_what_was_before_a_webhook_is_no_news),
    (webhooks.RemovesSilently, WebhooksContract.test_a_removed_webhook_is_gone_with_its_messages),
    (webhooks.TellsNoChanges, WebhooksContract.test_changes_of_events_are_news),
    (webhooks.ForgetsTheLimitOfNews, WebhooksContract.test_pages_of_news_neither_skip_nor_repeat),
    (webhooks.SkipsNews, WebhooksContract.test_pages_of_news_neither_skip_nor_repeat),
    (webhooks.RecordsTwice, WebhooksContract.test_news_are_recorded_once),
    (webhooks.RecordsOver, WebhooksContract.test_a_message_whose_id_is_there_is_left_out),
    (webhooks.KeepsItsPosition, WebhooksContract.test_news_are_read_again_until_they_are_recorded),
    (webhooks.KeepsEverything, WebhooksContract.test_old_messages_are_removed_once_their_tries_are_over),
    (webhooks.RemovesWhatIsPending, WebhooksContract.test_old_messages_are_removed_once_their_tries_are_over),
    (webhooks.ClaimsEarly, WebhooksContract.test_a_message_is_due_at_its_moment),
    (webhooks.ClaimsWithoutALease, WebhooksContract.test_a_claimed_message_is_hidden_until_its_lease_ends),
    (webhooks.ClaimsSeveral, WebhooksContract.test_a_webhook_has_one_message_in_hand),
    (webhooks.IgnoresTheNumber, WebhooksContract.test_messages_made_together_have_an_order),
    (webhooks.ServesTheFirst, WebhooksContract.test_webhooks_take_turns),
    (webhooks.SettlesAnything, WebhooksContract.test_the_outcome_of_an_ended_lease_is_not_written),
    (webhooks.SettlesByTheTry, WebhooksContract.test_the_outcome_of_a_replayed_message_is_not_that_of_the_try_before),
    (webhooks.ListsTheOldestMessages, WebhooksContract.test_messages_are_listed_newest_first_in_pages),
    (webhooks.ReplaysForAnyWebhook, WebhooksContract.test_a_replayed_message_is_due_at_once),
    (webhooks.ReplaysLater, WebhooksContract.test_a_replayed_message_is_due_at_once),
    (webhooks.CountsTheDelivered, WebhooksContract.test_an_accepted_message_is_done),
    (lockless.lockless_events, EventsContract.test_a_change_and_its_act_are_atomic),
    (lockless.lockless_events, EventsContract.test_two_moves_of_one_request_are_atomic),
    (lockless.lockless_orders, OrdersContract.test_two_reservations_of_the_last_place_are_atomic),
    (lockless.lockless_orders, OrdersContract.test_two_writes_of_one_record_are_atomic),
    (lockless.lockless_tickets, TicketsContract.test_two_scans_of_one_ticket_are_atomic),
    (lockless.lockless_tickets, TicketsContract.test_two_merges_are_atomic),
    (lockless.lockless_outbox, OutboxContract.test_pending_and_sent_are_atomic),
    (lockless.lockless_deliveries, DeliveriesContract.test_two_claims_are_atomic),
    (lockless.lockless_keys, KeysContract.test_two_revocations_of_one_key_are_atomic),
    (lockless.lockless_webhooks, WebhooksContract.test_two_claims_are_atomic),
    (lockless.lockless_leases, LeasesContract.test_two_acquisitions_of_a_free_lease_are_atomic),
]
