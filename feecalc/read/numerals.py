"""Words that are plain numbers, kept as bytes until somebody looks at them, and their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from attrs import frozen

from feecalc.totals import Ints

_WIDTH = 16  # characters, the point among them; what is longer is read as text
_POINT, _ZERO, _NINE = b".09"
_ZEROS = np.uint64(0x3030303030303030)

Keys = npt.NDArray[np.uint64]


@frozen(eq=False)
class Numerals(Sequence[str]):
    """Distinct words of digits and points. `low` and `high` hold eight characters of each, the last of them in the
    highest byte of `high`, with the digit zero ahead of what it has fewer.
    """

    low: Keys
    high: Keys
    lengths: npt.NDArray[Any]

    @classmethod
    def of(cls, keys: Sequence[Keys], lengths: npt.NDArray[Any]) -> Numerals | None:
        """The words whose bytes, from the first on, are in one or two numbers each; None if some hold anything else, or
        nothing.
        """
        if len(keys) > 2 or not len(lengths) or not lengths.min() or not _are_numerals(keys[0].astype(np.uint8)):
            return None
        left, right = keys[0], keys[1] if len(keys) > 1 else np.zeros_like(keys[0])
        ahead = (_WIDTH - lengths).astype(np.uint64)  # how many characters the word has fewer
        apart = ahead % np.uint64(8)
        start, filled = _moved(left, apart), _ZEROS & ~_moved(~np.uint64(0), apart)
        end = _moved(right, apart) | np.where(apart, left >> (8 * ((np.uint64(8) - apart) % np.uint64(8))), 0)
        short = ahead >= 8
        low = np.where(short, _ZEROS, start | filled)
        high = np.where(short, start | filled, end)
        return cls(low, high, lengths) if _are_numerals(_bytes(low)) and _are_numerals(_bytes(high)) else None

    def __len__(self) -> int:
        return len(self.lengths)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return list(self)[place]
        text: bytes = self.low[place].tobytes() + self.high[place].tobytes()
        return text[-int(self.lengths[place]) :].decode()

    def __iter__(self) -> Iterator[str]:
        text = np.stack([self.low, self.high], axis=1).tobytes().decode()
        for end, length in zip(range(_WIDTH, len(text) + 1, _WIDTH), self.lengths.tolist()):
            yield text[end - length : end]

    def __contains__(self, word: object) -> bool:
        return bool(word) and any(word == each for each in self)

    def integers(self, decimals: int) -> Ints | None:
        """The value of each word times 100 or, without decimals, times 1; None unless all are written with just so
        many decimals, and none with zeros ahead but that of 0.45.
        """
        least, most = (4, 16) if decimals else (1, 13)
        if self.lengths.min() < least or self.lengths.max() > most:
            return None
        parts = [self.low, self.high]
        if decimals:  # five characters of the second part are ahead of the point, two behind it
            if (self.high >> np.uint64(40) & np.uint64(0xFF) != _POINT).any():
                return None
            ahead, behind = _moved(self.high, np.uint64(3)) | _ZEROS >> np.uint64(40), self.high >> np.uint64(48)
            parts = [self.low, ahead, _moved(behind, np.uint64(6)) | _ZEROS >> np.uint64(16)]
        if not all(map(_are_digits, parts)):
            return None
        values = _value(parts[0])
        for part, digits in zip(parts[1:], (5, 2) if decimals else (8,)):
            values = values * 10**digits + _value(part)
        size = self.lengths.astype(np.int64) - (3 if decimals else 0)  # digits ahead of the point
        whole = values // 100 if decimals else values
        return values if (whole >= np.where(size > 1, 10 ** (size - 1), 0)).all() else None


def _moved(keys: Keys | np.uint64, places: Keys | np.uint64) -> Keys:
    """The characters so many places, fewer than eight, farther to the right."""
    return np.asarray(keys << (np.uint64(8) * places))


def _bytes(keys: Keys) -> npt.NDArray[np.uint8]:
    return keys.view(np.uint8)


def _are_digits(keys: Keys) -> bool:
    return bool(((_bytes(keys) - np.uint8(_ZERO)) < 10).all())


def _are_numerals(characters: npt.NDArray[np.uint8]) -> bool:
    return bool(((characters - np.uint8(_ZERO) < 10) | (characters == _POINT)).all())


def _value(keys: Keys) -> Ints:
    """The value of eight digits each: of pairs, of fours, of all."""
    found = keys - _ZEROS
    for place, base, kept in ((8, 10, 0x00FF00FF00FF00FF), (16, 100, 0x0000FFFF0000FFFF), (32, 10_000, 0xFFFFFFFF)):
        found = (found * np.uint64(base) + (found >> np.uint64(place))) & np.uint64(kept)
    return found.astype(np.int64)
