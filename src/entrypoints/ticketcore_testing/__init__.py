"""The conformance kit, which tests an adapter against the contract of its port, and a box office against the laws.

``contracts`` has a suite for each port, to be subclassed with one fixture.  ``agreement`` runs one history over several
adapters.  ``box_office`` tests a whole box office.  ``strategies`` draws every public value.  ``interleaving`` finds missing
locks.  The kit needs ``ticketcore[testing]``; no other package imports it.
"""

from __future__ import annotations

import pytest

# A failed comparison in the kit then shows both sides, as one in a test does.
pytest.register_assert_rewrite(
    f"{__name__}.agreement", f"{__name__}.box_office", f"{__name__}.contracts", f"{__name__}.ledgers"
)
