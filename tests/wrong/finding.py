"""Settings with which a machine searches for a fault."""

from __future__ import annotations

from hypothesis import Phase, settings


def finding(usual: settings) -> settings:
    """Return settings for a control: the same examples in every run, until one fails, which is not shrunk."""
    return settings(
        usual,
        max_examples=5000,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
        print_blob=False,
    )
