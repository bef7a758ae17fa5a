"""Events: what may be created, changed and sold, and when."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, cast

import attrs

from ticketcore.domain import checks, event_times, printable_text, timestamps
from ticketcore.domain.availability import Availability, SaleTerms
from ticketcore.domain.checks import Check
from ticketcore.domain.event_times import TIMES
from ticketcore.domain.ids import EventId
from ticketcore.domain.money import MAX_MINOR_UNITS, Money, currency
from ticketcore.domain.refusals import CapacityInUse, Fault, InvalidRequest, SalesClosed, SalesNotOpen, StaleVersion
from ticketcore.domain.texts import InvalidValue, Text

MAX_TEXT = 200
MAX_DESCRIPTION = 5000
MAX_CAPACITY = 1_000_000
DEFAULT_CURRENCY = "BRL"
DEFAULT_MAX_PER_ORDER = 10
DEFAULT_TIMEZONE = "UTC"
#: More events than this do not fit on one page.
MAX_PAGE = 1000
#: One order's tickets are made, stored and mailed together, so their number is bounded.
MAX_PER_ORDER = 1000
#: In minor units, so that the largest order's total is still an amount.
MAX_PRICE = MAX_MINOR_UNITS // MAX_PER_ORDER


class EventStatus(enum.StrEnum):
    """Whether an event sells places: only one on sale does."""

    DRAFT = "draft"
    ON_SALE = "on_sale"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class NoLimit(enum.Enum):
    """What ends a limit, of places or of time; ``None`` leaves it as it is."""

    NO_LIMIT = "no limit"


NO_LIMIT = NoLimit.NO_LIMIT


# What is kept of each event of a page is looked up by the event.
@attrs.frozen(cache_hash=True)
class Event:
    """One event.  ``version`` counts changes of its places, ``revision`` changes of its description.

    ``max_per_customer`` is the most places that one buyer's orders may have altogether, ``None`` for no limit.
    ``timezone`` is the IANA name of the zone in which people read its times.  Places are sold in
    ``[sale_starts_at, sale_ends_at)``: ``None`` is from the beginning, and until ``date``.  Tickets are admitted from ``doors_at``
    on, ``None`` at any time.
    """

    id: EventId
    name: str
    date: datetime
    location: str
    capacity: int
    price: Money
    status: EventStatus
    max_per_order: int
    created_at: datetime
    held: int = 0
    sold: int = 0
    version: int = 0
    revision: int = 1
    max_per_customer: int | None = None
    description: str = ""
    timezone: str = DEFAULT_TIMEZONE
    sale_starts_at: datetime | None = None
    sale_ends_at: datetime | None = None
    doors_at: datetime | None = None

    @property
    def sale_is_over_at(self) -> datetime:
        """The time from which on no places are sold: ``sale_ends_at``, or for want of that ``date``."""
        return self.sale_ends_at or self.date

    @property
    def available(self) -> int:
        """Free places: capacity - held - sold."""
        return self.capacity - self.held - self.sold

    @property
    def availability(self) -> Availability:
        """Its free places as of its version."""
        return Availability(self.id, self.version, self.available)

    @property
    def terms(self) -> SaleTerms:
        """Which orders it takes; ``reservations.reserve`` refuses all others, whatever is free."""
        most = self.max_per_order if self.status is EventStatus.ON_SALE else 0
        limits_customers = self.max_per_customer is not None
        return SaleTerms(self.revision, most, self.sale_is_over_at, limits_customers, self.sale_starts_at)

    def shifted(self, held: int, sold: int) -> Event:
        """Return the event after a change of its places, with a new version if there is one."""
        if not held and not sold:
            return self
        return attrs.evolve(self, held=self.held + held, sold=self.sold + sold, version=self.version + 1)


@attrs.frozen
class EventDraft:
    """The fields of a new event.

    ``price`` is a decimal string such as ``"45.00"``.  ``description`` is plain text, of several lines if need be.
    ``timezone`` is an IANA name such as ``"America/Sao_Paulo"``, ``None`` for the organiser's default.  A ``date`` in the past
    is a fault, unless ``allow_past`` says that it is meant.
    """

    name: str
    date: datetime
    location: str
    capacity: int
    price: str
    currency: str = DEFAULT_CURRENCY
    status: EventStatus = EventStatus.ON_SALE
    max_per_order: int = DEFAULT_MAX_PER_ORDER
    max_per_customer: int | NoLimit | None = None
    description: str = ""
    timezone: str | None = None
    sale_starts_at: datetime | NoLimit | None = None
    sale_ends_at: datetime | NoLimit | None = None
    doors_at: datetime | NoLimit | None = None
    allow_past: bool = False


@attrs.frozen
class EventChange:
    """The fields of an event that are to change; ``None`` leaves a field as it is.

    With ``notify_buyers``, holders of paid orders are mailed if date, time zone or location change, or if it is cancelled.
    Another ``date`` that is in the past is a fault, unless ``allow_past`` says that it is meant.
    """

    name: str | None = None
    date: datetime | None = None
    location: str | None = None
    capacity: int | None = None
    price: str | None = None
    currency: str | None = None
    status: EventStatus | None = None
    max_per_order: int | None = None
    max_per_customer: int | NoLimit | None = None
    description: str | None = None
    timezone: str | None = None
    sale_starts_at: datetime | NoLimit | None = None
    sale_ends_at: datetime | NoLimit | None = None
    doors_at: datetime | NoLimit | None = None
    notify_buyers: bool = True
    allow_past: bool = False


@attrs.frozen
class EventFilter:
    """Which events to list; ``None`` does not filter."""

    status: EventStatus | None = None
    starts_after: datetime | None = None

    def admits(self, event: Event) -> bool:
        """Return whether the event passes this filter."""
        return (self.status is None or event.status is self.status) and (
            self.starts_after is None or event.date > self.starts_after
        )


#: The form of a time zone's name, as a regular expression.
TIMEZONE = r"[A-Za-z0-9_+\-]{1,32}(/[A-Za-z0-9_+\-]{1,32}){0,2}"
_NO_TIMEZONE = Text("must be a time zone of the IANA database, such as America/Sao_Paulo")


def is_timezone(name: str) -> bool:
    """Return whether a text has the form of a time zone's IANA name."""
    return re.fullmatch(TIMEZONE, name) is not None


def timezone_fault(name: object, is_known: Callable[[str], bool] = is_timezone) -> Text | None:
    """Return the fault of a time zone's name, ``None`` if it has none or is no name."""
    if name is None or (isinstance(name, str) and is_timezone(name) and is_known(name)):
        return None
    return _NO_TIMEZONE


def without_unknown_timezone(change: EventChange, is_known: Callable[[str], bool]) -> EventChange:
    """Return a change whose time zone no rule accepts if it is unknown, so that its fault is found with all others."""
    return attrs.evolve(change, timezone="") if timezone_fault(change.timezone, is_known) else change


def _limit(check: Check) -> Check:
    """Return a check for a limit that ``check`` admits, or for none."""
    return lambda value: None if value is None or value is NO_LIMIT else check(value)


_flag = checks.instance_of(bool)
#: Checks of single fields of a draft or change: each returns the fault, or ``None``.
CHECKS: dict[str, Check] = {
    "name": printable_text.check(MAX_TEXT),
    "date": checks.date,
    "location": printable_text.check(MAX_TEXT),
    "capacity": checks.whole(MAX_CAPACITY),
    "status": checks.instance_of(EventStatus),
    "max_per_order": checks.whole(MAX_PER_ORDER),
    "max_per_customer": _limit(checks.whole(MAX_CAPACITY)),
    "description": printable_text.check_lines(MAX_DESCRIPTION),
    "timezone": timezone_fault,
    "sale_starts_at": _limit(checks.date),
    "sale_ends_at": _limit(checks.date),
    "doors_at": _limit(checks.date),
}


def _field_faults(fields: EventDraft | EventChange, knows_timezone: Callable[[str], bool]) -> Iterator[Fault]:
    checked: dict[str, Check] = {**CHECKS, "timezone": partial(timezone_fault, is_known=knows_timezone)}
    for name, check in checked.items():
        value = getattr(fields, name)
        message = None if value is None and isinstance(fields, EventChange) else check(value)
        if message:
            yield Fault(name, message)


def _flag_faults(fields: EventDraft | EventChange) -> Iterator[Fault]:
    """Yield the faults of what stands beside an event's own fields."""
    flags = {"allow_past": fields.allow_past}
    if isinstance(fields, EventChange):
        flags["notify_buyers"] = fields.notify_buyers
    return (Fault(name, message) for name, flag in flags.items() if (message := _flag(flag)))


def _times(fields: EventDraft | EventChange, event: Event | None = None) -> dict[str, Any]:
    """Return the times that an event is to have, those that a change leaves included."""

    def time(name: str) -> datetime | None:
        wanted = getattr(fields, name)
        if wanted is None and event is not None:
            return cast("datetime | None", getattr(event, name))
        return timestamps.whole_milliseconds(wanted) if isinstance(wanted, datetime) else None

    return {name: time(name) for name in TIMES}


def _faults(
    fields: EventDraft | EventChange, now: datetime, knows_timezone: Callable[[str], bool], event: Event | None = None
) -> Iterator[Fault]:
    found = [*_field_faults(fields, knows_timezone), *_flag_faults(fields)]
    yield from found
    if {fault.field for fault in found} & set(TIMES):
        return
    times = _times(fields, event)
    is_new = event is None or times["date"] != event.date
    past = event_times.past_fault(times["date"], now) if is_new and not fields.allow_past else None
    if past:
        yield past
    yield from event_times.faults(**times)


def price_of(text: str, code: str) -> Money | Fault:
    """Read a price; a fault names the field that is wrong."""
    try:
        known = currency(code)
    except InvalidValue as wrong:
        return Fault("currency", wrong.text)
    try:
        price = Money.parse(text, known)
    except InvalidValue as wrong:
        return Fault("price", wrong.text)
    return price if price.minor <= MAX_PRICE else Fault("price", Text("is too large"))


def create(
    event_id: EventId,
    draft: EventDraft,
    now: datetime,
    timezone: str = DEFAULT_TIMEZONE,
    knows_timezone: Callable[[str], bool] = is_timezone,
) -> Event | InvalidRequest:
    """Return a new event, in ``timezone`` if the draft names none, or every fault of the draft."""
    faults = list(_faults(draft, now, knows_timezone))
    price = price_of(draft.price, draft.currency)
    if isinstance(price, Fault) or faults:
        return InvalidRequest((*faults, *([price] if isinstance(price, Fault) else [])))
    return Event(
        id=event_id,
        name=draft.name,
        location=draft.location,
        capacity=draft.capacity,
        price=price,
        status=draft.status,
        max_per_order=draft.max_per_order,
        max_per_customer=_limited(draft.max_per_customer),
        description=draft.description,
        timezone=timezone if draft.timezone is None else draft.timezone,
        created_at=now,
        **_times(draft),
    )


def _limited(limit: int | NoLimit | None) -> int | None:
    return limit if isinstance(limit, int) else None


def _new_price(event: Event, wanted: EventChange, has_orders: bool) -> Money | Fault:
    code = event.price.currency if wanted.currency is None else wanted.currency
    if code == event.price.currency:
        return event.price if wanted.price is None else price_of(wanted.price, code)
    if has_orders:
        return Fault("currency", Text("is fixed once an order exists"))
    price = price_of(wanted.price or "", code)
    if wanted.price is None and isinstance(price, Fault) and price.field == "price":
        return Fault("price", Text("must be set again in %(currency)s", currency=code))
    return price


def change(
    event: Event,
    wanted: EventChange,
    now: datetime,
    *,
    has_orders: bool,
    revision: int | None = None,
) -> Event | InvalidRequest | CapacityInUse | StaleVersion:
    """Return the changed event; a change without effect keeps the revision.

    ``revision`` is the one that the admin has seen; if the event has another one, the change is refused as stale.
    """
    if revision is not None and revision != event.revision:
        return StaleVersion()
    faults = list(_faults(wanted, now, is_timezone, event))
    price = _new_price(event, wanted, has_orders)
    if isinstance(price, Fault) or faults:
        return InvalidRequest((*faults, *([price] if isinstance(price, Fault) else [])))
    capacity = event.capacity if wanted.capacity is None else wanted.capacity
    if capacity < event.held + event.sold:
        return CapacityInUse(event.held + event.sold)
    changed = attrs.evolve(
        event,
        name=wanted.name or event.name,
        location=wanted.location or event.location,
        capacity=capacity,
        price=price,
        status=wanted.status or event.status,
        max_per_order=wanted.max_per_order or event.max_per_order,
        max_per_customer=(
            event.max_per_customer if wanted.max_per_customer is None else _limited(wanted.max_per_customer)
        ),
        description=event.description if wanted.description is None else wanted.description,
        timezone=wanted.timezone or event.timezone,
        version=event.version + (capacity != event.capacity),
        **_times(wanted, event),
    )
    return event if changed == event else attrs.evolve(changed, revision=event.revision + 1)


def closed_to_buyers(event: Event, now: datetime) -> SalesClosed | SalesNotOpen | None:
    """Return why the event sells no places now, if so: by its status, or because ``now`` is not within its sale."""
    if event.status is not EventStatus.ON_SALE:
        return SalesClosed(event.status.value)
    if event.date <= now:
        return SalesClosed("begun")
    if event.sale_is_over_at <= now:
        return SalesClosed("ended")
    if event.sale_starts_at is not None and now < event.sale_starts_at:
        return SalesNotOpen(event.sale_starts_at, event.timezone)
    return None
