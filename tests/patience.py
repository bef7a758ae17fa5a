"""How long a test waits for what has to come: a busy machine is slow, and only what never comes is a failure."""

from __future__ import annotations

PATIENCE_SECONDS = 120.0
