"""Descriptions of the routes, from which ``/openapi.json`` is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args

import attrs

from ticketcore.domain.limits import LimitedAct
from ticketcore.domain.refusals import Refusal
from ticketcore_wire.object_schemas import RequestSchema
from ticketcore_wire.schemas import Schema

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "ticketcore_operation"
PNG = "image/png"


@attrs.frozen
class Operation:
    """One route: who may call it, what it reads, and its responses.

    ``responses`` maps each successful status to the schema of its JSON, ``None`` for another media type.  Every success has
    the ``response_headers``; some have the ``optional_headers``.  ``limited_as`` is the act that a client's limit counts,
    ``None`` for none.
    """

    summary: str
    responses: Mapping[int, Schema[Any] | None]
    who: str = "anyone"
    body: RequestSchema[Any] | None = None
    query: RequestSchema[Any] | None = None
    headers: RequestSchema[Any] | None = None
    response_headers: tuple[str, ...] = ()
    optional_headers: tuple[str, ...] = ()
    refusals: tuple[type[Refusal], ...] = ()
    media_type: str = "application/json"
    limited_as: LimitedAct | None = LimitedAct.REQUEST


def members_of(union: Any) -> tuple[type[Refusal], ...]:
    """Return the refusals of a union such as ``PayRefusal``."""
    return get_args(union) or (union,)


def operation(
    summary: str, responses: Mapping[int, Schema[Any] | None], *, refuses: object = None, **more: Any
) -> Callable[[View], View]:
    """Describe a view; ``refuses`` is the union of refusals that its use case returns."""

    def describe(view: View) -> View:
        refusals = members_of(refuses) if refuses else ()
        setattr(view, _ATTRIBUTE, Operation(summary, responses, refusals=refusals, **more))
        return view

    return describe


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """Return the description of a view, or ``None`` if it has none."""
    found: Operation | None = getattr(view, _ATTRIBUTE, None)
    return found
