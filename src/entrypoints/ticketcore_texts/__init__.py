"""Texts for people, rendered in a language: the one place that knows catalogues, dates, numbers and money."""

from __future__ import annotations

from ticketcore_texts.catalogues import ENGLISH, languages
from ticketcore_texts.negotiation import accepted_language, known_language, language_of_locale
from ticketcore_texts.rendering import render, rendered

__all__ = [
    "ENGLISH",
    "accepted_language",
    "known_language",
    "language_of_locale",
    "languages",
    "render",
    "rendered",
]
