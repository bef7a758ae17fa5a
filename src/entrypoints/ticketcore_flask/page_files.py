"""Files of the page on which calls are tried; their names have a digest of their content, so that browsers keep them."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import attrs
from werkzeug.wrappers import Request

from ticketcore_wire.responses import Response

_FOLDER = Path(__file__).with_name("static")
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
_DIGITS = 12


@attrs.frozen
class PageFile:
    """One file, as it is and compressed, and the name under which it is served."""

    served_as: str
    media_type: str
    content: bytes = attrs.field(repr=False)
    zipped: bytes = attrs.field(repr=False)

    def response_to(self, request: Request) -> Response:
        """Return the response with this file, compressed if the request accepts that."""
        headers = {"Content-Type": self.media_type, **_HEADERS}
        if request.accept_encodings["gzip"] > 0:
            return Response(200, {**headers, "Content-Encoding": "gzip"}, self.zipped)
        return Response(200, headers, self.content)


@cache
def page_files() -> Mapping[str, PageFile]:
    """Return the files by their names in the folder."""
    return {path.name: _read(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES}


def file_served_as(name: str) -> PageFile | None:
    """Return the file that is served under a name, ``None`` if there is none."""
    return next((file for file in page_files().values() if file.served_as == name), None)


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    served_as = f"{path.stem}.{sha256(content).hexdigest()[:_DIGITS]}{path.suffix}"
    return PageFile(served_as, _TYPES[path.suffix], content, gzip.compress(content, mtime=0))
