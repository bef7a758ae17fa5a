"""Times are aware, in UTC, of whole milliseconds, and written as RFC 3339 with ``Z``."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketcore.domain import timestamps
from ticketcore_testing.strategies import anything, moments

OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INNER = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=OFFSETS)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NOT_TIMES = [
    "",
    "tomorrow",
    "2027-05-01",
    "2027-05-01T20:00:00",
    "2027-05-01 20:00:00Z",
    "2027-05-01T20:00Z",
    "20270501T200000Z",
    "2027-W17-6T20:00:00Z",
    "2027-05-01T20:00:00,5Z",
    "2027-05-01T20:00:00.Z",
    "2027-05-01T20:00:00+0200",
    "2027-05-01T20:00:00+02",
    "2027-05-01T20:00:00+24:00",
    "2027-05-01T20:00:00+00:60",
    "2027-05-01T20:00:00Z\n",
    " 2027-05-01T20:00:00Z",
    "2027-02-29T20:00:00Z",
    "2027-13-01T20:00:00Z",
    "2027-05-01T24:00:00Z",
    "2027-05-01T20:60:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+10:00",
    "9999-12-31T23:59:59-10:00",
    "٢٠٢٧-05-01T20:00:00Z",
    "2027-05-01T20:00:00.\N{ARABIC-INDIC DIGIT FIVE}Z",
    "1793476800",
]


@given(moments)
def test_a_time_reads_back_to_the_millisecond(moment: datetime) -> None:
    """What ``text_of`` writes, ``parse`` reads, cut to the grain that every store keeps."""
    assert timestamps.parse(timestamps.text_of(moment)) == timestamps.whole_milliseconds(moment)


@given(INNER)
def test_any_offset_becomes_utc(moment: datetime) -> None:
    """The same moment is meant, whatever clock it was read from."""
    parsed = timestamps.parse(moment.isoformat())

    assert parsed.tzinfo is UTC
    assert timedelta(0) <= moment - parsed < timedelta(milliseconds=1)


@given(INNER)
def test_cutting_goes_backward_and_only_once(moment: datetime) -> None:
    """A cut time is never later than the time, is in UTC, and cutting it again changes nothing."""
    cut = timestamps.whole_milliseconds(moment)

    assert timedelta(0) <= moment - cut < timedelta(milliseconds=1)
    assert cut.microsecond % 1000 == 0
    assert (timestamps.whole_milliseconds(cut), cut.tzinfo) == (cut, UTC)


@given(moments.map(timestamps.whole_milliseconds))
def test_milliseconds_count_from_1970(moment: datetime) -> None:
    """The number is exact for every whole millisecond."""
    assert EPOCH + timedelta(milliseconds=timestamps.milliseconds(moment)) == moment


def test_a_time_is_written_with_z() -> None:
    """Three decimals and ``Z``, whatever offset it had."""
    in_sao_paulo = datetime(2027, 5, 1, 17, tzinfo=timezone(timedelta(hours=-3)))

    assert timestamps.text_of(in_sao_paulo) == "2027-05-01T20:00:00.000Z"


@pytest.mark.parametrize(
    "text",
    [
        "2027-05-01t20:00:00z",
        "2027-05-01T22:00:00+02:00",
        "2027-05-01T20:00:00.000000999Z",
        "2027-05-01T20:00:00-00:00",
    ],
)
def test_other_spellings_of_rfc_3339_are_read(text: str) -> None:
    """Small letters, offsets and up to nine decimals are as good."""
    assert timestamps.parse(text) == datetime(2027, 5, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize("text", NOT_TIMES)
def test_what_is_not_rfc_3339_is_refused(text: str) -> None:
    """A time without offset, a day that does not exist, another standard: one sentence names the expected format."""
    with pytest.raises(ValueError, match="must be an RFC 3339 time with an offset"):
        timestamps.parse(text)


@given(anything | st.text("0123456789-:.+TZ"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Parsing raises nothing but ``ValueError``."""
    with suppress(ValueError):
        assert timestamps.parse(text).tzinfo is UTC
