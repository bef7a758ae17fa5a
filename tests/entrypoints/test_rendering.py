"""Texts are rendered in a language: the sentence from its catalogue, the values in its formats."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.core.examples import NOW
from tests.core.test_refusals import EXAMPLES
from ticketcore.domain.money import DECIMALS, Currency, Money
from ticketcore.domain.orders import Problem
from ticketcore.domain.refusals import (
    CapacityInUse,
    Fault,
    InvalidRequest,
    OrderNotPaid,
    Refusal,
    ReservationExpired,
    SoldOut,
)
from ticketcore.domain.texts import Text, in_english
from ticketcore_flask.pages import problem_page
from ticketcore_texts import formats, languages, render, rendered
from ticketcore_wire import problems
from ticketcore_wire.problems import KINDS
from ticketcore_wire.responses import problem_response

PORTUGUESE = "pt-BR"


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (SoldOut(1), "Resta só 1 lugar."),
        (SoldOut(1200), "Restam só 1.200 lugares."),
        (OrderNotPaid("processing"), "Este pedido está em processamento, não pago."),
        (
            ReservationExpired(NOW, "America/Sao_Paulo"),
            "A reserva expirou (sábado, 1 de maio de 2027, 09:00, America/Sao_Paulo); nada foi cobrado.",
        ),
        (CapacityInUse(7), "7 lugares estão vendidos ou reservados; a capacidade não pode ser menor."),
        (
            InvalidRequest((Fault("", Text("is required")), Fault("price", Text("must be a string")))),
            "a requisição não pode faltar; price deve ser um texto (string)",
        ),
    ],
    ids=repr,
)
def test_a_refusal_is_rendered_in_a_second_language(refusal: Refusal, sentence: str) -> None:
    """Plurals, words within the sentence, numbers, times and lists are the language's."""
    assert render(refusal.detail, PORTUGUESE) == sentence


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_every_refusal_is_described_in_every_language(kind: type[Refusal], language: str) -> None:
    """Title, meaning and remedy, with no placeholder left and, but in English, none in English."""
    described = {text: render(text, language) for text in (kind.title, kind.meaning, kind.remedy)}
    assert not re.search(r"%\(", " ".join(described.values()))
    assert language == "en" or all(text != shown for text, shown in described.items())


@pytest.mark.parametrize("refusal", EXAMPLES, ids=repr)
def test_english_differs_from_the_librarys_in_formats_only(refusal: Refusal) -> None:
    """Texts without times, money and numbers are the same."""
    if all(isinstance(value, str | tuple) for value in refusal.detail.values.values()):
        assert render(refusal.detail) == refusal.detail


def test_what_a_catalogue_lacks_is_in_english() -> None:
    """A sentence that is not translated yet is shown, its values in the language."""
    assert render(Text("Brand new: %(count)s.", count=1200), PORTUGUESE) == "Brand new: 1.200."


def test_json_is_rendered_as_a_whole() -> None:
    """Texts are rendered wherever they are, all else is left alone."""
    value = {"detail": Problem.SALES_CLOSED.detail, "items": [Text("paid"), "paid", 7, None], "more": (Text("paid"),)}
    assert rendered(value, PORTUGUESE) == {
        "detail": "O evento foi cancelado antes de o pagamento chegar; qualquer valor que tenha chegado foi devolvido.",
        "items": ["pago", "paid", 7, None],
        "more": ["pago"],
    }


def test_a_problem_is_rendered_in_a_language() -> None:
    """Title, detail and faults are; its members stay what programs read."""
    fault = Fault("quantity", Text("must be from 1 to %(most)s for this event", most="3"))
    problem = json.loads(problem_response(InvalidRequest((fault,)), "", PORTUGUESE).body)
    assert problem["title"] == "A requisição tem erros"
    assert problem["errors"] == [{"field": "quantity", "message": "deve ser de 1 a 3 para este evento"}]
    expired = json.loads(problem_response(ReservationExpired(NOW), "", PORTUGUESE).body)
    assert expired["expired_at"] == "2027-05-01T12:00:00.000Z"


def test_faults_stay_as_they_are_in_english() -> None:
    """Limits are written as JSON has them, not as people do."""
    fault = Fault("capacity", Text("must be a whole number from 1 to %(most)s", most="1000000"))
    problem = json.loads(problem_response(InvalidRequest((fault,)), "").body)
    assert problem["errors"] == [{"field": "capacity", "message": "must be a whole number from 1 to 1000000"}]


def test_a_page_is_rendered_in_a_language() -> None:
    """The page of a problem says so."""
    page = problem_page("sold_out", PORTUGUESE)
    assert '<html lang="pt-BR">' in page
    assert "O que fazer:" in page
    assert render(problems.KINDS["sold_out"].remedy, PORTUGUESE) in page


@pytest.mark.parametrize("currency", DECIMALS)
@pytest.mark.parametrize("language", languages())
def test_money_is_never_rounded(currency: Currency, language: str) -> None:
    """Whatever CLDR shows of a currency, every digit of the amount is there."""
    money = Money(1234567, currency)
    shown = formats.money(money, language)
    assert "".join(re.findall(r"\d", shown)) == "1234567"
    decimals = re.search(r"[.,](\d+)\D*$", shown)
    assert DECIMALS[currency] in (0, len(decimals[1]) if decimals else 0)


def test_times_are_in_utc_and_say_so() -> None:
    """Whatever offset they were written with."""
    moment = datetime(2027, 5, 1, 22, 0, 7, tzinfo=timezone(timedelta(hours=2)))
    assert formats.moment(moment, "en") == "1 May 2027, 20:00:07 UTC"


@pytest.mark.parametrize(
    ("moment", "zone", "shown"),
    [
        (datetime(2027, 5, 2, 1, tzinfo=UTC), "America/Sao_Paulo", "Saturday, 1 May 2027, 22:00, America/Sao_Paulo"),
        (datetime(2027, 5, 1, 20, tzinfo=UTC), "UTC", "Saturday, 1 May 2027, 20:00, UTC"),
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "Europe/London", "Sunday, 28 March 2027, 00:59, Europe/London"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "Europe/London", "Sunday, 28 March 2027, 02:00, Europe/London"),
        (
            datetime(2027, 5, 1, 20, tzinfo=timezone(timedelta(hours=-9))),
            "Asia/Tokyo",
            "Sunday, 2 May 2027, 14:00, Asia/Tokyo",
        ),
        (datetime(1, 1, 1, tzinfo=UTC), "America/Sao_Paulo", "Monday, 1 January 1, 00:00, UTC"),
        (datetime(2027, 5, 1, 20, tzinfo=UTC), "Nowhere/City", "Saturday, 1 May 2027, 20:00, UTC"),
        (datetime(2027, 5, 1, 20, tzinfo=UTC), "America", "Saturday, 1 May 2027, 20:00, UTC"),
        (datetime(2027, 5, 1, 20, tzinfo=UTC), "../etc", "Saturday, 1 May 2027, 20:00, UTC"),
    ],
)
def test_an_event_is_at_its_own_local_time(moment: datetime, zone: str, shown: str) -> None:
    """Across changes of summer time, with the zone's name; in UTC where there is no such time."""
    assert formats.day_and_time(moment, zone, "en") == shown


def test_a_value_without_a_format_is_a_bug() -> None:
    """Nothing is shown as Python writes it."""
    with pytest.raises(TypeError, match="no format for float"):
        render(Text("%(price)s", price=1.5))
    assert in_english(1.5) == "1.5"


def test_english_needs_no_babel_before_a_date() -> None:
    """Processes that render plain sentences only start without it."""
    program = """
import sys
from ticketcore.domain.refusals import EventNotFound
from ticketcore_texts import render
render(EventNotFound().detail)
print([name for name in sys.modules if name.partition(".")[0] == "babel"])
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
