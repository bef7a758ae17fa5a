"""Every variable of the environment: its default, what it may hold, and the one line that refuses anything else."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from ticketcore.domain.limits import Limit, parse
from ticketcore_bootstrap import SettingError, Settings, parsers, read_settings
from ticketcore_bootstrap.backends import S3, Database, Directory, EmlDirectory, Redis, Ses, Smtp, Sqs
from ticketcore_bootstrap.key_strength import is_various
from ticketcore_codes import new_private_key, public_key_of, read_private_key
from ticketcore_texts import languages

KEY = "a-key-of-some-length-and-variety"
SECRET = "hunter2hunter2"


def read(**variables: str) -> Settings:
    return read_settings({f"TICKETCORE_{name}": value for name, value in variables.items()})


def refusal(variable: str, value: str) -> str:
    """Return the one line that refuses a variable's value."""
    with pytest.raises(SettingError) as refused:
        read(**{variable: value})
    line = str(refused.value)
    assert line.startswith(f"TICKETCORE_{variable} holds ")
    assert "; it should hold " in line
    assert line.isprintable(), "one line that no control character tears apart"
    return line


def test_nothing_needs_to_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without any variable everything lives under one directory."""
    monkeypatch.chdir(tmp_path)
    settings = read_settings({})
    data = tmp_path / "ticketcore-data"
    assert settings == Settings(
        data=data,
        database_url=f"sqlite:///{data}/ticketcore.db",
        inventory=Database(),
        queue=Database(),
        files=Directory(data / "files"),
        mail=EmlDirectory(data / "mail", "tickets@localhost"),
        hold=timedelta(seconds=900),
    )
    assert settings.has_default_ledger
    assert not data.exists()


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    """Containers set variables to nothing; that is the default."""
    names = ["DATABASE_URL", "INVENTORY_URL", "QUEUE_URL", "FILES_URL", "MAIL_URL", "HOLD_SECONDS", "ADMIN_KEY"]
    names += ["GATE_KEY", "SIGNING_KEY", "TRUSTED_KEYS", "PUBLIC_URL", "ORDER_LIMIT", "PAYMENT_LIMIT", "RATE_LIMIT"]
    assert read(DATA=str(tmp_path), **dict.fromkeys(names, "")) == read(DATA=str(tmp_path))


def test_data_holds_all_embedded_parts(tmp_path: Path) -> None:
    """The database, the images and the mail stand under the data directory."""
    settings = read(DATA=str(tmp_path))
    assert settings.data == tmp_path
    assert settings.files == Directory(tmp_path / "files")
    assert settings.database_url == f"sqlite:///{tmp_path}/ticketcore.db"


def test_the_command_line_goes_before_the_environment(tmp_path: Path) -> None:
    """``--data`` wins over ``TICKETCORE_DATA``."""
    assert read_settings({"TICKETCORE_DATA": "/elsewhere"}, tmp_path).data == tmp_path


def test_a_relative_data_directory_stays_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is relative to where the program was started, whatever happens later."""
    monkeypatch.chdir(tmp_path)
    assert read(DATA="here").data == tmp_path / "here"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("sqlite:////var/lib/t.db", "sqlite:////var/lib/t.db"),
        ("sqlite:///t.db", "sqlite:///t.db"),
        ("postgresql+psycopg://u:p@h:5433/db", "postgresql+psycopg://u:p@h:5433/db"),
        ("postgresql+psycopg://u@/db?host=/tmp", "postgresql+psycopg://u@/db?host=/tmp"),
        ("postgresql://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
    ],
)
def test_a_database_is_a_file_or_postgres(value: str, url: str) -> None:
    """Postgres' own form of the address is understood as well."""
    assert read(DATABASE_URL=value).database_url == url


@pytest.mark.parametrize(
    "value",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:t.db",
        "sqlite://host/t.db",
        "sqlite:///:memory:",
        "mysql://h/db",
        "postgres",
        "database",
        "postgresql+asyncpg://h/db",
        "postgresql+psycopg://h:port/db",
        "postgresql+psycopg://h:99999999/db",
        "postgresql+psycopg://[::1/db",
        "/var/lib/t.db",
    ],
)
def test_another_database_is_refused(value: str) -> None:
    """The line shows what is held and what should be."""
    line = refusal("DATABASE_URL", value)
    assert value in line
    assert "sqlite:///" in line
    assert "postgresql+psycopg://" in line


@pytest.mark.parametrize("value", ["box_office", "a", "t2027", "a" * 63])
def test_tables_can_have_a_schema_on_postgres(value: str) -> None:
    """Beside those of other programs in the same database."""
    assert read(DATABASE_URL="postgresql://h/db", DATABASE_SCHEMA=value).database_schema == value
    assert read(DATABASE_URL="postgresql://h/db").database_schema is None


@pytest.mark.parametrize("value", ["Box", "pg_catalog", "2027", "_a", "a b", 'a"b', "a;b", "a" * 64, "é"])
def test_another_schema_is_refused(value: str) -> None:
    """Its name is part of every statement."""
    assert "lower-case letters" in refusal("DATABASE_SCHEMA", value)


def test_a_file_has_no_schema() -> None:
    """The line says why nothing should be set."""
    line = refusal("DATABASE_SCHEMA", "box_office")
    assert '"box_office"' in line
    assert "only on Postgres" in line


@pytest.mark.parametrize("variable", ["INVENTORY_URL", "QUEUE_URL"])
def test_the_ledger_itself_can_be_counter_and_queue(variable: str) -> None:
    """``database`` is the default, and may be said."""
    assert read(**{variable: "database"}) == read()


@pytest.mark.parametrize("variable", ["INVENTORY_URL", "QUEUE_URL"])
@pytest.mark.parametrize("value", ["Database", "postgresql://h/db", "amqp://h", "memory", " "])
def test_another_counter_or_queue_is_refused(variable: str, value: str) -> None:
    """The line shows what is held and what should be."""
    line = refusal(variable, value)
    assert f'"{value}"' in line
    assert '"database"' in line


@pytest.mark.parametrize(
    "value",
    [
        "redis://h",
        "redis://h:6379/3",
        "rediss://me:pw@h:6380/0?ssl_ca_certs=/ca.pem",
        "redis+cluster://h:7000",
        "rediss+cluster://me:pw@h",
    ],
)
def test_availability_can_be_counted_on_redis(value: str) -> None:
    """One server or a cluster, encrypted or not, as the scheme says."""
    assert read(INVENTORY_URL=value).inventory == Redis(value)


@pytest.mark.parametrize(
    "value",
    [
        "redis:",
        "redis://",
        "redis://h:99999",
        "redis://h:port",
        "redis+sentinel://h",
        "redis://h/0?db=x",
        "redis://h/abc",
    ],
)
def test_another_redis_is_refused(value: str) -> None:
    """The line shows what is held and every form that it should hold."""
    line = refusal("INVENTORY_URL", value)
    for form in ('"database"', "redis://HOST:PORT", "rediss://", "redis+cluster://HOST:PORT"):
        assert form in line


@pytest.mark.parametrize(
    "value",
    [
        "https://sqs.eu-central-1.amazonaws.com/123456789012/payments",
        "https://sqs.eu-central-1.amazonaws.com/123456789012/payments.fifo",
        "http://127.0.0.1:5000/123456789012/pay_ments-1",
        "http://sqs.us-east-1.localhost:4566/queue/payments",
    ],
)
def test_payments_can_wait_in_sqs(value: str) -> None:
    """A queue is named by its URL, as AWS shows it."""
    assert read(QUEUE_URL=value).queue == Sqs(value)


@pytest.mark.parametrize(
    "value",
    [
        "https://sqs.eu-central-1.amazonaws.com",
        "https://sqs.eu-central-1.amazonaws.com/payments",
        "arn:aws:sqs:eu-central-1:123456789012:payments",
        "sqs://payments",
        "https://h/1/payments?x=1",
        "https://h/1/pay%20ments",
        "https:///1/payments",
    ],
)
def test_another_queue_is_refused(value: str) -> None:
    """The line shows what is held and what should be."""
    assert "https://HOST/ACCOUNT/NAME" in refusal("QUEUE_URL", value)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("s3://tickets", S3("tickets")),
        ("s3://tickets/", S3("tickets")),
        ("s3://my.tickets-1/2027/spring/", S3("my.tickets-1", "2027/spring")),
        ("s3://tickets?encryption=AES256", S3("tickets", "", "AES256")),
        ("s3://tickets/qr?encryption=aws:kms", S3("tickets", "qr", "aws:kms")),
        ("s3://tickets?encryption=aws:kms&kms_key_id=alias/a", S3("tickets", "", "aws:kms", "alias/a")),
    ],
)
def test_files_can_go_into_a_bucket(value: str, place: S3) -> None:
    """Under a prefix or not, encrypted as the bucket does it or as is said."""
    assert read(FILES_URL=value).files == place


@pytest.mark.parametrize(
    "value",
    [
        "s3://",
        "s3:///qr",
        "s3://Tickets",
        "s3://t",
        "s3://tickets/../qr",
        "s3://tickets/a//b",
        "s3://tickets?encryption=rot13",
        "s3://tickets?kms_key_id=alias/a",
        "s3://tickets?encryption=AES256&encryption=aws:kms",
        "s3://tickets?acl=public-read",
    ],
)
def test_another_bucket_is_refused(value: str) -> None:
    """A misspelt parameter would store what is not meant to be."""
    assert "s3://BUCKET/PREFIX" in refusal("FILES_URL", value)


@pytest.mark.parametrize(
    ("value", "mail"),
    [
        ("ses://tickets@example.org", Ses("tickets@example.org")),
        ("ses://tickets%2Bnews@example.org", Ses("tickets+news@example.org")),
        ("ses://tickets@example.org?configuration_set=shows", Ses("tickets@example.org", "shows")),
    ],
)
def test_mail_can_go_through_ses(value: str, mail: Ses) -> None:
    """The address is the sender, which SES knows as verified."""
    assert read(MAIL_URL=value).mail == mail


@pytest.mark.parametrize(
    "value",
    [
        "ses://",
        "ses://example.org",
        "ses://a@b.example/x",
        "ses://a@b.example?configuration_set=",
        "ses://a@b.example?from=c@b.example",
        "ses://a@b.example%0aBcc",
    ],
)
def test_another_ses_is_refused(value: str) -> None:
    """The line shows every form that it should hold."""
    assert "ses://ADDRESS" in refusal("MAIL_URL", value)


@pytest.mark.parametrize(
    ("value", "path"), [("file:///var/qr", "/var/qr"), ("file:///with%20space", "/with space"), ("file:///", "/")]
)
def test_files_go_into_a_directory(value: str, path: str) -> None:
    """A file address names it."""
    assert read(FILES_URL=value).files == Directory(Path(path))


@pytest.mark.parametrize("value", ["/var/qr", "file://host/qr", "file:qr", "http://h/qr", "file://"])
def test_other_files_are_refused(value: str) -> None:
    """The line shows what is held and what should be."""
    line = refusal("FILES_URL", value)
    assert value in line
    assert "file:///DIRECTORY" in line


@pytest.mark.parametrize(
    ("value", "mail"),
    [
        ("file:///mail", EmlDirectory(Path("/mail"), "tickets@localhost")),
        ("file:///mail?from=a@b.example", EmlDirectory(Path("/mail"), "a@b.example")),
        ("smtp://h", Smtp("h", 25, "tickets@localhost", None, "", implicit_tls=False)),
        ("smtp://h:2525?from=a@b.example", Smtp("h", 2525, "a@b.example", None, "", implicit_tls=False)),
        ("smtps://h", Smtp("h", 465, "tickets@localhost", None, "", implicit_tls=True)),
        ("smtp://localhost", Smtp("localhost", 25, "tickets@localhost", None, "", implicit_tls=False, tls="offered")),
        (
            "smtp://me:p@localhost?tls=off",
            Smtp("localhost", 25, "tickets@localhost", "me", "p", implicit_tls=False, tls="off"),
        ),
        ("smtp://me:p@127.0.0.1", Smtp("127.0.0.1", 25, "tickets@localhost", "me", "p", implicit_tls=False)),
        ("smtp://me:p%40ss@h:587", Smtp("h", 587, "tickets@localhost", "me", "p@ss", implicit_tls=False)),
    ],
)
def test_mail_goes_into_a_directory_or_to_a_server(value: str, mail: object) -> None:
    """Names and passwords may be written with percent signs."""
    assert read(MAIL_URL=value).mail == mail


@pytest.mark.parametrize(
    "value",
    [
        "smtp:",
        "smtp://",
        "smtp://h:port",
        "smtp://h:99999",
        "mailto:a@b.example",
        "ann@example.com",
        "file://host/mail",
        "smtp://h?from=nobody",
        "file:///mail?from=a@b.example%0aBcc:x@y.example",
        "smtp://h?sender=a@b.example",
    ],
)
def test_other_mail_is_refused(value: str) -> None:
    """A sender that is no address and a misspelt parameter would be found out only when a mail fails."""
    assert "smtp://HOST:PORT?from=ADDRESS" in refusal("MAIL_URL", value)


@pytest.mark.parametrize(("value", "seconds"), [("1", 1), ("900", 900), ("604800", 604_800), ("060", 60)])
def test_a_hold_is_whole_seconds(value: str, seconds: int) -> None:
    """From one second to a week."""
    assert read(HOLD_SECONDS=value).hold == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["0", "-1", "604801", "1.5", "15m", "900 ", "٩٠٠", "9" * 5000, "9\n00", "9\x1b[31m"])
def test_another_hold_is_refused(value: str) -> None:
    """The line says from where to where it may go, and stays one line whatever is held."""
    assert "from 1 to 604800" in refusal("HOLD_SECONDS", value)


@pytest.mark.parametrize("variable", ["ADMIN_KEY", "GATE_KEY"])
@pytest.mark.parametrize("key", [KEY, "admin-key-for-this-try", "a key with blanks inside", "0f1e7c93b5a82d6471e0"])
def test_a_strong_key_is_taken(variable: str, key: str) -> None:
    """A key from outside is kept as it is, and out of what is printed."""
    settings = read(**{variable: key})
    assert getattr(settings, variable.lower()) == key
    assert key not in repr(settings)


@pytest.mark.parametrize("variable", ["ADMIN_KEY", "GATE_KEY"])
@pytest.mark.parametrize(
    "key",
    [
        "a" * 16,
        "a" * 64,
        "abcdefg" * 9,
        "short-but-various-1",
        "password-" * 4,
        "admin-" * 5 + "1234",
        "1234567890" * 3,
        "0123456789abcdef" * 2,
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "zyxwvutsrqponmlkjihgfedcba",
        "qwertyuiopasdfghjklzxcvbnm",
        "asdfghjkl;zxcvbnm,./",
        "poiuytrewqlkjhgfdsamnbvcxz",
        "QWERTYUIOP{}asdfghjkl",
        "1q2w3e4r5t6y7u8i9o0p",
        "1qaz2wsx3edc4rfv5tgb",
        "!QAZ@WSX#EDC$RFV%TGB",
        "qazwsxedcrfvtgbyhnujm",
        "qweasdzxcrtyfghvbnuiojklm",
        "qwertzuiopasdfghjklyxcvbnm",
        "azertyuiopqsdfghjklmwxcvbn",
        "a1b2c3d4e5f6g7h8i9j0",
        "aabbccddeeffgghhiijjkkll",
        f" {KEY}",
        f"{KEY} ",
        f"{KEY}\t",
    ],
)
def test_a_weak_key_is_refused(variable: str, key: str) -> None:
    """Too short, of few characters, repeated, a sequence, or with a blank at an end: the line says so without the key."""
    line = refusal(variable, key)
    assert "at least 20 printable ASCII characters, 8 different ones, no repetitions or sequences, and no" in line
    assert key.strip() not in line


RANDOM_KEYS: dict[str, Callable[[Random], str]] = {
    "hexadecimal": lambda random: random.randbytes(16).hex(),
    "base64": lambda random: b64encode(random.randbytes(24)).decode(),
    "UUID": lambda random: str(UUID(int=random.getrandbits(128), version=4)),
}


@pytest.mark.parametrize("make", RANDOM_KEYS.values(), ids=RANDOM_KEYS)
def test_no_random_key_is_weak(make: Callable[[Random], str]) -> None:
    """Some of their characters are neighbours by chance, but never most of them."""
    random = Random(1)
    keys = [make(random) for _ in range(10_000)]
    assert [key for key in keys if not is_various(key)] == []


@pytest.mark.parametrize("variable", ["ADMIN_KEY", "GATE_KEY"])
@pytest.mark.parametrize("value", [SECRET, f"{SECRET}{SECRET}\n", f"{SECRET}{SECRET}é"])
def test_a_key_that_cannot_be_sent_or_is_short_is_refused(variable: str, value: str) -> None:
    """What was held is not shown."""
    assert SECRET not in refusal(variable, value)


def test_a_signing_key_is_kept_secret() -> None:
    """A private key may come from outside; it is kept out of what is printed."""
    key = new_private_key()
    settings = read(SIGNING_KEY=key)
    assert settings.signing_key == key
    assert key not in repr(settings)


@pytest.mark.parametrize("value", [SECRET, "A" * 43, f"tcsk_{'A' * 42}", f"tcsk_{'A' * 44}", f"tcsk_{'A' * 42}B"])
def test_another_signing_key_is_refused(value: str) -> None:
    """What was held is not shown."""
    assert value not in refusal("SIGNING_KEY", value)


def test_several_keys_can_be_trusted() -> None:
    """Public keys stand with commas between them."""
    both = ",".join(public_key_of(read_private_key(new_private_key())) for _ in range(2))
    assert read(TRUSTED_KEYS=both).trusted_keys == both


@pytest.mark.parametrize("value", ["xyz-", "A" * 43, f"tcpk_{'A' * 42}", f"tcpk_{'A' * 43};tcpk_{'A' * 43}"])
def test_other_trusted_keys_are_refused(value: str) -> None:
    """What was held is not shown: it may be a private key without its beginning."""
    line = refusal("TRUSTED_KEYS", value)
    assert value not in line
    assert "tcpk_…, with commas" in line


def test_signing_keys_are_not_taken_for_each_other() -> None:
    """Each in the place of the other is named as what it is, and not shown."""
    private = new_private_key()
    public = public_key_of(read_private_key(private))
    for variable, value, held in (("SIGNING_KEY", public, "a public key"), ("TRUSTED_KEYS", private, "a private key")):
        line = refusal(variable, value)
        assert f"holds {held}; it should hold" in line
        assert value[5:] not in line


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://tickets.example", "https://tickets.example"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("https://example.org/box/office/", "https://example.org/box/office"),
    ],
)
def test_a_public_address_may_have_a_path(value: str, url: str) -> None:
    """A slash at its end is left away."""
    assert read(PUBLIC_URL=value).public_url == url


@pytest.mark.parametrize(
    "value",
    [
        "tickets.example",
        "ftp://tickets.example",
        "https://",
        "https://h?from=1",
        "https://h#x",
        "https://h:port",
        "https://h:99999",
        "https://a b",
        "//h",
    ],
)
def test_another_public_address_is_refused(value: str) -> None:
    """The line shows what is held and what should be."""
    line = refusal("PUBLIC_URL", value)
    assert value in line
    assert "https://HOST" in line


def test_addresses_are_kept_for_a_number_of_days_or_for_ever() -> None:
    """The retention is a whole number of days."""
    assert read().retention is None
    assert read(RETENTION_DAYS="30").retention == timedelta(days=30)
    for value in ("0", "-1", "1.5", "36501", "never", "٣"):
        assert "number of days" in refusal("RETENTION_DAYS", value)


def test_the_time_zone_is_one_of_the_machine() -> None:
    """An IANA name as the database spells it, by default UTC."""
    assert read().timezone == "UTC"
    assert read(TIMEZONE="America/Sao_Paulo").timezone == "America/Sao_Paulo"
    for value in ("Nowhere/City", "america/sao_paulo", "America", "../UTC", "posix/UTC", "localtime", "-03:00", "UTC "):
        assert refusal("TIMEZONE", value).endswith("a time zone of the IANA database, such as America/Sao_Paulo")


def test_a_machine_without_a_database_of_time_zones_has_that_of_the_package() -> None:
    """Small containers have none."""
    program = (
        "from ticketcore_bootstrap.timezones import is_known; print(is_known('America/Sao_Paulo'), is_known('Mars'))"
    )
    environment = os.environ | {"PYTHONTZPATH": ""}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_the_limits_are_on_by_default() -> None:
    """A client may make 30 orders, 30 payments and 600 other requests a minute."""
    settings = read()
    limits = (settings.order_limit, settings.payment_limit, settings.rate_limit)
    assert limits == tuple(map(parse, ("30/minute", "30/minute", "600/minute")))


@pytest.mark.parametrize("name", ["ORDER_LIMIT", "PAYMENT_LIMIT", "RATE_LIMIT"])
def test_a_limit_is_a_count_per_time_or_none(name: str) -> None:
    """It is read as the rule counts it."""
    assert getattr(read(**{name: "5/hour"}), name.lower()) == Limit(5, timedelta(hours=1))
    assert getattr(read(**{name: "none"}), name.lower()) is None


@pytest.mark.parametrize("name", ["ORDER_LIMIT", "PAYMENT_LIMIT", "RATE_LIMIT"])
@pytest.mark.parametrize(
    "value", ["600", "minute", "-1/minute", "0/minute", "600/fortnight", "1 per day", "None", "1000000/day"]
)
def test_another_limit_is_refused(name: str, value: str) -> None:
    """A limit of nothing would refuse every request."""
    assert "600/minute" in refusal(name, value)


def test_trusted_proxies_are_a_small_number() -> None:
    """None by default; anything but a number is refused."""
    assert read().trusted_proxies == 0
    assert read(TRUSTED_PROXIES="2").trusted_proxies == 2
    for value in ("-1", "11", "one", "1.0", "127.0.0.1", "*"):
        assert "from 0 to 10" in refusal("TRUSTED_PROXIES", value)


def test_metrics_are_public_only_if_the_setting_says_so() -> None:
    """``1`` and ``0`` are all that is understood."""
    assert read().public_metrics is False
    assert read(PUBLIC_METRICS="1").public_metrics is True
    assert read(PUBLIC_METRICS="0").public_metrics is False
    for value in ("yes", "true", "2", " 1"):
        assert '"1" or "0"' in refusal("PUBLIC_METRICS", value)


def test_processes_on_one_redis_share_their_counts() -> None:
    """Also those that use it for nothing else, such as the gate's function."""
    settings = read(INVENTORY_URL="redis://h:6379/0").with_parts()
    assert settings.inventory == Database()
    assert settings.shared_counts == Redis("redis://h:6379/0")
    assert read().shared_counts is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", f"mysql://me:{SECRET}@h/db"),
        ("DATABASE_URL", f"mysql://me:{SECRET}@x@h/db"),
        ("DATABASE_URL", f"me:{SECRET}@h/db"),
        ("DATABASE_URL", f"mysql://h/db?user=me&password={SECRET}"),
        ("INVENTORY_URL", f"redis://me:{SECRET}@h:port"),
        ("INVENTORY_URL", f"amqp://:{SECRET}@h"),
        ("QUEUE_URL", f"amqp://me:{SECRET}@h"),
        ("MAIL_URL", f"http://me:{SECRET}@h"),
        ("MAIL_URL", f"smtp://me:{SECRET}@h:port"),
        ("PUBLIC_URL", f"ftp://me:{SECRET}@h"),
    ],
)
def test_passwords_are_not_shown(variable: str, value: str) -> None:
    """Of an address that is refused, what may be a password is masked; the host stays readable."""
    line = refusal(variable, value)
    assert SECRET not in line
    assert "h" in line


def test_secrets_are_not_in_what_is_printed() -> None:
    """The database's and the mail server's passwords stay out of ``repr``."""
    settings = read(
        DATABASE_URL=f"postgresql+psycopg://u:{SECRET}@h/db",
        INVENTORY_URL=f"redis://me:{SECRET}@h",
        MAIL_URL=f"smtp://me:{SECRET}@h",
    )
    assert SECRET not in repr(settings)


def test_the_first_wrong_variable_stops() -> None:
    """One line is enough to correct one thing."""
    with pytest.raises(SettingError):
        read(HOLD_SECONDS="x", PUBLIC_URL="x")


def test_a_language_is_one_that_there_are_texts_in() -> None:
    """Whatever its case; English is the default."""
    assert read().language == "en"
    assert [read(LANGUAGE=value).language for value in ("en", "ES", "pt-br")] == ["en", "es", "pt-BR"]
    for value in ("fr", "pt", "pt_BR", "en-GB", "*", "../en"):
        assert refusal("LANGUAGE", value).endswith('it should hold "en", "es" or "pt-BR"')


def test_every_language_is_in_the_sentence_of_a_refused_one() -> None:
    """A new catalogue is named there."""
    assert all(f'"{language}"' in parsers.LANGUAGES for language in languages())


def test_an_organiser_is_a_name_on_one_line() -> None:
    """None by default; nothing that could begin a header of a mail."""
    assert read().organiser is None
    for name in ("Teatro São Pedro", "Blue Hall, Ltd. <tickets@hall.example>", "Ópera"):
        assert read(ORGANISER=name).organiser == name
    for value in (
        "Hall\r\nBcc: eve@evil.example",
        "Hall\nBcc: x",
        " Hall",
        "Hall ",
        "x" * 201,
        "\x1b[31m",
        "a\N{LINE SEPARATOR}b",
    ):
        assert "a name of at most 200 characters" in refusal("ORGANISER", value)
