"""Cells as codes: one number for each distinct text, in the order in which the texts first occur."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, count
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import define, field

from feecalc.totals import Codes, Ints, Mask

_TRIAL = 1 << 14
_SEPARATOR = "\0"


@define
class Coder:
    """The cells of a column while they are read.

    A dictionary codes them, unless its trial shows that most cells differ: it would grow with the column, and be slow.
    Such cells are strung together, which takes a sixth of the memory, and coded at the end by their hashes.
    """

    _index: defaultdict[str, int] = field(factory=lambda: defaultdict(count().__next__))
    _coded: list[Codes] = field(factory=list)
    _strung: list[str | Sequence[str]] = field(factory=list)
    _on_trial: int = _TRIAL

    def add(self, cells: Sequence[str]) -> None:
        if self._strung:
            text = _SEPARATOR.join(cells)
            self._strung.append(text if text.count(_SEPARATOR) < len(cells) else cells)
            return
        self._coded.append(np.fromiter(map(self._index.__getitem__, cells), np.int32, len(cells)))
        if self._on_trial > 0:
            self._on_trial -= len(cells)
            if self._on_trial <= 0 and len(self._index) > _TRIAL // 2:
                codes, words = self.finish()
                self._strung.append([words[code] for code in codes.tolist()])

    def finish(self) -> tuple[Codes, list[str]]:
        if self._strung:
            parts = (part.split(_SEPARATOR) if isinstance(part, str) else part for part in self._strung)
            cells = list(chain.from_iterable(parts))
            self._strung.clear()
            return coded_by_hash(cells)
        found = np.concatenate([np.zeros(0, dtype=np.int32), *self._coded]), list(self._index)
        self._index.clear()
        self._coded.clear()
        return found


def coded(cells: Sequence[str]) -> tuple[Codes, list[str]]:
    index: defaultdict[str, int] = defaultdict(count().__next__)
    return np.fromiter(map(index.__getitem__, cells), np.int32, len(cells)), list(index)


def coded_by_hash(cells: list[str]) -> tuple[Codes, list[str]]:
    """What `coded` gives, in half the time where most cells differ: sorting numbers beats looking up text."""
    first_like = first_of_equal(np.fromiter(map(hash, cells), np.int64, len(cells)))
    texts = np.array(cells, dtype=object)
    if not np.array_equal(texts, texts[first_like]):
        return coded(cells)  # two texts have one hash
    codes, is_first = numbered(first_like)
    return codes, texts[is_first].tolist()


def first_of_equal(keys: npt.NDArray[Any]) -> Ints:
    """For each of some numbers, one or more, the place of the first that is equal to it."""
    order = np.argsort(keys)
    ordered = keys[order]
    begins = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    first = np.minimum.reduceat(order, np.flatnonzero(begins))
    first_like = np.empty_like(order)
    first_like[order] = first[np.cumsum(begins) - 1]
    return first_like


def numbered(first_like: Ints) -> tuple[Codes, Mask]:
    """Codes in the order of first appearance, given for each cell the first that is like it; and which are first."""
    is_first = first_like == np.arange(len(first_like))
    number = np.cumsum(is_first, dtype=np.int32) - 1
    return number[first_like].astype(np.int32), is_first
