"""Problems on the wire: a named JSON Schema for each kind of refusal, such as ``SoldOutProblem``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ticketcore.domain.refusals import Fault, Refusal
from ticketcore_wire.object_schemas import member, object_schema
from ticketcore_wire.problems import STATUSES, member_types
from ticketcore_wire.schemas import Json, Schema, array, constant
from ticketcore_wire.values import SENTENCE, TEXT, TIME

_FAULT: Schema[Fault] = object_schema(
    "Fault",
    member("field", TEXT, lambda fault: fault.field),
    member("message", SENTENCE, lambda fault: fault.message),
)
_SCHEMAS: Mapping[Any, Schema[Any]] = {
    int: Schema[int]({"type": "integer"}, int),
    str: TEXT,
    datetime: TIME,
    tuple[Fault, ...]: array(_FAULT),
}


def problem_of(kinds: Iterable[type[Refusal]]) -> Json:
    """Return the JSON Schema of a problem that is of one of the kinds: references to ``problem_components``."""
    references = [{"$ref": f"#/components/schemas/{_name(kind)}"} for kind in kinds]
    return references[0] if len(references) == 1 else {"oneOf": references}


def problem_components(kind: type[Refusal]) -> Mapping[str, Json]:
    """Return the JSON Schema of a kind's problem under its name, with those that it refers to."""
    own = {name: _SCHEMAS[hint] for name, hint in member_types(kind).items()}
    inner = {name: described for schema in own.values() for name, described in schema.components.items()}
    properties: Json = {
        "type": {
            "type": "string",
            "format": "uri",
            "description": f"The address of a page that explains the code; it ends with /problems/{kind.code}.",
        },
        "title": {"type": "string", "description": "A sentence for people, the same for each problem of this code."},
        "status": {"type": "integer", "const": STATUSES[kind.code]},
        "detail": {"type": "string", "description": "A sentence for people about this request."},
        "code": {**constant(kind.code).json_schema, "description": "The stable name that programs switch on."},
        **{name: schema.json_schema for name, schema in own.items()},
    }
    whole = {
        "type": "object",
        "description": str(kind.meaning),
        "required": list(properties),
        "properties": properties,
    }
    return {_name(kind): whole, **inner}


def _name(kind: type[Refusal]) -> str:
    return f"{kind.__name__}Problem"
