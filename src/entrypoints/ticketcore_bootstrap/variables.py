"""Reading variables of the environment; a wrong one is refused in one line that names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal, TypeVar

import attrs

from ticketcore.domain import limits
from ticketcore.domain.errors import UnknownOption, WrongKindOfKey
from ticketcore.domain.limits import Limit
from ticketcore_bootstrap import gateways
from ticketcore_bootstrap.backends import Database, Directory, EmlDirectory

T = TypeVar("T")
D = TypeVar("D")

_OPTION = re.compile(r"[A-Za-z_]+=")
#: Options of URLs that are no secrets.
_SHOWN_OPTIONS = {
    *("from", "tls", "ssl_ca_certs", "encryption", "kms_key_id", "configuration_set"),
    *("sslmode", "sslrootcert", "host", "application_name", "connect_timeout", "db", "protocol"),
}
#: How the name of every variable begins.
PREFIX = "TICKETCORE_"


class SettingError(ValueError):
    """A variable of the environment has a wrong value."""

    def __init__(self, variable: str, held: str, expected: str) -> None:
        super().__init__(variable, held, expected)
        self.variable = variable
        self.held = held
        self.expected = expected

    def __str__(self) -> str:
        return f"{self.variable} holds {self.held}; it should hold {self.expected}"


def shown(held: str) -> str:
    """Return a value on one line, without what may be secret in a URL: user, password, and options that are not known."""
    address, mark, query = held.partition("?")
    options = query.split("&") if mark else []
    if "@" in query and not all(_OPTION.match(option) for option in options):
        # A password that was not escaped may hold a question mark.
        address, options = held, []
    before, at, after = address.rpartition("@")
    scheme = f"{before.partition('://')[0]}://" if "://" in before else ""
    visible = f"{scheme}…@{after}" if at else address
    return on_one_line("?".join([visible, "&".join(map(_shown_option, options))]) if options else visible)


def shown_scheme(held: str) -> str:
    """Return a URL of which nothing but the scheme is known not to be secret."""
    scheme, mark, rest = re.split("(://|[:?]|$)", held, maxsplit=1)
    return f"{on_one_line(scheme)}{mark}…" if rest else on_one_line(held)


def _shown_option(option: str) -> str:
    name, _, _ = option.partition("=")
    return option if name in _SHOWN_OPTIONS else f"{name}=…" if _OPTION.match(option) else "…"


def on_one_line(text: str) -> str:
    """Return a text whose control characters are written as Python writes them."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


@attrs.frozen
class Variable:
    """One setting: its value as text, without secrets, ``None`` for none, and where it comes from."""

    name: str
    value: str | None
    source: Literal["environment", "default"]


@attrs.frozen
class Reader:
    """Reads variables, and keeps which ones it has read."""

    environment: Mapping[str, str] = attrs.field(repr=False)
    variables: list[Variable] = attrs.field(init=False, factory=list)

    def read(
        self,
        variable: str,
        parse: Callable[[str], T],
        default: D,
        expected: str | Callable[[], str],
        show: Callable[[str], str] = shown,
    ) -> T | D:
        """Return what a variable holds, or the default if it is empty or missing; ``show`` leaves out what is secret."""
        held = self.environment.get(variable, "")
        self._note(variable, show(held) if held else _text_of(default), is_set=bool(held))
        return self._parse(variable, parse, f'"{show(held)}"', expected) if held else default

    def read_secret(self, variable: str, parse: Callable[[str], str], expected: str) -> str | None:
        """Return the secret that a variable holds, if any."""
        held = self.environment.get(variable, "")
        self._note(variable, "a secret that is not shown" if held else None, is_set=bool(held))
        return self._parse(variable, parse, "a secret that is not shown", expected) if held else None

    def _note(self, variable: str, value: str | None, *, is_set: bool) -> None:
        self.variables.append(Variable(variable, value, "environment" if is_set else "default"))

    def _parse(self, variable: str, parse: Callable[[str], T], held: str, expected: str | Callable[[], str]) -> T:
        try:
            return parse(self.environment[variable])
        except UnknownOption as error:
            # What stands there by mistake may be the rest of a password that was not escaped.
            held = f'the unknown option "{error.option}"' if error.option.isidentifier() else "an unknown option"
            raise SettingError(variable, held, expected if isinstance(expected, str) else expected()) from None
        except (WrongKindOfKey, gateways.UnknownGateway) as error:
            raise SettingError(variable, error.held, expected if isinstance(expected, str) else expected()) from None
        except ValueError:
            raise SettingError(variable, held, expected if isinstance(expected, str) else expected()) from None


def _text_of(default: object) -> str | None:
    """Return a default as its variable would hold it."""
    match default:
        case None | "" | ():
            text = None
        case bool():
            text = str(int(default))
        case Database():
            text = "database"
        case Directory() | EmlDirectory():
            text = f"file://{default.path}"
        case Limit():
            text = limits.text_of(default)
        case timedelta():
            text = str(default // timedelta(seconds=1))
        case _:
            text = shown(str(default))
    return text
