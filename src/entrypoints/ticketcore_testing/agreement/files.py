"""Files: all stores hold the same after the same puts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ticketcore.ports import Files

T = TypeVar("T")

_histories = count()
_names = st.sampled_from(["1.png", "2.png", "deeper/1.png", "deeper/and/1.png", "1.png.old", "A-1.b"])


class FilesAgree(RuleBasedStateMachine):
    """One history of puts, told to every store.  ``open_files`` answers them by their names.

    They need not be empty, so each history may have the same ones: its files are in a folder of their own.  Which addresses
    a store answers is its own affair, but it has one for every file or for none.
    """

    def __init__(self, open_files: Callable[[], Mapping[str, Files]]) -> None:
        super().__init__()
        self.stores = open_files()
        self.folder = f"history-{next(_histories)}"
        self.names: list[str] = []
        self.has_urls: dict[str, bool] = {}

    def all_say(self, ask: Callable[[Files], T]) -> T:
        """Ask every store; answer what they all say."""
        answers = {name: ask(store) for name, store in self.stores.items()}
        first, *others = answers.values()
        assert all(answer == first for answer in others), answers
        return first

    @rule(name=_names, content=st.binary(max_size=100), times=st.integers(1, 2))
    def put(self, name: str, content: bytes, times: int) -> None:
        """A file is stored, perhaps in the place of another, perhaps twice."""
        name = f"{self.folder}/{name}"
        self.names.append(name)
        for _ in range(times):
            self.all_say(lambda store: store.put(name, content, "image/png"))
        assert self.all_say(lambda store: store.get(name)) == content

    @rule(name=_names)
    def look(self, name: str) -> None:
        """A file is there or not, and its address with it."""
        name = f"{self.folder}/{name}"
        content = self.all_say(lambda store: store.get(name))
        assert (content is not None) == (name in self.names)
        for store_name, store in self.stores.items():
            has_url = store.url(name) is not None
            if content is None:
                assert not has_url, f"{store_name} has an address for nothing"
            else:
                assert self.has_urls.setdefault(store_name, has_url) == has_url

    @invariant()
    def the_last_files_are_the_same(self) -> None:
        self.all_say(lambda store: [store.get(name) for name in self.names[-2:]])

    def teardown(self) -> None:
        self.all_say(lambda store: [store.get(name) for name in self.names])
