"""``ticketcore`` whose ``serve`` does nothing but serve, so that what is counted is what requests send."""

from __future__ import annotations

from ticketcore_bootstrap import Assembly, Background
from ticketcore_cli import run


def _nothing(assembly: Assembly) -> Background:
    return Background(assembly.box_office, ())


Background.beside = _nothing  # type: ignore[method-assign]  # A function does.
run()
