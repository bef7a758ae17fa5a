"""What each route tells of itself: the stuff that ``/openapi.json`` is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args

import attrs

from ticketcore.domain.refusals import Refusal
from ticketcore_wire.fields import Body, Field

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "ticketcore_operation"
PNG = "image/png"


@attrs.frozen
class Operation:
    """One route: who may call it, what it reads, answers and refuses.

    ``answers`` maps each successful status to the name of the JSON answered with it, ``None`` for another media type.
    """

    summary: str
    answers: Mapping[int, str | None]
    who: str = "anyone"
    body: Body | None = None
    query: tuple[Field, ...] = ()
    headers: tuple[Field, ...] = ()
    answer_headers: tuple[str, ...] = ()
    refusals: tuple[type[Refusal], ...] = ()
    media_type: str = "application/json"


def members_of(union: Any) -> tuple[type[Refusal], ...]:
    """Answer the refusals of a union such as ``PayRefusal``."""
    return get_args(union) or (union,)


def operation(
    summary: str, answers: Mapping[int, str | None], *, refuses: object = None, **more: Any
) -> Callable[[View], View]:
    """Describe a view; ``refuses`` is the union of refusals that its use case answers."""

    def describe(view: View) -> View:
        refusals = members_of(refuses) if refuses else ()
        setattr(view, _ATTRIBUTE, Operation(summary, answers, refusals=refusals, **more))
        return view

    return describe


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """Answer what a view tells of itself."""
    found: Operation | None = getattr(view, _ATTRIBUTE, None)
    return found
