"""``POST /tickets/validate``: one Ed25519 verification, and the service's own UPDATE with its journal entry."""

from __future__ import annotations

import base64
import os
import secrets
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import Flask, abort, request
from psycopg.rows import dict_row

from benchmarks.yardsticks.orders import text_of
from benchmarks.yardsticks.stores import open_pool
from ticketcore_sql.gate_statements import ADMIT

_ADMIT = ADMIT.replace("{schema}", "").replace("{ticket}", "tickets.id = %(ticket_id)s").encode()
#: Version, key id, event and ticket, and the signature behind them (``ticketcore.domain.qr_text``).
_TICKET, _SIGNED = slice(16, 32), 32


def create_app() -> Flask:
    """Return the yardstick."""
    app, pool, public_key = Flask(__name__), open_pool(), _public_key()

    @app.post("/tickets/validate")
    def validate_ticket() -> dict[str, Any]:
        scan = request.get_json()
        ticket_id = _opened(public_key, scan["qr_code"])
        values = {
            "ticket_id": ticket_id,
            "event_ids": None,
            "now": datetime.now(UTC),
            "gate": scan["gate"],
            "scan_id": secrets.token_hex(16),
            "key_id": "yardstick",
            "key": "yardstick",
            "step": "admitted",
        }
        with pool.connection() as connection:
            row = connection.cursor(row_factory=dict_row).execute(_ADMIT, values).fetchone()
        if row is None:
            abort(409)
        return {"result": "admitted", "repeated": False, "ticket": _admission_json(row)}

    return app


def _public_key() -> Ed25519PublicKey:
    text = os.environ["TICKETCORE_SIGNING_KEY"].removeprefix("tcsk_")
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(text + "=")).public_key()


def _opened(public_key: Ed25519PublicKey, qr_code: str) -> str:
    """Return the id of the ticket that a QR text names; refuse one that the key has not signed."""
    raw = base64.b32decode(qr_code + "=" * (-len(qr_code) % 8))
    try:
        public_key.verify(raw[_SIGNED:], raw[:_SIGNED])
    except InvalidSignature:
        abort(422)
    return base64.b32encode(raw[_TICKET]).decode().rstrip("=").lower()


def _admission_json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_id": row["event_id"],
        "event_name": row["event_name"],
        "ticket_code": row["ticket_code"],
        "number": row["number"],
        "of": row["quantity"],
        "status": row["status"],
        "validation_date": text_of(row["validation_date"]),
        "gate": row["gate"],
    }
