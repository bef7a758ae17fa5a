"""Catalogues hold the messages of the code, each of them and no other, with the same placeholders."""

from __future__ import annotations

import ast
import gettext
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from ticketcore_texts.catalogues import LOCALES, catalogue, languages

SRC = Path(__file__).parents[2] / "src"
#: Packages whose texts are read by engineers only.
ENGLISH_ONLY = {"ticketcore_testing", "ticketcore_simulator"}
KEYWORDS = {"Text": None, "plural_text": (1, 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")

CATALOGUES = sorted(LOCALES.glob("*/LC_MESSAGES/*.po"))


def is_translated(path: Path) -> bool:
    return not ENGLISH_ONLY & set(path.parts)


@cache
def extracted() -> Catalog:
    """Return all messages that ``pybabel extract`` finds."""
    found = Catalog()
    for name, _, message, _, _ in extract_from_dir(SRC, keywords=KEYWORDS):
        if is_translated(Path(name)):
            found.add(message)
    return found


@cache
def read(path: Path) -> Catalog:
    return read_po(io.BytesIO(path.read_bytes()))


def ids(catalog: Catalog) -> set[object]:
    return {message.id if isinstance(message.id, str) else tuple(message.id) for message in catalog if message.id}


def forms(message: Message) -> tuple[str, ...]:
    """Return the message's texts in its language: one, or one for each plural."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def placeholders(text: object) -> set[str]:
    return set(PLACEHOLDER.findall(str(text)))


def calls(tree: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    """Yield the calls that make texts, with their message ids."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Text"), args=[message, *_]):
                yield "Text", [message]
            case ast.Call(func=ast.Name(id="plural_text"), args=[one, many, *_]):
                yield "plural_text", [one, many]
            case _:
                pass


def test_every_message_can_be_extracted() -> None:
    """Wherever a text is made, its message is written out, and where Babel finds it."""
    written: set[object] = set()
    for path in filter(is_translated, SRC.rglob("*.py")):
        for kind, arguments in calls(ast.parse(path.read_text())):
            messages = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
            assert len(messages) == len(arguments), f"{path.name}:{arguments[0].lineno} has no literal message"
            written.add(tuple(messages) if kind == "plural_text" else messages[0])
    assert written == ids(extracted())
    assert len(written) > 100


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_has_every_message_and_no_other(path: Path) -> None:
    """None is missing, stale, fuzzy or left without a translation."""
    found = read(path)
    assert ids(found) == ids(extracted())
    assert [message.id for message in found if message.id and (message.fuzzy or not all(forms(message)))] == []
    assert not found.obsolete


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_has_the_placeholders_of_its_message(path: Path) -> None:
    """All values are shown, and no other is asked for."""
    found = read(path)
    assert [str(error) for _, errors in found.check() for error in errors] == []
    for message in found:
        source = message.id[-1] if isinstance(message.id, tuple) else message.id
        if source:
            assert {frozenset(placeholders(form)) for form in forms(message)} == {frozenset(placeholders(source))}


def test_a_wrong_catalogue_is_found_out() -> None:
    """A placeholder that the message does not have fails the check."""
    wrong = Catalog(locale="pt_BR")
    wrong.add("Only %(available)s.", "Só %(livres)s.", flags={"python-format"})
    assert [str(error) for _, errors in wrong.check() for error in errors] != []


def test_languages_are_the_catalogues_and_english() -> None:
    """A second language is a file."""
    assert languages() == ("en", *(path.parts[-3].replace("_", "-") for path in CATALOGUES))
    assert {"es", "pt-BR"} < set(languages())


def test_a_catalogue_is_read_once() -> None:
    """Its plurals are those of its language, and an unknown language is named as such."""
    portuguese = catalogue("pt-BR")
    assert isinstance(portuguese, gettext.GNUTranslations)
    assert catalogue("pt-BR") is portuguese
    with pytest.raises(LookupError, match="no texts in 'xx': there are en, es, pt-BR"):
        catalogue("xx")


#: A number before a plural noun.
COUNTED = re.compile(r"%\((\w+)\)s [a-z]+s\b")
#: Values that are no counts, by their names, and messages whose count is never 1.
NO_COUNTS = {"name", "digest", "subject", "url", "text", "number", "order", "id", "gate", "status", "event"}
NEVER_ONE = {
    "%(name)s, %(location)s, %(capacity)s places at %(price)s",
    "More than %(orders)s orders are paid; %(amount)s go back for all of them.",
    "The newest %(count)s tickets are drawn.",
    "Tickets sold every %(hours)s hours",
    "Tickets sold every %(weeks)s weeks",
    "is one too many: there are %(most)s webhooks, delete one first",
    'must be a decimal string with %(decimals)s decimals for %(currency)s, such as "%(example)s"',
    "must be a list of 1 to %(most)s values",
    "must be at least %(least)s characters",
    "must be at most %(most)s characters",
    "reserved %(quantity)s; %(left)s of %(capacity)s places left at once",
}


def test_what_is_counted_has_plural_forms() -> None:
    """A number before a noun is in a message with a plural, unless it is never 1."""
    single = {message.id for message in extracted() if isinstance(message.id, str)}
    assert {each for each in single if set(COUNTED.findall(each)) - NO_COUNTS} == NEVER_ONE


#: Words that a language has another one for, which its texts use throughout.
OTHER_WORDS = {
    "pt-BR": {"escane": "ler", "telefone": "celular", "código QR": "QR code"},
    "es": {"escane": "leer", "escáne": "leer", "celular": "teléfono", "móvil": "teléfono", "código de QR": "código QR"},
}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_one_act_has_one_word(path: Path) -> None:
    """No translation has a second word for what others call by the first."""
    words = OTHER_WORDS[path.parts[-3].replace("_", "-")]
    texts = [form.lower() for message in read(path) if message.id for form in forms(message)]
    assert {(word, text) for word in words for text in texts if word.lower() in text} == set()
