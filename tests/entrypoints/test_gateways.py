"""The payment gateway is chosen by a setting: the simulated one, or one that an installed package registers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.entrypoints.test_ledgers import sell
from ticketcore import OrderStatus
from ticketcore_bootstrap import SettingError, assemble, read_settings, report_environment
from ticketcore_simulated_payments import SimulatedPaymentGateway
from ticketcore_simulated_payments.sql import SqlCharges

_MODULE = """
from ticketcore.ports import Approved, Cancelled, PaymentGateway

class Gateway(PaymentGateway):
    closed = False

    def __init__(self, url):
        if "host" not in url:
            raise ValueError("a host is needed,\\nand an account")
        if "key" not in url:
            raise ValueError(url)
        self.url = url

    def charge(self, attempt):
        return Approved("1")

    def cancel(self, attempt):
        return Cancelled()

    def refund(self, attempt, amount, refund_id):
        pass

    def read_notice(self, headers, body):
        return None

    def close(self):
        Gateway.closed = True
"""


@pytest.fixture
def toypay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Install a package that registers the gateways ``toypay`` and ``brokenpay``; return its module's name."""
    site = tmp_path / "site"
    metadata = site / "toypay-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "toypay_gateway.py").write_text(_MODULE)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toypay\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[ticketcore.payment_gateways]\ntoypay = toypay_gateway:Gateway\nbrokenpay = toypay_missing:Gateway\n"
    )
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "toypay_gateway", raising=False)
    return "toypay_gateway"


def refusal(url: str, data: Path) -> str:
    """Return the one line that refuses a payments URL."""
    with pytest.raises(SettingError) as refused:
        assemble(read_settings({"TICKETCORE_PAYMENTS_URL": url}, data))
    line = str(refused.value)
    assert line.startswith("TICKETCORE_PAYMENTS_URL holds ")
    assert line.isprintable()
    return line


@pytest.mark.parametrize(
    "url", ["stripe://sk_SECRET", "adyen://h/?api_key=SECRET", "SECRET", "u:SECRET@h", "S\x1bECRET:"]
)
def test_the_key_of_an_account_is_not_shown(url: str, tmp_path: Path) -> None:
    """Of a gateway that is not installed the scheme alone is named."""
    assert "SECRET" not in refusal(url, tmp_path)


def test_payments_are_simulated_by_default(tmp_path: Path) -> None:
    """The simulated gateway keeps its charges beside an embedded ledger in a file of its own."""
    with assemble(read_settings({}, tmp_path)) as assembly:
        assembly.prepare()
        assert sell(assembly).status is OrderStatus.PAID
        assert isinstance(assembly.ports.payment_gateway, SimulatedPaymentGateway)
        assert [money.amount for money in assembly.ports.payment_gateway.charged.values()] == ["90.00"]
    assert (tmp_path / "simulated-payments.db").exists()


def test_on_a_server_the_charges_are_in_the_ledgers_database(tmp_path: Path, postgres_url: str) -> None:
    """Workers on several machines share them."""
    settings = read_settings({"TICKETCORE_DATABASE_URL": postgres_url}, tmp_path)
    with assemble(settings) as assembly:
        gateway = assembly.ports.payment_gateway
        assert isinstance(gateway, SimulatedPaymentGateway)
        assert isinstance(gateway.charges, SqlCharges)
        assert gateway.charges.engine.url == make_url(postgres_url)


def test_the_charges_can_be_elsewhere(tmp_path: Path) -> None:
    """The URL of a database may follow the name."""
    settings = read_settings({"TICKETCORE_PAYMENTS_URL": f"simulated:sqlite:///{tmp_path / 'other.db'}"}, tmp_path)
    with assemble(settings) as assembly:
        assembly.prepare()
        sell(assembly)
    assert (tmp_path / "other.db").exists()


def test_an_installed_gateway_is_found_by_its_scheme(tmp_path: Path, toypay: str) -> None:
    """Its factory gets the whole URL, its answers decide, and it is closed with the rest."""
    with assemble(read_settings({"TICKETCORE_PAYMENTS_URL": "toypay://key@host"}, tmp_path)) as assembly:
        assembly.prepare()
        gateway = assembly.ports.payment_gateway
        assert type(gateway).__module__ == toypay
        assert vars(gateway) == {"url": "toypay://key@host"}
        assert sell(assembly).status is OrderStatus.PAID
    assert vars(type(gateway))["closed"]


@pytest.mark.usefixtures("toypay")
def test_an_unknown_gateway_is_refused_with_those_installed(tmp_path: Path) -> None:
    """The line lists them, so that a misspelling is seen."""
    line = refusal("topyay://host", tmp_path)
    assert '"topyay"' in line
    assert "installed are: brokenpay, simulated, toypay" in line


@pytest.mark.usefixtures("toypay")
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("toypay://me:secret@host/", "a URL that the gateway toypay accepts\n"),
        ("toypay://host/?account=secret", "a URL that the gateway toypay accepts\n"),
        ("toypay://me:secret@elsewhere/", "accepts (a host is needed, and an account)\n"),
        ("brokenpay://h", "toypay_missing"),
    ],
)
def test_a_gateway_that_cannot_be_opened_is_refused(tmp_path: Path, url: str, reason: str) -> None:
    """A URL that its factory refuses, why, and a package that cannot be imported, in one line and without secrets."""
    line = refusal(url, tmp_path)
    assert reason in f"{line}\n"
    assert "secret" not in line


@pytest.mark.parametrize(
    "url", ["simulated:sqlite:///secret.db", "simulated?notice_secret=secret", "simulated://secret"]
)
def test_the_url_stays_out_of_what_is_printed(url: str) -> None:
    """It may hold the key of an account; the scheme is shown."""
    settings = read_settings({"TICKETCORE_PAYMENTS_URL": url}, Path("data"))
    assert "secret" not in repr(settings)
    [value] = [
        each.value
        for each in report_environment({"TICKETCORE_PAYMENTS_URL": url}).variables
        if each.name == "TICKETCORE_PAYMENTS_URL"
    ]
    assert value is not None
    assert value.startswith("simulated")
    assert "secret" not in value
