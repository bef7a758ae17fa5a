"""What ``import ticketcore`` offers: every name that its users and the authors of adapters need, and help without machinery."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import pydoc
import re
import typing
from collections.abc import Iterator
from types import ModuleType

import attrs
import pytest

import ticketcore
from ticketcore import (
    AnyRefusal,
    BoxOffice,
    EventNotFound,
    Organiser,
    Refused,
    SoldOut,
    TicketcoreError,
    accepted,
    ports,
)
from ticketcore import public as public_names
from ticketcore.domain import errors, ids, refusals
from ticketcore.domain.refusals import Refusal

USE_CASES = [BoxOffice, Organiser]
#: They ask nothing that can be out of reach, or bridge it.
NEVER_RAISE = {"draw", "image_of", "observe_refused_key"}
#: Python's own, shown of every class that can be called.
SPECIAL = {"__init__"}


def methods(kind: type) -> dict[str, typing.Any]:
    found = inspect.getmembers(kind, inspect.isfunction)
    return {name: method for name, method in found if not name.startswith("_")}


METHODS = [(kind, name) for kind in USE_CASES for name in methods(kind)]


def classes_in(hint: object) -> Iterator[type]:
    """Yield every class of ours that a type hint names."""
    arguments = typing.get_args(hint)
    for argument in arguments:
        yield from classes_in(argument)
    if not arguments and inspect.isclass(hint) and hint.__module__.startswith("ticketcore"):
        yield hint


def hints_of(method: object) -> dict[str, object]:
    return typing.get_type_hints(method)


def public(module: ModuleType) -> set[object]:
    return {getattr(module, name) for name in module.__all__ if name != "__version__"}


def defined_in(module: ModuleType, base: type) -> set[type]:
    return {
        kind for kind in vars(module).values() if inspect.isclass(kind) and issubclass(kind, base) and kind is not base
    }


def test_every_listed_name_is_there() -> None:
    """``__all__`` is complete: what is imported into the package is listed, and nothing else."""
    offered = {
        name
        for name, value in vars(public_names).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name not in {"annotations", "TYPE_CHECKING"}
    }
    assert {*ticketcore.__all__} == offered | {"__version__"}


@pytest.mark.parametrize(("kind", "name"), METHODS)
def test_what_a_use_case_takes_and_returns_is_public(kind: type, name: str) -> None:
    """No caller has to import from a module below to annotate a variable, fields of the values included."""
    named = {each for hint in hints_of(getattr(kind, name)).values() for each in classes_in(hint)}
    inside = {
        each
        for value in named
        if attrs.has(value)
        for hint in typing.get_type_hints(value).values()
        for each in classes_in(hint)
    }
    assert named | inside <= public(ticketcore)


def test_every_refusal_failure_and_id_is_public() -> None:
    """Also those that a use case returns only through others."""
    id_types = {value for value in vars(ids).values() if isinstance(value, typing.NewType)}
    assert defined_in(refusals, Refusal) | defined_in(errors, TicketcoreError) | id_types <= public(ticketcore)


def test_what_a_port_takes_and_returns_is_public() -> None:
    """An adapter needs ``ticketcore`` and ``ticketcore.ports`` and no module below."""
    protocols = [getattr(ports, name) for name in ports.__all__]
    named = {
        each
        for protocol in protocols
        if inspect.isclass(protocol) and getattr(protocol, "_is_protocol", False)
        for method in methods(protocol).values()
        for hint in hints_of(method).values()
        for each in classes_in(hint)
    }
    assert named <= public(ticketcore) | public(ports)
    assert len(named) > 20


def test_modules_below_can_all_be_imported() -> None:
    """None of them depends on an order of imports through the package."""
    for module in pkgutil.walk_packages(ticketcore.__path__, "ticketcore."):
        importlib.import_module(module.name)


# Help


def help_of(kind: type) -> str:
    return pydoc.plain(pydoc.render_doc(kind))


@pytest.mark.parametrize("kind", USE_CASES)
def test_help_shows_no_machinery(kind: type) -> None:
    """It shows public methods and attributes, each with a sentence; nothing generated, private, or with an address in memory."""
    text = help_of(kind)
    shown = set(re.findall(r"^ \|  ([a-z_]\w*)", text, re.MULTILINE))
    assert {name for name in shown if name.startswith("_")} <= SPECIAL
    assert methods(kind).keys() <= shown
    for noise in ("attrs", "slots", "weak", " at 0x", "__dict__"):
        assert noise not in text


@pytest.mark.parametrize(("kind", "name"), METHODS)
def test_help_says_what_is_returned_refused_and_raised(kind: type, name: str) -> None:
    """Each method names every refusal that its type has, says what it returns, and when it raises."""
    method = getattr(kind, name)
    text = inspect.getdoc(method) or ""
    refused = {each.__name__ for each in classes_in(hints_of(method)["return"]) if issubclass(each, Refusal)}
    assert re.search(r"\b[Rr]eturn\b", text)
    assert {each for each in re.findall(r"``(\w+)``", _refusing(text)) if each[0].isupper()} == refused
    assert ("Raises ``Unavailable`` if" in text) == (name not in NEVER_RAISE)


def _refusing(text: str) -> str:
    """Return the sentence that begins with ``Refuses with``, or nothing."""
    found = re.search(r"Refuses with .*?\.(\s|$)", text, re.DOTALL)
    return found.group() if found else ""


# Refusals as exceptions


def test_a_value_is_accepted() -> None:
    """It comes back as it is."""
    assert accepted("a value") == "a value"


def test_a_refusal_becomes_an_exception() -> None:
    """The exception carries it, says the same, and does not invite to try again."""
    with pytest.raises(Refused, match=r"^sold_out: Only 2 places are left\.$") as raised:
        accepted(SoldOut(2))
    assert raised.value.refusal == SoldOut(2)
    assert not raised.value.retry_is_safe


def test_every_refusal_can_be_told_apart_by_type_checkers() -> None:
    """The union is complete, so that ``accepted`` is narrowed for each use case."""
    assert {*typing.get_args(AnyRefusal)} == defined_in(refusals, Refusal)
    with pytest.raises(Refused):
        accepted(EventNotFound())
