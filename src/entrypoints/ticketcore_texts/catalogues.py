"""Catalogues: one gettext ``.po`` file for each language but English, read when the language is first used."""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

ENGLISH = "en"
DOMAIN = "ticketcore"
LOCALES = Path(__file__).with_name("locales")


@cache
def languages() -> tuple[str, ...]:
    """Return the tags (BCP 47) of all languages that texts can be rendered in, English first."""
    found = sorted(path.parent.parent.name.replace("_", "-") for path in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
    return (ENGLISH, *found)


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the catalogue of a language; English needs none.  Raises ``LookupError`` for a language without one."""
    if language == ENGLISH:
        return NullTranslations()
    if language not in languages():
        raise LookupError(f"no texts in {language!r}: there are {', '.join(languages())}")
    from babel.messages.mofile import write_mo  # noqa: PLC0415  English, which most processes speak, does without it.
    from babel.messages.pofile import read_po  # noqa: PLC0415  Likewise.

    path = LOCALES / language.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(path.read_bytes())))
    compiled.seek(0)
    return GNUTranslations(compiled)
