"""How a machine looks for what is wrong."""

from __future__ import annotations

from hypothesis import Phase, settings


def finding(usual: settings) -> settings:
    """Answer settings for a control: it need only be caught, not made small, and the same examples are tried in every run."""
    return settings(
        usual,
        max_examples=1000,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
        print_blob=False,
    )
