"""A ledger is chosen by the scheme of its URL, from one table that another package's ledger can join."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.entrypoints.toy_ledger import Store, ToyBackend
from ticketcore import EventDraft, LiveEvent, Order, OrderStatus
from ticketcore.domain.validation import Admitted
from ticketcore.ports import OutboxRow
from ticketcore_bootstrap import (
    LEDGERS,
    Assembly,
    Background,
    LedgerBackend,
    LedgerKind,
    SchemaOutdated,
    SettingError,
    Settings,
    assemble,
    read_settings,
    upgrade,
)
from ticketcore_memory import MemoryMailer, SystemClock
from ticketcore_sql import SqlBackend

#: Type checkers compare each backend with the interface here.
BACKENDS: tuple[type[LedgerBackend], ...] = (SqlBackend, ToyBackend)


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Register the toy ledger: the one line that a ledger needs."""
    monkeypatch.setitem(LEDGERS, "toy", LedgerKind("toy:NAME", "tests.entrypoints.toy_ledger:ToyBackend", "toy"))
    yield
    ToyBackend.STORES.clear()


def settings_for(url: str, data: Path) -> Settings:
    return read_settings({"TICKETCORE_DATABASE_URL": url}, data)


def sell(assembly: Assembly) -> Order:
    """Sell two places and return the order."""
    live = assembly.organiser.create_event(
        EventDraft("Night", SystemClock().now() + timedelta(days=1), "Hall", 10, "45.00")
    )
    assert isinstance(live, LiveEvent)
    order = assembly.box_office.reserve(live.event.id, 2, "ann@example.com")
    assert isinstance(order, Order)
    assert isinstance(assembly.box_office.pay(order.id, "tok_approved"), Order)
    assembly.box_office.work()
    paid = assembly.box_office.order(order.id)
    assert isinstance(paid, Order)
    return paid


def test_every_backend_of_the_table_keeps_its_interface() -> None:
    """Each entry names a class that can be imported, with every member of the interface."""
    for kind in LEDGERS.values():
        backend = kind.load()
        assert backend in BACKENDS
        assert all(hasattr(backend, name) for name in vars(LedgerBackend) if not name.startswith("_"))


def test_a_sale_on_another_packages_ledger(tmp_path: Path) -> None:
    """An order is reserved, paid, delivered and admitted; the next start finds it, under the same signing key."""
    settings = settings_for("toy:Shared", tmp_path)
    with assemble(settings) as assembly:
        assembly.prepare()
        order = sell(assembly)
        [first, _] = assembly.ports.tickets.of_order(order.id)
    assert order.status is OrderStatus.PAID
    (tmp_path / "signing-key").unlink()

    with assemble(settings) as assembly:
        assembly.prepare()
        assert assembly.box_office.order(order.id) == order
        assert isinstance(assembly.box_office.validate(first.qr_code, "gate"), Admitted)
    assert not (tmp_path / "ticketcore.db").exists()


def test_the_worker_runs_beside_another_packages_ledger(tmp_path: Path) -> None:
    """Its payment queue is the store's own."""
    with assemble(settings_for("toy:shared", tmp_path)) as assembly:
        assembly.prepare()
        with Background.beside(assembly):
            assert assembly.ports.payment_queue is ToyBackend.STORES["toy:shared"].queue


def test_its_url_is_read_by_its_backend() -> None:
    """The setting holds what ``parse`` returned, and a refusal shows the form."""
    assert settings_for("toy:Shared", Path("data")).database_url == "toy:shared"
    with pytest.raises(SettingError, match="toy:NAME"):
        settings_for("mysql://h/db", Path("data"))


def test_a_ledger_without_a_queue_needs_another(tmp_path: Path) -> None:
    """The line names the variable that has to be set."""
    with pytest.raises(SettingError, match="TICKETCORE_QUEUE_URL"):
        assemble(settings_for("toy:no-queue", tmp_path))


def test_a_failed_start_closes_what_it_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's connections do not outlive a setting that shows to be wrong later."""
    backend = ToyBackend("toy:no-queue")
    monkeypatch.setattr(ToyBackend, "open", lambda *_: backend)
    with pytest.raises(SettingError):
        assemble(settings_for("toy:no-queue", tmp_path))
    assert backend.closed


def test_an_older_embedded_store_is_upgraded(tmp_path: Path) -> None:
    """The program that opens it is its only user."""
    store = ToyBackend.STORES["toy:private"] = Store(revision="1")
    with assemble(settings_for("toy:private", tmp_path)) as assembly:
        assembly.prepare()
    assert store.revision == "2"


def test_an_older_shared_store_is_left_to_its_operator(tmp_path: Path) -> None:
    """``ticketcore db upgrade`` changes it, at a moment that is chosen for it."""
    store = ToyBackend.STORES["toy:shared"] = Store(revision="1")
    settings = settings_for("toy:shared", tmp_path)
    with pytest.raises(SchemaOutdated):
        assemble(settings)
    assert store.revision == "1"
    assert upgrade(settings) == ("1", "2")
    with assemble(settings) as assembly:
        assembly.prepare()
        assert assembly.ports.outbox.pending(10) == ()


def test_the_bundle_is_replaced_by_name(tmp_path: Path) -> None:
    """One port of the ledger can stand in for another, and the rest stay."""

    class NothingPending:
        def pending(self, *_: object) -> list[OutboxRow]:
            return []

    with assemble(settings_for("toy:shared", tmp_path)) as assembly:
        mailer = MemoryMailer()
        ports = assembly.ports.replacing(outbox=NothingPending(), mailer=mailer)
        assert isinstance(ports.outbox, NothingPending)
        assert (ports.orders, ports.mailer) == (assembly.ports.orders, mailer)
        assert ports.ledger.events is assembly.ports.events
