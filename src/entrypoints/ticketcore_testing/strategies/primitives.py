"""Strategies for texts, times, money and ids."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from ticketcore.domain import idempotency, ids, timestamps, validation, webhook_news, webhooks
from ticketcore.domain.ids import AttemptId, CustomerDigest, EventId, MessageId, OrderId, TicketId, WebhookId
from ticketcore.domain.money import DECIMALS, MAX_MINOR_UNITS, Money
from ticketcore.domain.texts import LocalTime
from ticketcore_simulated_payments import tokens as simulated

currencies = st.sampled_from(sorted(DECIMALS))
prices = st.builds(Money, st.integers(0, MAX_MINOR_UNITS), currencies)
moments = st.datetimes(timezones=st.just(UTC))
#: Times as a clock returns them, in this century.
clock_times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    timestamps.whole_milliseconds
)
#: Durations.
spans = st.integers(1, 10**9).map(lambda milliseconds: timedelta(milliseconds=milliseconds))


def _ids(size: int) -> st.SearchStrategy[str]:
    return st.binary(min_size=size, max_size=size).map(ids.text_of)


event_ids = _ids(ids.EVENT_BYTES).map(EventId)
order_ids = _ids(ids.SECRET_BYTES).map(OrderId)
customers = _ids(ids.SECRET_BYTES).map(CustomerDigest)
ticket_ids = _ids(ids.SECRET_BYTES).map(TicketId)
attempt_ids = _ids(ids.SECRET_BYTES).map(AttemptId)
webhook_ids = _ids(webhooks.ID_BYTES).map(WebhookId)
message_ids = _ids(webhook_news.MESSAGE_BYTES).map(MessageId)
ticket_codes = st.binary(min_size=ids.TICKET_CODE_BYTES, max_size=ids.TICKET_CODE_BYTES).map(ids.ticket_code)

digests = order_ids.map(ids.digest)

#: Any text, with surrogates too, which JSON and command lines can contain.
anything = st.text() | st.text(st.sampled_from("\ud800\udfff aZ2=_-@.\n"))

_atoms = st.text(string.ascii_letters + string.digits + "!#$%&'*+/^_`{|}~-", min_size=1, max_size=20)
_labels = st.text(string.ascii_letters + string.digits, min_size=1, max_size=20)
_top_labels = st.from_regex(r"[a-zA-Z][a-zA-Z0-9-]{0,10}[a-zA-Z0-9]", fullmatch=True)
emails = st.builds(
    "{}@{}".format,
    st.lists(_atoms, min_size=1, max_size=3).map(".".join),
    st.tuples(st.lists(_labels, min_size=1, max_size=3).map(".".join), _top_labels).map(".".join),
)

_printable = st.characters(
    exclude_categories=["Cc", "Cs", "Zl", "Zp"],
    exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)
_visible = st.characters(exclude_categories=["C", "Z"])
#: Names of events and locations: printable, with at least one visible character.
names = st.builds("{}{}{}".format, st.text(_printable, max_size=99), _visible, st.text(_printable, max_size=99))

#: Descriptions: printable, of several lines or none.
descriptions = st.lists(st.text(_printable | st.just("\t"), max_size=99), max_size=4).map("\n".join)
#: IANA names of time zones, with summer time and without, and of the widest offsets.
timezones = st.sampled_from(["UTC", "America/Sao_Paulo", "Europe/London", "Pacific/Kiritimati", "Etc/GMT+12"])

#: Times that people read in a zone.
local_times = st.builds(LocalTime, clock_times, timezones)

#: The language of a buyer, if it is known: one that there are texts in, or another.
languages = st.none() | st.sampled_from(["en", "es", "pt-BR", "fr"])

idempotency_keys = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E),
    min_size=idempotency.MIN_LENGTH,
    max_size=idempotency.MAX_LENGTH,
)

scan_ids = st.text(_visible, min_size=validation.MIN_SCAN_ID, max_size=validation.MAX_SCAN_ID)

#: Reasons of failures.
reasons = st.text(_printable, max_size=99)
#: Payment tokens, the simulated ones among them.
tokens = st.sampled_from([simulated.APPROVED, simulated.DECLINED, simulated.FLAKY, simulated.DOWN]) | names
