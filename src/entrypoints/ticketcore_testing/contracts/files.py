"""Contract suite of the file store."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketcore.ports import Files
from ticketcore.ports.files import MAX_NAME
from ticketcore_testing.concurrency import all_at_once
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.samples import fresh, label

PNG = "image/png"
NAMES = ["qr/1.png", "qr/2.png", "qr/deeper/1.png", "1.png"]
#: Names that climb, are absolute, empty, hidden or made of other characters.
ILLEGAL_NAMES = [
    "",
    ".",
    "..",
    "../1.png",
    "qr/../1.png",
    "qr/..",
    "qr/.hidden",
    ".hidden/1.png",
    "/1.png",
    "qr//1.png",
    "qr/",
    "qr\\1.png",
    "qr/1 1.png",
    "qr/1_1.png",
    "qr/1.png\n",
    "qr/1.png\0",
    "qr/%2e%2e/1.png",
    "c:1.png",
    "qr/é.png",
    "~/1.png",
    "x" * (MAX_NAME + 1),
]


class FilesContract:
    """Hold ``Files`` to its contract; override ``files``.

    A store without addresses returns none for any file.  ``examples`` is how many lists of puts are tried.
    """

    examples = 100

    @pytest.fixture
    def files(self) -> Files:
        """Return an empty store: the one fixture to override."""
        raise NotImplementedError("override files")

    def test_a_stored_file_can_be_read(self, files: Files) -> None:
        """Content of any bytes is returned as it was put."""
        content = bytes(range(256))
        files.put("qr/1.png", content, PNG)
        assert files.get("qr/1.png") == content

    def test_an_empty_file_is_not_a_missing_one(self, files: Files) -> None:
        """Empty content is returned as empty bytes, not as ``None``."""
        files.put("qr/1.png", b"", PNG)
        assert files.get("qr/1.png") == b""

    @pytest.mark.parametrize("name", ["qr/2.png", "qr", "1.png", "qr/1.png.old"])
    def test_another_name_has_no_content(self, files: Files, name: str) -> None:
        """A file is found under its exact name only."""
        files.put("qr/1.png", b"one", PNG)
        assert files.get(name) is None

    def test_an_empty_store_has_no_content(self, files: Files) -> None:
        """Reading before the first put returns ``None``."""
        assert files.get("qr/1.png") is None

    @pytest.mark.parametrize("name", ILLEGAL_NAMES, ids=label)
    def test_an_illegal_name_is_refused(self, files: Files, name: str) -> None:
        """``put``, ``get`` and ``url`` raise ``ValueError`` for a name that the port does not allow."""
        calls: list[Callable[[], object]] = [
            lambda: files.put(name, b"one", PNG),
            lambda: files.get(name),
            lambda: files.url(name),
        ]
        for call in calls:
            with pytest.raises(ValueError):  # noqa: PT011  # The port promises no words.
                call()

    @pytest.mark.parametrize("name", ["A", "0-9.B", "a/b/c/d/e", "1..png", "-/1.", "x" * MAX_NAME])
    def test_every_legal_name_is_accepted(self, files: Files, name: str) -> None:
        """Letters of either case, digits, ``-`` and ``.`` are allowed, and any number of folders."""
        files.put(name, b"one", PNG)
        assert files.get(name) == b"one"

    def test_putting_again_replaces(self, files: Files) -> None:
        """The last content is kept, also when it is shorter."""
        files.put("qr/1.png", b"the first", PNG)
        files.put("qr/1.png", b"last", PNG)
        assert files.get("qr/1.png") == b"last"

    def test_a_missing_file_has_no_url(self, files: Files) -> None:
        """There is no address without a file."""
        assert files.url("qr/1.png") is None

    def test_a_url_is_an_http_address_or_none(self, files: Files) -> None:
        """A browser can open the address, if there is one."""
        files.put("qr/1.png", b"one", PNG)
        url = files.url("qr/1.png")
        assert url is None or url.startswith(("http://", "https://"))

    def test_a_file_is_whole_while_it_is_replaced(self, files: Files) -> None:
        """Threads that read meanwhile find the old content or the new."""
        contents = [b"1" * 50_000, b"2" * 60_000]
        files.put("qr/1.png", contents[0], PNG)
        is_over = threading.Event()

        def read() -> set[bytes | None]:
            seen = {files.get("qr/1.png")}
            while not is_over.is_set():
                seen.add(files.get("qr/1.png"))
            return seen

        def write() -> set[bytes | None]:
            try:
                for number in range(30):
                    files.put("qr/1.png", contents[number % 2], PNG)
            finally:
                is_over.set()
            return set()

        assert set().union(*all_at_once([read, read, write])) <= {*contents}

    def test_a_put_and_a_get_are_atomic(self, files: Files) -> None:
        """A reader finds the old content or the new, at whatever step of the put it reads."""

        def race() -> Race:
            files.put("qr/1.png", b"old", PNG)
            return Race(
                lambda: files.put("qr/1.png", b"new", PNG),
                lambda: files.get("qr/1.png"),
                lambda: files.get("qr/1.png"),
            )

        assert_atomic(files, race)

    def test_two_puts_are_atomic(self, files: Files) -> None:
        """Two files that are stored at the same time are both kept."""

        def race() -> Race:
            names = [f"qr/{fresh().hex()}.png" for _ in range(2)]
            return Race(
                lambda: files.put(names[0], b"one", PNG),
                lambda: files.put(names[1], b"two", PNG),
                lambda: [files.get(name) for name in names],
            )

        assert_atomic(files, race)

    def test_files_that_can_be_reached_pass_the_check(self, files: Files) -> None:
        """``check`` returns nothing before the first file and after it."""
        files.check()
        files.put("qr/1.png", b"one", PNG)
        files.check()

    def test_files_agree_with_a_dictionary(self, files: Files) -> None:
        """After any puts every name has its last content."""
        expected: dict[str, bytes | None] = dict.fromkeys(NAMES)

        @settings(max_examples=self.examples, deadline=None)  # A disk or a bucket may take its time.
        @given(puts=st.lists(st.tuples(st.sampled_from(NAMES), st.binary())))
        def agree(puts: list[tuple[str, bytes]]) -> None:
            for name, content in puts:
                files.put(name, content, PNG)
                expected[name] = content
            assert {name: files.get(name) for name in NAMES} == expected

        agree()
