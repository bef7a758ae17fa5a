"""Every seal passes the suite of its port, and they agree."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import partial

import pytest

from tests.contracts.agreeing import agree
from ticketcore.ports import Seal
from ticketcore_codes import Ed25519Seal, new_private_key, read_private_key
from ticketcore_memory import HmacSeal
from ticketcore_testing.agreement.seal import SealsAgree
from ticketcore_testing.contracts.seal import SealContract

#: By name, a function that makes a seal with a new key.
ADAPTERS: Mapping[str, Callable[[], Seal]] = {
    "ed25519": lambda: Ed25519Seal(read_private_key(new_private_key())),
    "hmac": lambda: HmacSeal(secrets.token_bytes(32)),
}


class TestSeal(SealContract):
    """Ed25519, and HMAC for tests."""

    @pytest.fixture(params=ADAPTERS)
    def new_seal(self, request: pytest.FixtureRequest) -> Callable[[], Seal]:
        """Return a function that makes a seal with a new key."""
        return ADAPTERS[request.param]


def test_the_seals_agree() -> None:
    """All refuse the same mutations; two seals of one kind do not open each other's texts."""

    def open_seals() -> Mapping[str, Seal]:
        return {**{name: make() for name, make in ADAPTERS.items()}, "another": ADAPTERS["ed25519"]()}

    agree(partial(SealsAgree, open_seals), examples=30)
