"""``ticketcore keys``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import click

from ticketcore import NewKey, accepted
from ticketcore.domain import ids, timestamps
from ticketcore.domain.acts import AdminAct
from ticketcore.domain.api_keys import ApiKey, Role
from ticketcore.domain.ids import KeyId
from ticketcore.domain.texts import Text
from ticketcore_bootstrap import Assembly
from ticketcore_cli.context import as_json, brief, exact, reading_ledger, refuse, say, show, with_box_office
from ticketcore_cli.output import undone_unless_shown
from ticketcore_cli.paging import read_cursor, show_page
from ticketcore_cli.tables import table
from ticketcore_wire import pages
from ticketcore_wire.problems import KeyNotFound

_CURSOR = pages.act_cursor()


@click.group()
@as_json
def keys() -> None:
    """Create, list and revoke API keys."""


def _json(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role.value,
        "event_ids": None if key.event_ids is None else sorted(key.event_ids),
        "created_at": timestamps.text_of(key.created_at),
        "revoked_at": timestamps.text_of(key.revoked_at) if key.revoked_at else None,
    }


def _line(key: ApiKey) -> str:
    bound = "".join(f"  {event_id}" for event_id in sorted(key.event_ids or ()))
    line = f"{key.id}  {key.role.value:5}  {key.name}{bound}"
    if key.revoked_at is None:
        return line
    revoked = Text("revoked %(at)s", at=key.revoked_at)
    return f"{line}  {say(revoked)}"


def _row(key: ApiKey, timezone: str) -> Sequence[str]:
    revoked = "" if key.revoked_at is None else brief(key.revoked_at, timezone)
    return key.id, key.role.value, key.name, ", ".join(sorted(key.event_ids or ())), revoked


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--event", "event_ids", multiple=True, help="Bind a gate's key to an event; may be given several times.")
@with_box_office
def create(assembly: Assembly, name: str, role: str, event_ids: tuple[str, ...]) -> None:
    """Create a key and print it; it cannot be shown again."""
    outcome = assembly.organiser.create_key(name, Role(role), [ids.event_id(each) for each in event_ids])
    if not isinstance(outcome, NewKey):
        refuse(outcome)
    with revoked_unless_shown(assembly, outcome.key):
        show({**_json(outcome.key), "key": outcome.text}, _line(outcome.key), outcome.text)


def revoked_unless_shown(assembly: Assembly, key: ApiKey) -> AbstractContextManager[None]:
    """Return a context that revokes a key whose text, which is shown once, cannot be written within the block."""
    return undone_unless_shown(lambda: assembly.organiser.revoke_key(key.id), "the key is revoked")


@keys.command("list")
@reading_ledger
def list_keys(assembly: Assembly) -> None:
    """List all keys."""
    found = assembly.organiser.list_keys()
    headings = (Text("Key"), Text("Role"), Text("Name"), Text("Events"), Text("Revoked"))
    rows = [_row(key, assembly.settings.timezone) for key in found]
    lines = table(headings, rows, Text("There are no keys."))
    show({"items": [_json(key) for key in found]}, *lines)


@keys.command()
@click.argument("key_id", type=ids.key_id)
@with_box_office
def revoke(assembly: Assembly, key_id: KeyId) -> None:
    """Revoke a key; requests with it are refused from then on."""
    key = assembly.organiser.revoke_key(key_id)
    if not isinstance(key, ApiKey):
        refuse(key or KeyNotFound())
    show(_json(key), _line(key))


@keys.command(short_help="List what was done with events and keys.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--cursor", help="Where the page before this one ended.")
@reading_ledger
def acts(assembly: Assembly, limit: int, cursor: str | None) -> None:
    """List what was done with events and keys, and by which key, latest first."""
    page = accepted(assembly.organiser.list_acts(read_cursor(_CURSOR, cursor), limit))
    after = None if page.after is None else _CURSOR.encode(page.after)
    timezone = assembly.settings.timezone
    headings = (Text("Time, %(timezone)s", timezone=timezone), Text("What was done"), Text("Key"))
    lines = table(headings, [_act_row(act, timezone) for act in page.items], Text("Nothing was done yet."))
    show_page({"items": [_act_json(act) for act in page.items], "next_cursor": after}, *lines)


def _act_json(act: AdminAct) -> dict[str, Any]:
    described = {"by": act.by, "act": act.kind.value, "subject": act.subject, "name": act.name}
    return {"at": timestamps.text_of(act.at), **described, "fields": list(act.fields)}


def _act_row(act: AdminAct, timezone: str) -> Sequence[str]:
    return exact(act.at, timezone), act.sentence, Text("no key") if act.by is None else act.by
