"""What was read from the ledger a moment ago."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Generic, TypeVar

import attrs

K = TypeVar("K")
V = TypeVar("V")

#: How long a value that was read may be used again.
FRESH = timedelta(seconds=1)
_MOST = 4096


@attrs.define(eq=False)
class RecentlyRead(Generic[K, V]):
    """Remembers values for a second, a bounded number of them.  Several threads may share it."""

    _values: dict[K, tuple[V, datetime]] = attrs.field(init=False, factory=dict)

    def get(self, key: K, now: datetime) -> V | None:
        """Return the value that was read less than a second before ``now``, or ``None``."""
        value, read_at = self._values.get(key, (None, now))
        return value if now - read_at < FRESH else None

    def put(self, key: K, value: V, now: datetime) -> None:
        """Remember a value that was read at ``now``."""
        if len(self._values) >= _MOST:
            self._values.clear()
        self._values[key] = (value, now)

    def forget(self, key: K) -> None:
        """Forget a value.  Idempotent."""
        self._values.pop(key, None)
