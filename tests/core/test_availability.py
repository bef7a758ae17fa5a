"""An audit sees every way in which places can go astray."""

from __future__ import annotations

import attrs
import pytest

from tests.core.examples import EVENT_ID
from ticketcore.domain.availability import Audit

SOUND = Audit(
    EVENT_ID,
    5,
    capacity=10,
    available=5,
    held=2,
    sold=3,
    held_by_orders=2,
    sold_by_orders=3,
    tickets=3,
    of_customers=5,
    of_customers_by_orders=5,
)


def test_a_sound_event_is_conserved() -> None:
    """Capacity is available and held and sold, and those are the sums over orders and tickets."""
    assert SOUND.is_conserved


@pytest.mark.parametrize(
    "name", ["capacity", "available", "held", "sold", "held_by_orders", "sold_by_orders", "tickets", "of_customers"]
)
@pytest.mark.parametrize("drift", [-1, 1])
def test_one_place_too_many_or_too_few_is_seen(name: str, drift: int) -> None:
    """Each of the seven numbers must agree with the others."""
    astray = attrs.evolve(SOUND, **{name: getattr(SOUND, name) + drift})

    assert not astray.is_conserved


@pytest.mark.parametrize(
    "negative",
    [
        attrs.evolve(SOUND, available=-1, held=8, held_by_orders=8),
        attrs.evolve(SOUND, available=8, held=-1, held_by_orders=-1),
        attrs.evolve(SOUND, available=9, sold=-1, sold_by_orders=-1, tickets=-1),
    ],
)
def test_no_number_is_negative(negative: Audit) -> None:
    """Sums that agree are not enough: nothing can be less than none."""
    assert negative.capacity == negative.available + negative.held + negative.sold
    assert not negative.is_conserved
