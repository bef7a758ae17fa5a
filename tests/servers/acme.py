"""A stand-in for Acme, a payment gateway with payment intents: its books, which move no money, and how it fails."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import attrs

from tests.patience import PATIENCE_SECONDS
from ticketcore import AttemptId, Currency, Money
from ticketcore_simulated_payments import tokens

Json = dict[str, Any]

API_KEY = "sk_test_of_the_stand_in"
NOTICE_SECRET = "whsec_of_the_stand_in"
#: What Acme says of a card, which nothing of ours may repeat.
CARD = "4242 4242 4242 4242"

#: Tokens beside those of the simulated gateway; ``tokens.PENDING`` has a challenge.
PIX, SLOW = "pix", "tok_slow"
_FLAKY_FAILURES = 2


@attrs.frozen
class Mood:
    """How requests fail: with a status, or else by a closed connection; after what they ask for is done, or before.

    ``stalls`` has the client wait for it.  ``spares_preparations`` lets requests through that neither move money nor end anything.
    """

    status: int | None = None
    is_done: bool = False
    stalls: bool = False
    spares_preparations: bool = True

    def meets(self, path: str) -> bool:
        return not self.spares_preparations or path.endswith(("/confirm", "/cancel", "/refunds"))


@attrs.frozen
class Reply:
    """A status with its JSON."""

    status: int
    content: Json

    @classmethod
    def error(cls, status: int, code: str, kind: str = "invalid_request_error") -> Reply:
        """Return what Acme says of a request that it refuses, with words that may be about a card."""
        return cls(status, {"error": {"type": kind, "code": code, "message": f"The card {CARD} and {code}."}})


@attrs.define(eq=False)
class Acme:
    """The gateway's books; ``mood`` is how requests fail.  Notices go to ``notices_url``, and ``told`` has the responses to them."""

    address: str = ""
    mood: Mood | None = None
    pix_seconds: int = 1800
    notices_url: str | None = None
    told: list[int] = attrs.field(factory=list)
    intents: dict[str, Json] = attrs.field(factory=dict)
    _replies: dict[str, tuple[str, Reply]] = attrs.field(factory=dict)
    _tries: Counter[str] = attrs.field(factory=Counter)
    _lock: threading.RLock = attrs.field(factory=threading.RLock)
    _released: threading.Event = attrs.field(factory=threading.Event)

    @property
    def books(self) -> Mapping[AttemptId, Money]:
        """The money that was taken and not returned, by attempt."""
        kept: dict[AttemptId, Money] = {}
        with self._lock:
            for intent in self.intents.values():
                attempt_id = AttemptId(intent["metadata"]["attempt"])
                taken = intent["amount"] - intent["amount_refunded"] if intent["status"] == "succeeded" else 0
                minor = taken + (kept[attempt_id].minor if attempt_id in kept else 0)
                kept[attempt_id] = Money(minor, Currency(intent["currency"].upper()))
        return {attempt_id: money for attempt_id, money in kept.items() if money.minor}

    def status_of(self, attempt_id: AttemptId) -> str:
        """Return the status of an attempt's intent."""
        return str(self._intent_of(attempt_id)["status"])

    def decide(self, attempt_id: AttemptId, *, approved: bool) -> None:
        """Do what the buyer of an intent that waits does, and send a notice."""
        with self._lock:
            intent = self._intent_of(attempt_id)
            if intent["status"] not in {"requires_action", "processing"}:
                return
            _try(intent, "succeeded" if approved else "requires_payment_method", None if approved else "not_authorised")
        self.tell(attempt_id, "payment_intent.succeeded" if approved else "payment_intent.payment_failed")

    def notice(
        self, attempt_id: AttemptId, kind: str = "payment_intent.succeeded", age: timedelta = timedelta(0)
    ) -> tuple[Mapping[str, str], bytes]:
        """Return the headers and the body of a notice, which is signed with another secret too, as while one is replaced."""
        body = json.dumps({"id": "evt_1", "type": kind, "data": {"object": self._intent_of(attempt_id)}}).encode()
        stamp = str(int(time.time() - age.total_seconds()))
        signatures = [signature(secret, stamp, body) for secret in ("whsec_the_next_one", NOTICE_SECRET)]
        return {"acme-signature": ",".join([f"t={stamp}", *(f"v1={each}" for each in signatures)])}, body

    def tell(self, attempt_id: AttemptId, kind: str) -> None:
        """Send a notice to where they go, if they go anywhere."""
        if self.notices_url is None:
            return
        headers, body = self.notice(attempt_id, kind)
        url = urlsplit(self.notices_url)
        with closing(http.client.HTTPConnection(url.netloc, timeout=PATIENCE_SECONDS)) as connection:
            connection.request("POST", url.path, body, {"Content-Type": "application/json", **headers})
            self.told.append(connection.getresponse().status)

    @contextmanager
    def failing(self, mood: Mood) -> Iterator[None]:
        """Fail requests in this way meanwhile."""
        self.mood = mood
        self._released.clear()
        try:
            yield
        finally:
            self.mood = None
            self._released.set()

    def respond(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """Do what a request asks for, unless it fails; ``None`` is a connection that is closed."""
        mood = self.mood
        if mood is None or not mood.meets(path):
            return self._handle(method, path, headers, body)
        if mood.is_done:
            self._handle(method, path, headers, body)
        if mood.stalls:
            self._released.wait(30)
        return None if mood.status is None else Reply.error(mood.status, "try_again", "api_error")

    def _handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if headers.get("authorization") != f"Bearer {API_KEY}":
            return Reply.error(401, "api_key_invalid")
        content = json.loads(body) if body else {}
        with self._lock:
            match method, path.split("/")[2:]:
                case "POST", ["payment_intents"]:
                    return self._keyed(headers, path, body, lambda: self._create(content))
                case "POST", ["refunds"]:
                    return self._keyed(headers, path, body, lambda: self._refund(content))
                case _, ["payment_intents", intent_id, *verb] if intent_id in self.intents:
                    return self._about(self.intents[intent_id], verb, content)
                case _:
                    return Reply.error(404, "resource_missing")

    def _about(self, intent: Json, verb: Sequence[str], content: Json) -> Reply:
        match verb:
            case ["confirm"]:
                return self._confirm(intent, content)
            case ["cancel"]:
                return _cancel(intent, content["cancellation_reason"])
            case _:
                return _shown(intent)

    def _intent_of(self, attempt_id: AttemptId) -> Json:
        with self._lock:
            [intent] = [each for each in self.intents.values() if each["metadata"]["attempt"] == attempt_id]
        return intent

    def _keyed(self, headers: Mapping[str, str], path: str, body: bytes, act: Callable[[], Reply]) -> Reply:
        """Return the first reply to a key; refuse another request under it."""
        key, request = headers["idempotency-key"], f"{path} {body.decode()}"
        if key not in self._replies:
            self._replies[key] = (request, act())
        known, reply = self._replies[key]
        return reply if known == request else Reply.error(400, "idempotency_key_reused", "idempotency_error")

    def _create(self, wanted: Json) -> Reply:
        intent = {
            "id": f"pi_{len(self.intents) + 1}",
            "object": "payment_intent",
            "status": "requires_payment_method",
            "created": int(time.time()),
            "amount_refunded": 0,
            "next_action": None,
            "last_payment_error": None,
            "cancellation_reason": None,
            **wanted,
        }
        self.intents[intent["id"]] = intent
        return _shown(intent)

    def _confirm(self, intent: Json, wanted: Json) -> Reply:
        if intent["status"] != "requires_payment_method":
            return Reply.error(400, "payment_intent_unexpected_state")
        method = wanted["payment_method"]
        token = PIX if method["type"] == "pix" else method["token"]
        self._tries[intent["id"]] += 1
        match token:
            case tokens.APPROVED:
                _try(intent, "succeeded")
            case tokens.DECLINED:
                _try(intent, "requires_payment_method", "insufficient_funds")
                return Reply.error(402, "insufficient_funds", "card_error")
            case tokens.PENDING:
                url = f"https://bank.example/challenge?back={wanted['return_url']}"
                _try(intent, "requires_action", action={"redirect_to_url": {"url": url}})
            case "pix":
                code = {"data": f"00020126BR.GOV.BCB.PIX {intent['id']}", "expires_at": self._pix_deadline()}
                _try(intent, "requires_action", action={"pix_display_qr_code": code})
            case "tok_slow":
                _try(intent, "processing")
            case tokens.FLAKY if self._tries[intent["id"]] > _FLAKY_FAILURES:
                _try(intent, "succeeded")
            case tokens.FLAKY | tokens.DOWN:
                return Reply.error(500, "try_again", "api_error")
            case _:
                return Reply.error(400, "payment_method_unknown")
        return _shown(intent)

    def _pix_deadline(self) -> int:
        return int(time.time()) + self.pix_seconds

    def _refund(self, wanted: Json) -> Reply:
        intent = self.intents[wanted["payment_intent"]]
        left = intent["amount"] - intent["amount_refunded"]
        if intent["status"] != "succeeded":
            return Reply.error(400, "payment_intent_unexpected_state")
        if not 0 < wanted["amount"] <= left:
            return Reply.error(400, "amount_too_large" if left else "charge_already_refunded")
        intent["amount_refunded"] += wanted["amount"]
        return Reply(200, {"id": f"re_{len(self._replies)}", "status": "succeeded"})


def _shown(intent: Json) -> Reply:
    return Reply(200, dict(intent))


def _try(intent: Json, status: str, failure: str | None = None, action: Json | None = None) -> None:
    error = failure and {"code": failure, "message": f"The card {CARD} was declined."}
    intent.update(status=status, last_payment_error=error, next_action=action)


def _cancel(intent: Json, reason: str) -> Reply:
    if intent["status"] not in {"requires_payment_method", "requires_action"}:
        return Reply.error(400, "payment_intent_unexpected_state")
    intent.update(status="canceled", cancellation_reason=reason, next_action=None)
    return _shown(intent)


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return the signature of a notice."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
