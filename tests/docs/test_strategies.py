"""The reference of the strategies lists every strategy and what it is registered for."""

from __future__ import annotations

from tests.docs.markdown import DOCS, codes, rows, sections
from ticketcore_testing import strategies

PAGE = (DOCS / "reference" / "strategies.md").read_text()
TABLES = {section.heading: list(rows(section.text)) for section in sections(PAGE)}
MAPPINGS = {"IDS", "REFUSALS", "VALUES"}


def test_every_strategy_is_listed() -> None:
    """The first column has the public names of the module, and the text has its mappings."""
    listed = [codes(name)[0] for name, _, _ in TABLES["Strategies"]]
    assert sorted(listed) == sorted(set(strategies.__all__) - MAPPINGS)
    assert set(codes(PAGE)) >= MAPPINGS


def test_every_registered_type_is_listed_with_its_strategy() -> None:
    """The second column names the type for which the strategy of its row is registered."""
    listed = {codes(kind)[0]: getattr(strategies, codes(name)[0]) for name, kind, _ in TABLES["Strategies"] if kind}
    without = {codes(kind)[0] for kind, _ in TABLES["Classes without a strategy of their own"]}
    registered = {kind.__name__: strategy for kind, strategy in [*strategies.VALUES.items(), *strategies.IDS.items()]}
    refusals = {kind.__name__ for kind in strategies.REFUSALS}
    assert listed.keys() | without | refusals == registered.keys()
    assert {name for name, strategy in listed.items() if registered[name] is not strategy} == set()
