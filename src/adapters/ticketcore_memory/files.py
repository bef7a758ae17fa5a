"""Files in process."""

from __future__ import annotations

import attrs

from ticketcore.ports import Files


@attrs.define(eq=False)
class MemoryFiles(Files):
    contents: dict[str, bytes] = attrs.field(factory=dict)

    def put(self, name: str, content: bytes, content_type: str) -> None:
        self.contents[name] = content

    def get(self, name: str) -> bytes | None:
        return self.contents.get(name)

    def url(self, name: str) -> str | None:
        return None

    def check(self) -> None:
        """Memory is always there."""
