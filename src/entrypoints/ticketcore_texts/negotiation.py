"""The language of a reader: by ``Accept-Language`` (RFC 9110, section 12.5.4) and by a locale of the environment (POSIX)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from ticketcore_texts.catalogues import ENGLISH, languages

#: More than browsers send; the rest is not read.
_MAX_LENGTH = 1000
_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
)
#: In the order of precedence; the first that is set decides.
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


@lru_cache(1024)
def accepted_language(header: str | None) -> str | None:
    """Return the language that a header asks for, or ``None`` if it asks for none that there is.

    The one with the highest quality, of several the first.  A range of another region stands for its language: who reads
    ``pt-PT`` reads ``pt-BR``, too.  ``*`` asks for none in particular.  Ranges that are malformed are passed over.
    """
    qualities: dict[str, float] = {}
    for tag, quality in _ranges(header or ""):
        language = known_language(tag)
        if language is not None:
            qualities[language] = max(quality, qualities.get(language, 0.0))
    best = max(qualities, key=lambda language: qualities[language], default=None)
    return best if best is not None and qualities[best] else None


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for part in header[:_MAX_LENGTH].split(","):
        found = _RANGE.fullmatch(part)
        if found:
            yield found[1], float(found[2] or 1)


def known_language(tag: str) -> str | None:
    """Return the language of a tag (BCP 47) or its prefix, whatever its case, ``None`` if there are no texts in it."""
    wanted = tag.lower()
    exact = next((each for each in languages() if each.lower() == wanted), None)
    primary = wanted.partition("-")[0]
    return exact or next((each for each in languages() if each.lower().partition("-")[0] == primary), None)


def language_of_locale(environment: Mapping[str, str]) -> str:
    """Return the language of the environment's locale, such as ``pt_BR.UTF-8``; English if there are no texts in it."""
    locale = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return known_language(re.split(r"[.@]", locale)[0].replace("_", "-")) or ENGLISH
