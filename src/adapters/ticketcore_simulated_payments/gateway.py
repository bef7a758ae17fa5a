"""The simulated payment gateway: no money moves, and a token decides the outcome."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import attrs

from ticketcore.domain.attempts import ActionType, Attempt, PaymentAction
from ticketcore.domain.errors import GatewayUnavailable, NoticeNotAuthentic
from ticketcore.domain.ids import AttemptId
from ticketcore.domain.money import Money
from ticketcore.ports import Approved, Cancelled, Declined, PaymentGateway, Pending
from ticketcore_simulated_payments.charges import Charge, Charges, MemoryCharges
from ticketcore_simulated_payments.tokens import Outcome

_TRIES = 20
_SIGNATURE = "simulated-signature"
#: A notice that is older than this, or so far in the future, may be another one sent again.
_TOLERANCE = timedelta(minutes=5)
_REASONS = {Outcome.DECLINED: "declined by the simulated gateway", Outcome.CANCELLED: "cancelled"}


def _utc_now() -> datetime:
    return datetime.now(UTC)


@attrs.define(eq=False)
class SimulatedPaymentGateway(PaymentGateway):
    """A payment gateway for tests, demonstrations and development; its charges are in process unless a store is given.

    ``now`` is its clock.  Without a ``notice_secret`` no notice is its own.
    """

    charges: Charges = attrs.field(factory=MemoryCharges)
    now: Callable[[], datetime] = _utc_now
    notice_secret: bytes | None = attrs.field(default=None, repr=False)

    @property
    def charged(self) -> Mapping[AttemptId, Money]:
        """The money that was taken and not returned, by attempt."""
        return {charge.attempt_id: charge.kept for charge in self.charges.list() if charge.kept.minor}

    def charge(self, attempt: Attempt) -> Approved | Declined | Pending:
        token, now = attempt.token, self.now()
        assert token is not None, "an attempt that is to be charged has its token"
        charge = self._change(None, attempt.id, lambda known: (known or _new(attempt)).tried(token, now))
        assert charge is not None
        match charge:
            case Charge(outcome=Outcome.APPROVED):
                return Approved(charge.reference)
            case Charge(outcome=Outcome() as outcome):
                return Declined(_REASONS[outcome])
            case Charge(waits_until=datetime() as until):
                return Pending(charge.reference, _action(charge), until)
            case _:
                raise GatewayUnavailable(f"no answer at try {charge.tries}")

    def decide(self, attempt_id: AttemptId, *, approved: bool) -> bool:
        """Do what the buyer of a charge that waits would do; return whether it waited.

        Raises ``GatewayUnavailable`` if the store of charges cannot be reached.
        """
        outcome, known = Outcome.APPROVED if approved else Outcome.DECLINED, self.charges.get(attempt_id)
        if known is None or known.decided(outcome) == known:
            return False
        changed = self._change(known, attempt_id, lambda current: current and current.decided(outcome))
        return changed is not None and changed.outcome is outcome

    def cancel(self, attempt: Attempt) -> Cancelled | Approved:
        charge = self._change(None, attempt.id, lambda known: (known or _new(attempt)).cancelled())
        assert charge is not None
        return Approved(charge.reference) if charge.outcome is Outcome.APPROVED else Cancelled()

    def refund(self, attempt: Attempt, amount: Money, refund_id: str) -> None:
        self._change(
            self.charges.get(attempt.id), attempt.id, lambda known: known and known.returned(refund_id, amount)
        )

    def notice_of(self, attempt_id: AttemptId) -> tuple[Mapping[str, str], bytes]:
        """Return the headers and the body of a notice, as the gateway sends it.

        ``notice_secret`` must be set.
        """
        assert self.notice_secret is not None, "notices are signed"
        body = json.dumps({"attempt_id": attempt_id, "sent_at": int(self.now().timestamp())}).encode()
        return {_SIGNATURE: _signature(self.notice_secret, body)}, body

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> AttemptId | None:
        if self.notice_secret is None:
            raise NoticeNotAuthentic
        presented = headers.get(_SIGNATURE, "").encode("utf-8", "replace")
        if not hmac.compare_digest(presented, _signature(self.notice_secret, body).encode()):
            raise NoticeNotAuthentic
        match _parsed(body):
            case {"attempt_id": str(attempt_id), "sent_at": int(sent_at)}:
                if abs(self.now().timestamp() - sent_at) > _TOLERANCE.total_seconds():
                    raise NoticeNotAuthentic
                return AttemptId(attempt_id)
            case _:
                return None

    def close(self) -> None:
        """Close the connections of the store of charges."""
        self.charges.close()

    def _change(
        self, known: Charge | None, attempt_id: AttemptId, change: Callable[[Charge | None], Charge | None]
    ) -> Charge | None:
        """Change an attempt's charge, again if it is not as it is ``known``, and return it.

        Most attempts are charged once: taking one for unknown saves a look at it.
        """
        for _ in range(_TRIES):
            charge = change(known)
            if charge is None or charge == known or self.charges.put(charge):
                return charge
            known = self.charges.get(attempt_id)
        raise GatewayUnavailable("too many requests for one attempt at a time")


def _new(attempt: Attempt) -> Charge:
    return Charge(attempt.id, attempt.amount)


def _action(charge: Charge) -> PaymentAction:
    return PaymentAction(ActionType.QR_CODE, f"SIMULATED {charge.reference} {charge.amount}")


def _parsed(body: bytes) -> object:
    """Return what a body holds, ``None`` if it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _signature(secret: bytes, body: bytes) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()
