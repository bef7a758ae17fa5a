"""Each test with `atomic` in its name finds an adapter that loses its race: no race is one that nothing can lose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.contracts.controls import PORTS, ReadableGatewayContract, drawing, fresh_seal, post, reception
from tests.contracts.wrong_ledgers import SUITES, Adapter, ledger_with
from tests.wrong import ledger_ports as ports
from tests.wrong import lockless
from tests.wrong import webhooks as wrong_webhooks
from ticketcore.domain.errors import Unavailable
from ticketcore.ports import Ledger
from ticketcore_memory import MemoryLedger
from ticketcore_testing.contracts.deliveries import DeliveriesContract
from ticketcore_testing.contracts.events import EventsContract
from ticketcore_testing.contracts.files import FilesContract
from ticketcore_testing.contracts.ids import IdsContract
from ticketcore_testing.contracts.inventory import InventoryContract
from ticketcore_testing.contracts.keys import KeysContract
from ticketcore_testing.contracts.leases import LeasesContract
from ticketcore_testing.contracts.limits import LimitsContract
from ticketcore_testing.contracts.mailer import MailerContract
from ticketcore_testing.contracts.observer import ObserverContract
from ticketcore_testing.contracts.orders import OrdersContract
from ticketcore_testing.contracts.outbox import OutboxContract
from ticketcore_testing.contracts.payment_queue import ExactPaymentQueueContract
from ticketcore_testing.contracts.qr_images import QrImagesContract
from ticketcore_testing.contracts.seal import SealContract
from ticketcore_testing.contracts.tickets import TicketsContract
from ticketcore_testing.contracts.webhook_sender import WebhookSenderContract
from ticketcore_testing.contracts.webhooks import WebhooksContract

#: On a busy machine the other call may not come to its end while the first is paused.
_SEARCHES = 10
#: What a lost race raises: an outcome that is wrong, or an error of a call that met a change.
LOST = (AssertionError, KeyError, RuntimeError, Unavailable)


def over(adapter: Adapter) -> Callable[[], Ledger]:
    """Return a factory of memory ledgers with this adapter in its port's place."""
    return lambda: ledger_with(adapter, MemoryLedger())


#: Each race by its suite and name, with an adapter that loses it.
RACES: Mapping[type, Mapping[str, Callable[[], Any]]] = {
    InventoryContract: {
        "a_take_and_a_reset": lockless.lockless_inventory,
        "a_take_and_a_sync": lockless.lockless_inventory,
        "syncs_of_two_versions": lockless.lockless_inventory,
        "two_lapses_of_one_take": lockless.lockless_inventory,
        "two_syncs_of_one_order": lockless.EndsInSteps,
        "two_takes_of_one_order": lockless.lockless_inventory,
        "two_takes_of_the_last_place": lockless.lockless_inventory,
        "two_takes_of_what_is_due": lockless.lockless_inventory,
    },
    ExactPaymentQueueContract: {
        "a_publish_and_a_done": lockless.lockless_queue,
        "a_receive_and_a_depth": lockless.lockless_queue,
        "a_retry_and_a_receive": lockless.ShowsBeforeItDelays,
        "two_publishes": lockless.CopiesItsMessages,
        "two_receives_of_one_message": lockless.lockless_queue,
        "two_redrives": lockless.lockless_queue,
    },
    ReadableGatewayContract: {
        "a_charge_and_a_cancellation": lockless.lockless_gateway,
        "two_charges_of_one_attempt": lockless.lockless_gateway,
        "two_refunds_of_one_attempt": lockless.FailsAtAConflict,
        "two_tries_of_one_attempt": lockless.lockless_gateway,
    },
    LimitsContract: {"two_acts_for_the_last_place": lockless.lockless_limits},
    FilesContract: {"a_put_and_a_get": lockless.ReplacesInSteps, "two_puts": lockless.CopiesItsFiles},
    MailerContract: {"two_sends": lambda: post(lockless.CopiesItsMail())},
    SealContract: {"two_calls": fresh_seal(lockless.SharesItsBuffer)},
    QrImagesContract: {"two_calls": lambda: drawing(lockless.SharesItsCanvas())},
    IdsContract: {"two_calls": lockless.CountsUp},
    ObserverContract: {"two_calls": lockless.ObservesOneAtATime},
    EventsContract: {
        "a_change_and_a_reservation": over(lockless.lockless_events),
        "a_change_and_its_act": over(ports.ActsLater),
        "a_new_event_and_its_act": over(ports.ActsLater),
        "two_additions_of_one_id": over(lockless.LooksForTheEventFirst),
        "two_changes_of_one_event": over(lockless.lockless_events),
        "two_moves_of_one_request": over(lockless.lockless_events),
        "two_changes_of_one_revision": over(lockless.lockless_events),
    },
    OrdersContract: {
        "a_batch_and_a_reservation": over(lockless.lockless_orders),
        "a_batch_and_a_write": over(lockless.lockless_orders),
        "two_batches_in_opposite_order": over(lockless.lockless_orders),
        "a_write_and_a_reservation": over(lockless.lockless_orders),
        "a_write_and_an_expiry": over(lockless.lockless_orders),
        "two_expiries": over(lockless.lockless_orders),
        "two_orders_with_one_ticket_code": over(lockless.lockless_codes),
        "two_reminders": over(lockless.lockless_orders),
        "two_reservations_of_one_order": over(lockless.lockless_orders),
        "two_reservations_of_one_customer": over(lockless.lockless_orders),
        "two_reservations_of_the_last_place": over(lockless.lockless_orders),
        "two_writes_of_one_record": over(lockless.lockless_orders),
        "writes_for_two_orders_of_one_event": over(lockless.lockless_orders),
    },
    TicketsContract: {
        "a_scan_and_a_refund": over(lockless.lockless_tickets),
        "one_scan_sent_twice": over(lockless.lockless_tickets),
        "two_scans_of_one_ticket": over(lockless.lockless_tickets),
        "two_merges": over(lockless.lockless_tickets),
        "an_undo_and_a_refund": over(lockless.lockless_tickets),
        "two_undos": over(lockless.lockless_tickets),
    },
    OutboxContract: {
        "pending_and_sent": over(lockless.lockless_outbox),
        "two_sent": over(lockless.LooksForTheRowFirst),
    },
    DeliveriesContract: {
        "two_claims": over(lockless.lockless_deliveries),
        "two_outcomes_of_one_claim": over(lockless.lockless_deliveries),
        "two_pieces_at_once": over(lockless.lockless_deliveries),
    },
    KeysContract: {
        "a_key_and_its_acts": over(ports.ActsOnKeysLater),
        "two_additions_of_one_id": over(lockless.LooksForTheKeyFirst),
        "two_calls_for_one_secret": over(lockless.LooksForTheKeyFirst),
        "two_revocations_of_one_key": over(lockless.lockless_keys),
    },
    WebhooksContract: {
        "two_claims": over(lockless.lockless_webhooks),
        "two_outcomes_of_one_claim": over(lockless.lockless_webhooks),
        "two_records_of_one_news": over(lockless.lockless_webhooks),
    },
    WebhookSenderContract: {"two_sends": lambda: reception(wrong_webhooks.CopiesItsRequests())},
    LeasesContract: {"two_acquisitions_of_a_free_lease": over(lockless.lockless_leases)},
}


def names_of(suite: type) -> dict[str, str]:
    """Return the tests of races of a suite, by the name of the race."""
    tests = [name for name in dir(suite) if name.endswith(("_are_atomic", "_is_atomic"))]
    return {name.removeprefix("test_").rsplit("_", 2)[0]: name for name in tests}


def is_lost(run: Callable[[], object]) -> bool:
    try:
        run()
    except LOST:
        return True
    return False


@pytest.mark.usefixtures("_every_step")
@pytest.mark.parametrize(
    ("suite", "race"),
    [pytest.param(suite, race, id=f"{suite.__name__}: {race}") for suite, races in RACES.items() for race in races],
)
def test_an_adapter_that_loses_a_race_is_found_by_it(suite: type, race: str) -> None:
    """The race fails over it, whichever other tests would fail, too."""
    run = getattr(suite(), names_of(suite)[race])
    assert any(is_lost(lambda: run(RACES[suite][race]())) for _ in range(_SEARCHES))


def test_every_race_has_an_adapter_that_loses_it() -> None:
    """A new race needs one, to show that it can be lost."""
    suites = [*(port.suite for port in PORTS.values()), *SUITES]
    assert {suite: {*RACES.get(suite, ())} for suite in suites} == {suite: {*names_of(suite)} for suite in suites}
