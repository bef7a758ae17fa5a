"""The language of a reader: by ``Accept-Language``, and by the locale of an environment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketcore_texts import accepted_language, known_language, language_of_locale, languages

ACCEPTED = {
    "": None,
    "pt-BR": "pt-BR",
    "PT-br": "pt-BR",
    "es": "es",
    "en": "en",
    # Who reads a language of another region reads this one.
    "pt": "pt-BR",
    "pt-PT": "pt-BR",
    "es-AR,es;q=0.9,en;q=0.8": "es",
    "en-US,en;q=0.5": "en",
    "zh-Hant-TW, es-419": "es",
    # Qualities decide, then the order; without one it is 1.
    "en;q=0.8, pt-BR;q=0.9": "pt-BR",
    "es;q=0.001, en;q=0": "es",
    "pt-BR, es": "pt-BR",
    "es, pt-BR": "es",
    "es;q=0.5, pt-BR": "pt-BR",
    "fr, de;q=0.9, es;q=0.1": "es",
    "pt-PT;q=0.1, pt-BR;q=0.9, es;q=0.5": "pt-BR",
    # RFC 9110, 12.4.2: spaces around the semicolon, Q in either case, three decimals at most.
    "es ; q=0.5 , pt-BR ; Q=0.75": "pt-BR",
    "es;q=1.000": "es",
    # None in particular, none that there is, or not wanted.
    "*": None,
    "fr, *;q=0.5": None,
    "fr": None,
    "es;q=0": None,
    "es;q=0.0, pt-BR;q=0.000": None,
    # What is malformed is passed over.
    "es;q=2, pt-BR;q=0.5": "pt-BR",
    "es;q=0.1234, en": "en",
    "es;level=1, en;q=0.2": "en",
    "e s, pt_BR, ;q=1, ,, en;q=0.3": "en",
    "español": None,
    "pt-BR;q=-1": None,
}


@pytest.mark.parametrize("header", ACCEPTED)
def test_a_header_asks_for_the_best_language_that_there_is(header: str) -> None:
    """By quality, then by order; what asks for none leaves it to the default."""
    assert accepted_language(header) == ACCEPTED[header]


def test_a_request_without_the_header_asks_for_none() -> None:
    """The default of the service is taken."""
    assert accepted_language(None) is None


@given(st.text() | st.text(alphabet="enptbrs-*;q=0.19, \t", max_size=200))
def test_no_header_is_too_strange(header: str) -> None:
    """Each asks for a language that there is, or for none."""
    assert accepted_language(header) in {None, *languages()}


def test_of_a_long_header_the_beginning_is_read() -> None:
    """No browser sends as much."""
    assert accepted_language("xx," * 1000 + "es") is None


@pytest.mark.parametrize("language", languages())
def test_a_language_is_known_by_its_tag(language: str) -> None:
    """Whatever its case, and by the same tag with a region."""
    assert known_language(language.upper()) == known_language(f"{language}-x-private") == language
    assert known_language("xx") is known_language("") is None


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "pt_BR.UTF-8"}, "pt-BR"),
        ({"LANG": "pt_PT"}, "pt-BR"),
        ({"LANG": "es_AR.UTF-8@euro"}, "es"),
        ({"LANG": "es_MX", "LC_MESSAGES": "pt_BR.UTF-8"}, "pt-BR"),
        ({"LANG": "es_MX", "LC_MESSAGES": "pt_BR.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "es_MX", "LC_ALL": "C"}, "en"),
        ({"LANG": "es_MX", "LC_ALL": ""}, "es"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_TIME": "pt_BR.UTF-8"}, "en"),
    ],
)
def test_a_locale_has_a_language(environment: dict[str, str], language: str) -> None:
    """The first variable that is set decides, as POSIX has it; a language without texts is English."""
    assert language_of_locale(environment) == language
