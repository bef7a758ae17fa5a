"""Templates of an operator's own: taken in place of ours, and tried out before anything is sold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.markdown import DOCS, codes, rows, sections
from tests.entrypoints.test_mail_texts import MAIL
from ticketcore_bootstrap import SettingError, assemble, read_settings
from ticketcore_texts.mail import TranslatedMailComposer, _values


def start(directory: Path, home: Path) -> None:
    """Assemble a box office with the templates of a directory."""
    settings = read_settings({"TICKETCORE_MAIL_TEMPLATES": str(directory)}, home)
    assemble(settings).close()


def test_a_template_stands_in_for_ours(tmp_path: Path) -> None:
    """The other one stays ours; values are escaped in HTML and not in text."""
    page, text = tmp_path / "page", tmp_path / "text"
    page.mkdir()
    (page / "mail.html").write_text("<p>{{ event }}, {{ organiser }}</p>")
    content = TranslatedMailComposer(organiser="A & B", templates=page).compose(MAIL)
    assert content.html == "<p>Jazz Night, A &amp; B</p>"
    assert content.text == TranslatedMailComposer(organiser="A & B").compose(MAIL).text
    text.mkdir()
    (text / "mail.txt").write_text("{{ event }}, {{ organiser }}\n")
    assert TranslatedMailComposer(organiser="A & B", templates=text).compose(MAIL).text == "Jazz Night, A & B\n"


def test_right_templates_start(tmp_path: Path) -> None:
    """They may use everything that a mail may have."""
    (tmp_path / "mail.txt").write_text("{{ subject }} {% for each in tickets %}{{ each.qr_text }}{% endfor %}")
    start(tmp_path, tmp_path / "home")


WRONG: dict[str, tuple[str, str | bytes, str]] = {
    "not a template": ("mail.html", "{% for %}", "has a mail.html, line 1 that cannot be filled"),
    "never ended": ("mail.txt", "\n{% if link %}", "has a mail.txt, line 2 that cannot be filled"),
    "a value that there is none of": ("mail.txt", "{{ nothing }}", "'nothing' is undefined"),
    "a part that there is none of": ("mail.txt", "{{ tickets[0].seat }}", "has no attribute 'seat'"),
    "a missing part": ("mail.html", '{% include "header.html" %}', "header.html"),
    "not text": ("mail.html", b"\xff\xfe", "cannot be filled"),
    "a mistaken calculation": ("mail.txt", "{{ event + 1 }}", "cannot be filled"),
    "division": ("mail.txt", "{{ 1 / 0 }}", "cannot be filled"),
    "another name": ("mails.html", "x", "has none of the templates"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_template_stops_the_start(case: str, tmp_path: Path) -> None:
    """In one line, which names the variable, the file and the fault."""
    name, written, fault = WRONG[case]
    (tmp_path / name).write_bytes(written if isinstance(written, bytes) else written.encode())
    with pytest.raises(SettingError) as refused:
        start(tmp_path, tmp_path / "home")
    line = str(refused.value)
    assert line.startswith(f'TICKETCORE_MAIL_TEMPLATES holds "{tmp_path}", which ')
    assert fault in line
    assert "\n" not in line


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_wrong_directory_stops_the_start(name: str, tmp_path: Path) -> None:
    """One that is not there, and a file."""
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match="is no directory"):
        start(tmp_path / name, tmp_path / "home")


def test_every_value_is_in_the_guide() -> None:
    """The guide and the mail name the same."""
    text = (DOCS / "how-to" / "replace-mail-templates.md").read_text()
    [table] = [section for section in sections(text) if section.heading == "What a template has"]
    described = [codes(first)[0] for first, _ in rows(table.text)]
    assert sorted(described) == sorted(_values(TranslatedMailComposer(), MAIL, "en"))
