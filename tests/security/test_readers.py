"""Any input of a reader, half right or not at all, is read or refused in one way."""

from __future__ import annotations

import base64
import json
import re
import string
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.examples import EVENT_ID, ORDER_ID, TICKET_ID
from tests.security.attempts import attempt
from ticketcore.domain import emails, messages, qr_text, timestamps
from ticketcore.domain.money import DECIMALS, Money
from ticketcore.domain.qr_text import Claim, ReadCode
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore.ports import Seal
from ticketcore_bootstrap import SettingError, Settings, read_settings
from ticketcore_codes import Ed25519Seal
from ticketcore_memory import HmacSeal
from ticketcore_testing.strategies import anything
from ticketcore_wire import order_schemas
from ticketcore_wire.event_schemas import CURSOR
from ticketcore_wire.schemas import InputSchema

SEALS: dict[str, Seal] = {
    "hmac": HmacSeal(bytes(32)),
    "ed25519": Ed25519Seal(Ed25519PrivateKey.from_private_bytes(bytes(32))),
}
CLAIM = Claim(EVENT_ID, TICKET_ID)

latin = st.binary(max_size=200).map(lambda raw: raw.decode("latin-1"))
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(anything, inner, max_size=4),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """Return a text in which a few characters were changed, cut out or doubled."""
    characters = list(text)
    for place in draw(st.lists(st.integers(0, len(text) - 1), max_size=4)):
        characters[place] = draw(st.sampled_from(["", characters[place] * 2]) | st.characters(exclude_categories=()))
    return "".join(characters)


def base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")


# QR codes


@pytest.mark.parametrize("name", SEALS)
@given(data=st.data())
def test_a_seal_opens_its_own_texts_alone(name: str, data: st.DataObject) -> None:
    """Garbage, what has the layout of a code, and codes with a little damage are not authentic."""
    ours = SEALS[name].seal(CLAIM)
    layout = st.binary(min_size=95, max_size=95).map(lambda raw: base32(bytes([qr_text.VERSION]) + raw))
    text = data.draw(anything | latin | layout | damaged(ours))
    found = SEALS[name].open(text)
    assert found == (CLAIM if text.strip() == ours else TicketNotAuthentic())


@given(st.binary(max_size=120).map(base32) | latin | st.text(string.ascii_uppercase + "234567=", max_size=200))
def test_a_code_has_one_spelling(text: str) -> None:
    """A code that can be read is written the same way."""
    code = qr_text.read(text)
    assert code == TicketNotAuthentic() or (
        isinstance(code, ReadCode) and qr_text.write(code.signed, code.signature) == text.strip()
    )


# Cursors


def cursor_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


SAMPLE = cursor_of(b'["2027-05-01T20:00:00.000Z", "aaaa"]')
SAMPLE_OF_ORDERS = cursor_of(b'["2027-05-01T20:00:00.000Z", "0123456789abcdef"]')
dates = (
    st.sampled_from(["2027-05-01T20:00:00.000Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]) | anything
)
pairs = st.tuples(dates | json_values, st.sampled_from(["aaaa", ""]) | json_values).map(list) | json_values


@pytest.mark.parametrize("schema", [CURSOR, order_schemas.CURSOR])
@given(
    text=anything
    | latin
    | damaged(SAMPLE)
    | damaged(SAMPLE_OF_ORDERS)
    | st.binary(max_size=200).map(cursor_of)
    | pairs.map(lambda value: cursor_of(json.dumps(value).encode()))
    | pairs.map(lambda value: cursor_of(json.dumps(value).encode("utf-16")))
)
@example(text=SAMPLE)
@example(text=SAMPLE_OF_ORDERS)
@example(text=cursor_of(b"[" * 50_000))
@example(text=cursor_of(b"9" * 5000))
@example(text=cursor_of(b'{"2027-05-01T20:00:00.000Z": 1, "aaaa": 2}'))
def test_a_cursor_is_ours_or_refused(schema: InputSchema[Any], text: str) -> None:
    """Only what the schema of cursors encodes is decoded, and it is encoded again as it was."""
    after, refusal = attempt(schema.decode, text)
    if refusal or not after:
        assert str(refusal) == "must be a next_cursor of this service"
    else:
        assert schema.encode(after) == text


# Messages

MESSAGE = messages.write(ORDER_ID)
SECRET = "zzzz-a-secret-zzzz"
members = st.sampled_from(["version", "order_id"]) | anything
values = st.sampled_from([1, 1.0, True, "1", ORDER_ID, SECRET, SECRET + "\n", SECRET * 20]) | json_values
objects = st.dictionaries(members, values, max_size=4)


@given(anything | latin | damaged(MESSAGE) | (objects | json_values).map(json.dumps))
@example("[" * 100_000)
@example('{"version": 1, "order_id": ' + "9" * 5000 + "}")
@example('{"version": NaN, "order_id": "a"}')
@example(f'{{"version": 2, "order_id": "{SECRET}"}}')
def test_a_message_names_an_order_or_is_refused(text: str) -> None:
    """The refusal never quotes the message."""
    order_id, refusal = attempt(messages.read, text)
    if refusal or not order_id:
        assert SECRET not in str(refusal)
        assert str(refusal).startswith("a message must ")
    else:
        assert messages.read(messages.write(order_id)) == order_id
        assert order_id.isascii()
        assert order_id.isprintable()


# Times, money, addresses

clock = st.from_regex(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{0,12})?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)


@given(anything | latin | clock | damaged("2027-05-01T20:00:00.123456789+14:00"))
@example("0000-01-01T00:00:00Z")
@example("2027-02-29T00:00:00Z")
@example("2027-05-01T24:00:00Z")
@example("2027-05-01T23:59:60Z")
@example("0001-01-01T00:00:00+00:01")
@example("9999-12-31T23:59:59-00:01")
@example("٢٠٢٧-05-01T20:00:00Z")
def test_a_time_is_read_or_refused(text: str) -> None:
    """The time that was read is in UTC, and its text is read as the same time."""
    moment, refusal = attempt(timestamps.parse, text)
    if refusal or not moment:
        assert "RFC 3339" in str(refusal)
    else:
        assert timestamps.parse(timestamps.text_of(moment)) == moment


amounts = st.from_regex(r"[+-]?[0-9]{0,20}([.,][0-9]{0,5})?(e[0-9])?", fullmatch=True)


@given(anything | latin | amounts, st.sampled_from(sorted(DECIMALS)) | anything)
@example("٤٥.00", "BRL")
@example("45.00\n", "BRL")
@example("1000000000000000.00", "BRL")
def test_an_amount_is_read_or_refused(text: str, code: str) -> None:
    """The amount that was read is written as it came."""
    money, refusal = attempt(Money.parse, text, code)
    if refusal or not money:
        assert str(refusal).startswith(("must be ", "is too large"))
    else:
        assert money.amount == text


@given(anything | latin | damaged("ann.smith+tickets@mail.example.com"))
@example("ann@example.com\n")
@example("ann@example.com\r\nBcc: bob@example.com")
@example("a" * 65 + "@example.com")
@example("=?utf-8?q?ann?=@example.com")
@example(("a." * 20_000) + "@")
def test_an_address_is_read_or_refused(text: str) -> None:
    """The address that was read can be put into a mail's header as it is."""
    address, refusal = attempt(emails.parse, text)
    if refusal or not address:
        assert str(refusal).startswith("must be ")
    else:
        assert re.fullmatch(r"[!-~]+@[!-~]+", address)
        assert emails.parse(address) == address


# Settings

VARIABLES = [
    "DATA",
    "DATABASE_URL",
    "INVENTORY_URL",
    "QUEUE_URL",
    "FILES_URL",
    "MAIL_URL",
    "HOLD_SECONDS",
    "ADMIN_KEY",
    "GATE_KEY",
    "SIGNING_KEY",
    "TRUSTED_KEYS",
    "PUBLIC_URL",
    "ORDER_LIMIT",
    "RETENTION_DAYS",
    "TIMEZONE",
    "PAYMENT_LIMIT",
    "RATE_LIMIT",
]
SCHEMES = [
    "sqlite",
    "postgresql",
    "postgresql+psycopg",
    "redis",
    "rediss",
    "redis+cluster",
    "https",
    "http",
    "file",
    "s3",
]
SCHEMES += ["ses", "smtp", "smtps", "", "x"]
PORTS = ["", ":", ":1", ":0", ":-1", ":65536", ":x", ":1:2", ":\uff11"]
HOSTS = ["", "host", "[::1]", "[::1", "]", "[v1.x]", "a b", "é", "..", "x" * 300, "%zz", "[1.2.3.4]"]
PATHS = ["", "/", "//", "/0", "/x", "/a/b", "/%00", "/\udcff", "/ ", "/../..", "/1/2/3"]
QUERIES = ["", "?", "?x", "?from=", "?from=a@b.c", "?from=a&from=b", "?max_connections=x", "?socket_timeout=x", "?db=x"]
QUERIES += [
    "?protocol=9",
    "?health_check_interval=x",
    "?%",
    "#x",
    "?encryption=aws:kms",
    "?kms_key_id=1",
    "?ssl_cert_reqs=x",
]
urls = st.builds(
    "{}://{}{}{}{}{}".format,
    st.sampled_from(SCHEMES),
    st.sampled_from(["", "@", "user@", f"user:{SECRET}@", f":{SECRET}@", f"user:{SECRET}@x@", f"a@b:{SECRET}@"]),
    st.sampled_from(HOSTS),
    st.sampled_from(PORTS),
    st.sampled_from(PATHS),
    st.sampled_from(QUERIES),
)
#: What an operating system can hold in a variable.
plain = st.text(st.characters(exclude_characters="\0", exclude_categories=()), max_size=60)
limits = st.from_regex(r"[0-9]{0,30}[ /]?(second|minute|hour|day|year|none)?s?[;,|]?", fullmatch=True)
numbers = st.sampled_from(["0", "-1", "1e3", "٣", "9" * 5000, "604800", "604801", " 1", "1_0"])
keys = st.sampled_from(["A" * 43, "A" * 42 + "B", "A" * 43 + ",", "," * 50, "é" * 43])


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(VARIABLES), urls | plain | limits | numbers | keys, max_size=3))
@example({"RATE_LIMIT": "1" * 5000 + "/minute"})
@example({"DATA": "\udcff"})
@example({"HOLD_SECONDS": "²"})
def test_any_environment_is_read_or_refused(given_variables: dict[str, str]) -> None:
    """The refusal is one line that names the variable and shows no password."""
    environment = {f"TICKETCORE_{name}": value for name, value in given_variables.items()}
    read, refusal = attempt(read_settings, environment)
    if refusal:
        assert isinstance(refusal, SettingError)
        assert refusal.variable in environment
        assert SECRET not in str(refusal)
        assert len(str(refusal).splitlines()) == 1
    else:
        assert isinstance(read, Settings)
        # A directory may have any name, which is no secret.
        assert "DATA" in given_variables or SECRET not in repr(read)
