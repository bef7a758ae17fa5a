"""The suites of every port over its right and wrong adapters, for a separate run of pytest."""

from __future__ import annotations

from hypothesis import Phase, settings

from tests.contracts.controls import PORTS

# That a test fails is enough: a smaller example is not looked for.
settings.register_profile("found", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate])
settings.load_profile("found")

globals().update(
    {f"Test_{port}_{name}": suite for port, parts in PORTS.items() for name, suite in parts.suites().items()}
)
