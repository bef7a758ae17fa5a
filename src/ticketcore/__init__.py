"""ticketcore: sell event tickets without overselling, and admit each ticket once.

``BoxOffice`` and ``Organiser`` are the use cases, over one set of ``Ports``.  They return values or refusals; ``accepted``
turns a refusal into an exception.  What an adapter needs besides is in ``ticketcore.ports``.

The public names are loaded when the first of them is used (PEP 562): an import of ``ticketcore.domain`` or
``ticketcore.ports`` loads what it needs and no more.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ticketcore import public
    from ticketcore.public import *  # noqa: F403  Its ``__all__`` lists them.

    __version__: str
    __all__ = ["__version__"]
    __all__ += public.__all__
else:

    def __getattr__(name):
        value = _read_version() if name == "__version__" else _read_public(name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *_read_public("__all__")})

    def _read_public(name):
        public = import_module(f"{__name__}.public")
        if name == "__all__":
            return [*public.__all__, "__version__"]
        if name not in public.__all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(public, name)

    def _read_version():
        from importlib.metadata import version  # noqa: PLC0415  It reads files, which importing the core does not.

        return version(__name__)
