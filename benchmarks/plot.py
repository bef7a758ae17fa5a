"""What was measured as a picture: two bars for each comparison, against a line where ours is as fast as the yardstick."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from statistics import median

from benchmarks.measuring import Measured
from benchmarks.report import Comparison, comparisons

_LABELS, _BARS, _RIGHT = 330, 420, 60
_TOP, _PITCH, _BAR = 56, 44, 14
_RATE, _CPU, _INK, _GRID = "#2a6fb0", "#e08a2c", "#222222", "#bbbbbb"
_LEAST_SCALE = 1.25


def svg(found: Iterable[Measured]) -> str:
    """Return the picture as SVG."""
    compared = [each for measured in found for each in comparisons(measured)]
    scale = max(_LEAST_SCALE, *(max(each.ratios[-1], each.cpu_ratio) for each in compared))
    width, height = _LABELS + _BARS + _RIGHT, _TOP + _PITCH * len(compared) + 10
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
            f'font-size="13" fill="{_INK}">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            *_legend(scale, height),
            *(
                line
                for number, each in enumerate(compared)
                for line in _comparison(each, _TOP + _PITCH * number, scale)
            ),
            "</svg>\n",
        ]
    )


def _legend(scale: float, height: int) -> Sequence[str]:
    one = _LABELS + _BARS / scale
    return (
        f'<rect x="10" y="12" width="14" height="14" fill="{_RATE}"/>',
        '<text x="30" y="24">rate, ours to the yardstick\'s, with its spread</text>',
        f'<rect x="10" y="32" width="14" height="14" fill="{_CPU}"/>',
        '<text x="30" y="44">operations a CPU second, ours to the yardstick\'s</text>',
        f'<line x1="{one:.1f}" y1="44" x2="{one:.1f}" y2="{height - 8}" stroke="{_INK}" stroke-dasharray="4 3"/>',
        f'<text x="{one:.1f}" y="40" text-anchor="middle">1</text>',
        f'<line x1="{_LABELS}" y1="{_TOP - 6}" x2="{_LABELS}" y2="{height - 8}" stroke="{_GRID}"/>',
    )


def _comparison(compared: Comparison, top: int, scale: float) -> Iterator[str]:
    ratios = compared.ratios
    yield f'<text x="10" y="{top + 14}">{escape(compared.measured.row.title)}</text>'
    yield f'<text x="10" y="{top + 30}" font-size="11">beside {escape(compared.yardstick)}</text>'
    yield from _bar(median(ratios), top, _RATE, scale)
    yield from _spread(ratios[0], ratios[-1], top + _BAR // 2, scale)
    yield from _bar(compared.cpu_ratio, top + _BAR + 2, _CPU, scale)


def _bar(ratio: float, top: int, colour: str, scale: float) -> Iterator[str]:
    length = _BARS * ratio / scale
    yield f'<rect x="{_LABELS}" y="{top}" width="{length:.1f}" height="{_BAR}" fill="{colour}"/>'
    yield f'<text x="{_LABELS + _BARS + 8}" y="{top + 11}" font-size="11">{ratio:.2f}</text>'


def _spread(least: float, most: float, middle: int, scale: float) -> Iterator[str]:
    begin, end = (_LABELS + _BARS * each / scale for each in (least, most))
    yield f'<line x1="{begin:.1f}" y1="{middle}" x2="{end:.1f}" y2="{middle}" stroke="{_INK}"/>'
