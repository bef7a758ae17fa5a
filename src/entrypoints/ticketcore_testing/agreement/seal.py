"""Agreement of seals: each opens its own texts, and all refuse the same mutations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ticketcore.domain.qr_text import TEXT_LENGTH, Claim
from ticketcore.domain.refusals import TicketNotAuthentic
from ticketcore.ports import Seal
from ticketcore_testing.strategies import anything, claims

_which = st.integers(0, 4)
_places = st.integers(0, TEXT_LENGTH - 1)
_before = st.sampled_from(["", " ", "\t", "\ufeff", "]Q1", " ]d2 ", "\x02"])
_after = st.sampled_from(["", "\r\n", " \n", "\x03"])
_characters = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abz=1 \n\0é")


class SealsAgree(RuleBasedStateMachine):
    """One history of claims, sealed by every seal.  ``open_seals`` returns the seals by their names, each with its own key.

    The texts of a step have one claim; a mutation is applied to the text of each seal.
    """

    def __init__(self, open_seals: Callable[[], Mapping[str, Seal]]) -> None:
        super().__init__()
        self.seals = open_seals()
        self.claims: list[Claim] = []
        self.texts: list[Mapping[str, str]] = []

    def _opened(self, which: int, change: Callable[[str], str]) -> Claim | TicketNotAuthentic:
        """Mutate the text of every seal alike, open it, and return the result of all seals."""
        texts = self.texts[-1 - which % len(self.texts)]
        results = {name: seal.open(change(texts[name])) for name, seal in self.seals.items()}
        first, *others = results.values()
        assert all(result == first for result in others), results
        return first

    def _refused(self, which: int, change: Callable[[str], str]) -> None:
        texts = self.texts[-1 - which % len(self.texts)]
        assert all(change(text) != text for text in texts.values())
        assert self._opened(which, change) == TicketNotAuthentic()

    @rule(claim=claims, times=st.integers(1, 2))
    def seal(self, claim: Claim, times: int) -> None:
        """Seal a claim; sealing it again returns the same text."""
        for _ in range(times):
            self.claims.append(claim)
            self.texts.append({name: seal.seal(claim) for name, seal in self.seals.items()})
        assert len({tuple(texts.items()) for texts in self.texts[-times:]}) == 1

    @precondition(lambda self: self.texts)
    @rule(which=_which, before=_before, after=_after, spelled=st.sampled_from([str.upper, str.lower, str.swapcase]))
    def scan(self, which: int, before: str, after: str, spelled: Callable[[str], str]) -> None:
        """Spell a text as a scanner may, and add what scanners add around it."""
        claim = self.claims[-1 - which % len(self.claims)]
        assert self._opened(which, lambda text: before + spelled(text) + after) == claim

    @precondition(lambda self: self.texts)
    @rule(which=_which, place=_places, step=st.integers(1, 31))
    def change_a_character(self, which: int, place: int, step: int) -> None:
        """Replace a character by another one of the alphabet."""
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

        def changed(text: str) -> str:
            other = alphabet[(alphabet.index(text[place]) + step) % 32]
            return text[:place] + other + text[place + 1 :]

        self._refused(which, changed)

    @precondition(lambda self: self.texts)
    @rule(which=_which, place=_places, character=_characters)
    def put_a_character(self, which: int, place: int, character: str) -> None:
        """Replace a character by any other, or by itself."""
        for name, seal in self.seals.items():
            text = self.texts[-1 - which % len(self.texts)][name]
            self._is_known(name, seal, text[:place] + character + text[place + 1 :])

    def _is_known(self, name: str, seal: Seal, text: str) -> None:
        """Compare with the sealed texts: a known one opens, any other is refused."""
        ours = {texts[name]: claim for texts, claim in zip(self.texts, self.claims, strict=True)}
        assert seal.open(text) == ours.get(
            text.strip(" \n\0").upper() if text.isascii() else text, TicketNotAuthentic()
        )

    @precondition(lambda self: self.texts)
    @rule(which=_which, length=st.integers(0, TEXT_LENGTH - 1))
    def cut(self, which: int, length: int) -> None:
        """Remove the end of a text."""
        self._refused(which, lambda text: text[:length])

    @precondition(lambda self: self.texts)
    @rule(which=_which, more=st.text("A2=", min_size=1, max_size=8))
    def lengthen(self, which: int, more: str) -> None:
        """Add characters after a text, or before it."""
        self._refused(which, lambda text: text + more)
        self._refused(which, lambda text: more + text)

    @precondition(lambda self: len(self.texts) > 1)
    @rule(which=_which, other=_which, place=_places)
    def splice(self, which: int, other: int, place: int) -> None:
        """Join the beginning of one text and the end of another."""
        for name, seal in self.seals.items():
            first = self.texts[-1 - which % len(self.texts)][name]
            second = self.texts[-1 - other % len(self.texts)][name]
            self._is_known(name, seal, first[:place] + second[place:])

    @rule(text=anything)
    def read_garbage(self, text: str) -> None:
        """Open arbitrary text, which is refused."""
        assert {seal.open(text) for seal in self.seals.values()} == {TicketNotAuthentic()}

    @invariant()
    def another_key_refuses(self) -> None:
        """A seal with another key refuses the last text."""
        for name, text in self.texts[-1].items() if self.texts else ():
            results = {other: seal.open(text) for other, seal in self.seals.items()}
            assert results.pop(name) == self.claims[-1]
            assert all(result == TicketNotAuthentic() for result in results.values())
