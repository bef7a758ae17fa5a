"""The suites of every port over its right and wrong adapters, for a separate run of pytest."""

from __future__ import annotations

from tests.contracts.controls import PORTS

globals().update(
    {f"Test_{port}_{name}": suite for port, parts in PORTS.items() for name, suite in parts.suites().items()}
)
