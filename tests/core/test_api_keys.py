"""API keys open what they were made for, are stored as hashes, and never open again once revoked."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import NOW
from ticketcore.domain import api_keys
from ticketcore.domain.api_keys import RANDOM_BYTES, ApiKey, KeyRefusal, Role
from ticketcore_testing.strategies import anything

RANDOM = bytes(range(RANDOM_BYTES))
KEY, TEXT = api_keys.make("front door", Role.GATE, RANDOM, NOW)
randoms = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


def secret_of(text: str) -> str:
    parts = api_keys.split(text)
    assert parts is not None
    return parts[1]


@given(randoms, st.sampled_from(Role))
def test_a_keys_text_opens_it(random: bytes, role: Role) -> None:
    """The text that is shown once names the key and holds the secret that it admits."""
    key, text = api_keys.make("a name", role, random, NOW)

    assert api_keys.split(text) == (key.id, secret_of(text))
    assert key.refusal_of(secret_of(text)) is None
    assert (key.role, key.created_at, key.revoked_at) == (role, NOW, None)


@given(randoms, randoms)
def test_a_key_opens_itself_alone(one: bytes, other: bytes) -> None:
    """Another key's secret is not admitted."""
    key, text = api_keys.make("one", Role.ADMIN, one, NOW)
    _, other_text = api_keys.make("other", Role.ADMIN, other, NOW)

    assert (key.refusal_of(secret_of(other_text)) is None) == (secret_of(text) == secret_of(other_text))


@given(anything)
def test_any_secret_is_admitted_or_not(secret: str) -> None:
    """A lookup never raises, whatever a client sends."""
    assert KEY.refusal_of(secret) is KeyRefusal.UNKNOWN


def test_a_revoked_key_admits_nothing() -> None:
    """From the moment of its revocation, its own secret included."""
    revoked = attrs.evolve(KEY, revoked_at=NOW)

    assert KEY.refusal_of(secret_of(TEXT)) is None
    assert revoked.refusal_of(secret_of(TEXT)) is KeyRefusal.REVOKED
    assert revoked.refusal_of("") is KeyRefusal.UNKNOWN


def test_a_key_keeps_no_secret_and_shows_no_hash() -> None:
    """The stored form does not contain the secret, and the printed form does not contain the hash."""
    assert all(secret_of(TEXT) not in str(value) for value in attrs.astuple(KEY))
    assert len(KEY.secret_hash) == 32
    assert "hash" not in repr(KEY)
    assert repr(KEY.secret_hash) not in repr(KEY)


def test_a_secret_cannot_be_guessed() -> None:
    """It carries every one of the random bytes that the id does not."""
    secrets = {
        secret_of(api_keys.make("", Role.GATE, RANDOM[:byte] + b"\xff" + RANDOM[byte + 1 :], NOW)[1])
        for byte in range(25)
    }

    assert len(secrets) == 1 + 20


@pytest.mark.parametrize(
    "text",
    [
        "",
        "_",
        "__",
        "tck",
        "tck_",
        "tck__secret",
        TEXT.upper(),
        TEXT.removeprefix("tck_"),
        f"x{TEXT}",
        "tck_aaaa_secret",
    ],
)
def test_other_texts_are_no_keys(text: str) -> None:
    """Without prefix and id there is nothing to look up."""
    assert api_keys.split(text) is None


@given(anything | anything.map("tck_{}".format) | anything.map(f"tck_{KEY.id}_{{}}".format))
def test_any_text_is_split_or_not(text: str) -> None:
    """Splitting never raises, and joining its results gives the text back."""
    parts = api_keys.split(text)

    assert parts is None or text.rstrip("_") == f"tck_{parts[0]}_{parts[1]}".rstrip("_")


def test_a_key_is_a_value() -> None:
    """Made again of the same bytes it is the same."""
    assert api_keys.make("front door", Role.GATE, RANDOM, NOW) == (KEY, TEXT)
    assert isinstance(KEY, ApiKey)


@pytest.mark.parametrize("length", [0, 24, 26])
def test_a_key_is_made_of_enough_randomness(length: int) -> None:
    """Fewer bytes would make a key that can be guessed."""
    with pytest.raises(ValueError, match="25 random bytes"):
        api_keys.make("short", Role.GATE, bytes(length), NOW)
