"""What the service needs to know beside its box office."""

from __future__ import annotations

import attrs


@attrs.frozen
class Options:
    """``admin_key`` and ``gate_key`` are keys given from outside; ``public_url`` goes into links, by default the request's."""

    public_url: str | None = None
    admin_key: str | None = attrs.field(default=None, repr=False)
    gate_key: str | None = attrs.field(default=None, repr=False)
    rate_limit: str | None = None
