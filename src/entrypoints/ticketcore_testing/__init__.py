"""The conformance kit: hold an adapter of your own to the contract of its port, and the rules to their laws.

``contracts`` has a suite for each port, to be subclassed with one fixture; ``agreement`` drives several adapters with one
history; ``box_office`` holds a whole box office to the laws; ``strategies`` makes every public value.  It needs
``ticketcore[testing]``; nothing of the core imports it.
"""

from __future__ import annotations

import pytest

# A failed comparison in a suite then tells both sides, as one in a test does.
pytest.register_assert_rewrite(
    f"{__name__}.agreement", f"{__name__}.box_office", f"{__name__}.contracts", f"{__name__}.ledgers"
)
