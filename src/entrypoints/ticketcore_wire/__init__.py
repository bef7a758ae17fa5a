"""The contract's JSON: schemas of all types, requests, responses and problems, for every entry point."""

from __future__ import annotations

from ticketcore_wire.problems import STATUSES

__all__ = ["STATUSES"]
