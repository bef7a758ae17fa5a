"""Whether a key that an operator has chosen could be guessed."""

from __future__ import annotations

from itertools import pairwise

MIN_VARIETY = 8
_MIN_PAIRS = 16
#: Of the pairs of characters, so many (in thirds) may follow from the first one. Of random hexadecimal digits a quarter do.
_MAX_FOLLOWING = 2
#: A sequence may be interleaved with another, as in a1b2c3.
_DISTANCES = (1, 2)
# A keyboard, each row half a key to the right of the one above; other layouts differ in a few keys.
_ROWS = ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./")
_SHIFTED = str.maketrans('!@#$%^&*()_+{}:"<>?', "1234567890-=[];',./")
_PLACES = {key: (row, column) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}
_NEAR = {(0, -1), (0, 1), (1, -1), (1, 0), (-1, 0), (-1, 1)}


def is_various(value: str) -> bool:
    """Return whether a text is neither of few characters, nor a repetition, nor a sequence of an alphabet or a keyboard."""
    pairs = list(pairwise(value))
    steps = {ord(after) - ord(before) for before, after in pairs}
    is_mixed = len(set(value)) >= MIN_VARIETY and len(set(pairs)) >= _MIN_PAIRS and len(steps) >= MIN_VARIETY
    return is_mixed and not any(_is_sequence(value, distance) for distance in _DISTANCES)


def _is_sequence(value: str, distance: int) -> bool:
    keys = value.lower().translate(_SHIFTED)
    following = [_follows(before, after) for before, after in zip(keys, keys[distance:], strict=False)]
    return 3 * sum(following) >= _MAX_FOLLOWING * len(following)


def _follows(before: str, after: str) -> bool:
    return abs(ord(after) - ord(before)) <= 1 or _is_beside(before, after)


def _is_beside(before: str, after: str) -> bool:
    if before not in _PLACES or after not in _PLACES:
        return False
    (row, column), (next_row, next_column) = _PLACES[before], _PLACES[after]
    return (next_row - row, next_column - column) in _NEAR
