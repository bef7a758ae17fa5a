"""Request fields: what is read, what it may hold, and the schema that tells clients so, in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from ticketcore.domain.refusals import Fault, InvalidRequest
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore_wire.problems import RefusedRequest

Reader = Callable[[object], Any]


@attrs.frozen
class Field:
    """One field; ``read`` returns its value or raises ``InvalidValue``."""

    name: str
    read: Reader
    schema: Mapping[str, Any]
    required: bool = False


Check = Callable[[Mapping[Any, object], Mapping[str, Any]], Iterable[Fault]]


def _no_faults(_given: Mapping[Any, object], _values: Mapping[str, Any]) -> Iterable[Fault]:
    return ()


@attrs.frozen
class Body:
    """The fields of one request.

    ``check`` finds faults between fields that are right by themselves, from what was given and the values read of it.
    """

    name: str
    fields: tuple[Field, ...]
    check: Check = _no_faults

    @property
    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "required": [field.name for field in self.fields if field.required],
            "properties": {field.name: dict(field.schema) for field in self.fields},
            "additionalProperties": False,
        }

    def parse(self, given: object) -> tuple[dict[str, Any], list[Fault]]:
        """Answer the values of the fields that were given, and every fault."""
        if not isinstance(given, Mapping):
            return {}, [Fault("", Text("must be an object"))]
        values, faults = read_fields(self.fields, given)
        return values, [*faults, *self.check(given, values)]

    def read(self, given: object) -> dict[str, Any]:
        """Answer the values; raise ``RefusedRequest`` with every fault at once."""
        values, faults = self.parse(given)
        if faults:
            raise RefusedRequest(InvalidRequest(tuple(faults)))
        return values


def read_fields(fields: Iterable[Field], given: Mapping[Any, object]) -> tuple[dict[str, Any], list[Fault]]:
    """Answer the values that can be read and the faults of the rest."""
    known = {field.name: field for field in fields}
    values: dict[str, Any] = {}
    faults = [Fault(str(name)[:100], Text("is not a known field")) for name in given if name not in known]
    for field in known.values():
        if field.name in given:
            try:
                values[field.name] = field.read(given[field.name])
            except InvalidValue as wrong:
                faults.append(Fault(field.name, wrong.text))
        elif field.required:
            faults.append(Fault(field.name, Text("is required")))
    return values, faults


def checked(check: Callable[[object], Text | None], convert: Reader = lambda value: value) -> Reader:
    """Answer a reader from one of the core's checks."""

    def read(value: object) -> Any:
        value = convert(value)
        fault = check(value)
        if fault:
            raise InvalidValue(fault)
        return value

    return read


def text(parse: Callable[[str], Any]) -> Reader:
    """Answer a reader for a string that ``parse`` understands."""

    def read(value: object) -> Any:
        if not isinstance(value, str):
            raise InvalidValue(Text("must be a string"))
        return parse(value)

    return read


def whole(value: object) -> object:
    """JSON knows one kind of number: 2.0 is the integer 2 (JSON Schema 2020-12, 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
