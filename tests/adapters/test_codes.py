"""QR codes that scanners read, and signing keys that rotate and stay secret."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from collections.abc import Callable

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from PIL import Image

from tests.core.examples import EVENT_ID, TICKET_ID
from ticketcore.domain.errors import CannotSeal, WrongKindOfKey
from ticketcore.domain.qr_text import Claim
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore_codes import (
    Ed25519Opener,
    Ed25519Seal,
    QrcodeQrImages,
    new_private_key,
    public_key_of,
    read_private_key,
    read_public_keys,
    terminal,
)
from ticketcore_testing.strategies import anything

CLAIM = Claim(EVENT_ID, TICKET_ID)


def a_key() -> Ed25519PrivateKey:
    return read_private_key(new_private_key())


def a_text() -> str:
    return Ed25519Seal(a_key()).seal(CLAIM)


def test_a_ticket_is_a_small_robust_code() -> None:
    """A ticket's image is QR version 6, 41 modules and a quiet zone, at error correction M."""
    text = a_text()
    with Image.open(io.BytesIO(QrcodeQrImages().draw(text))) as image:
        found = zxingcpp.read_barcode(image)
        assert (image.width, image.height) == ((41 + 2 * 4) * 8, (41 + 2 * 4) * 8)
    assert found is not None
    assert (found.text, found.format, found.ec_level) == (text, zxingcpp.BarcodeFormat.QRCode, "M")


def test_another_process_draws_the_same_image() -> None:
    """The bytes depend on the text alone."""
    program = "import sys, ticketcore_codes as c; sys.stdout.buffer.write(c.QrcodeQrImages().draw(sys.argv[1]))"
    text = a_text()
    drawn = subprocess.run([sys.executable, "-c", program, text], check=True, capture_output=True)
    assert drawn.stdout == QrcodeQrImages().draw(text)


@pytest.mark.parametrize("text", ["A" * 3391, "7" * 3391])
def test_the_largest_code_holds_3391_characters(text: str) -> None:
    """A text may be as long as the standard has room for."""
    with Image.open(io.BytesIO(QrcodeQrImages().draw(text))) as image:
        found = zxingcpp.read_barcode(image)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("lower CASE", r"not in QR's alphanumeric alphabet: 'elorw'"),
        ("É", r"not in QR's alphanumeric alphabet: 'É'"),
        ("LINE\n", r"not in QR's alphanumeric alphabet: '\\n'"),
        ("A" * 3392, "holds 1 to 3391 characters, not 3392"),
        ("", "holds 1 to 3391 characters, not 0"),
    ],
)
def test_a_text_that_does_not_fit_is_named(text: str, complaint: str) -> None:
    """A text that is empty, too long or of other characters is refused with the fault."""
    for draw in (QrcodeQrImages().draw, terminal):
        with pytest.raises(ValueError, match=complaint):
            draw(text)


def as_image(lines: str) -> Image.Image:
    """Return the image that a terminal shows: half a character is a square of four pixels."""
    upper, lower = {"▀", "█"}, {"▄", "█"}
    rows = [
        bytes(0 if character in inked else 255 for character in line)
        for line in lines.replace("\x1b[38;5;16;48;5;231m", "").replace("\x1b[0m", "").splitlines()
        for inked in (upper, lower)
    ]
    image = Image.frombytes("L", (len(rows[0]), len(rows)), b"".join(rows))
    return image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)


def test_a_terminal_shows_a_code_that_scans() -> None:
    """What is drawn with half blocks reads as the same text."""
    text = a_text()
    found = zxingcpp.read_barcode(as_image(terminal(text)))
    assert found is not None
    assert found.text == text


def test_a_terminal_of_80_columns_has_room() -> None:
    """A ticket's code is 49 columns and 25 lines, black on white whatever the theme, with nothing around it."""
    lines = terminal(a_text()).splitlines()
    blank = "\x1b[38;5;16;48;5;231m" + " " * 49 + "\x1b[0m"
    assert len(lines) == 25
    assert {len(line) for line in lines} == {len(blank)}
    assert [line for line in lines if line == blank] == [*lines[:2], *lines[-2:]]


def test_old_tickets_open_after_a_rotation() -> None:
    """A new seal that trusts the old public key opens tickets of both keys and signs with the new one."""
    old, new = a_key(), a_key()
    before, after = Ed25519Seal(old), Ed25519Seal(new, read_public_keys(public_key_of(old)))
    assert after.open(before.seal(CLAIM)) == CLAIM
    assert after.open(after.seal(CLAIM)) == CLAIM
    assert before.open(after.seal(CLAIM)) == TicketNotAuthentic()


def test_a_key_that_is_no_longer_trusted_is_refused() -> None:
    """Tickets of a retired key are not authentic, however many other keys are trusted."""
    retired, trusted = a_key(), [a_key().public_key() for _ in range(3)]
    assert Ed25519Seal(a_key(), trusted).open(Ed25519Seal(retired).seal(CLAIM)) == TicketNotAuthentic()


def test_keys_may_share_an_id() -> None:
    """Two keys with the same three bytes of id are both trusted, and neither stands for the other."""
    first, second = (Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32)) for seed in (3972, 8129))
    texts = [Ed25519Seal(key).seal(CLAIM) for key in (first, second)]
    assert texts[0][:6] == texts[1][:6]
    both = Ed25519Seal(a_key(), [first.public_key(), second.public_key()])
    assert [both.open(text) for text in texts] == [CLAIM, CLAIM]
    assert Ed25519Seal(first).open(texts[1]) == TicketNotAuthentic()


def test_keys_survive_being_written_down() -> None:
    """A key's text is 48 characters that fit an environment variable, and reads back as the same key."""
    text = new_private_key()
    key = read_private_key(f" {text}\n")
    assert len(text) == len(public_key_of(key)) == 48
    assert (text[:5], public_key_of(key)[:5]) == ("tcsk_", "tcpk_")
    assert Ed25519Seal(key).seal(CLAIM) == Ed25519Seal(read_private_key(text)).seal(CLAIM)
    assert text != new_private_key()


@pytest.mark.parametrize("template", ["", " , ", "{0}", "{0},{1}", " {0} ,\n{1}, "])
def test_trusted_keys_stand_between_commas(template: str) -> None:
    """Any number of public keys may be trusted, none included; white space and a last comma do no harm."""
    names = [public_key_of(a_key()) for _ in range(template.count("{"))]
    keys = read_public_keys(template.format(*names))
    assert [key.public_bytes_raw() for key in keys] == [
        key.public_bytes_raw() for name in names for key in read_public_keys(name)
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text + "=",
        lambda text: text + "A",
        lambda text: text[:5] + "+" + text[6:],
        lambda text: text[:5] + "é" + text[6:],
        lambda text: text[5:],
        lambda text: text[:4] + text[5:],
        lambda text: text[:5] + text,
        lambda text: text.upper()[:5] + text[5:],
        lambda text: text[:20] + " " + text[20:],
        lambda text: text[:-1] + "B",
        lambda text: text[:-1] + "\ud800",
    ],
)
def test_a_bad_key_is_refused_without_being_shown(spoil: Callable[[str], str]) -> None:
    """The error about a key that cannot be read has no part of the key."""
    bad = spoil(new_private_key())
    for read in (read_private_key, read_public_keys):
        with pytest.raises(ValueError, match="must be ") as caught:
            read(bad)
        assert not any(bad[start : start + 6] in repr(caught.value) for start in range(len(bad) - 6))
        assert caught.value.__context__ is None


def test_a_key_in_the_place_of_the_other_is_refused() -> None:
    """The line says which kind it is, and shows neither."""
    private, public = new_private_key(), public_key_of(a_key())
    for read, wrong, held in (
        (read_private_key, public, "a public key"),
        (read_public_keys, private, "a private key"),
        (read_public_keys, f"{public}, {private}", "a private key"),
        (read_public_keys, f"{private[:20]}", "a private key"),
    ):
        with pytest.raises(WrongKindOfKey, match=f", and is {held}$") as caught:
            read(wrong)
        assert private[5:15] not in repr(caught.value)
        assert public[5:15] not in repr(caught.value)


def test_public_keys_alone_open_and_do_not_seal() -> None:
    """What is at the door needs no private key, and can forge no ticket."""
    key, other = a_key(), a_key()
    opener = Ed25519Opener([key.public_key()])
    assert opener.open(Ed25519Seal(key).seal(CLAIM)) == CLAIM
    refused = opener.open(Ed25519Seal(other).seal(CLAIM))
    assert isinstance(refused, TicketNotAuthentic)
    assert refused.is_untrusted
    with pytest.raises(CannotSeal):
        opener.seal(CLAIM)


def test_an_empty_key_is_refused() -> None:
    """An empty private key is a wrong setting."""
    with pytest.raises(ValueError, match="must be a private key: tcsk_ and 43 letters"):
        read_private_key("")


def test_a_seal_does_not_show_its_key() -> None:
    """Neither a seal nor a key shows its secret when printed."""
    text = new_private_key()
    key = read_private_key(text)
    secret = key.private_bytes_raw()
    for shown in (repr(key), str(key), repr(Ed25519Seal(key)), str(Ed25519Seal(key))):
        assert text not in shown
        assert secret.hex() not in shown
        assert repr(secret) not in shown


@given(text=anything)
def test_reading_a_key_raises_nothing_but_the_complaint(text: str) -> None:
    """Any text is either a list of keys or a ``ValueError``."""
    for read in (read_private_key, read_public_keys):
        try:
            read(text)
        except ValueError as error:
            assert str(error).startswith("must be ")  # noqa: PT017  # Most texts raise, some do not.


@pytest.mark.parametrize("sign", [0x00, 0x80])
@pytest.mark.parametrize(
    "encoding",
    [
        "01" + "00" * 31,
        "00" * 32,
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    ],
)
def test_a_public_key_of_low_order_is_refused(encoding: str, sign: int) -> None:
    """A signature that holds under it needs no private key."""
    raw = bytearray.fromhex(encoding)
    raw[31] |= sign
    with pytest.raises(ValueError, match="low order"):
        read_public_keys("tcpk_" + base64.urlsafe_b64encode(raw).decode().rstrip("="))
