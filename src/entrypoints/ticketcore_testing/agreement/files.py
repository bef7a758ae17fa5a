"""Agreement of file stores: after the same puts they return the same contents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ticketcore.ports import Files
from ticketcore_testing.contracts.files import ILLEGAL_NAMES, PNG

T = TypeVar("T")

_histories = count()
_names = st.sampled_from(["1.png", "2.png", "deeper/1.png", "deeper/and/1.png", "1.png.old", "A-1.b"])


class FilesAgree(RuleBasedStateMachine):
    """One history of puts over every store.  ``open_files`` returns the stores by their names.

    The stores need not be empty and may be the same for each history, which keeps its files in a folder of its own.  Addresses
    are not compared, but a store has one for every file or for none.
    """

    def __init__(self, open_files: Callable[[], Mapping[str, Files]]) -> None:
        super().__init__()
        self.stores = open_files()
        self.folder = f"history-{next(_histories)}"
        self.names: list[str] = []
        self.has_urls: dict[str, bool] = {}

    def all_return(self, call: Callable[[Files], T]) -> T | type[ValueError]:
        """Call every store and return the result of all of them, ``ValueError`` if they raised it."""
        results = {name: _result(call, store) for name, store in self.stores.items()}
        first, *others = results.values()
        assert all(other == first for other in others), results
        return first

    @rule(name=_names, content=st.binary(max_size=100), times=st.integers(1, 2))
    def put(self, name: str, content: bytes, times: int) -> None:
        """Store a file, perhaps in the place of another one, perhaps twice."""
        name = f"{self.folder}/{name}"
        self.names.append(name)
        for _ in range(times):
            self.all_return(lambda store: store.put(name, content, PNG))
        assert self.all_return(lambda store: store.get(name)) == content

    @rule(name=_names)
    def look(self, name: str) -> None:
        """Read a file, and see that it has an address only if it exists."""
        name = f"{self.folder}/{name}"
        content = self.all_return(lambda store: store.get(name))
        assert (content is not None) == (name in self.names)
        for store_name, store in self.stores.items():
            has_url = store.url(name) is not None
            if content is None:
                assert not has_url, f"{store_name} has an address for a missing file"
            else:
                assert self.has_urls.setdefault(store_name, has_url) == has_url

    @rule(name=st.sampled_from(ILLEGAL_NAMES))
    def use_an_illegal_name(self, name: str) -> None:
        """Use a name that the port does not allow: every store raises ``ValueError``."""
        calls: list[Callable[[Files], object]] = [
            lambda store: store.put(name, b"", PNG),
            lambda store: store.get(name),
            lambda store: store.url(name),
        ]
        for call in calls:
            assert self.all_return(call) is ValueError

    @rule(name=st.text("aA0.-/_ \\\0\N{LATIN SMALL LETTER E WITH ACUTE}", max_size=6))
    def read_any_name(self, name: str) -> None:
        """Read a name that may be legal: all stores return ``None`` or all raise ``ValueError``."""
        assert self.all_return(lambda store: store.get(name)) in {None, ValueError}

    @invariant()
    def the_last_files_are_the_same(self) -> None:
        self.all_return(lambda store: [store.get(name) for name in self.names[-2:]])

    def teardown(self) -> None:
        self.all_return(lambda store: [store.get(name) for name in self.names])


def _result(call: Callable[[Files], T], store: Files) -> T | type[ValueError]:
    try:
        return call(store)
    except ValueError:
        return ValueError
