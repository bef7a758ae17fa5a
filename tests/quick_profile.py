"""A Hypothesis profile of fewer examples, for another Python or another build: `pytest -p tests.quick_profile`."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("quick", settings.get_profile("ci"), max_examples=20)
