"""What rushes came to, as a table with a column for each and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import quantiles
from typing import Any

from benchmarks.rush.measuring import Rushed, Use

_MEGA = 1e6


def table(found: Mapping[str, Rushed]) -> str:
    """Return a table in Markdown."""
    columns = {name: dict(_lines(rushed)) for name, rushed in found.items()}
    names = dict.fromkeys(name for lines in columns.values() for name in lines)
    rows = [["", *columns], ["---"] * (len(columns) + 1)]
    rows += [[name, *(lines.get(name, "") for lines in columns.values())] for name in names]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _lines(rushed: Rushed) -> Iterator[tuple[str, str]]:
    tally, crowd, audit = rushed.tally, rushed.crowd, rushed.stock.audit
    before, sold_out, ended, delivered = rushed.uses
    refused, after = len(tally.requests["refusal"]), ended.at - sold_out.at
    yield "places, buyers, connections", f"{crowd.places:,}, {crowd.buyers:,}, {crowd.connections:,}"
    yield "sold out after", f"{tally.sold_out_after:.1f} s"
    yield "sold a second", f"{crowd.places / tally.sold_out_after:.0f}" if tally.sold_out_after else "not sold out"
    yield "refused a second, afterwards", f"{refused / after:.0f}" if after else ""
    yield "every buyer knew after", f"{rushed.rush_seconds:.1f} s"
    yield "everything delivered after", f"{rushed.delivered_after:.1f} s"
    yield "winners knew after, p50 and p99", _seconds(tally.known["winners"])
    yield "losers knew after, p50 and p99", _seconds(tally.known["losers"])
    yield "a reservation took, p50 and p99", _milliseconds(tally.requests["reserve"])
    yield "a payment took, p50 and p99", _milliseconds(tally.requests["pay"])
    yield "a refusal took, p50 and p99", _milliseconds(tally.requests["refusal"])
    yield "responses by status", ", ".join(f"{count:,} of {status}" for status, count in sorted(tally.statuses.items()))
    yield "sold, paid, mailed", f"{audit.sold:,}, {tally.winners:,}, {rushed.mails:,}"
    yield "cores while it sold", _shares(sold_out, before)
    yield "cores while it refused", _shares(ended, sold_out)
    yield "cores while it delivered", _shares(delivered, ended)
    memories = (f"{use.memory / _MEGA:.0f}" for use in rushed.uses)
    yield "MB of an API process: before, sold out, all refused, all delivered", ", ".join(memories)


def _seconds(taken: list[float]) -> str:
    p50, p99 = _percentiles(taken)
    return f"{p50:.1f} and {p99:.1f} s"


def _milliseconds(taken: list[float]) -> str:
    p50, p99 = _percentiles(taken)
    return f"{p50 * 1e3:,.0f} and {p99 * 1e3:,.0f} ms"


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    if len(seconds) < 2:
        return (seconds or [0.0])[0], (seconds or [0.0])[0]
    cut = quantiles(seconds, n=100)
    return cut[49], cut[98]


def _shares(late: Use, early: Use) -> str:
    return ", ".join(f"{name} {share:.2f}" for name, share in late.shares(early).items()) if late.at > early.at else ""


def as_json(found: Mapping[str, Rushed]) -> dict[str, Any]:
    """Return all figures by the name of the stores."""
    return {name: _figures(rushed) for name, rushed in found.items()}


def _figures(rushed: Rushed) -> dict[str, Any]:
    tally, audit = rushed.tally, rushed.stock.audit
    before, sold_out, ended, delivered = rushed.uses
    return {
        "places": rushed.crowd.places,
        "buyers": rushed.crowd.buyers,
        "connections": rushed.crowd.connections,
        "sold_out_after": tally.sold_out_after,
        "delivered_after": rushed.delivered_after,
        "rush_seconds": rushed.rush_seconds,
        "statuses": tally.statuses,
        "broken": tally.broken,
        "sold": audit.sold,
        "paid": tally.winners,
        "mailed": rushed.mails,
        "memory": [use.memory for use in rushed.uses],
        "requests": {kind: _percentiles(seconds) for kind, seconds in tally.requests.items()},
        "known": {kind: _percentiles(seconds) for kind, seconds in tally.known.items()},
        "cores": {
            "selling": sold_out.shares(before) if sold_out.at > before.at else {},
            "refusing": ended.shares(sold_out) if ended.at > sold_out.at else {},
            "delivering": delivered.shares(ended) if delivered.at > ended.at else {},
        },
    }
