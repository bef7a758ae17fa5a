"""``ticketcore demo`` tells the whole story, in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.patience import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the demo prints, without data and without a terminal."""
    place = tmp_path_factory.mktemp("demo")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TICKETCORE_")}
    done = subprocess.run(
        [sys.executable, "-m", "ticketcore_cli", "demo"],
        cwd=place,
        env=environment | {"TMPDIR": str(place)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_it_ends_with_the_conservation_line(story: str) -> None:
    """The numbers of the last line add up."""
    found = re.search(
        r"capacity = available \+ reserved \+ sold: +(\d+) = (\d+) \+ (\d+) \+ (\d+)$", story.splitlines()[-1]
    )
    assert found is not None
    capacity, available, reserved, sold = map(int, found.groups())
    assert capacity == available + reserved + sold
    assert sold > 0


def test_its_images_can_be_scanned(story: str) -> None:
    """Each PNG that it names exists and holds a ticket's text."""
    paths = [Path(path) for path in re.findall(r"\S+\.png", story)]
    assert len(paths) == 2
    texts = set()
    for path in paths:
        with Image.open(path) as image:
            barcode = zxingcpp.read_barcode(image)
        assert barcode is not None
        texts.add(barcode.text)
    assert len(texts) == 2
    assert all(len(text) == 154 for text in texts)


def test_it_tells_every_refusal(story: str) -> None:
    """A declined payment, an expired reservation, sold out, and a ticket that was used twice."""
    assert "the order is declined" in story
    assert "reservation_expired" in story
    assert "sold_out" in story
    assert "admitted at gate A" in story
    assert story.count("ticket_already_used") == 2


def test_it_shows_a_qr_code_in_the_terminal(story: str) -> None:
    """The code is drawn with blocks."""
    assert sum("▀" in line or "▄" in line or "█" in line for line in story.splitlines()) > 15


def test_it_leaves_nothing_else_behind(story: str) -> None:
    """The box office is thrown away; only the images stay."""
    kept = Path(re.findall(r"\S+\.png", story)[0]).parent
    assert sorted(path.name for path in kept.parent.iterdir()) == [kept.name]
    assert sorted(path.name for path in kept.iterdir()) == ["ticket-1.png", "ticket-2.png"]
