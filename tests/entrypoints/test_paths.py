"""A path stays what it is, whatever characters are in it, and is closed to other users."""

from __future__ import annotations

import logging
import sqlite3
import string
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.entrypoints.test_bootstrap import sell
from ticketcore import TicketcoreError
from ticketcore_bootstrap import SettingError, assemble, read_settings, upgrade
from ticketcore_bootstrap.backends import Directory, EmlDirectory

# What URLs, databases and command lines have meanings for, and then any other character that a file's name can have.
_SPECIAL = "%2F%20%zz?#&=+;:@ '\"\\[]{}$~*|<>!,\t"
NAMES = st.text(
    st.one_of(
        st.sampled_from(_SPECIAL),
        st.sampled_from(string.ascii_letters),
        st.characters(exclude_characters="/\0", codec="utf-8"),
    ),
    min_size=1,
    max_size=40,
).filter(lambda name: name not in {".", ".."} and len(name.encode()) < 200)


@given(name=NAMES)
@example("feature%2Fx")
@example("a%20b")
@example("what?#%00")
@example("sqlite:x")
@example("Bühne № 1 'Ω\"")
def test_a_data_directory_holds_all_that_is_kept(name: str) -> None:
    """Ledger, signing key, charges, images and mail are in the directory that was named, and nothing is beside it."""
    with tempfile.TemporaryDirectory() as parent:
        data = Path(parent, name, "data")
        settings = read_settings({"TICKETCORE_DATA": str(data)})
        with assemble(settings) as assembly:
            assembly.prepare()
            assembly.organiser.list_keys()
        assert {path.name for path in data.iterdir()} >= {"ticketcore.db", "signing-key"}
        assert [path.name for path in Path(parent).iterdir()] == [name]
        with sqlite3.connect(data / "ticketcore.db") as ledger:
            assert ledger.execute("SELECT count(*) FROM events").fetchone() == (0,)
        ledger.close()
        assert settings.has_default_ledger


@given(name=NAMES)
def test_a_file_url_names_the_directory_that_was_meant(name: str) -> None:
    """Percent escapes stand for their characters, in the settings of images and mail alike."""
    url = f"file:///srv/{quote(name)}"
    settings = read_settings({"TICKETCORE_FILES_URL": url, "TICKETCORE_MAIL_URL": url})
    assert settings.files == Directory(Path("/srv", name))
    assert isinstance(settings.mail, EmlDirectory)
    assert settings.mail.path == Path("/srv", name)


@pytest.mark.parametrize("rest", ["a?b", "a#b", "a#", "a?b=c", "a\tb", "a%FFb", "a%00b", "a ", "a\nb"], ids=repr)
@pytest.mark.parametrize("variable", ["TICKETCORE_FILES_URL", "TICKETCORE_MAIL_URL"])
def test_a_file_url_that_would_name_another_directory_is_refused(variable: str, rest: str) -> None:
    """What is behind ``?`` and ``#`` would be dropped in silence."""
    with pytest.raises(SettingError, match=variable):
        read_settings({variable: f"file:///srv/{rest}"})


def test_a_database_url_with_a_bare_question_mark_is_refused() -> None:
    """The file would have another name."""
    with pytest.raises(SettingError, match="TICKETCORE_DATABASE_URL"):
        read_settings({"TICKETCORE_DATABASE_URL": "sqlite:////srv/what?/ledger.db"})


def test_a_name_that_is_no_text_is_refused() -> None:
    """No URL could hold it."""
    with pytest.raises(SettingError, match="TICKETCORE_DATA"):
        read_settings({"TICKETCORE_DATA": "/srv/\udcff"})


def _modes(data: Path) -> dict[str, str]:
    return {path.name: oct(path.stat().st_mode & 0o777) for path in (data, *sorted(data.iterdir()))}


def _start(data: Path) -> None:
    with assemble(read_settings({}, data)) as assembly:
        assembly.prepare()
        assembly.organiser.list_keys()


def test_what_is_made_is_closed_from_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the umask; a second start finds nothing to close."""
    data = tmp_path / "data"
    with caplog.at_level(logging.WARNING, "ticketcore"):
        for _ in range(2):
            with assemble(read_settings({}, data)) as assembly:
                assembly.prepare()
                assembly.ports.files.put("tickets/a/b.png", b"image", "image/png")
                assembly.ports.mailer.check()
                sell(assembly.box_office)
    assert {path.name for path in data.iterdir()} >= {"simulated-payments.db", "ticketcore.db", "files", "mail"}
    assert {oct(path.stat().st_mode & 0o077) for path in (data, *data.rglob("*"))} == {"0o0"}
    assert caplog.messages == []


def test_a_data_directory_that_others_may_read_is_closed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With what is ours in it, and a warning for each."""
    data = tmp_path / "data"
    _start(data)
    (data / "files").mkdir()
    for path in (data, *data.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with caplog.at_level(logging.WARNING, "ticketcore"):
        _start(data)
    assert {mode[-2:] for mode in _modes(data).values()} == {"00"}
    assert f"{data / 'signing-key'}" in caplog.text


def test_a_directory_with_other_things_in_it_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A home directory, say: only what is ours in it is closed, and a warning names the directory."""
    (tmp_path / "letters").touch(mode=0o644)
    tmp_path.chmod(0o755)
    (tmp_path / "ticketcore.db").touch(mode=0o644)
    with caplog.at_level(logging.WARNING, "ticketcore"):
        _start(tmp_path)
    modes = _modes(tmp_path)
    assert (modes[tmp_path.name], modes["letters"]) == ("0o755", "0o644")
    assert modes["ticketcore.db"] == "0o600"
    assert f"look into the data directory {tmp_path}" in caplog.text


def test_rights_of_a_group_stay(tmp_path: Path) -> None:
    """They were given on purpose."""
    data = tmp_path / "data"
    _start(data)
    (data / "ticketcore.db").chmod(0o640)
    data.chmod(0o750)
    _start(data)
    modes = _modes(data)
    assert (modes["data"], modes["ticketcore.db"]) == ("0o750", "0o640")


def test_a_directory_named_as_the_ledger_keeps_its_mode(tmp_path: Path) -> None:
    """Only a file is closed to other users: a directory, such as the root, would be closed to its owner as well."""
    tmp_path.chmod(0o755)
    with pytest.raises(TicketcoreError):
        upgrade(read_settings({"TICKETCORE_DATABASE_URL": f"sqlite:///{tmp_path}"}))
    assert tmp_path.stat().st_mode & 0o777 == 0o755
