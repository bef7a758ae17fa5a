"""Settings for tests that send more requests than one client may."""

from __future__ import annotations

NO_LIMITS = {"ORDER_LIMIT": "none", "PAYMENT_LIMIT": "none", "RATE_LIMIT": "none"}
