"""Charts: the geometry of bars, which templates draw as SVG beside a table of the same numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from ticketcore.domain.texts import Text, plural_text
from ticketcore_texts.local_time import in_zone

#: The size of every chart, in its own units; a style sheet stretches it.
WIDTH, HEIGHT = 1000, 100
_GAP = 0.15
#: Hours that one column of a chart over time may stand for, and how many columns a chart has at most.
_STEPS = (1, 3, 6, 12, 24, 7 * 24, 28 * 24)
_MOST_COLUMNS = 72
_HOUR = timedelta(hours=1)
_DAY = 24


@attrs.frozen
class Bar:
    """One bar: where it stands, in units of the chart, and the number that it shows under its label."""

    label: str | datetime
    count: int
    x: float
    y: float
    width: float
    height: float


@attrs.frozen
class Chart:
    """A chart with its title, and what a screen reader hears of it."""

    title: Text
    description: Text
    bars: Sequence[Bar]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def most(self) -> int:
        """The largest number of a bar."""
        return max((bar.count for bar in self.bars), default=0)


def rows(title: Text, counts: Mapping[str, int]) -> Chart:
    """Return a chart of one horizontal bar for each count, largest first."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    most = max(counts.values(), default=1)
    bars = [Bar(label, count, 0, 0, round(count / most * WIDTH, 1), HEIGHT) for label, count in ordered]
    return Chart(title, _of_all(sum(counts.values())), bars)


def parts(title: Text, counts: Mapping[str, int]) -> Chart:
    """Return a chart of one bar that is made of the counts, in their order."""
    total = max(1, sum(counts.values()))
    bars, at = [], 0.0
    for label, count in counts.items():
        width = round(count / total * WIDTH, 1)
        bars.append(Bar(label, count, at, 0, width, HEIGHT))
        at += width
    return Chart(title, _of_all(sum(counts.values())), bars)


def over_time(sales: Iterable[tuple[datetime, int]], timezone: str) -> Chart:
    """Return a chart of columns for counts at some times, by the hour or, where those are too many, by longer times.

    ``timezone`` is the IANA name of the zone by whose clocks hours and days begin.
    """
    found = [(in_zone(moment, timezone)[0], count) for moment, count in sales]
    if not found:
        return Chart(_title(1), _of_all(0), ())
    first, last = min(moment for moment, _ in found), max(moment for moment, _ in found)
    step = next((each for each in _STEPS if _columns(first, last, each) <= _MOST_COLUMNS), _STEPS[-1])
    begin, counts = _begin(first, step), Counter[int]()
    for moment, count in found:
        counts[(moment - begin) // (step * _HOUR)] += count
    number = _columns(first, last, step)
    most, slot = max(counts.values()), WIDTH / number
    bars = [
        Bar(
            label=begin + index * step * _HOUR,
            count=counts[index],
            x=round((index + _GAP / 2) * slot, 1),
            y=round(HEIGHT - counts[index] / most * HEIGHT, 1),
            width=round((1 - _GAP) * slot, 1),
            height=round(counts[index] / most * HEIGHT, 1),
        )
        for index in range(number)
    ]
    return Chart(_title(step), _of_all(sum(counts.values())), bars)


def _begin(first: datetime, step: int) -> datetime:
    begin = first.replace(minute=0, second=0, microsecond=0)
    return begin.replace(hour=0) if step >= _DAY else begin


def _columns(first: datetime, last: datetime, step: int) -> int:
    return (last - _begin(first, step)) // (step * _HOUR) + 1


def _title(step: int) -> Text:
    match step:
        case 1:
            return Text("Tickets sold by hour")
        case 24:
            return Text("Tickets sold by day")
        case hours if hours < _DAY:
            return Text("Tickets sold every %(hours)s hours", hours=hours)
        case hours if hours == 7 * _DAY:
            return Text("Tickets sold by week")
        case hours:
            return Text("Tickets sold every %(weeks)s weeks", weeks=hours // _DAY // 7)


def _of_all(count: int) -> Text:
    return plural_text("%(count)s ticket in all", "%(count)s tickets in all", "count", count=count)
