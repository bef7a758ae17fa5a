"""Words: texts, times, money and ids of all kinds."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from ticketcore.domain import ids, timestamps
from ticketcore.domain.ids import AttemptId, EventId, OrderId, TicketId
from ticketcore.domain.money import DECIMALS, MAX_MINOR_UNITS, Money
from ticketcore_simulated_payments import tokens as simulated

currencies = st.sampled_from(sorted(DECIMALS))
prices = st.builds(Money, st.integers(0, MAX_MINOR_UNITS), currencies)
moments = st.datetimes(timezones=st.just(UTC))
#: Times as a clock answers them, in the years in which people buy tickets.
clock_times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    timestamps.whole_milliseconds
)
#: How long something lasts.
spans = st.integers(1, 10**9).map(lambda milliseconds: timedelta(milliseconds=milliseconds))


def _ids(size: int) -> st.SearchStrategy[str]:
    return st.binary(min_size=size, max_size=size).map(ids.text_of)


event_ids = _ids(ids.EVENT_BYTES).map(EventId)
order_ids = _ids(ids.SECRET_BYTES).map(OrderId)
ticket_ids = _ids(ids.SECRET_BYTES).map(TicketId)
attempt_ids = _ids(ids.SECRET_BYTES).map(AttemptId)
ticket_codes = st.binary(min_size=ids.TICKET_CODE_BYTES, max_size=ids.TICKET_CODE_BYTES).map(ids.ticket_code)

digests = order_ids.map(ids.digest)

#: Text of any kind, with halves of surrogate pairs too, which JSON and command lines can hold.
anything = st.text() | st.text(st.sampled_from("\ud800\udfff aZ2=_-@.\n"))

_atoms = st.text(string.ascii_letters + string.digits + "!#$%&'*+/^_`{|}~-", min_size=1, max_size=20)
_labels = st.text(string.ascii_letters + string.digits, min_size=1, max_size=20)
emails = st.builds(
    "{}@{}".format,
    st.lists(_atoms, min_size=1, max_size=3).map(".".join),
    st.lists(_labels, min_size=1, max_size=4).map(".".join),
)

_printable = st.characters(
    exclude_categories=["Cc", "Cs", "Zl", "Zp"],
    exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)
_visible = st.characters(exclude_categories=["C", "Z"])
#: What an admin may write as the name of an event or place: somewhere in it something can be seen.
names = st.builds("{}{}{}".format, st.text(_printable, max_size=99), _visible, st.text(_printable, max_size=99))

#: Why something could not be done, as failures say it.
reasons = st.text(_printable, max_size=99)
#: Payment tokens: the simulated ones, and any other.
tokens = st.sampled_from([simulated.APPROVED, simulated.DECLINED, simulated.FLAKY, simulated.DOWN]) | names
