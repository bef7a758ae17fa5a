"""Contract suite of the limits of clients."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ticketcore.domain.limits import Limit, LimitedAct
from ticketcore.ports import Limits
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.samples import MILLISECOND, NOW, fresh

ANN, BOB = "192.0.2.1", "2001:db8:0:1::/64"
ORDER = LimitedAct.ORDER
THREE = Limit(3, timedelta(minutes=1))
NONE = timedelta(0)


class LimitsContract:
    """Hold ``Limits`` to its contract; override ``limits``."""

    @pytest.fixture
    def limits(self) -> Limits:
        """Return the adapter with nothing counted: the one fixture to override."""
        raise NotImplementedError("override limits")

    def test_a_client_may_act_as_often_as_its_limit_says(self, limits: Limits) -> None:
        """The act beyond it waits until the first one has left the window."""
        waits = [limits.admit(ORDER, ANN, THREE, NOW + timedelta(seconds=number)) for number in range(4)]
        assert waits == [NONE, NONE, NONE, timedelta(seconds=57)]

    def test_the_window_slides(self, limits: Limits) -> None:
        """An act counts for just the period: to its last millisecond, and no longer."""
        for second in (0, 1, 2):
            limits.admit(ORDER, ANN, THREE, NOW + timedelta(seconds=second))
        end = NOW + THREE.period
        assert limits.admit(ORDER, ANN, THREE, end - MILLISECOND) == MILLISECOND
        assert limits.admit(ORDER, ANN, THREE, end) == NONE
        assert limits.admit(ORDER, ANN, THREE, end) == timedelta(seconds=1)

    def test_what_is_refused_is_not_counted(self, limits: Limits) -> None:
        """A client that asks too often waits no longer for it."""
        for second in range(20):
            limits.admit(ORDER, ANN, THREE, NOW + timedelta(seconds=second // 3))
        assert limits.admit(ORDER, ANN, THREE, NOW + timedelta(seconds=59)) == timedelta(seconds=1)
        assert limits.admit(ORDER, ANN, THREE, NOW + timedelta(seconds=60)) == NONE

    def test_clients_are_counted_apart(self, limits: Limits) -> None:
        """One that is beyond its limit hinders no other."""
        for _ in range(4):
            limits.admit(ORDER, ANN, THREE, NOW)
        assert [limits.admit(ORDER, BOB, THREE, NOW) for _ in range(4)] == [NONE, NONE, NONE, THREE.period]

    @pytest.mark.parametrize("act", [act for act in LimitedAct if act is not ORDER])
    def test_acts_are_counted_apart(self, limits: Limits, act: LimitedAct) -> None:
        """A client that may not order any more may still do all else."""
        for _ in range(4):
            limits.admit(ORDER, ANN, THREE, NOW)
        assert limits.admit(act, ANN, THREE, NOW) == NONE

    def test_a_limit_may_become_smaller(self, limits: Limits) -> None:
        """The latest acts count against it."""
        for second in range(3):
            limits.admit(ORDER, ANN, THREE, NOW + timedelta(seconds=second))
        smaller = Limit(1, THREE.period)
        assert limits.admit(ORDER, ANN, smaller, NOW + timedelta(seconds=60)) == timedelta(seconds=2)
        assert limits.admit(ORDER, ANN, smaller, NOW + timedelta(seconds=62)) == NONE

    def test_a_limit_may_become_larger(self, limits: Limits) -> None:
        """What was counted against the smaller one counts against it."""
        for limit in (Limit(1, THREE.period), THREE, THREE):
            assert limits.admit(ORDER, ANN, limit, NOW) == NONE
        assert limits.admit(ORDER, ANN, THREE, NOW) == THREE.period

    def test_no_wait_is_longer_than_the_period(self, limits: Limits) -> None:
        """Not even for a process whose clock is behind that of the one which counted."""
        for _ in range(3):
            limits.admit(ORDER, ANN, THREE, NOW)
        assert limits.admit(ORDER, ANN, THREE, NOW - timedelta(hours=1)) == THREE.period

    @pytest.mark.parametrize("client", ["", "unix:", "x" * 64, "fe80::/64", "a b", "{}"])
    def test_a_client_may_have_any_name(self, limits: Limits, client: str) -> None:
        """Also one that is no address, such as that of a socket in the file system."""
        assert [limits.admit(ORDER, client, THREE, NOW) for _ in range(4)] == [NONE, NONE, NONE, THREE.period]

    def test_two_acts_for_the_last_place_are_atomic(self, limits: Limits) -> None:
        """One of them is within the limit, the other waits."""

        def race() -> Race:
            client = fresh(8).hex()
            one = Limit(1, THREE.period)

            def admit(now: datetime) -> timedelta:
                return limits.admit(ORDER, client, one, now)

            return Race.of_one(lambda: admit(NOW), lambda: admit(NOW))

        assert_atomic(limits, race)
