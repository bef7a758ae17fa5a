"""The payment gateway of the guide keeps its contract over a server that behaves like that of a real one."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import attrs
import pytest

from tests.contracts.agreeing import agree
from tests.docs import gateway_page
from tests.docs.gateway_page import OpenGateway
from tests.docs.gateway_suite import MOODS, AcmeSuite
from tests.servers.acme import API_KEY, CARD, NOTICE_SECRET, PIX, SLOW, Acme, Mood, signature
from tests.servers.acme_server import serving_acme
from ticketcore import ActionType, GatewayUnavailable, Money, NoticeNotAuthentic
from ticketcore.ports import Approved, Attempt, Cancelled, Declined, PaymentGateway, Pending
from ticketcore_simulated_payments import SimulatedPaymentGateway, tokens
from ticketcore_testing.agreement.payment_gateway import PaymentGatewaysAgree
from ticketcore_testing.contracts.payment_gateway import attempt_with, no_response


@pytest.fixture
def open_gateway(stand_in: Acme, tmp_path: Path) -> Iterator[OpenGateway]:
    """Yield a function that opens the guide's gateway at the stand-in."""
    with gateway_page.opening(gateway_page.module(), gateway_page.url(stand_in, tmp_path)) as open_one:
        yield open_one


@pytest.fixture
def gateway(open_gateway: OpenGateway) -> PaymentGateway:
    """Return one gateway."""
    return open_gateway()


class TestAcmeGateway(AcmeSuite):
    """It passes the whole suite."""

    @pytest.fixture
    def open_gateway(self, stand_in: Acme, tmp_path: Path) -> Iterator[OpenGateway]:
        """Yield a function that opens one and the same gateway."""
        self.stand_in, self.made = stand_in, gateway_page.module()
        with gateway_page.opening(self.made, gateway_page.url(stand_in, tmp_path)) as open_one:
            yield open_one


def test_it_agrees_with_the_simulated_gateway(open_gateway: OpenGateway) -> None:
    """Every history of attempts has the same results."""
    simulated = SimulatedPaymentGateway()

    def open_gateways() -> Mapping[str, PaymentGateway]:
        return {"simulated": simulated, "acme": open_gateway()}

    agree(partial(PaymentGatewaysAgree, open_gateways), examples=8)


def charged(gateway: PaymentGateway, token: str) -> tuple[Attempt, Approved | Declined | Pending]:
    attempt = attempt_with(token)
    return attempt, gateway.charge(attempt)


# What waits


@pytest.mark.parametrize(
    ("token", "kind", "value"),
    [
        (tokens.PENDING, ActionType.REDIRECT, "https://bank.example/challenge?back=https://tickets.example/thanks"),
        (PIX, ActionType.QR_CODE, "00020126BR.GOV.BCB.PIX pi_1"),
    ],
)
@pytest.mark.parametrize("approved", [True, False])
def test_what_waits_says_what_to_do_and_until_when(
    gateway: PaymentGateway, stand_in: Acme, token: str, kind: ActionType, value: str, approved: bool
) -> None:
    """A challenge is a page to open, Pix a QR text; the buyer has half an hour, and ends it."""
    began = datetime.now(UTC)
    attempt, answer = charged(gateway, token)
    assert isinstance(answer, Pending)
    assert answer.action is not None
    assert (answer.action.type, answer.action.value) == (kind, value)
    assert timedelta(minutes=29) < answer.until - began < timedelta(minutes=40)
    stand_in.decide(attempt.id, approved=approved)
    known = attrs.evolve(attempt, reference=answer.reference)
    assert gateway.charge(known) == (Approved(answer.reference) if approved else Declined("not_authorised"))


@pytest.mark.parametrize("token", [tokens.PENDING, PIX])
def test_what_waits_can_be_cancelled(gateway: PaymentGateway, stand_in: Acme, token: str) -> None:
    """Its buyer can no longer pay."""
    attempt, _ = charged(gateway, token)
    assert gateway.cancel(attempt) == Cancelled()
    stand_in.decide(attempt.id, approved=True)
    assert gateway.charge(attempt) == Declined("not_awaited")
    assert stand_in.books == {}


def test_a_charge_in_flight_can_be_neither_cancelled_nor_called_approved(
    gateway: PaymentGateway, stand_in: Acme
) -> None:
    """The buyer has nothing to do; cancelling has no response until there is an outcome."""
    attempt, answer = charged(gateway, SLOW)
    assert isinstance(answer, Pending)
    assert answer.action is None
    no_response(lambda: gateway.cancel(attempt))
    stand_in.decide(attempt.id, approved=True)
    assert gateway.cancel(attempt) == Approved(answer.reference)


# What is refused


@pytest.mark.parametrize(
    ("token", "reason"), [(tokens.DECLINED, "insufficient_funds"), ("tok_of_another", "payment_method_unknown")]
)
def test_a_declined_charge_has_a_reason(gateway: PaymentGateway, stand_in: Acme, token: str, reason: str) -> None:
    """It is the gateway's code, the same at each repetition, and the intent can no longer be paid."""
    attempt, answer = charged(gateway, token)
    assert answer == Declined(reason)
    assert gateway.charge(attempt) == Declined(reason)
    assert stand_in.status_of(attempt.id) == "canceled"


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 409, 429, 500, 503])
def test_what_is_not_about_the_card_declines_nothing(gateway: PaymentGateway, stand_in: Acme, status: int) -> None:
    """A refused account, a busy gateway and a reply that is no intent are all without an outcome."""
    attempt = attempt_with(tokens.APPROVED)
    with stand_in.failing(Mood(status, spares_preparations=False)):
        for call in (gateway.charge, gateway.cancel):
            no_response(partial(call, attempt))
    assert isinstance(gateway.charge(attempt), Approved)


def test_an_intent_that_cannot_be_read_declines_nothing(gateway: PaymentGateway, stand_in: Acme) -> None:
    """It may be another account's, or paid."""
    attempt, answer = charged(gateway, tokens.PENDING)
    assert isinstance(answer, Pending)
    known = attrs.evolve(attempt, reference=answer.reference)
    with stand_in.failing(Mood(400, spares_preparations=False)):
        for call in (gateway.charge, gateway.cancel):
            no_response(partial(call, known))
    assert gateway.charge(known) == answer


def test_another_amount_under_the_same_key_declines_nothing(gateway: PaymentGateway) -> None:
    """The first may have been charged."""
    attempt, _ = charged(gateway, tokens.APPROVED)
    other = attrs.evolve(attempt, amount=Money(1, attempt.amount.currency))
    no_response(lambda: gateway.charge(other))


def test_a_refused_refund_is_not_taken_for_one_that_was_made(gateway: PaymentGateway) -> None:
    """The error has the gateway's code, for people to look at."""
    attempt, _ = charged(gateway, tokens.APPROVED)
    gateway.refund(attempt, Money(1, attempt.amount.currency), "1")
    with pytest.raises(GatewayUnavailable, match="amount_too_large"):
        gateway.refund(attempt, attempt.amount, "2")


def test_many_workers_charge_an_attempt_once(open_gateway: OpenGateway, stand_in: Acme) -> None:
    """Eight at the same time have one answer."""
    attempt = attempt_with(tokens.APPROVED)
    gateways = [open_gateway() for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(lambda each: each.charge(attempt), gateways))
    assert answers == {Approved("pi_1")}
    assert stand_in.books == {attempt.id: attempt.amount}


# Notices


@pytest.mark.parametrize("kind", ["payment_intent.created", "charge.refunded", "payment_intent.SUCCEEDED", ""])
def test_notices_of_other_kinds_are_about_no_attempt(gateway: PaymentGateway, stand_in: Acme, kind: str) -> None:
    """They are the gateway's all the same."""
    attempt, _ = charged(gateway, tokens.APPROVED)
    assert gateway.read_notice(*stand_in.notice(attempt.id)) == attempt.id
    assert gateway.read_notice(*stand_in.notice(attempt.id, kind)) is None


@pytest.mark.parametrize("minutes", [-6, 6])
def test_notices_of_another_time_are_refused(gateway: PaymentGateway, stand_in: Acme, minutes: int) -> None:
    """Clocks may be four minutes apart, and no more than five."""
    attempt, _ = charged(gateway, tokens.APPROVED)
    age = timedelta(minutes=minutes)
    assert gateway.read_notice(*stand_in.notice(attempt.id, age=age * 2 / 3)) == attempt.id
    with pytest.raises(NoticeNotAuthentic):
        gateway.read_notice(*stand_in.notice(attempt.id, age=age))


def sent_again(header: str) -> str:
    """Return the header with the time of now."""
    return f"t={int(datetime.now(UTC).timestamp())},{header.partition(',')[2]}"


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(sent_again, id="another time"),
        pytest.param(lambda header: header.replace("v1=", "v0="), id="an older scheme"),
        pytest.param(lambda header: header.rpartition(",")[0], id="another secret"),
        pytest.param(lambda header: header.partition(",")[0], id="no signature"),
        pytest.param(lambda header: header.partition(",")[2], id="no time"),
        pytest.param(lambda header: f"t={'9' * 5000},{header}", id="an endless time"),
        pytest.param(lambda header: header + ",v1=é", id="no digits"),
        pytest.param(lambda _: "", id="empty"),
    ],
)
def test_a_forged_signature_is_refused(gateway: PaymentGateway, stand_in: Acme, forge: Callable[[str], str]) -> None:
    """It has to be one of the right scheme, over the time that it names, with the secret."""
    attempt, _ = charged(gateway, tokens.APPROVED)
    headers, body = stand_in.notice(attempt.id, age=timedelta(minutes=1))
    with pytest.raises(NoticeNotAuthentic):
        gateway.read_notice({"acme-signature": forge(headers["acme-signature"])}, body)


def test_a_signature_is_over_time_and_body(gateway: PaymentGateway) -> None:
    """A notice that is about no attempt, signed by hand, is read."""
    stamp = str(int(datetime.now(UTC).timestamp()))
    for body in (b"{}", b"[]", b"null", b'{"type": "payment_intent.succeeded", "data": {"object": {"metadata": {}}}}'):
        header = f"t={stamp},v1={signature(NOTICE_SECRET, stamp, body)}"
        assert gateway.read_notice({"acme-signature": header}, body) is None


# Secrets


def test_nothing_of_a_card_or_a_secret_is_said(
    open_gateway: OpenGateway, stand_in: Acme, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs, messages and reprs hold none, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    gateway = open_gateway()
    said = [repr(gateway), str(vars(gateway).keys())]
    for token in (tokens.APPROVED, tokens.DECLINED, "tok_of_another", PIX):
        said.append(repr(charged(gateway, token)))
    for mood in (mood for mood in MOODS if not mood.stalls):
        with stand_in.failing(mood), pytest.raises(GatewayUnavailable) as raised:
            gateway.charge(attempt_with(tokens.APPROVED))
        said.append(f"{raised.value} {raised.value!r} {raised.value.__cause__!r}")
    assert caplog.records
    everything = "\n".join([*said, caplog.text])
    for secret in (API_KEY, NOTICE_SECRET, CARD, tokens.APPROVED, "tok_of_another"):
        assert secret not in everything


def test_a_certificate_of_an_unknown_authority_is_refused(
    certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key of the account is not sent."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with (
        serving_acme(certificates) as unknown,
        gateway_page.opening(gateway_page.module(), gateway_page.url(unknown, tmp_path)) as open_one,
        pytest.raises(GatewayUnavailable, match="SSLError"),
    ):
        open_one().charge(attempt_with(tokens.APPROVED))


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("acme://?secrets=FILE&return_url=u", {"api_key": API_KEY, "notice_secret": NOTICE_SECRET}),
        ("acme://host", {"api_key": API_KEY, "notice_secret": NOTICE_SECRET}),
        ("acme://host?secrets=FILE", {"api_key": API_KEY, "notice_secret": NOTICE_SECRET}),
        ("acme://host:port?secrets=FILE&return_url=u", {"api_key": API_KEY, "notice_secret": NOTICE_SECRET}),
        ("acme://host?secrets=FILE&return_url=u&tls=off", {"api_key": API_KEY, "notice_secret": NOTICE_SECRET}),
        ("acme://host?secrets=FILE.none&return_url=u", {"api_key": API_KEY, "notice_secret": NOTICE_SECRET}),
        ("acme://host?secrets=FILE&return_url=u", {"api_key": API_KEY, "notice_secret": ""}),
        ("acme://host?secrets=FILE&return_url=u", {"api_key": API_KEY}),
        ("acme://host?secrets=FILE&return_url=u", [API_KEY]),
    ],
)
def test_a_gateway_that_cannot_be_opened_is_refused(address: str, secrets: object, tmp_path: Path) -> None:
    """Without a host, a page to return to or both secrets there is none; a notice could be forged with an empty one."""
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps(secrets))
    with pytest.raises(ValueError, match=r"host|secret|[Pp]ort") as refused:
        gateway_page.module().open_gateway(address.replace("FILE", str(file)))
    assert API_KEY not in str(refused.value)
