"""Schemas: the JSON Schema (2020-12), the encoder and the decoder of a type on the wire, in one definition."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs

from ticketcore.domain import printable_text
from ticketcore.domain.texts import InvalidValue, Text

Json = dict[str, Any]

T = TypeVar("T")
V = TypeVar("V")
S = TypeVar("S", bound="Schema[Any]")
Choice = TypeVar("Choice", bound=enum.StrEnum)


class InvalidParts(InvalidValue):
    """A value that cannot be read because of its parts: the fault of each, by its path from here, such as ``[0].date``."""

    def __init__(self, faults: Sequence[tuple[str, Text]]) -> None:
        super().__init__(faults[0][1])
        self.faults = faults


def faults_of(wrong: InvalidValue) -> Sequence[tuple[str, Text]]:
    """Return the faults of a value, by the paths of its parts; the path of the value itself is empty."""
    return wrong.faults if isinstance(wrong, InvalidParts) else [("", wrong.text)]


#: Writes a value as JSON, as responses have it.
json_text = json.JSONEncoder(ensure_ascii=False).encode


@attrs.frozen
class Schema(Generic[T]):
    """A type on the wire: ``json_schema`` describes what ``encode`` makes of a value.

    ``components`` are the named schemas that ``json_schema`` refers to, in full.  ``write`` writes the JSON of what ``encode``
    makes of a value without texts (``json_text``), in less time than making it takes, if there is such a way.
    """

    json_schema: Json
    encode: Callable[[T], Any]
    components: Mapping[str, Json] = attrs.field(factory=dict, kw_only=True)
    write: Callable[[T], str] | None = attrs.field(default=None, kw_only=True)


@attrs.frozen
class InputSchema(Schema[T]):
    """A type that requests hold; ``decode`` raises ``InvalidValue`` for what it cannot read."""

    decode: Callable[[object], T]


def annotated(schema: S, **keywords: object) -> S:
    """Return the same schema with more keywords, such as ``description``."""
    return attrs.evolve(schema, json_schema={**schema.json_schema, **keywords})


def text(parse: Callable[[str], V], write: Callable[[V], str] = str, **keywords: object) -> InputSchema[V]:
    """Return the schema of a string that ``parse`` reads and ``write`` writes."""

    def decode(value: object) -> V:
        if not isinstance(value, str):
            raise InvalidValue(Text("must be a string"))
        return parse(value)

    return InputSchema({"type": "string", **keywords}, write, decode)


def checked(
    check: Callable[[object], Text | None], json_schema: Json, convert: Callable[[object], Any] = lambda value: value
) -> InputSchema[Any]:
    """Return the schema of a value that a rule of the domain checks, after ``convert``."""

    def decode(value: object) -> Any:
        value = convert(value)
        fault = check(value)
        if fault:
            raise InvalidValue(fault)
        return value

    return InputSchema(json_schema, lambda value: value, decode)


def line(most: int, least: int = 1) -> InputSchema[str]:
    """Return the schema of one line of ``least`` to ``most`` printable characters."""
    return checked(printable_text.check(most, least), {"type": "string", "minLength": least, "maxLength": most})


def whole_number(most: int, check: Callable[[object], Text | None]) -> InputSchema[int]:
    """Return the schema of a whole number from 1 to ``most``.

    JSON has one kind of number: 2.0 is the integer 2 (JSON Schema 2020-12, 6.1.1).
    """

    def convert(value: object) -> object:
        return int(value) if isinstance(value, float) and value.is_integer() else value

    return checked(check, {"type": "integer", "minimum": 1, "maximum": most}, convert)


def flag() -> InputSchema[bool]:
    """Return the schema of a boolean."""

    def check(value: object) -> Text | None:
        return None if isinstance(value, bool) else Text("must be true or false")

    return checked(check, {"type": "boolean"})


def choice(kind: type[Choice]) -> InputSchema[Choice]:
    """Return the schema of an enumeration's values."""

    def decode(value: str) -> Choice:
        try:
            return kind(value)
        except ValueError:
            raise InvalidValue(Text("must be one of %(choices)s", choices=", ".join(kind))) from None

    return attrs.evolve(text(decode), json_schema={"enum": [each.value for each in kind]})


def constant(value: str) -> Schema[object]:
    """Return the schema of a string that is always the same."""
    return Schema({"type": "string", "const": value}, lambda _: value)


def nullable(schema: Schema[V]) -> Schema[V | None]:
    """Return the schema of a value that may be ``None``."""
    kind = schema.json_schema.get("type")
    json_schema = (
        {**schema.json_schema, "type": [kind, "null"]}
        if isinstance(kind, str) and kind != "object"
        else {"oneOf": [{"type": "null"}, schema.json_schema]}
    )
    return Schema(
        json_schema, lambda value: None if value is None else schema.encode(value), components=schema.components
    )


def array(items: Schema[V]) -> Schema[Sequence[V]]:
    """Return the schema of a list."""
    json_schema = {"type": "array", "items": items.json_schema}
    return Schema(json_schema, lambda values: [items.encode(value) for value in values], components=items.components)


def list_of(items: InputSchema[V], most: int) -> InputSchema[Sequence[V]]:
    """Return the schema of a list of 1 to ``most`` different values in a request; faults name the item."""

    def decode(value: object) -> Sequence[V]:
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise InvalidValue(Text("must be a list of 1 to %(most)s values", most=str(most)))
        return list(dict.fromkeys(_decoded(items, value)))

    whole = array(items)
    json_schema = {**whole.json_schema, "minItems": 1, "maxItems": most}
    return InputSchema(json_schema, whole.encode, decode, components=whole.components)


def _decoded(items: InputSchema[V], values: Sequence[object]) -> Sequence[V]:
    decoded: list[V] = []
    faults: list[tuple[str, Text]] = []
    for index, value in enumerate(values):
        try:
            decoded.append(items.decode(value))
        except InvalidValue as wrong:
            faults += [(f"[{index}]{path}", text) for path, text in faults_of(wrong)]
    if faults:
        raise InvalidParts(faults)
    return decoded


def mapping(values: Schema[V]) -> Schema[Mapping[str, V]]:
    """Return the schema of an object whose members have any names."""
    json_schema = {"type": "object", "additionalProperties": values.json_schema}
    return Schema(
        json_schema,
        lambda held: {name: values.encode(value) for name, value in held.items()},
        components=values.components,
    )
