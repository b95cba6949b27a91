"""Rows in columns: the little of a pandas frame that every run needs. pandas itself takes as long to import as an
ordinary engagement to compute; `frame` has it where somebody looks at the rows in other ways.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from attrs import frozen

from feecalc.totals import Ints, Mask, exact_total, summed_wide

if TYPE_CHECKING:
    import pandas as pd


Arrays: TypeAlias = dict[str, npt.NDArray[Any]]  # of one length, by name


@frozen(eq=False)
class Columns:
    """Arrays of one length by name: whole numbers (int64 or int32), bool, or text as Python's own strings."""

    arrays: Arrays

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Columns:
        """The columns of a frame; what is no number becomes text."""
        return cls({str(name): _plain(frame[name].to_numpy()) for name in frame})

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values()), ()))

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self.arrays[name]

    def only(self, *names: str) -> Columns:
        """Some of the columns."""
        return Columns({name: self.arrays[name] for name in names})

    def where(self, rows: Mask | Ints) -> Columns:
        """The rows that a mask chooses, or those at some places."""
        return Columns({name: array[rows] for name, array in self.arrays.items()})

    def one_of(self, name: str, words: Collection[str]) -> Mask:
        """Which rows have one of some words in a column of text."""
        return np.fromiter(map(frozenset(words).__contains__, self.arrays[name].tolist()), np.bool_, len(self))

    def rows(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Some columns row by row, as plain Python objects."""
        return zip(*(self.arrays[name].tolist() for name in names), strict=True)

    def dicts(self) -> Iterator[dict[str, Any]]:
        """Row by row, as plain Python objects by name."""
        return (dict(zip(self.arrays, row, strict=True)) for row in self.rows(*self.arrays))

    def total(self, name: str, rows: Mask | None = None) -> int:
        """The exact sum of a column, over all rows or those of a mask."""
        return exact_total(self.arrays[name] if rows is None else self.arrays[name][rows])

    def sums(self, keys: Sequence[str], *names: str) -> dict[tuple[Any, ...], tuple[int, ...]]:
        """The exact sums of some columns by what rows have in others, in the order in which these first occur."""
        index: defaultdict[tuple[Any, ...], int] = defaultdict(count().__next__)
        group = np.fromiter(map(index.__getitem__, self.rows(*keys)), np.int64, len(self))
        found = [summed_wide(self.arrays[name], group, len(index)).tolist() for name in names]
        return dict(zip(index, zip(*found, strict=True), strict=True))

    def frame(self) -> pd.DataFrame:
        """The same as a pandas frame."""
        import pandas as pd  # slow to load, and few runs need it

        return pd.DataFrame(self.arrays)


def _plain(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return array if array.dtype.kind in "ib" else np.array(array, dtype=object)
