"""The language of a page: the reader's choice, kept in a cookie, or what the browser asks for."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Request, Response

from ticketcore_texts import accepted_language, languages
from ticketcore_web.cookies import Cookies

_COOKIE = "ticketcore-language"
PARAMETER = "language"
_KEPT_SECONDS = 365 * 24 * 3600
#: Each in its own language, as its readers look for it.
_NAMES = {"en": "English", "es": "Español", "pt-BR": "Português"}


def language_names() -> Mapping[str, str]:
    """Return the languages that there are, by tag, each by its own name."""
    return {tag: _NAMES.get(tag, tag) for tag in languages()}


def chosen_now(request: Request) -> str | None:
    """Return the language that the query chooses, ``None`` if it chooses none that there is."""
    return _known(request.args.get(PARAMETER))


def language_of(request: Request, cookies: Cookies, default: str) -> str:
    """Return the language to respond in."""
    kept = chosen_now(request) or _known(cookies.get(_COOKIE, request))
    return kept or accepted_language(request.headers.get("Accept-Language")) or default


def keep(request: Request, cookies: Cookies, response: Response) -> None:
    """Keep the language that the query chooses, if it does."""
    chosen = chosen_now(request)
    if chosen is not None:
        cookies.keep(_COOKIE, chosen, _KEPT_SECONDS, request, response)


def _known(tag: str | None) -> str | None:
    return tag if tag in languages() else None
