"""Failures are one tree of exceptions, and each says whether a retry is safe."""

from __future__ import annotations

import pickle

import pytest

from ticketcore.domain import errors
from ticketcore.domain.errors import (
    CannotSeal,
    ForeignTable,
    GatewayUnavailable,
    InvalidTransition,
    NoticeNotAuthentic,
    TicketcoreError,
    Unavailable,
)

EXAMPLES: list[tuple[TicketcoreError, str, bool]] = [
    (Unavailable("ledger", "connection refused"), "ledger is unavailable: connection refused", True),
    (GatewayUnavailable("timed out"), "payment gateway is unavailable: timed out", True),
    (NoticeNotAuthentic(), "the notice was not signed by the payment gateway, or is too old", False),
    (
        CannotSeal(),
        "this process has public keys alone: it can open QR texts, and make none",
        False,
    ),
    (
        ForeignTable("events"),
        "the table events in this database is another program's: use another database or schema",
        False,
    ),
    (InvalidTransition("expired", "paid"), "an order cannot go from expired to paid", False),
]


@pytest.mark.parametrize(("failure", "sentence", "safe"), EXAMPLES)
def test_a_failure_says_what_happened_and_whether_to_retry(failure: TicketcoreError, sentence: str, safe: bool) -> None:
    """Its text names the component and the reason, and a retry is safe only if there was no response."""
    assert (str(failure), failure.retry_is_safe) == (sentence, safe)


@pytest.mark.parametrize("failure", [failure for failure, _, _ in EXAMPLES], ids=repr)
def test_a_failure_crosses_processes(failure: TicketcoreError) -> None:
    """Pickled and read again it is of the same kind, with the same fields and text."""
    copy = pickle.loads(pickle.dumps(failure))

    assert type(copy) is type(failure)
    assert (vars(copy), str(copy)) == (vars(failure), str(failure))


def test_every_failure_is_in_the_tree() -> None:
    """Catching the root catches all, and the tests here know each kind; wrong options and keys are wrong arguments."""
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)} - {
        errors.UnknownOption,
        errors.WrongKindOfKey,
    }

    assert all(issubclass(kind, TicketcoreError) for kind in kinds)
    assert kinds == {type(failure) for failure, _, _ in EXAMPLES} | {TicketcoreError}


def test_a_silent_gateway_is_out_of_reach() -> None:
    """Code that retries on `Unavailable` retries on the gateway's failures too."""
    with pytest.raises(Unavailable) as caught:
        raise GatewayUnavailable("timed out")
    assert (caught.value.part, caught.value.reason) == ("payment gateway", "timed out")
