"""Strategies for claims, QR texts, scans, API keys and acts of admins."""

from __future__ import annotations

from hypothesis import strategies as st

from ticketcore.domain import api_keys as keys
from ticketcore.domain import qr_text
from ticketcore.domain.acts import AdminAct, AdminActKind
from ticketcore.domain.api_keys import MAX_NAME, RANDOM_BYTES, ApiKey, Holder, Role
from ticketcore.domain.qr_text import Claim, ReadCode
from ticketcore.domain.validation import Scan, Undo
from ticketcore_testing.strategies.primitives import clock_times, event_ids, names, scan_ids, ticket_ids

claims = st.builds(Claim, event_ids, ticket_ids)


def _bytes(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


_signed = st.builds(qr_text.signed_part, claims, _bytes(qr_text.KEY_ID_BYTES))


def _read(signed: bytes, signature: bytes) -> ReadCode:
    code = qr_text.read(qr_text.write(signed, signature))
    assert isinstance(code, ReadCode)
    return code


#: Well-formed QR texts with a signature of no key.
qr_texts = st.builds(qr_text.write, _signed, _bytes(qr_text.SIGNATURE_BYTES))
read_codes = st.builds(_read, _signed, _bytes(qr_text.SIGNATURE_BYTES))

api_keys: st.SearchStrategy[ApiKey] = st.builds(
    lambda name, role, random, now: keys.make(name, role, random, now)[0],
    names.map(lambda name: name.strip()[:MAX_NAME]),
    st.sampled_from(Role),
    _bytes(RANDOM_BYTES),
    clock_times,
)
admin_acts = st.builds(
    AdminAct,
    clock_times,
    st.none() | names,
    st.sampled_from(AdminActKind),
    event_ids,
    names,
    st.lists(st.sampled_from(["name", "price", "status"]), unique=True).map(tuple),
)
key_ids = api_keys.map(lambda key: key.id)

_events = st.none() | st.frozensets(event_ids, max_size=3)
holders = st.builds(Holder, key_ids, names, st.sampled_from(Role), _events)
scans = st.builds(Scan, names, scan_ids, _events, holders)
undos = st.builds(Undo, _events, holders)
