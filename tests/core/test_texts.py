"""A text is its English sentence, and knows what another language needs to say it."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ticketcore.domain.money import Currency, Money
from ticketcore.domain.texts import InvalidValue, LocalTime, Text, fill, plural_text

PLACES = plural_text("One place.", "%(number)s places of %(price)s.", "number")
FILLED = PLACES.with_values(number=3, price=Money(1250, Currency("EUR")))


def test_a_text_is_its_english_sentence() -> None:
    """It can stand wherever a string can: in an f-string, in JSON, beside an equal string."""
    assert FILLED == "3 places of 12.50 EUR."
    assert f"{FILLED}" == str(FILLED)
    assert json.loads(json.dumps(FILLED)) == FILLED


def test_a_text_keeps_its_message_and_typed_values() -> None:
    """The message id has its placeholders, the values are as they were given."""
    assert (FILLED.message, FILLED.plural, FILLED.counted) == (
        "One place.",
        "%(number)s places of %(price)s.",
        "number",
    )
    assert FILLED.values == {"number": 3, "price": Money(1250, Currency("EUR"))}


@pytest.mark.parametrize(("number", "english"), [(0, "0 places of 1."), (1, "One place."), (2, "2 places of 1.")])
def test_english_has_one_plural(number: int, english: str) -> None:
    """One is singular, everything else is not."""
    assert PLACES.with_values(number=number, price=1) == english


def test_a_text_without_values_is_its_message() -> None:
    """A sentence without placeholders may hold a percent sign, and a template shows its own."""
    assert Text("100 % sure") == "100 % sure"
    assert Text("Hello, %(name)s.") == "Hello, %(name)s."


def test_values_are_not_read_as_messages() -> None:
    """A value with placeholders or braces stands in the sentence as it is."""
    assert Text("%(name)s.", name="%(name)s {0.__class__} %d") == "%(name)s {0.__class__} %d."


def test_values_are_written_in_english() -> None:
    """Times in UTC, texts within texts, several texts in one place."""
    moment = datetime(2027, 5, 1, 22, 0, tzinfo=timezone(timedelta(hours=2)))
    assert Text("On %(when)s.", when=moment) == "On 2027-05-01 at 20:00:00 UTC."
    assert Text("%(all)s", all=(Text("one"), Text("%(more)s", more=Text("two")))) == "one; two"


def test_the_times_of_a_text_can_be_put_in_a_zone() -> None:
    """Those of the texts within it, too; whatever else it holds stays."""
    moment, zone = datetime(2027, 5, 1, 20, 0, tzinfo=UTC), "America/Sao_Paulo"
    inner = Text("until %(until)s", until=moment)
    found = Text("%(at)s %(one)s %(all)s %(number)s", at=moment, one=inner, all=(inner,), number=3).in_zone(zone)

    local = Text("until %(until)s", until=LocalTime(moment, zone))
    assert found.values == {"at": LocalTime(moment, zone), "one": local, "all": (local,), "number": 3}
    assert isinstance(found.values["one"], Text)
    assert found.values["one"].values == local.values
    assert FILLED.in_zone(zone) == FILLED


@pytest.mark.parametrize("copied", [copy.deepcopy(FILLED), pickle.loads(pickle.dumps(FILLED))])
def test_a_copy_knows_the_same(copied: Text) -> None:
    """Texts travel between processes."""
    assert copied == FILLED
    assert (copied.message, copied.plural, copied.values) == (FILLED.message, FILLED.plural, FILLED.values)


def test_a_missing_value_is_a_bug() -> None:
    """A sentence is never shown with a hole."""
    with pytest.raises(KeyError, match="price"):
        PLACES.with_values(number=2)
    with pytest.raises(KeyError, match="name"):
        fill("%(name)s", {"other": "x"})


def test_an_invalid_value_carries_its_text() -> None:
    """It is a ``ValueError`` like any other, whose text can still be rendered, also after a trip to another process."""
    error: InvalidValue = pickle.loads(pickle.dumps(InvalidValue(Text("must be at most %(most)s", most="3"))))

    assert isinstance(error, ValueError)
    assert str(error) == "must be at most 3"
    assert error.text.message == "must be at most %(most)s"
