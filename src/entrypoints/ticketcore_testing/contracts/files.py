"""What the port of files promises."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketcore.ports import Files

PNG = "image/png"
NAMES = ["qr/1.png", "qr/2.png", "qr/deeper/1.png", "1.png"]


class FilesContract:
    """Hold ``Files`` to its contract; override ``files``.

    A store without addresses answers none for any file.  ``examples`` is how many lists of puts are tried.
    """

    examples = 100

    @pytest.fixture
    def files(self) -> Files:
        """Answer an empty store: the one fixture to override."""
        raise NotImplementedError("override files")

    def test_a_file_that_was_put_is_there(self, files: Files) -> None:
        """Content of any bytes comes back as it was put."""
        content = bytes(range(256))
        files.put("qr/1.png", content, PNG)
        assert files.get("qr/1.png") == content

    def test_an_empty_file_is_not_a_missing_one(self, files: Files) -> None:
        """A file may be empty."""
        files.put("qr/1.png", b"", PNG)
        assert files.get("qr/1.png") == b""

    @pytest.mark.parametrize("name", ["qr/2.png", "qr", "1.png", "qr/1.png.old"])
    def test_a_name_that_was_not_put_has_no_content(self, files: Files, name: str) -> None:
        """Only the very name that was put has content."""
        files.put("qr/1.png", b"one", PNG)
        assert files.get(name) is None

    def test_nothing_is_there_before_the_first_put(self, files: Files) -> None:
        """Asking an empty store for a file is no failure."""
        assert files.get("qr/1.png") is None

    def test_putting_again_replaces(self, files: Files) -> None:
        """The last content wins, also when it is shorter."""
        files.put("qr/1.png", b"the first", PNG)
        files.put("qr/1.png", b"last", PNG)
        assert files.get("qr/1.png") == b"last"

    def test_a_file_that_is_not_there_has_no_url(self, files: Files) -> None:
        """Nobody is sent to a place where nothing is."""
        assert files.url("qr/1.png") is None

    def test_a_url_is_an_address_or_nothing(self, files: Files) -> None:
        """A browser is sent to an http address or nowhere."""
        files.put("qr/1.png", b"one", PNG)
        url = files.url("qr/1.png")
        assert url is None or url.startswith(("http://", "https://"))

    def test_a_file_is_whole_while_it_is_replaced(self, files: Files) -> None:
        """Whoever reads meanwhile, in any thread, finds the old content or the new."""
        contents = [b"1" * 50_000, b"2" * 60_000]
        files.put("qr/1.png", contents[0], PNG)
        is_over = threading.Event()

        def look() -> set[bytes | None]:
            seen = {files.get("qr/1.png")}
            while not is_over.is_set():
                seen.add(files.get("qr/1.png"))
            return seen

        with ThreadPoolExecutor(2) as pool:
            looks = [pool.submit(look) for _ in range(2)]
            try:
                for number in range(30):
                    files.put("qr/1.png", contents[number % 2], PNG)
            finally:
                is_over.set()
            seen = {content for each in looks for content in each.result()}
        assert seen <= {*contents}

    def test_files_that_can_be_reached_pass_the_check(self, files: Files) -> None:
        """The check is silent before the first file and after it."""
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
