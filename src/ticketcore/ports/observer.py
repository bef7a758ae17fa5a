"""The port of the observer, which receives what happens, for logs and metrics, and influences nothing."""

from __future__ import annotations

import enum
from abc import abstractmethod
from typing import Protocol

import attrs

from ticketcore.domain import ids
from ticketcore.domain.ids import OrderId


class Act(enum.StrEnum):
    """What was done or tried."""

    RESERVE = "reserve"
    PAY = "pay"
    CANCEL = "cancel"
    EXPIRE = "expire"
    NOTICE = "notice"
    PUBLISH = "publish"
    CHARGE = "charge"
    DELIVER = "deliver"
    RESEND = "resend"
    TELL = "tell"
    CORRECT = "correct"
    REFUND = "refund"
    ADMIT = "admit"
    UNDO = "undo"
    WORK = "work"
    AUTHENTICATE = "authenticate"


@attrs.frozen
class Occurrence:
    """One act and its outcome: a word of its own, or a refusal's code."""

    act: Act
    outcome: str
    order_id: OrderId | None = attrs.field(default=None, repr=False)

    @property
    def digest(self) -> str | None:
        """The digest of the order that it is about: the name that logs may carry."""
        return None if self.order_id is None else ids.digest(self.order_id)


class Observer(Protocol):
    """A receiver of occurrences."""

    __slots__ = ()

    @abstractmethod
    def observe(self, occurrence: Occurrence) -> None:
        """Record an occurrence; never raise.  Delivered at least once or not at all: handlers must be idempotent."""
