"""Valid and invalid credentials, and who the holder of each is."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from tests.entrypoints.http import ADMIN_KEY, GATE_KEY, Service
from ticketcore.domain import api_keys
from ticketcore.domain.api_keys import ApiKey, Role

Headers = list[tuple[str, str]]

STRANGER, AT_GATE, AS_ADMIN, FOR_METRICS = "stranger", "gate", "admin", "metrics"

#: The holder of each credential: a stranger unless exactly one ``Authorization`` header has a valid key.
HOLDERS: Mapping[str, str] = {
    "none": STRANGER,
    "empty": STRANGER,
    "without a scheme": STRANGER,
    "without a key": STRANGER,
    "cut off": STRANGER,
    "unknown key": STRANGER,
    "wrong secret": STRANGER,
    "secret of another key": STRANGER,
    "revoked gate key": STRANGER,
    "revoked admin key": STRANGER,
    "Basic": STRANGER,
    "two keys in one header": STRANGER,
    "two headers": STRANGER,
    "the hash that is stored": STRANGER,
    "in another header": STRANGER,
    "gate key": AT_GATE,
    "gate key from outside": AT_GATE,
    "gate key, scheme in lower case": AT_GATE,
    "admin key": AS_ADMIN,
    "admin key from outside": AS_ADMIN,
    "admin key, scheme in lower case": AS_ADMIN,
    "metrics key": FOR_METRICS,
}


def _stored(service: Service, role: Role, number: int) -> tuple[ApiKey, str]:
    """Return a stored key that is the same in every service."""
    key, text = api_keys.make(
        f"{role.value} {number}", role, bytes([number]) * api_keys.RANDOM_BYTES, service.clock.now()
    )
    service.box_office.ports.keys.add(key)
    return key, text


def credentials(service: Service) -> dict[str, Headers]:
    """Return the headers of each credential, after storing the keys in the service."""
    stored_admin, admin = _stored(service, Role.ADMIN, 1)
    _, gate = _stored(service, Role.GATE, 2)
    _, metrics = _stored(service, Role.METRICS, 6)
    revoked_admin, former_admin = _stored(service, Role.ADMIN, 3)
    revoked_gate, former_gate = _stored(service, Role.GATE, 4)
    for key in (revoked_admin, revoked_gate):
        service.box_office.ports.keys.revoke(key.id, service.clock.now())
    _, unknown = api_keys.make("nobody", Role.ADMIN, bytes([5]) * api_keys.RANDOM_BYTES, service.clock.now())
    basic = base64.b64encode(f"admin:{admin}".encode()).decode()
    wrong = admin[:-1] + ("a" if admin[-1] != "a" else "e")
    values = {
        "empty": "",
        "without a scheme": admin,
        "without a key": "Bearer",
        "cut off": f"Bearer {admin[:-1]}",
        "unknown key": f"Bearer {unknown}",
        "wrong secret": f"Bearer {wrong}",
        "secret of another key": f"Bearer tck_{stored_admin.id}_{gate.rpartition('_')[2]}",
        "revoked gate key": f"Bearer {former_gate}",
        "revoked admin key": f"Bearer {former_admin}",
        "Basic": f"Basic {basic}",
        "two keys in one header": f"Bearer {admin} {admin}",
        "the hash that is stored": f"Bearer tck_{stored_admin.id}_{stored_admin.secret_hash.hex()}",
        "gate key": f"Bearer {gate}",
        "gate key from outside": f"Bearer {GATE_KEY}",
        "gate key, scheme in lower case": f"bearer {gate}",
        "metrics key": f"Bearer {metrics}",
        "admin key": f"Bearer {admin}",
        "admin key from outside": f"Bearer {ADMIN_KEY}",
        "admin key, scheme in lower case": f"bearer {admin}",
    }
    found: dict[str, Headers] = {name: [("Authorization", value)] for name, value in values.items()}
    found["none"] = []
    found["two headers"] = [("Authorization", f"Bearer {admin}"), ("Authorization", f"Bearer {admin}")]
    found["in another header"] = [("Proxy-Authorization", f"Bearer {admin}"), ("X-Api-Key", admin), ("Cookie", admin)]
    return found
