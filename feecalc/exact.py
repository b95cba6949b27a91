"""Columns of exact amounts: whole numbers over one common denominator, so that nothing is rounded before its time.

What a clause earns on a row is a rational number of cents. With all rates of a clause over one denominator it is a
whole number of that denominator's parts: 6.5% and 4% of cents are 13 and 8 two-hundredths. Sums and differences of
such columns are exact in int64; where they might not fit, the same expressions run on Python integers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from feecalc import totals
from feecalc.money import Ratio, RoundingMode
from feecalc.totals import Codes, Ints, Mask

NOTHING, WHOLE = Ratio(0), Ratio(1)


@frozen(eq=False)
class Exact:
    """A column: num[i] / den. `num` is int64, or Python integers where these would not fit."""

    num: npt.NDArray[Any]
    den: int

    def __len__(self) -> int:
        return len(self.num)

    def times(self, ratio: Ratio) -> Exact:
        """Each amount times a ratio."""
        return Exact(totals.product(self.num, ratio.numerator), self.den * ratio.denominator)

    def on(self, mask: Mask) -> Exact:
        """The amounts where the mask holds, nothing elsewhere."""
        return Exact(np.where(mask, self.num, 0), self.den)

    def over(self, den: int) -> Exact:
        """The same amounts over a multiple of their denominator."""
        return self if den == self.den else Exact(totals.product(self.num, totals.quotient(den, self.den)), den)

    def negative(self) -> Exact:
        return Exact(-self.num, self.den)

    def within(self, scope: npt.NDArray[Any] | None, opening: Ratio = NOTHING) -> tuple[Exact, Exact]:
        """Running totals (before, after) each amount: of all, from `opening`, or among those of its scope."""
        if scope is not None:
            before, after = totals.running_within(totals.wide(self.num), scope)
            return Exact(before, self.den), Exact(after, self.den)
        den = math.lcm(self.den, opening.denominator)
        column = self.over(den)
        start = totals.quotient(opening.numerator * den, opening.denominator)
        after = totals.running(totals.wide(column.num, start), start)
        return Exact(after - column.num, den), Exact(after, den)

    def rounded(self, mode: RoundingMode, to: int = 1) -> Ints:
        """Each amount rounded to a multiple of `to`, symmetrically about zero."""
        return totals.product(totals.scaled(self.num, Ratio(1, self.den * to), mode), to)

    def total(self) -> Ratio:
        return Ratio(int(self.num.astype(object).sum()) if len(self.num) else 0, self.den)


def column(amounts: npt.NDArray[Any], ratio: Ratio = WHOLE) -> Exact:
    """amounts x ratio."""
    return Exact(amounts, 1).times(ratio)


def by_code(amounts: npt.NDArray[Any], codes: Codes, ratios: Sequence[Ratio]) -> Exact:
    """amounts[i] x ratios[codes[i]]; a code of -1 gives nothing."""
    den = math.lcm(*(ratio.denominator for ratio in ratios)) if ratios else 1
    numerators = [totals.quotient(ratio.numerator * den, ratio.denominator) for ratio in ratios]
    factors = totals.integers([*numerators, 0])
    return Exact(totals.elementwise(amounts, factors[codes]), den)


def shared(amounts: npt.NDArray[Any], part: Ints, whole: Ints) -> Exact:
    """amounts[i] x part[i] / whole[i]; nothing where whole is 0."""
    if not ((part != 0) & (part != whole)).any():
        return Exact(np.where(part == 0, 0, amounts), 1)
    num, den = totals.shared(amounts, part, whole)
    return Exact(num, den)


def summed(columns: Sequence[Exact]) -> Exact:
    """The columns added up."""
    den = math.lcm(*(each.den for each in columns))
    result = columns[0].over(den).num
    for each in columns[1:]:
        result = totals.plus(result, each.over(den).num)
    return Exact(result, den)


def multiplied(left: Exact, right: Exact) -> Exact:
    """left[i] x right[i]."""
    return Exact(totals.elementwise(left.num, right.num), left.den * right.den)


def extreme(columns: Sequence[Exact], greatest: bool) -> Exact:
    """The greatest, or the least, of the columns, amount by amount."""
    den = math.lcm(*(each.den for each in columns))
    numbers = [each.over(den).num for each in columns]
    best = numbers[0]
    for other in numbers[1:]:
        best = np.where(other > best if greatest else other < best, other, best)
    return Exact(best, den)


def difference(after: Exact, before: Exact) -> Exact:
    den = math.lcm(after.den, before.den)
    return Exact(totals.plus(after.over(den).num, -before.over(den).num), den)
