"""The suite of payment gateways rejects gateways that differ from the guide's by one fault."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest

from tests.docs import gateway_page
from tests.docs.gateway_page import SOURCE
from tests.docs.gateway_suite import AcmeSuite
from tests.servers.acme import Acme
from ticketcore import TicketcoreError


@attrs.frozen
class Wrong:
    """A fault: what of the guide's source is replaced by what, and the test that must fail."""

    fault: str
    test: str
    replaced: Mapping[str, str]

    def source(self) -> str:
        """Return the source of the wrong gateway."""
        source = SOURCE
        for right, wrong in self.replaced.items():
            assert source.count(right) == 1, right
            source = source.replace(right, wrong)
        return source


WRONG = [
    Wrong(
        "a new key at each repetition",
        "test_money_is_taken_once_and_returned_once",
        {"body, key=attempt.id)": "body, key=str(time.time_ns()))"},
    ),
    Wrong(
        "one key for all attempts of an order",
        "test_attempts_of_one_order_are_charged_separately",
        {"body, key=attempt.id)": "body, key=attempt.order_id)"},
    ),
    Wrong(
        "believes the reply to a key that was used before",
        "test_money_is_taken_once_and_returned_once",
        {
            "return self._read(attempt.reference or self._create(attempt).id)": "return self._create(attempt)",
        },
    ),
    Wrong("refunds twice", "test_parts_are_returned", {"key=refund_id)": "key=str(time.time_ns()))"}),
    Wrong(
        "refunds all of it",
        "test_parts_are_returned",
        {'"amount": amount.minor}, key=': '"amount": attempt.amount.minor}, key='},
    ),
    Wrong(
        "takes a time-out for declined",
        "test_a_call_without_a_response_can_be_repeated",
        {"raise GatewayUnavailable(type(exc).__name__) from exc": "raise Refused(type(exc).__name__) from exc"},
    ),
    Wrong(
        "takes every error status for declined",
        "test_a_call_without_a_response_can_be_repeated",
        {"case 400 | 402, {": "case _, {"},
    ),
    Wrong(
        "tries what was declined with another card",
        "test_the_answer_belongs_to_the_attempt",
        {
            " and self.failure is None": "",
            'intent = self._end(intent, reason or "declined")': 'return Declined(reason or "declined")',
        },
    ),
    Wrong(
        "cancels nothing",
        "test_a_charge_that_waits_can_be_cancelled",
        {'match self._end(intent, "not_awaited").outcome():': "match Declined(intent.status):"},
    ),
    Wrong(
        "takes what was charged for cancelled",
        "test_an_approved_attempt_cannot_be_cancelled",
        {"return approved\n": "return Cancelled()\n"},
    ),
    Wrong(
        "counts the deadline from now",
        "test_a_charge_waits_for_its_buyer",
        {"self.created + CHALLENGE": "datetime.now(UTC) + CHALLENGE"},
    ),
    Wrong(
        "ignores the time of a notice",
        "test_a_notice_of_an_hour_ago_is_refused",
        {" or abs(time.time() - int(found[1])) > NOTICE_TOLERANCE_SECONDS": ""},
    ),
    Wrong(
        "believes every notice",
        "test_a_notice_names_its_attempt",
        {"any(hmac.compare_digest(expected, each) for each in presented)": "bool(presented)"},
    ),
    Wrong(
        "looks at the first signature alone",
        "test_a_notice_names_its_attempt",
        {'if name == "v1"]': 'if name == "v1"][:1]'},
    ),
]


def run(source: str, test: str, stand_in: Acme, directory: Path) -> None:
    """Run one test of the suite over the gateway of a source."""
    suite = AcmeSuite()
    suite.stand_in, suite.made = stand_in, gateway_page.module(source)
    with gateway_page.opening(suite.made, gateway_page.url(stand_in, directory)) as open_one:
        function = getattr(suite, test)
        [fixture] = inspect.signature(function).parameters
        function(open_one if fixture == "open_gateway" else open_one())


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.fault)
def test_a_wrong_gateway_fails(wrong: Wrong, stand_in: Acme, tmp_path: Path) -> None:
    """It fails the test of its fault, which the guide's passes in the same way."""
    run(SOURCE, wrong.test, stand_in, tmp_path)
    with pytest.raises((AssertionError, pytest.fail.Exception, TicketcoreError)):
        run(wrong.source(), wrong.test, stand_in, tmp_path)
