"""Failures: what could not be done.  (What may not be done is a refusal, see ``refusals``.)

::

    TicketcoreError
    ├── Unavailable        a store, queue or service cannot be reached
    │   └── GatewayUnavailable   the payment gateway did not respond: the outcome is unknown
    ├── NoticeNotAuthentic a message to this service was not signed by the payment gateway
    ├── ForeignTable       a database has another program's table where one of ours belongs
    ├── CannotSeal         this process has public keys alone
    └── InvalidTransition     a rule was asked for a transition that does not exist: a bug
"""

from __future__ import annotations


class TicketcoreError(Exception):
    """The root of all failures.  ``retry_is_safe`` says whether the same call may be repeated without harm."""

    retry_is_safe = False


class Unavailable(TicketcoreError):
    """``part`` could not be reached.  Nothing was changed, or repeating is harmless."""

    retry_is_safe = True

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(part, reason)
        self.part = part
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.part} is unavailable: {self.reason}"


class GatewayUnavailable(Unavailable):
    """The payment gateway did not respond; retry with the same attempt."""

    def __init__(self, reason: str) -> None:
        super().__init__("payment gateway", reason)
        self.args = (reason,)


class NoticeNotAuthentic(TicketcoreError):
    """A message to this service was not signed by the payment gateway, or is too old."""

    def __str__(self) -> str:
        return "the notice was not signed by the payment gateway, or is too old"


class ForeignTable(TicketcoreError):
    """The database has a table of this name that another program created, or another version of this one."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table

    def __str__(self) -> str:
        return f"the table {self.table} in this database is another program's: use another database or schema"


class CannotSeal(TicketcoreError):
    """This process has no private key: it can open QR texts, and make none."""

    def __str__(self) -> str:
        return "this process has public keys alone: it can open QR texts, and make none"


class InvalidTransition(TicketcoreError):
    """An order in ``status`` was to become ``target``, which the contract does not know."""

    def __init__(self, status: str, target: str) -> None:
        super().__init__(status, target)
        self.status = status
        self.target = target

    def __str__(self) -> str:
        return f"an order cannot go from {self.status} to {self.target}"


class WrongKindOfKey(ValueError):
    """A private key stands where a public one belongs, or the other way round; ``held`` says which, and shows no key."""

    def __init__(self, held: str, expected: str) -> None:
        super().__init__(held, expected)
        self.held = held
        self.expected = expected

    def __str__(self) -> str:
        return f"must be {self.expected}, and is {self.held}"


class UnknownOption(ValueError):
    """A URL that chooses an adapter has an option in its query that the adapter does not know."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option
