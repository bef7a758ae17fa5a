"""The port of the observer: it is told what happens, for logs and metrics, and has no say in it."""

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
    PUBLISH = "publish"
    CHARGE = "charge"
    DELIVER = "deliver"
    REFUND = "refund"
    ADMIT = "admit"
    WORK = "work"


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
    __slots__ = ()

    @abstractmethod
    def observe(self, occurrence: Occurrence) -> None:
        """Take note.  It never raises, and nothing depends on it: an occurrence may be told twice, or not at all."""
