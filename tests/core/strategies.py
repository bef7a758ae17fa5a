"""Hypothesis strategies for the public values."""

from __future__ import annotations

import string
from datetime import UTC

from hypothesis import strategies as st

from ticketcore import ids
from ticketcore.codes import Claim
from ticketcore.ids import EventId, TicketId
from ticketcore.money import DECIMALS, MAX_MINOR_UNITS, Money

currencies = st.sampled_from(sorted(DECIMALS))
prices = st.builds(Money, st.integers(0, MAX_MINOR_UNITS), currencies)
moments = st.datetimes(timezones=st.just(UTC))

event_ids = st.binary(min_size=ids.EVENT_BYTES, max_size=ids.EVENT_BYTES).map(ids.text_of).map(EventId)
ticket_ids = st.binary(min_size=ids.SECRET_BYTES, max_size=ids.SECRET_BYTES).map(ids.text_of).map(TicketId)
claims = st.builds(Claim, event_ids, ticket_ids)

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
