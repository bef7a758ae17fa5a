"""``ticketcore keys``."""

from __future__ import annotations

from typing import Any

import click

from ticketcore.domain import api_keys as rules
from ticketcore.domain import ids, printable_text, timestamps
from ticketcore.domain.api_keys import ApiKey, Role
from ticketcore.domain.ids import KeyId
from ticketcore.domain.refusals import Fault, InvalidRequest
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import as_json, refuse, show, with_box_office
from ticketcore_wire.problems import NotFound


@click.group()
@as_json
def keys() -> None:
    """Create, list and revoke API keys."""


def _json(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role.value,
        "created_at": timestamps.text_of(key.created_at),
        "revoked_at": timestamps.text_of(key.revoked_at) if key.revoked_at else None,
    }


def _line(key: ApiKey) -> str:
    revoked = f"  revoked {timestamps.text_of(key.revoked_at)}" if key.revoked_at else ""
    return f"{key.id}  {key.role.value:5}  {key.name}{revoked}"


def create_key(assembly: Assembly, name: str, role: Role) -> tuple[ApiKey, str]:
    """Make and store a key; answer it with its text, which is not stored."""
    ports = assembly.box_office.ports
    key, secret = rules.make(name, role, ports.ids.new(rules.RANDOM_BYTES), ports.clock.now())
    ports.keys.add(key)
    return key, secret


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@with_box_office
def create(assembly: Assembly, name: str, role: str) -> None:
    """Make a key and print it, this once."""
    fault = printable_text.check(rules.MAX_NAME)(name)
    if fault:
        refuse(InvalidRequest((Fault("name", fault),)))
    key, secret = create_key(assembly, name, Role(role))
    show({**_json(key), "key": secret}, _line(key), secret)


@keys.command("list")
@with_box_office
def list_keys(assembly: Assembly) -> None:
    """List all keys."""
    found = assembly.box_office.ports.keys.list()
    show({"items": [_json(key) for key in found]}, *([_line(key) for key in found] or ["There are no keys."]))


@keys.command()
@click.argument("key_id")
@with_box_office
def revoke(assembly: Assembly, key_id: str) -> None:
    """Revoke a key; it opens nothing from then on."""
    ports = assembly.box_office.ports
    key = ports.keys.revoke(KeyId(ids.opaque(key_id)), ports.clock.now())
    if key is None:
        refuse(NotFound())
    show(_json(key), _line(key))
