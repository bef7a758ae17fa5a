"""``ticketcore settings``: every setting, where it comes from, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.docs.markdown import DOCS, codes, rows, sections
from tests.entrypoints.cli import answer, run
from ticketcore.domain import limits
from ticketcore_bootstrap import read_settings, report_environment
from ticketcore_codes import new_private_key, public_key_of, read_private_key

KEYS = {"TICKETCORE_ADMIN_KEY": "x9Kq2mVb7LpW4tRz8NsY1", "TICKETCORE_GATE_KEY": "aZ3kQ9vLm2Xw8RtY5NpB7"}


def test_every_setting_of_the_reference_is_shown_and_no_other() -> None:
    """Also those that are not set."""
    shown = {setting["name"] for setting in answer("settings")["settings"]}
    page = (DOCS / "reference" / "settings.md").read_text()
    described = {name for section in sections(page) for row in rows(section.text) for name in codes(row[0])}
    assert shown == {name for name in described if name.startswith("TICKETCORE_")}


def test_defaults_are_written_as_their_variables_hold_them(tmp_path: Path) -> None:
    """Set to what is shown, all settings are the same."""
    home = {"TICKETCORE_DATA": str(tmp_path)}
    shown = {each.name: each.value for each in report_environment(home).variables if each.value is not None}
    assert read_settings(shown) == read_settings(home)


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither keys nor the users and passwords of addresses; that they are set is said."""
    private = new_private_key()
    secrets = {
        **KEYS,
        "TICKETCORE_SIGNING_KEY": private,
        "TICKETCORE_TRUSTED_KEYS": public_key_of(read_private_key(private)),
        "TICKETCORE_DATABASE_URL": "postgresql+psycopg://user:canary@host/db?password=canary",
        "TICKETCORE_INVENTORY_URL": "redis://:canary@host:6379/0",
        "TICKETCORE_MAIL_URL": "smtps://user:canary@host:465?from=a@example.com",
        "TICKETCORE_PAYMENTS_URL": "simulated://canary?api_key=canary",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    told = run("settings").stdout + run("settings", "--json").stdout
    assert not [value for value in (*KEYS.values(), private, "canary") if value in told]
    assert "smtps://…@host:465?from=a@example.com" in told
    sources = {each["name"]: each["source"] for each in answer("settings")["settings"]}
    assert {name for name, source in sources.items() if source == "environment"} >= set(secrets)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("QUEUE_URL", "https://sqs.example/1/q?token=canary&X-Amz-Signature=canary"),
        ("FILES_URL", "s3://bucket/prefix?secret_key=canary"),
        ("MAIL_URL", "smtp://h:25?from=a@b.example&tls=off&pass=canary"),
        ("MAIL_URL", "ses://a@b.example?secret=canary"),
        ("DATABASE_URL", "mysql://u:can?canary@h/db?wrong"),
        ("INVENTORY_URL", "redis://h/0?nothing=canary"),
        ("PAYMENTS_URL", "nothing://canary"),
    ],
)
def test_no_refusal_shows_what_may_be_secret(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as an option that is not known."""
    monkeypatch.setenv(f"TICKETCORE_{variable}", value)
    told = run("settings", code=2).stderr
    assert told.startswith(f"TICKETCORE_{variable} holds ")
    assert "canary" not in told


def test_variables_that_mean_nothing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt one has no effect, which nothing else would say."""
    monkeypatch.setenv("TICKETCORE_HOLD_SECOND", "60")
    assert "TICKETCORE_HOLD_SECOND" in answer("settings")["unknown"]
    assert [line for line in run("settings").stdout.splitlines() if line.startswith("TICKETCORE_HOLD_SECOND ")]


def test_a_wrong_setting_is_refused_as_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, with exit status 2."""
    monkeypatch.setenv("TICKETCORE_HOLD_SECONDS", "soon")
    assert run("settings", code=2).stderr.startswith('TICKETCORE_HOLD_SECONDS holds "soon"; it should hold ')


@pytest.mark.parametrize("text", ["1/second", "30/minute", "600/hour", "100000/day"])
def test_a_limit_is_written_as_it_is_read(text: str) -> None:
    """In its own words."""
    assert limits.text_of(limits.parse(text)) == text


def test_output_for_programs_is_one_object() -> None:
    """With the settings and the variables that mean nothing."""
    assert set(json.loads(run("settings", "--json").stdout)) == {"settings", "unknown"}
