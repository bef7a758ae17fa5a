"""Contract suite of leases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count

from ticketcore.ports import Ledger
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.ledgers import LedgerContract
from ticketcore_testing.samples import MILLISECOND, NOW

END = NOW + timedelta(seconds=6)
LATER = END + timedelta(seconds=6)


class LeasesContract(LedgerContract):
    """Hold ``Leases`` to its contract; override ``open_ledger``."""

    def test_a_free_lease_is_acquired(self, ledger: Ledger) -> None:
        """The first holder that asks has it."""
        assert ledger.leases.acquire("sweep", "one", NOW, END)

    def test_a_taken_lease_is_not_given_to_another(self, open_ledger: Callable[[], Ledger]) -> None:
        """Another process does not get it before its end."""
        first, second = open_ledger(), open_ledger()
        assert first.leases.acquire("sweep", "one", NOW, END)
        assert not second.leases.acquire("sweep", "two", NOW, END)
        assert not second.leases.acquire("sweep", "two", END - MILLISECOND, LATER)

    def test_a_lease_ends_at_its_end(self, ledger: Ledger) -> None:
        """A holder that died keeps it until then, and the next one has it from then on."""
        assert ledger.leases.acquire("sweep", "one", NOW, END)
        assert ledger.leases.acquire("sweep", "two", END, LATER)
        assert not ledger.leases.acquire("sweep", "one", END, LATER)

    def test_its_holder_renews_it(self, ledger: Ledger) -> None:
        """It then lasts until the new end, as it does when the same call is repeated."""
        for _ in range(2):
            assert ledger.leases.acquire("sweep", "one", NOW, END)
        assert ledger.leases.acquire("sweep", "one", END - MILLISECOND, LATER)
        assert not ledger.leases.acquire("sweep", "two", END, LATER)
        assert ledger.leases.acquire("sweep", "two", LATER, LATER + MILLISECOND)

    def test_a_refused_holder_does_not_prolong_it(self, ledger: Ledger) -> None:
        """Asking in vain changes nothing."""
        ledger.leases.acquire("sweep", "one", NOW, END)
        assert not ledger.leases.acquire("sweep", "two", NOW, LATER)
        assert ledger.leases.acquire("sweep", "three", END, LATER)

    def test_leases_of_different_names_are_apart(self, ledger: Ledger) -> None:
        """Each may have a holder of its own."""
        assert ledger.leases.acquire("sweep", "one", NOW, END)
        assert ledger.leases.acquire("another", "two", NOW, END)

    def test_two_acquisitions_of_a_free_lease_are_atomic(self, ledger: Ledger) -> None:
        """One of two holders gets it, whether it is new or has ended."""
        numbers = count()

        def race() -> Race:
            name = f"sweep {next(numbers)}"
            ledger.leases.acquire(name, "before", NOW - MILLISECOND, NOW)
            return Race(
                lambda: ledger.leases.acquire(name, "one", NOW, END),
                lambda: ledger.leases.acquire(name, "two", NOW, END),
                lambda: [ledger.leases.acquire(name, holder, NOW, END) for holder in ("one", "two")],
            )

        assert_atomic(ledger.leases, race)
