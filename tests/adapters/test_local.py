"""Files in a directory and mail over SMTP, beyond the contract of their ports."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import attrs
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.contracts.mailers import SENDER, Inbox, smtp_server
from tests.servers.ports import free_port
from ticketcore.domain.errors import Unavailable
from ticketcore.ports import Accepted, Later, Refused
from ticketcore_local import DirectoryFiles, EmlMailer, SmtpMailer
from ticketcore_testing.contracts.mailer import a_mail

PNG = "image/png"
HERE = "127.0.0.1"


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    """A reader finds either the old content or the new one, complete."""
    contents = [letter * 1_000_000 for letter in (b"a", b"b")]
    files = DirectoryFiles(tmp_path)
    files.put("qr/1.png", contents[0], PNG)
    enough = threading.Event()

    def rewrite() -> None:
        while not enough.is_set():
            for content in contents:
                files.put("qr/1.png", content, PNG)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        seen = {files.get("qr/1.png") for _ in range(500)}
    finally:
        enough.set()
        writer.join()
    assert seen == set(contents)


KILLED_BEFORE_THE_NEW_NAME = """
import os, signal, sys
from pathlib import Path
from ticketcore.ports import Accepted, Later, Refused
from ticketcore_local import DirectoryFiles
sys.addaudithook(lambda event, _: os.kill(os.getpid(), signal.SIGKILL) if event == "os.rename" else None)
DirectoryFiles(Path(sys.argv[1])).put("qr/1.png", b"new", "image/png")
"""


def test_a_writer_that_is_killed_leaves_the_old_content(tmp_path: Path) -> None:
    """An unfinished new file is not read, and does not disturb the next writer."""
    files = DirectoryFiles(tmp_path)
    files.put("qr/1.png", b"old", PNG)
    killed = subprocess.run([sys.executable, "-c", KILLED_BEFORE_THE_NEW_NAME, tmp_path], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert files.get("qr/1.png") == b"old"
    [leftover] = set((tmp_path / "qr").iterdir()) - {tmp_path / "qr" / "1.png"}
    with pytest.raises(ValueError, match="not the name of a file"):
        files.get(f"qr/{leftover.name}")
    files.put("qr/1.png", b"new", PNG)
    assert files.get("qr/1.png") == b"new"


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    """A temporary file that cannot be renamed is removed."""
    (tmp_path / "qr" / "1.png").mkdir(parents=True)
    with pytest.raises(Unavailable, match="files is unavailable: Is a directory"):
        DirectoryFiles(tmp_path).put("qr/1.png", b"new", PNG)
    assert list((tmp_path / "qr").iterdir()) == [tmp_path / "qr" / "1.png"]


@pytest.mark.parametrize(
    "name",
    ["../1.png", "qr/../../1.png", "/etc/1.png", "", ".", "qr/", "qr//1.png", ".hidden", "a\\b", "a\0", "a\n", "é"],
)
def test_a_name_that_is_not_one_is_refused(tmp_path: Path, name: str) -> None:
    """No name leads out of the directory, to a hidden file or to a directory."""
    files = DirectoryFiles(tmp_path / "files")
    with pytest.raises(ValueError, match="not the name of a file"):
        files.put(name, b"content", PNG)
    with pytest.raises(ValueError, match="not the name of a file"):
        files.get(name)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_made_when_it_is_needed(tmp_path: Path) -> None:
    """Neither creating the adapter nor reading creates the directory; the check does."""
    directory = tmp_path / "files"
    files = DirectoryFiles(directory)
    files.get("qr/1.png")
    assert not directory.exists()
    files.check()
    assert list(directory.iterdir()) == []


def test_tickets_are_for_their_owner(tmp_path: Path) -> None:
    """Other users of the machine can read neither images nor messages."""
    DirectoryFiles(tmp_path).put("1.png", b"content", PNG)
    EmlMailer(tmp_path, SENDER).send(a_mail())
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("part", "act"),
    [
        ("files", lambda directory: DirectoryFiles(directory).put("qr/1.png", b"content", PNG)),
        ("files", lambda directory: DirectoryFiles(directory).get("qr/1.png")),
        ("files", lambda directory: DirectoryFiles(directory).check()),
        ("mail", lambda directory: EmlMailer(directory, SENDER).check()),
    ],
    ids=["put", "get", "check", "check mail"],
)
def test_a_directory_that_is_none_is_unavailable(tmp_path: Path, part: str, act: Callable[[Path], None]) -> None:
    """If the directory cannot exist, every method names its component and the reason."""
    in_its_place = tmp_path / "a-file"
    in_its_place.touch()
    with pytest.raises(Unavailable, match=f"{part} is unavailable: (Not a directory|File exists)") as caught:
        act(in_its_place)
    assert caught.value.part == part
    assert isinstance(caught.value.__cause__, OSError)


def test_a_message_for_a_directory_that_is_none_is_tried_later(tmp_path: Path) -> None:
    """An operator can still create it."""
    in_its_place = tmp_path / "a-file"
    in_its_place.touch()
    outcome = EmlMailer(in_its_place, SENDER).send(a_mail())
    assert outcome in {Later("Not a directory"), Later("File exists")}


def test_a_message_is_one_file_however_often_it_is_sent(tmp_path: Path) -> None:
    """The same message again replaces its file."""
    for _ in range(2):
        EmlMailer(tmp_path, SENDER).send(a_mail())
    assert [path.name for path in tmp_path.iterdir()] == [f"{a_mail().key}.eml"]


@attrs.frozen
class Refusing:
    """An SMTP server's responses to the steps of a message."""

    sender: str = "250 OK"
    recipient: str = "250 OK"
    data: str = "250 OK"

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.sender

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        return self.data


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (
            Refusing(recipient="550 no such user ann@example.com"),
            Refused("SMTPRecipientsRefused, SMTP reply 550"),
        ),
        (Refusing(data="554 ann@example.com says no"), Refused("SMTPDataError, SMTP reply 554")),
        (
            Refusing(recipient="451 ann@example.com: later"),
            Later("SMTPRecipientsRefused, SMTP reply 451"),
        ),
        (Refusing(recipient="421 closing"), Later("SMTPRecipientsRefused, SMTP reply 421")),
        (Refusing(data="452 disk full"), Later("SMTPDataError, SMTP reply 452")),
        (Refusing(sender="550 who are you?"), Later("SMTPSenderRefused, SMTP reply 550")),
    ],
    ids=["recipient 550", "data 554", "recipient 451", "recipient 421", "data 452", "sender 550"],
)
def test_only_a_final_answer_about_the_message_is_a_refusal(answers: Refusing, expected: Refused | Later) -> None:
    """5xx to the recipient or the content is for good; all else is worth another try, and no address is told."""
    with smtp_server(answers) as port:
        assert SmtpMailer(SENDER, HERE, port).send(a_mail()) == expected


def test_no_server_is_unavailable() -> None:
    """A refused connection is worth a retry."""
    assert SmtpMailer(SENDER, HERE, free_port()).send(a_mail()) == Later("ConnectionRefusedError")
    with pytest.raises(Unavailable, match="mail is unavailable: ConnectionRefusedError"):
        SmtpMailer(SENDER, HERE, free_port()).check()


def test_a_host_that_cannot_be_one_is_unavailable() -> None:
    """The check finds a host name that cannot exist."""
    with pytest.raises(Unavailable, match="mail is unavailable: Unicode"):
        SmtpMailer(SENDER, "mail..example.org", 25).check()


def test_a_silent_server_is_unavailable() -> None:
    """A server that accepts the connection and sends nothing is waited for no longer than the time-out."""
    with socket.create_server((HERE, 0)) as server:
        mailer = SmtpMailer(SENDER, HERE, server.getsockname()[1], timeout_seconds=0.1)
        assert mailer.send(a_mail()) == Later("SMTPServerDisconnected")


def test_a_server_that_hangs_up_is_unavailable() -> None:
    """A lost connection is worth a retry."""
    with socket.create_server((HERE, 0)) as server:

        def hang_up() -> None:
            server.accept()[0].close()

        caller = threading.Thread(target=hang_up)
        caller.start()
        outcome = SmtpMailer(SENDER, HERE, server.getsockname()[1]).send(a_mail())
        caller.join()
    assert isinstance(outcome, Later)


class Sulking:
    """An SMTP server that accepts connections and refuses to serve them."""

    async def handle_NOOP(self, server: SMTP, session: Session, envelope: Envelope, arg: str) -> str:  # noqa: N802  # aiosmtpd's name
        return "421 not today"


def test_a_server_that_refuses_to_serve_fails_the_check() -> None:
    """The check sends a command to the server and reports its refusal."""
    with smtp_server(Sulking()) as port, pytest.raises(Unavailable, match="SMTPResponseException, SMTP reply 421"):
        SmtpMailer(SENDER, HERE, port).check()


@attrs.frozen
class Certificate:
    file: Path
    context: ssl.SSLContext


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A self-signed certificate for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(HERE))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = tmp_path_factory.mktemp("certificate") / "server.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + signed.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return Certificate(file, context)


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """The certificate, trusted by this machine."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    return certificate


def test_mail_is_encrypted_where_the_server_offers_it(trusted: Certificate) -> None:
    """STARTTLS is used without a setting."""
    inbox = Inbox()
    with smtp_server(inbox, tls_context=trusted.context) as port:
        SmtpMailer(SENDER, HERE, port).send(a_mail())
    assert inbox.encrypted == [True]


def test_mail_may_be_encrypted_from_the_first_byte(trusted: Certificate) -> None:
    """Implicit TLS sends and checks like plain SMTP."""
    inbox = Inbox()
    with smtp_server(inbox, ssl_context=trusted.context) as port:
        mailer = SmtpMailer(SENDER, HERE, port, implicit_tls=True)
        mailer.check()
        mailer.send(a_mail())
    assert len(inbox.messages) == 1


@pytest.mark.parametrize("implicit_tls", [True, False])
def test_a_server_with_a_false_certificate_gets_nothing(certificate: Certificate, implicit_tls: bool) -> None:
    """No message is sent to a server whose certificate does not prove its name."""
    inbox = Inbox()
    context = {"ssl_context": certificate.context} if implicit_tls else {"tls_context": certificate.context}
    with smtp_server(inbox, **context) as port:
        mailer = SmtpMailer(SENDER, HERE, port, implicit_tls=implicit_tls)
        outcome = mailer.send(a_mail())
        named = attrs.evolve(mailer, ca_certs=certificate.file)
        assert named.send(a_mail()) == Accepted()
    assert isinstance(outcome, Later)
    assert outcome.reason.startswith("the server's certificate was refused: self")
    assert len(inbox.messages) == 1


def test_nothing_is_sent_in_clear_where_tls_is_required() -> None:
    """A server that offers no STARTTLS, or a man in the middle who takes the offer out, gets no password and no mail."""
    inbox = Inbox()
    with smtp_server(inbox) as port:
        mailer = SmtpMailer(SENDER, HERE, port, user="me", password="opensesame", tls="required")
        assert mailer.send(a_mail()) == Later("the server offers no STARTTLS; ?tls=off sends in clear")
        with pytest.raises(Unavailable, match="offers no STARTTLS"):
            mailer.check()
        assert SmtpMailer(SENDER, HERE, port, tls="off").send(a_mail()) == Accepted()
    assert len(inbox.messages) == 1


def test_a_server_that_drips_is_left_after_a_time_in_all() -> None:
    """Each octet comes within the time-out, and the message still ends."""
    with socket.create_server((HERE, 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                while True:
                    connection.sendall(b"2")
                    time.sleep(0.05)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        mailer = SmtpMailer(SENDER, HERE, server.getsockname()[1], total_seconds=0.3)
        assert isinstance(mailer.send(a_mail()), Later)
        thread.join()


@contextmanager
def guarded_server(inbox: Inbox, certificate: Certificate) -> Iterator[int]:
    """Yield the port of a server where only ``box-office`` with the password ``opensesame`` may send."""

    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        return AuthResult(success=given == LoginPassword(b"box-office", b"opensesame"), handled=False)

    with smtp_server(inbox, tls_context=certificate.context, auth_required=True, authenticator=authenticate) as port:
        yield port


def test_a_mailer_logs_in(trusted: Certificate) -> None:
    """User and password are sent to a server that asks for them."""
    inbox = Inbox()
    with guarded_server(inbox, trusted) as port:
        SmtpMailer(SENDER, HERE, port, user="box-office", password="opensesame").send(a_mail())
    assert len(inbox.messages) == 1


@pytest.mark.parametrize(
    ("password", "reason"),
    [("guessed", "SMTPAuthenticationError, SMTP reply 535"), ("gu\u00e9ssed", "UnicodeEncodeError")],
)
def test_a_wrong_password_is_unavailable_and_not_shown(trusted: Certificate, password: str, reason: str) -> None:
    """A login that fails loses no mail, and the password is shown nowhere."""
    with guarded_server(Inbox(), trusted) as port:
        mailer = SmtpMailer(SENDER, HERE, port, user="box-office", password=password)
        assert mailer.send(a_mail()) == Later(reason)
    assert "ssed" not in repr(mailer)


def test_a_check_does_not_log_in(trusted: Certificate) -> None:
    """Mail providers lock accounts that log in as often as health is asked for."""
    with guarded_server(Inbox(), trusted) as port:
        SmtpMailer(SENDER, HERE, port, user="box-office", password="guessed").check()
