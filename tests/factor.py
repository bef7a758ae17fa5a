"""How many examples and seeds the tests draw, as a multiple of a usual run's: `nox -s long` sets it."""

from __future__ import annotations

import os

FACTOR = int(os.environ.get("TICKETCORE_TEST_FACTOR", "1"))
