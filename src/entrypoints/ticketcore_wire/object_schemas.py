"""Objects on the wire: their members, each with its schema and the way to its value, in one definition.

A response is encoded only: its value holds more than the wire shows.  A request is decoded and encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter, signature
from typing import Any, Generic, TypeVar

import attrs

from ticketcore.domain.refusals import Fault
from ticketcore.domain.texts import InvalidValue, Text
from ticketcore_wire.problems import refuse_faults
from ticketcore_wire.schemas import InputSchema, InvalidParts, Json, Schema, faults_of

T = TypeVar("T")
V = TypeVar("V")
#: The type of what is encoded: an encoder of a union encodes each of its types.
T_contra = TypeVar("T_contra", contravariant=True)


#: Returns the faults that fields which are right by themselves have all the same, given their values.
MoreFaults = Callable[[Mapping[str, Any]], Iterable[Fault]]

#: More of an unknown field's name is not sent back.
_MAX_NAME = 100


@attrs.frozen
class Member(Generic[T_contra]):
    """One member of an object, and how to get its value from the object that is encoded.

    An ``optional`` member is left out if its value is ``None``.
    """

    name: str
    schema: Schema[Any]
    get: Callable[[T_contra], Any]
    optional: bool = False


@attrs.frozen
class Field(Generic[T_contra]):
    """One member of a request; ``attribute`` is its name in Python.

    It is required unless the request's type has a default for it.
    """

    name: str
    schema: InputSchema[Any]
    get: Callable[[T_contra], Any]
    attribute: str


def member(name: str, schema: Schema[V], get: Callable[[T], V]) -> Member[T]:
    """Return a member whose value ``get`` finds."""
    return Member(name, schema, get)


def optional(name: str, schema: Schema[V], get: Callable[[T], V | None]) -> Member[T]:
    """Return a member that is left out if its value is ``None``."""
    return Member(name, schema, get, optional=True)


def field(name: str, schema: InputSchema[V], get: Callable[[T], V | None]) -> Field[T]:
    """Return a field; ``get`` reads the attribute that it fills, which is called like it, in snake case."""
    return Field(name, schema, get, name.lower().replace("-", "_"))


def object_schema(name: str | None, *members: Member[T]) -> Schema[T]:
    """Return the schema of an object that responses hold; without a ``name`` it is described where it stands."""
    whole = {
        "type": "object",
        "required": [each.name for each in members if not each.optional],
        "properties": {each.name: each.schema.json_schema for each in members},
        "additionalProperties": False,
    }

    parts = [(each.name, each.get, each.schema.encode, each.optional) for each in members]

    def encode(value: T) -> Json:
        found = [(name, get(value), encode_member, optional) for name, get, encode_member, optional in parts]
        return {
            name: encode_member(held)
            for name, held, encode_member, optional in found
            if held is not None or not optional
        }

    components = {inner: found for each in members for inner, found in each.schema.components.items()}
    if name is None:
        return Schema(whole, encode, components=components)
    return Schema(_reference(name), encode, components={name: whole, **components})


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


@attrs.frozen
class Rule:
    """A check between fields that are right by themselves; it is made if all of them have a value, and yields their faults.

    ``json_schema`` says what JSON Schema can express of it.
    """

    fields: tuple[str, ...]
    check: Callable[..., Iterable[Fault]]
    json_schema: Json = attrs.field(factory=dict)


def _defaults(schema: RequestSchema[Any]) -> Mapping[str, Any]:
    parameters = signature(schema.make).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not Parameter.empty}


def no_more(_values: Mapping[str, Any]) -> Iterable[Fault]:
    """Return no faults: the default ``MoreFaults``."""
    return ()


@attrs.frozen
class RequestSchema(Generic[T]):
    """The schema of an object that a request holds: its fields are the arguments of ``make``.

    Unknown fields are refused, and all faults are found at once.  ``may_be_empty`` is whether a request without any has all that
    is required.  ``example`` is a right request, for readers of the description.
    """

    name: str
    make: Callable[..., T]
    fields: tuple[Field[T], ...] = ()
    rules: tuple[Rule, ...] = ()
    example: Json = attrs.field(factory=dict)
    _defaults: Mapping[str, Any] = attrs.field(init=False, default=attrs.Factory(_defaults, takes_self=True))
    may_be_empty: bool = attrs.field(
        init=False, default=attrs.Factory(lambda schema: not schema.parse({})[1], takes_self=True)
    )

    @property
    def json_schema(self) -> Json:
        """A reference to the description in ``components``."""
        return _reference(self.name)

    @property
    def components(self) -> Mapping[str, Json]:
        """The description under its name."""
        whole = {
            "type": "object",
            "required": [each.name for each in self.fields if self.is_required(each)],
            "properties": {each.name: self.describe(each) for each in self.fields},
            "additionalProperties": False,
        }
        for rule in self.rules:
            whole |= rule.json_schema
        if self.example:
            whole["examples"] = [self.example]
        inner = {name: found for each in self.fields for name, found in each.schema.components.items()}
        return {**inner, self.name: whole}

    def is_required(self, wanted: Field[T]) -> bool:
        """Return whether a request must have a field."""
        return wanted.attribute not in self._defaults

    def describe(self, wanted: Field[T]) -> Json:
        """Return the JSON Schema of a field, with its default."""
        default = self._defaults.get(wanted.attribute)
        return wanted.schema.json_schema | ({} if default is None else {"default": wanted.schema.encode(default)})

    def encode(self, value: T) -> Json:
        """Return a request as JSON, without the fields that are ``None``."""
        found = [(each, each.get(value)) for each in self.fields]
        return {each.name: each.schema.encode(held) for each, held in found if held is not None}

    def decode(self, given: object, more: MoreFaults = no_more) -> T:
        """Read a request; raise ``RefusedRequest`` with every fault, and then with ``more`` that a use case would find."""
        values, faults = self.parse(given)
        if faults:
            refuse_faults([*faults, *more(values)])
        return self.make(**values)

    def parse(self, given: object) -> tuple[dict[str, Any], list[Fault]]:
        """Return the arguments for ``make``, and every fault."""
        if not isinstance(given, Mapping):
            return {}, [Fault("", Text("must be an object"))]
        values: dict[str, Any] = {}
        known = {each.name for each in self.fields}
        faults: list[Fault] = []
        for each in self.fields:
            if each.name in given:
                try:
                    values[each.attribute] = each.schema.decode(given[each.name])
                except InvalidValue as wrong:
                    faults += [Fault(f"{each.name}{path}", text) for path, text in faults_of(wrong)]
            elif self.is_required(each):
                faults.append(Fault(each.name, Text("is required")))
        unknown = [Fault(str(name)[:_MAX_NAME], Text("is not a known field")) for name in given if name not in known]
        return values, [*faults, *self._broken_rules(given, values), *unknown]

    def _broken_rules(self, given: Mapping[Any, object], values: Mapping[str, Any]) -> list[Fault]:
        known = {**{name: default for name, default in self._defaults.items() if name not in given}, **values}
        checked = [rule for rule in self.rules if known.keys() >= set(rule.fields)]
        return [fault for rule in checked for fault in rule.check(*map(known.get, rule.fields))]


def item_of(schema: RequestSchema[T]) -> InputSchema[T]:
    """Return the schema of an object inside a list of a request."""

    def decode(value: object) -> T:
        values, faults = schema.parse(value)
        if faults:
            raise InvalidParts([(f".{fault.field}" if fault.field else "", fault.message) for fault in faults])
        return schema.make(**values)

    return InputSchema(schema.json_schema, schema.encode, decode, components=schema.components)
