"""Static files, whose addresses have a digest of their content, so that browsers keep them for good.

A script imports another by its name, ``"./name.js"``; its browser is sent the other's address.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import attrs
from flask import Response, request

_FOLDER = Path(__file__).with_name("static")
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOR_GOOD = "public, max-age=31536000, immutable"
_DIGITS = 12
_IMPORTED = re.compile(rb'"\./([a-z0-9-]+\.js)"')


@attrs.frozen
class StaticFile:
    """One static file, as it is and compressed."""

    name: str
    content: bytes = attrs.field(repr=False)
    zipped: bytes = attrs.field(repr=False)

    @property
    def digest(self) -> str:
        """The digest of its content, as its address has it."""
        return sha256(self.content).hexdigest()[:_DIGITS]

    def response(self, cache_control: str = _FOR_GOOD) -> Response:
        """Return the response with this file, compressed if the request accepts that."""
        is_zipped = request.accept_encodings["gzip"] > 0
        response = Response(self.zipped if is_zipped else self.content, mimetype=None)
        response.headers["Content-Type"] = _TYPES[Path(self.name).suffix]
        response.headers["Cache-Control"] = cache_control
        response.headers["Vary"] = "Accept-Encoding"
        if is_zipped:
            response.headers["Content-Encoding"] = "gzip"
        return response


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return all static files by name."""
    return {path.name: _read(path.name) for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES}


@cache
def _read(name: str) -> StaticFile:
    content = (_FOLDER / name).read_bytes()
    if name.endswith(".js"):
        content = _IMPORTED.sub(
            lambda found: f'"../{_read(found[1].decode()).digest}/{found[1].decode()}"'.encode(), content
        )
    return StaticFile(name, content, gzip.compress(content, mtime=0))
