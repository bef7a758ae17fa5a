"""A theatre runs an evening with the command line and HTTP alone."""

from __future__ import annotations

from tests.acceptance.evening import evening_on
from tests.acceptance.installation import Installation


def test_an_evening_goes_as_people_expect(installation: Installation) -> None:
    """From the announcement to the books; every place is accounted for, and the transcript has no secret of a buyer."""
    evening = evening_on(installation)
    assert len(evening.lines) > 100
    assert not any(key in line for key in evening.keys.values() for line in evening.lines)
