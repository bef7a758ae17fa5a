"""Routes as values: what each reads and returns, and the view that responds, whatever dispatches to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, get_args

import attrs
from werkzeug.wrappers import Request

from ticketcore.domain import ids
from ticketcore.domain.limits import LimitedAct
from ticketcore.domain.refusals import Refusal
from ticketcore_wire.object_schemas import RequestSchema
from ticketcore_wire.responses import Response
from ticketcore_wire.schemas import Schema

#: Is called with the request, and with the variables of the path by their names.
View = Callable[..., Response]

PNG = "image/png"
#: Who may call a route without a key: what it sends is signed.
GATEWAY = "the payment gateway, by its signature"
_VARIABLE = re.compile("<([a-z_]+)>")
#: The segment of a path that its second variable is.
_SECOND_VARIABLE = 3
_ID_CONSTRUCTORS: Mapping[str, Callable[[str], str]] = {
    "event_id": ids.event_id,
    "ticket_id": ids.ticket_id,
    "webhook_id": ids.webhook_id,
    "delivery_id": ids.message_id,
}


@attrs.frozen
class Operation:
    """What a route does: who may call it, what it reads, and its responses.

    ``responses`` maps each successful status to the schema of its JSON, ``None`` for another media type.  With an
    ``other_media_type``, a request can ask for that by its ``Accept``.  Every success has the ``response_headers``; some have the ``optional_headers``.  ``limited_as`` is the act that a client's limit counts,
    ``None`` for none.  A shop's own pages call what ``is_for_buyers``.
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
    other_media_type: str | None = None
    limited_as: LimitedAct | None = LimitedAct.REQUEST
    is_for_buyers: bool = False

    @property
    def reads_query(self) -> bool:
        """Whether a request may have a query; one of a gateway has whatever its address was configured with."""
        return self.query is not None or self.who == GATEWAY


@attrs.frozen(eq=False)
class Route:
    """One method of a path such as ``/orders/<order_id>``, each of whose variables is a single segment."""

    method: str
    path: str
    operation: Operation
    view: View

    @property
    def name(self) -> str:
        """The name of the operation."""
        return self.view.__name__

    @property
    def variables(self) -> list[str]:
        """The names of the path's variables."""
        return _VARIABLE.findall(self.path)

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it, such as ``/orders/{order_id}``."""
        return _VARIABLE.sub(r"{\1}", self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def respond(self, request: Request, path_values: Mapping[str, str]) -> Response:
        """Return the view's response; ids of the path are typed."""
        typed = {
            name: _ID_CONSTRUCTORS[name](text) if name in _ID_CONSTRUCTORS else text
            for name, text in path_values.items()
        }
        return self.view(request, **typed)


@attrs.frozen(eq=False)
class Routes:
    """The routes of an API, to which ``add`` adds."""

    _routes: list[Route] = attrs.field(init=False, factory=list)
    _by_segments: dict[tuple[str | None, ...], Route] = attrs.field(init=False, factory=dict)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def add(
        self,
        method: str,
        path: str,
        summary: str,
        responses: Mapping[int, Schema[Any] | None],
        *,
        refuses: object = None,
        **more: Any,
    ) -> Callable[[View], View]:
        """Return a decorator that adds a view; ``refuses`` is the union of refusals that its use case returns."""
        operation = Operation(summary, responses, refusals=_members(refuses) if refuses else (), **more)

        def add(view: View) -> View:
            route = Route(method, path, operation, view)
            self._routes.append(route)
            self._by_segments[method, *_segments(path)] = route
            return view

        return add

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """Return the route of a request with the values of its path's variables, ``None`` if there is none."""
        segments = path[1:].split("/")
        for pattern in _patterns(segments):
            if route := self._by_segments.get((method, *pattern)):
                values = [given for given, kept in zip(segments, pattern, strict=True) if kept is None]
                return (route, dict(zip(route.variables, values, strict=True))) if all(values) else None
        return None


def _patterns(segments: list[str]) -> Iterator[list[str | None]]:
    """Yield the patterns that a path may have: none of its segments is variable, or the second is, or the fourth too."""
    yield [*segments]
    if len(segments) > 1:
        yield [segments[0], None, *segments[2:]]
    if len(segments) > _SECOND_VARIABLE:
        yield [segments[0], None, segments[2], None, *segments[4:]]


def _segments(path: str) -> Iterable[str | None]:
    segments = [None if _VARIABLE.fullmatch(segment) else segment for segment in path[1:].split("/")]
    fixed = [each for number, each in enumerate(segments) if number not in {1, _SECOND_VARIABLE}]
    assert None not in fixed, "a variable is the second or the fourth segment of a path"
    return segments


def _members(union: Any) -> tuple[type[Refusal], ...]:
    """Return the refusals of a union such as ``PayRefusal``."""
    return get_args(union) or (union,)
