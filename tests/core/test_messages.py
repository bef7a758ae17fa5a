"""The messages of a payment queue name an order, and garbage is only ever refused."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.core.examples import ORDER_ID
from ticketcore.domain import messages
from ticketcore.domain.ids import OrderId
from ticketcore_testing.strategies import anything

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: st.lists(inner) | st.dictionaries(anything, inner),
    max_leaves=5,
)
almost = st.fixed_dictionaries({"version": st.just(1) | values, "order_id": st.just(ORDER_ID) | values})

NOT_MESSAGES = [
    "",
    "{",
    "null",
    "[]",
    '"an order"',
    "{}",
    '{"version": 1}',
    '{"order_id": "abc"}',
    '{"version": 0, "order_id": "abc"}',
    '{"version": 2, "order_id": "abc"}',
    '{"version": true, "order_id": "abc"}',
    '{"version": 1.0, "order_id": "abc"}',
    '{"version": "1", "order_id": "abc"}',
    '{"version": 1, "order_id": null}',
    '{"version": 1, "order_id": 7}',
    '{"version": 1, "order_id": ["abc"]}',
    '{"version": 1, "order_id": ""}',
    '{"version": 1, "order_id": "a\\u0000b"}',
    '{"version": 1, "order_id": "\\ud800"}',
    '{"version": 1, "order_id": "é"}',
    '{"version": 1, "order_id": "abc"} {}',
    "[" * 100_000,
    "9" * 5_000,
]


def test_a_message_has_its_documented_form() -> None:
    """Other programs may write messages too."""
    assert json.loads(messages.write(OrderId("abc"))) == {"version": 1, "order_id": "abc"}
    assert messages.read('{"order_id": "abc", "version": 1}') == "abc"


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=200).map(OrderId))
def test_what_was_written_is_read(order_id: OrderId) -> None:
    """Reading returns the order that was written."""
    assert messages.read(messages.write(order_id)) == order_id


def test_members_of_a_later_version_are_ignored() -> None:
    """A message may say more than this version knows."""
    assert messages.read('{"version": 1, "order_id": "abc", "trace": {"id": [1]}}') == "abc"


def test_the_longest_order_id_is_read_and_one_more_character_refused() -> None:
    """An order's id ends at 200 characters."""
    longest = OrderId("a" * 200)
    assert messages.read(messages.write(longest)) == longest
    with pytest.raises(ValueError, match="1 to 200 characters"):
        messages.read(messages.write(OrderId(longest + "a")))


@pytest.mark.parametrize("text", NOT_MESSAGES, ids=lambda text: text[:40])
def test_what_is_no_message_is_refused(text: str) -> None:
    """Neither other JSON nor another version is read."""
    with pytest.raises(ValueError, match=r"^a message must "):
        messages.read(text)


@given(anything | values.map(json.dumps) | almost.map(json.dumps))
@example('{"version": 1, "order_id": "secret"')
def test_any_text_is_read_or_refused_without_quoting_it(text: str) -> None:
    """Reading raises nothing but ``ValueError``, whose text is one of ours and whose cause is not shown."""
    with suppress(ValueError):
        assert messages.read(text) in text
        return
    with pytest.raises(ValueError, match=r"^a message must [a-zA-Z0-9 ]+$") as refused:
        messages.read(text)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
