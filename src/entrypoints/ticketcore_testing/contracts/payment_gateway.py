"""Contract suite of the payment gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial

import attrs
import pytest

from ticketcore.domain.attempts import Attempt
from ticketcore.domain.errors import GatewayUnavailable, NoticeNotAuthentic
from ticketcore.domain.ids import AttemptId, text_of
from ticketcore.domain.money import MAX_MINOR_UNITS, Currency, Money
from ticketcore.ports import Approved, Cancelled, Declined, PaymentGateway, Pending
from ticketcore_simulated_payments import Charge, Charges, SimulatedPaymentGateway, tokens
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.samples import PRICE, TEXTS, fresh, label, new_order_id

OpenGateway = Callable[[], PaymentGateway]
#: Returns a context in which no call of a gateway has a response.
Fault = Callable[[], AbstractContextManager[None]]


def attempt_with(token: str, amount: Money = PRICE) -> Attempt:
    return Attempt(AttemptId(text_of(fresh())), new_order_id(), token, amount)


def answer_of(gateway: PaymentGateway, attempt: Attempt) -> type[Approved | Declined | Pending]:
    """Charge until there is an answer, and return its kind: a gateway may give none while it works on the same attempt."""
    for _ in range(20):
        with suppress(GatewayUnavailable):
            return type(gateway.charge(attempt))
    return type(gateway.charge(attempt))


def refund_of(gateway: PaymentGateway, attempt: Attempt) -> None:
    """Return all of an attempt's money."""
    gateway.refund(attempt, attempt.amount, f"{attempt.id}-0")


def no_answer(gateway: PaymentGateway, attempt: Attempt) -> None:
    no_response(lambda: gateway.charge(attempt))


def no_response(call: Callable[[], object]) -> None:
    with pytest.raises(GatewayUnavailable) as raised:
        call()
    assert raised.value.retry_is_safe


def _shifted(now: datetime, minutes: int) -> datetime:
    return now + timedelta(minutes=minutes)


class PaymentGatewayContract:
    """Hold ``PaymentGateway`` to its contract; override ``open_gateway``.

    ``approved`` and ``declined`` are tokens that the gateway approves and declines.  ``amounts`` are what it is asked to
    charge, a usual amount first: override them for a gateway that takes other currencies or has other limits.  ``pending`` is
    a token whose charge waits for its buyer, if there is one; then override ``decide`` too.
    """

    pending: str | None = None
    approved = tokens.APPROVED
    declined = tokens.DECLINED
    amounts: Sequence[Money] = (PRICE, Money(100, PRICE.currency), Money(1_000_000, PRICE.currency))

    @pytest.fixture
    def open_gateway(self) -> OpenGateway:
        """Return a function that opens one gateway, each time as another process would: the one fixture to override."""
        raise NotImplementedError("override open_gateway")

    @pytest.fixture
    def gateway(self, open_gateway: OpenGateway) -> PaymentGateway:
        """Return a gateway without charges for the attempts of the test."""
        return open_gateway()

    def books(self, gateway: PaymentGateway) -> Mapping[AttemptId, Money] | None:
        """Return the money taken and not returned, by attempt; ``None`` unless a suite overrides this with a way to read it."""
        return None

    def decide(self, gateway: PaymentGateway, attempt: Attempt, *, approved: bool) -> None:
        """Do what the buyer does whose payment waits: pay, or refuse to; what has ended stays as it is."""
        raise NotImplementedError("override decide")

    def notice(self, gateway: PaymentGateway, attempt: Attempt) -> tuple[Mapping[str, str], bytes] | None:
        """Return the headers, in lower case, and the body of a notice about an attempt; ``None`` for a gateway that sends none."""
        return None

    def aged_notice(
        self, gateway: PaymentGateway, attempt: Attempt, age: timedelta
    ) -> tuple[Mapping[str, str], bytes] | None:
        """Return a notice that was signed so long ago; ``None`` unless a suite overrides this with a way to sign one."""
        return None

    def faults(self, gateway: PaymentGateway) -> Sequence[Fault]:
        """Return ways to leave the calls of a gateway without a response, before they are carried out and after; by default none."""
        return ()

    def a_waiting_attempt(self, gateway: PaymentGateway) -> Attempt:
        """Return an attempt whose charge waits for its buyer."""
        if self.pending is None:
            pytest.skip("the gateway has no token whose charge waits")
        attempt = self.an_attempt(self.pending)
        answer = gateway.charge(attempt)
        assert isinstance(answer, Pending)
        return attrs.evolve(attempt, reference=answer.reference)

    def an_attempt(self, token: str) -> Attempt:
        return attempt_with(token, self.amounts[0])

    def test_a_repeated_charge_returns_the_first_answer(self, gateway: PaymentGateway) -> None:
        """Charging is idempotent by the attempt's id."""
        for token, kind in ((self.approved, Approved), (self.declined, Declined)):
            attempt = self.an_attempt(token)
            answers = [gateway.charge(attempt) for _ in range(3)]
            assert isinstance(answers[0], kind)
            assert answers == answers[:1] * 3

    def test_the_answer_belongs_to_the_attempt(self, gateway: PaymentGateway) -> None:
        """The first answer stays when the same attempt is charged with another token."""
        approved, declined = self.an_attempt(self.approved), self.an_attempt(self.declined)
        for attempt in (approved, declined):
            gateway.charge(attempt)
        assert isinstance(gateway.charge(attrs.evolve(approved, token=self.declined)), Approved)
        assert isinstance(gateway.charge(attrs.evolve(declined, token=self.approved)), Declined)

    def test_attempts_of_one_order_are_charged_separately(self, gateway: PaymentGateway) -> None:
        """An attempt does not get the answer of another one, even of the same order and amount."""
        declined = self.an_attempt(self.declined)
        approved = attrs.evolve(self.an_attempt(self.approved), order_id=declined.order_id)
        for _ in range(2):
            assert isinstance(gateway.charge(declined), Declined)
            assert isinstance(gateway.charge(approved), Approved)

    def test_each_amount_can_be_charged_and_refunded(self, gateway: PaymentGateway) -> None:
        """Every amount of ``amounts`` is approved and returned."""
        for amount in self.amounts:
            attempt = attempt_with(self.approved, amount)
            assert isinstance(gateway.charge(attempt), Approved)
            refund_of(gateway, attempt)

    def test_a_gateway_remembers_over_a_restart(self, open_gateway: OpenGateway) -> None:
        """A gateway that is opened again returns the first answers."""
        approved, declined = self.an_attempt(self.approved), self.an_attempt(self.declined)
        first = open_gateway()
        for attempt in (approved, declined):
            first.charge(attempt)
        second = open_gateway()
        assert isinstance(second.charge(attrs.evolve(approved, token=self.declined)), Approved)
        assert isinstance(second.charge(attrs.evolve(declined, token=self.approved)), Declined)

    def test_a_refund_can_be_repeated(self, open_gateway: OpenGateway) -> None:
        """Refunding twice, at once or after a restart, does not fail."""
        attempt = self.an_attempt(self.approved)
        gateway = open_gateway()
        gateway.charge(attempt)
        refund_of(gateway, attempt)
        refund_of(gateway, attempt)
        refund_of(open_gateway(), attempt)

    def test_a_refund_before_the_charge_changes_nothing(self, gateway: PaymentGateway) -> None:
        """It does not fail, and a later charge has its usual answer."""
        for token, kind in ((self.approved, Approved), (self.declined, Declined)):
            attempt = self.an_attempt(token)
            refund_of(gateway, attempt)
            assert isinstance(gateway.charge(attempt), kind)

    def test_a_refunded_attempt_keeps_its_first_answer(self, gateway: PaymentGateway) -> None:
        """Charging it again charges nothing: a late repetition of the charge does not undo the refund."""
        attempt = self.an_attempt(self.approved)
        gateway.charge(attempt)
        refund_of(gateway, attempt)
        assert isinstance(gateway.charge(attempt), Approved)

    def test_a_cancelled_attempt_is_never_charged(self, open_gateway: OpenGateway) -> None:
        """Every charge of it is declined, also after a restart; cancelling can be repeated."""
        gateway = open_gateway()
        attempt = self.an_attempt(self.approved)
        assert [gateway.cancel(attempt) for _ in range(2)] == [Cancelled(), Cancelled()]
        assert isinstance(gateway.charge(attempt), Declined)
        assert isinstance(open_gateway().charge(attempt), Declined)
        assert self.books(gateway) is None or attempt.id not in (self.books(gateway) or {})

    def test_an_approved_attempt_cannot_be_cancelled(self, gateway: PaymentGateway) -> None:
        """It stays approved, and its money is to be refunded; one that was declined is as good as cancelled."""
        approved, declined = self.an_attempt(self.approved), self.an_attempt(self.declined)
        gateway.charge(approved)
        gateway.charge(declined)
        assert gateway.cancel(approved) == gateway.charge(approved)
        assert isinstance(gateway.charge(approved), Approved)
        assert gateway.cancel(declined) == Cancelled()
        assert isinstance(gateway.charge(declined), Declined)

    def test_a_charge_and_a_cancellation_are_atomic(self, gateway: PaymentGateway) -> None:
        """An attempt is charged or cancelled, and both calls say which."""

        def race() -> Race:
            attempt = self.an_attempt(self.approved)
            return Race(
                lambda: answer_of(gateway, attempt),
                lambda: type(gateway.cancel(attempt)),
                lambda: (self.books(gateway) or {}).get(attempt.id),
            )

        assert_atomic(gateway, race)

    def test_money_is_taken_once_and_returned_once(self, gateway: PaymentGateway) -> None:
        """The books contain an approved amount from its charge to its refund, and never again."""
        before = self.books(gateway)
        if before is None:
            pytest.skip("the suite does not override books")
        approved, declined = self.an_attempt(self.approved), self.an_attempt(self.declined)
        for attempt in (approved, declined, approved):
            gateway.charge(attempt)
        assert self.books(gateway) == {**before, approved.id: approved.amount}
        for _ in range(2):
            refund_of(gateway, approved)
            refund_of(gateway, declined)
            assert self.books(gateway) == before
        gateway.charge(approved)
        assert self.books(gateway) == before

    def test_parts_are_returned(self, gateway: PaymentGateway) -> None:
        """Each refund returns its amount once, whatever else was returned, and never more than was taken."""
        before = self.books(gateway)
        if before is None:
            pytest.skip("the suite does not override books")
        attempt = self.an_attempt(self.approved)
        gateway.charge(attempt)
        whole = attempt.amount
        third, rest = Money(whole.minor // 3, whole.currency), Money(whole.minor - whole.minor // 3, whole.currency)
        for _ in range(2):
            gateway.refund(attempt, third, f"{attempt.id}-a")
            assert self.books(gateway) == {**before, attempt.id: rest}
        for _ in range(2):
            gateway.refund(attempt, rest, f"{attempt.id}-b")
            gateway.refund(attempt, third, f"{attempt.id}-a")
            assert self.books(gateway) == before
        with suppress(GatewayUnavailable):
            gateway.refund(attempt, third, f"{attempt.id}-c")
        assert self.books(gateway) == before

    def test_a_charge_waits_for_its_buyer(self, open_gateway: OpenGateway) -> None:
        """Charged again it waits still, also after a restart; then it has the outcome that the buyer chose, for good."""
        for approved, kind in ((True, Approved), (False, Declined)):
            gateway = open_gateway()
            attempt = self.a_waiting_attempt(gateway)
            answers = [open_gateway().charge(attempt), gateway.charge(attempt)]
            assert answers[0] == answers[1]
            assert isinstance(answers[0], Pending)
            assert answers[0].reference == attempt.reference
            assert (self.books(gateway) or {}).get(attempt.id) is None
            self.decide(gateway, attempt, approved=approved)
            assert isinstance(open_gateway().charge(attempt), kind)
            self.decide(gateway, attempt, approved=not approved)
            assert isinstance(gateway.charge(attempt), kind)

    def test_a_charge_that_waits_can_be_cancelled(self, gateway: PaymentGateway) -> None:
        """The buyer can no longer pay; one who has paid before is told of by the answer."""
        attempt = self.a_waiting_attempt(gateway)
        assert gateway.cancel(attempt) == Cancelled()
        self.decide(gateway, attempt, approved=True)
        assert isinstance(gateway.charge(attempt), Declined)
        assert (self.books(gateway) or {}).get(attempt.id) is None
        paid = self.a_waiting_attempt(gateway)
        self.decide(gateway, paid, approved=True)
        assert isinstance(gateway.cancel(paid), Approved)
        assert isinstance(gateway.charge(paid), Approved)

    def test_a_buyer_who_pays_meets_a_cancellation(self, gateway: PaymentGateway) -> None:
        """The charge ends as one of them says, and both agree."""
        self.a_waiting_attempt(gateway)

        def race() -> Race:
            attempt = self.a_waiting_attempt(gateway)
            return Race(
                lambda: self.decide(gateway, attempt, approved=True),
                lambda: type(gateway.cancel(attempt)),
                lambda: (type(gateway.charge(attempt)), (self.books(gateway) or {}).get(attempt.id)),
            )

        assert_atomic(gateway, race)

    def test_a_notice_names_its_attempt(self, gateway: PaymentGateway) -> None:
        """One that was altered, or is not signed, is not the gateway's."""
        attempt = self.an_attempt(self.approved)
        gateway.charge(attempt)
        sent = self.notice(gateway, attempt)
        if sent is None:
            pytest.skip("the gateway sends no notices")
        headers, body = sent
        assert gateway.read_notice(headers, body) == attempt.id
        assert gateway.read_notice({**headers, "x-other": "1"}, body) == attempt.id
        altered = [{name: value[:-1] + chr(ord(value[-1]) ^ 1) for name, value in headers.items()}, {}]
        for wrong, content in ((headers, body + b" "), (headers, b""), (altered[0], body), (altered[1], body)):
            with pytest.raises(NoticeNotAuthentic):
                gateway.read_notice(wrong, content)

    def test_a_notice_of_an_hour_ago_is_refused(self, gateway: PaymentGateway) -> None:
        """It may be one that was sent again."""
        attempt = self.an_attempt(self.approved)
        gateway.charge(attempt)
        sent = self.aged_notice(gateway, attempt, timedelta(hours=1))
        if sent is None:
            pytest.skip("the suite does not override aged_notice")
        with pytest.raises(NoticeNotAuthentic):
            gateway.read_notice(*sent)

    def test_a_call_without_a_response_can_be_repeated(self, gateway: PaymentGateway) -> None:
        """It raises ``GatewayUnavailable``, whether it was carried out or not; repeated it has its outcome, and money moves once."""
        faults = self.faults(gateway)
        if not faults:
            pytest.skip("the suite does not override faults")
        for fault in faults:
            before = self.books(gateway)
            attempt, cancelled = self.an_attempt(self.approved), self.an_attempt(self.approved)
            with fault():
                no_response(partial(gateway.charge, attempt))
                no_response(partial(gateway.cancel, cancelled))
            assert isinstance(gateway.charge(attempt), Approved)
            assert gateway.cancel(cancelled) == Cancelled()
            assert isinstance(gateway.charge(cancelled), Declined)
            assert before is None or self.books(gateway) == {**before, attempt.id: attempt.amount}
            with fault():
                no_response(partial(refund_of, gateway, attempt))
            refund_of(gateway, attempt)
            assert self.books(gateway) == before

    def test_two_charges_of_one_attempt_are_atomic(self, gateway: PaymentGateway) -> None:
        """Both have one answer, and the money is taken at most once."""

        def race() -> Race:
            approved = self.an_attempt(self.approved)
            declined = attrs.evolve(approved, token=self.declined)
            return Race(
                lambda: answer_of(gateway, approved),
                lambda: answer_of(gateway, declined),
                lambda: (self.books(gateway) or {}).get(approved.id),
            )

        assert_atomic(gateway, race)

    def test_two_refunds_of_one_attempt_are_atomic(self, gateway: PaymentGateway) -> None:
        """Neither fails, and the money is returned."""

        def race() -> Race:
            attempt = self.an_attempt(self.approved)
            gateway.charge(attempt)
            return Race.of_one(lambda: refund_of(gateway, attempt), lambda: (self.books(gateway) or {}).get(attempt.id))

        assert_atomic(gateway, race)


@attrs.frozen(eq=False)
class _Unreachable(Charges):
    """A store of charges without a response to a change, which is stored all the same if ``stores`` is set."""

    charges: Charges
    stores: bool

    def get(self, attempt_id: AttemptId) -> Charge | None:
        return self.charges.get(attempt_id)

    def put(self, charge: Charge) -> bool:
        if self.stores:
            self.charges.put(charge)
        raise GatewayUnavailable("no response")

    def list(self) -> Sequence[Charge]:
        return self.charges.list()

    def close(self) -> None:
        self.charges.close()


@contextmanager
def _unreachable(gateway: SimulatedPaymentGateway, stores: bool) -> Iterator[None]:
    charges = gateway.charges
    gateway.charges = _Unreachable(charges, stores)
    yield
    gateway.charges = charges


class SimulatedPaymentGatewayContract(PaymentGatewayContract):
    """Hold a gateway that knows the simulated tokens to more than its contract; override ``open_gateway``."""

    pending = tokens.PENDING

    def decide(self, gateway: PaymentGateway, attempt: Attempt, *, approved: bool) -> None:
        assert isinstance(gateway, SimulatedPaymentGateway)
        gateway.decide(attempt.id, approved=approved)

    def notice(self, gateway: PaymentGateway, attempt: Attempt) -> tuple[Mapping[str, str], bytes] | None:
        assert isinstance(gateway, SimulatedPaymentGateway)
        gateway.notice_secret = gateway.notice_secret or b"a secret of these tests"
        return gateway.notice_of(attempt.id)

    def aged_notice(
        self, gateway: PaymentGateway, attempt: Attempt, age: timedelta
    ) -> tuple[Mapping[str, str], bytes] | None:
        assert isinstance(gateway, SimulatedPaymentGateway)
        now = gateway.now
        gateway.now = lambda: now() - age
        sent = self.notice(gateway, attempt)
        gateway.now = now
        return sent

    def faults(self, gateway: PaymentGateway) -> Sequence[Fault]:
        assert isinstance(gateway, SimulatedPaymentGateway)
        return [partial(_unreachable, gateway, stores) for stores in (False, True)]

    def test_a_notice_that_is_old_is_refused(self, gateway: PaymentGateway) -> None:
        """It may be one that was sent again; so is one of a future that no clock is off by."""
        assert isinstance(gateway, SimulatedPaymentGateway)
        attempt = self.an_attempt(self.approved)
        sent = self.notice(gateway, attempt)
        assert sent is not None
        now = gateway.now()
        for minutes in (-6, 6):
            gateway.now = partial(_shifted, now, minutes)
            with pytest.raises(NoticeNotAuthentic):
                gateway.read_notice(*sent)

    @pytest.mark.parametrize("token", ["", "tok_", "TOK_APPROVED", "tok_approved ", *TEXTS], ids=label)
    def test_any_other_token_is_declined(self, gateway: PaymentGateway, token: str) -> None:
        """A token is compared exactly."""
        assert isinstance(gateway.charge(attempt_with(token)), Declined)

    @pytest.mark.parametrize("minor", [0, 1, MAX_MINOR_UNITS])
    def test_any_amount_can_be_charged(self, gateway: PaymentGateway, minor: int) -> None:
        """Zero, the smallest and the largest amount that ``Money`` can hold are approved."""
        attempt = attempt_with(self.approved, Money(minor, PRICE.currency))
        assert isinstance(gateway.charge(attempt), Approved)
        refund_of(gateway, attempt)

    def test_any_currency_can_be_charged(self, gateway: PaymentGateway) -> None:
        """Currencies without decimals and with three are approved."""
        for code in ("JPY", "KWD"):
            assert isinstance(gateway.charge(attempt_with(self.approved, Money(1, Currency(code)))), Approved)

    def test_the_flaky_token_is_approved_at_the_third_try(self, gateway: PaymentGateway) -> None:
        """Two tries have no answer; every later one is approved."""
        attempt = attempt_with(tokens.FLAKY)
        for _ in range(2):
            no_answer(gateway, attempt)
        assert isinstance(gateway.charge(attempt), Approved)
        assert isinstance(gateway.charge(attempt), Approved)

    def test_tries_are_counted_for_each_attempt(self, gateway: PaymentGateway) -> None:
        """Tries of another attempt do not count."""
        first, second = attempt_with(tokens.FLAKY), attempt_with(tokens.FLAKY)
        for attempt in (first, second, first):
            no_answer(gateway, attempt)
        assert isinstance(gateway.charge(first), Approved)
        no_answer(gateway, second)
        assert isinstance(gateway.charge(second), Approved)

    def test_tries_are_remembered_over_a_restart(self, open_gateway: OpenGateway) -> None:
        """A gateway that is opened again continues to count."""
        flaky = attempt_with(tokens.FLAKY)
        first = open_gateway()
        no_answer(first, flaky)
        no_answer(open_gateway(), flaky)
        assert isinstance(open_gateway().charge(flaky), Approved)
        assert isinstance(first.charge(flaky), Approved)

    def test_a_refund_is_no_try(self, gateway: PaymentGateway) -> None:
        """A refund before the charge does not count as a try."""
        attempt = attempt_with(tokens.FLAKY)
        refund_of(gateway, attempt)
        for _ in range(2):
            no_answer(gateway, attempt)
        assert isinstance(gateway.charge(attempt), Approved)

    def test_the_down_token_never_has_an_answer(self, gateway: PaymentGateway) -> None:
        """Every try raises ``GatewayUnavailable``."""
        attempt = attempt_with(tokens.DOWN)
        for _ in range(6):
            no_answer(gateway, attempt)

    def test_two_tries_of_one_attempt_are_atomic(self, gateway: PaymentGateway) -> None:
        """Both are counted, so the next try is approved."""

        def race() -> Race:
            flaky = attempt_with(tokens.FLAKY)
            return Race.of_one(lambda: no_answer(gateway, flaky), lambda: type(gateway.charge(flaky)))

        assert_atomic(gateway, race)
