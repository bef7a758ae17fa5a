"""What every adapter of the port ``Files`` keeps."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketcore.ports import Files
from ticketcore_aws import S3Files
from ticketcore_local import DirectoryFiles
from ticketcore_memory import MemoryFiles

if TYPE_CHECKING:
    from tests.servers.aws import Aws

PNG = "image/png"
NAMES = ["qr/1.png", "qr/2.png", "qr/deeper/1.png", "1.png"]


@contextmanager
def directory_files() -> Iterator[Files]:
    with tempfile.TemporaryDirectory() as directory:
        yield DirectoryFiles(Path(directory) / "not" / "made" / "yet")


_numbers = itertools.count()


def s3_files(aws: Aws, bucket: str) -> AbstractContextManager[Files]:
    """Answer files under a prefix of their own."""
    return nullcontext(S3Files(aws.s3, bucket, f"test-{next(_numbers)}"))


#: How to open an empty adapter.
Opener = Callable[[], AbstractContextManager[Files]]


@pytest.fixture(params=["directory", "memory", "s3"], scope="session")
def open_files(request: pytest.FixtureRequest) -> Opener:
    match request.param:
        case "directory":
            return directory_files
        case "s3":
            aws: Aws = request.getfixturevalue("aws")
            return partial(s3_files, aws, aws.new_bucket())
        case _:
            return lambda: nullcontext(MemoryFiles())


@pytest.fixture
def files(open_files: Opener) -> Iterator[Files]:
    with open_files() as opened:
        yield opened


def test_a_file_that_was_put_is_there(files: Files) -> None:
    """Content of any bytes comes back as it was put."""
    content = bytes(range(256))
    files.put("qr/1.png", content, PNG)
    assert files.get("qr/1.png") == content


def test_an_empty_file_is_not_a_missing_one(files: Files) -> None:
    """A file may be empty."""
    files.put("qr/1.png", b"", PNG)
    assert files.get("qr/1.png") == b""


@pytest.mark.parametrize("name", ["qr/2.png", "qr", "1.png", "qr/1.png.old"])
def test_a_name_that_was_not_put_has_no_content(files: Files, name: str) -> None:
    """Only the very name that was put has content."""
    files.put("qr/1.png", b"one", PNG)
    assert files.get(name) is None


def test_nothing_is_there_before_the_first_put(files: Files) -> None:
    """Asking an empty store for a file is no failure."""
    assert files.get("qr/1.png") is None


def test_putting_again_replaces(files: Files) -> None:
    """The last content wins, also when it is shorter."""
    files.put("qr/1.png", b"the first", PNG)
    files.put("qr/1.png", b"last", PNG)
    assert files.get("qr/1.png") == b"last"


def test_a_file_that_is_not_there_has_no_url(files: Files) -> None:
    """Nobody is sent to a place where nothing is."""
    assert files.url("qr/1.png") is None


def test_a_url_is_an_address_or_nothing(files: Files) -> None:
    """A browser is sent to an http address or nowhere."""
    files.put("qr/1.png", b"one", PNG)
    url = files.url("qr/1.png")
    assert url is None or url.startswith(("http://", "https://"))


def test_files_that_can_be_reached_pass_the_check(files: Files) -> None:
    """The check is silent before the first file and after it."""
    files.check()
    files.put("qr/1.png", b"one", PNG)
    files.check()


@settings(deadline=None)  # A disk or a bucket may take its time.
@given(puts=st.lists(st.tuples(st.sampled_from(NAMES), st.binary())))
def test_files_agree_with_a_dictionary(open_files: Opener, puts: list[tuple[str, bytes]]) -> None:
    """After any puts every name has its last content."""
    with open_files() as files:
        for name, content in puts:
            files.put(name, content, PNG)
        assert {name: files.get(name) for name in NAMES} == {**dict.fromkeys(NAMES), **dict(puts)}
