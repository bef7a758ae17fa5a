"""Events are found by words of their name and location."""

from __future__ import annotations

import attrs
import pytest

from tests.core.examples import EVENT
from ticketcore.domain import event_search
from ticketcore.domain.event_search import MAX_LENGTH

SHOW = attrs.evolve(EVENT, name="Die Zauberflöte", location="Theatro São Pedro, Porto Alegre")


@pytest.mark.parametrize(
    "text", ["zauberflote", "ZAUBERFLÖTE", "sao pedro", "flöte alegre", "  Porto\tDie ", "zauberflo\u0308te", ""]
)
def test_words_are_found_whatever_their_case_order_and_accents(text: str) -> None:
    """All of them, in the name or in the location, as parts of words too."""
    assert event_search.matches(SHOW, event_search.words_of(text))


@pytest.mark.parametrize("text", ["carmen", "zauberflöte carmen", "pedro, lisboa"])
def test_one_word_too_many_finds_nothing(text: str) -> None:
    """An event has to have all of them."""
    assert not event_search.matches(SHOW, event_search.words_of(text))


@pytest.mark.parametrize(("value", "fault"), [("a" * MAX_LENGTH, False), ("a" * (MAX_LENGTH + 1), True), (7, True)])
def test_a_text_to_search_for_is_bounded(value: object, fault: bool) -> None:
    """So is the work of a search."""
    assert (event_search.check(value) is not None) is fault
