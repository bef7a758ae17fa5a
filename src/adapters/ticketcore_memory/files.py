"""Files in process."""

from __future__ import annotations

import attrs

from ticketcore.ports.files import Files, check_name


@attrs.define(eq=False)
class MemoryFiles(Files):
    """Files in memory; ``contents`` maps names to bytes."""

    contents: dict[str, bytes] = attrs.field(factory=dict)

    def put(self, name: str, content: bytes, content_type: str) -> None:
        check_name(name)
        self.contents[name] = content

    def get(self, name: str) -> bytes | None:
        check_name(name)
        return self.contents.get(name)

    def url(self, name: str) -> str | None:
        check_name(name)
        return None

    def check(self) -> None:
        """Memory is always there."""
