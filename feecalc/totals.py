"""Running totals in columns: exact integer arithmetic on numpy int64, with the bound checked before every product and
sum.

numpy wraps past 2^63 without a word, so nothing here multiplies or adds before it has shown that the result fits. Where
it might not, the same expression runs on Python integers (numpy `object` arrays), slower and as exact. All amounts are
cents or counts; all functions return int64 and raise `OverflowError` only if the final result itself does not fit.

`scaled(x, ratio, mode)` is the one place that divides columns: with x = q*den + r, x*num/den = q*num + r*num/den, so
only r*num (< den*num) is multiplied up. Worked by hand: 2,694,885.31 at 6.5% is 269488531 * 13/200; q = 1347442, r =
131, q*13 = 17516746, 131*13/200 = 8.515, half up 9: 17516755 cents, 175,167.55.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from feecalc.money import Ratio, RoundingMode

Ints: TypeAlias = npt.NDArray[np.int64]
Wide: TypeAlias = npt.NDArray[Any]  # int64, or Python integers where these would not fit
Codes: TypeAlias = npt.NDArray[np.int32]
Mask: TypeAlias = npt.NDArray[np.bool_]

BOUND = 2**63 - 1


def order_of(codes: npt.NDArray[Any]) -> Ints:
    """The order that sorts codes, keeping those alike as they stand. Codes below 2^16 are sorted digit by digit, ten
    times faster than by comparing.
    """
    narrow = len(codes) and codes.min() >= 0 and codes.max() < 2**16
    return np.argsort(codes.astype(np.uint16) if narrow else codes, kind="stable")


def scaled(amounts: Wide, ratio: Ratio, mode: RoundingMode) -> Ints:
    """amounts * ratio (ratio >= 0), each rounded to a whole unit, symmetrically about zero."""
    if amounts.dtype == object:
        return _as_int64(_scaled_objects(amounts, ratio.numerator, ratio.denominator, mode))
    size = np.abs(amounts)
    top = int(size.max(initial=0))
    num, den = ratio.numerator, ratio.denominator
    if den * num > BOUND or (top // den + 1) * num > BOUND:
        return _as_int64(_scaled_objects(amounts.astype(object), num, den, mode))
    whole = size // den
    rest = (size - whole * den) * num
    quotient = rest // den
    remainder = rest - quotient * den
    quotient += whole * num
    quotient += _carry(quotient, remainder, den, mode)
    return _signed(quotient, amounts)


def whole_steps(amounts: Ints, step: int, each: int) -> Ints:
    """each x the number of whole steps in |amounts|, with the sign of amounts."""
    steps = np.abs(amounts) // step
    if int(steps.max(initial=0)) * each > BOUND:
        raise OverflowError("a count does not fit 2^63")
    return _signed(steps * each, amounts)


def floored(amounts: Ints, unit: int) -> Ints:
    """The whole units in each amount, toward minus infinity."""
    return amounts // unit


def running(amounts: Wide, opening: int = 0) -> Wide:
    """The running total after each amount, starting from `opening`."""
    _refuse_beyond(amounts, opening)
    total: Wide = np.cumsum(amounts) + opening
    return total


def before(amounts: Wide, opening: int = 0) -> Wide:
    """The running total before each amount, starting from `opening`."""
    return running(amounts, opening) - amounts


def running_within(amounts: Wide, scope: npt.NDArray[Any]) -> tuple[Wide, Wide]:
    """Running totals (before, after) each amount among the amounts of the same scope, in the order given.

    `scope` is a column of scope codes. Scopes may interleave: a rescission adds to the scope of an earlier closing.
    """
    _refuse_beyond(amounts, 0)
    order = np.argsort(scope, kind="stable")
    arranged = amounts[order]
    total = np.cumsum(arranged)
    starts = np.flatnonzero(np.diff(scope[order], prepend=-1))
    lengths = np.diff(np.append(starts, len(order)))
    opening = np.repeat(total[starts] - arranged[starts], lengths)
    after = np.empty_like(amounts)
    after[order] = total - opening
    return after - amounts, after


def differences(totals: Ints, opening: int) -> Ints:
    """What each step adds: totals[i] - totals[i-1], the first against `opening`."""
    return np.diff(totals, prepend=np.int64(opening))


def summed(amounts: Ints, groups: npt.NDArray[Any], count: int) -> Ints:
    """The sum of the amounts of each group 0..count-1, exactly (numpy's bincount would go through floats)."""
    _refuse_beyond(amounts, 0)
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, groups, amounts)
    return sums


def summed_wide(amounts: Wide, groups: npt.NDArray[Any], count: int) -> Wide:
    """As `summed`, on Python integers where a sum might not fit."""
    if wide(amounts).dtype != object:
        return summed(amounts, groups, count)
    sums = np.zeros(count, dtype=object)
    np.add.at(sums, groups, amounts.astype(object))
    return sums


def exact_total(amounts: Ints) -> int:
    """The sum as a Python integer, whatever its size."""
    if len(amounts) and int(np.abs(amounts).max()) > BOUND // len(amounts):
        return int(amounts.astype(object).sum())
    return int(amounts.sum())


def multiplied(left: Ints, right: Ints) -> Ints:
    """left * right element by element, raising OverflowError where a product does not fit."""
    if int(np.abs(left).max(initial=0)) * int(np.abs(right).max(initial=0)) > BOUND:
        return _as_int64(left.astype(object) * right.astype(object))
    return left * right


def wide(amounts: Wide, opening: int = 0) -> Wide:
    """The amounts, as Python integers if their running total might not fit."""
    if amounts.dtype == object or not len(amounts):
        return amounts
    fits = int(np.abs(amounts).max()) * len(amounts) + abs(opening) <= BOUND
    return amounts if fits else amounts.astype(object)


def product(amounts: Wide, factor: int) -> Wide:
    """amounts * factor, as Python integers where the products might not fit."""
    if amounts.dtype == object:
        return np.asarray(amounts * factor)
    if max(1, int(np.abs(amounts).max(initial=0))) * abs(factor) > BOUND:
        return np.asarray(amounts.astype(object) * factor)
    return np.asarray(amounts * np.int64(factor)) if factor != 1 else amounts


def elementwise(left: Wide, right: Wide) -> Wide:
    """left * right element by element, as Python integers where the products might not fit."""
    if int(np.abs(left).max(initial=0)) * int(np.abs(right).max(initial=0)) <= BOUND:
        return np.asarray(left * right)
    return np.asarray(left.astype(object) * right.astype(object))


def plus(left: Wide, right: Wide) -> Wide:
    """left + right, as Python integers where the sums might not fit."""
    if int(np.abs(left).max(initial=0)) + int(np.abs(right).max(initial=0)) <= BOUND:
        return np.asarray(left + right)
    return np.asarray(left.astype(object) + right.astype(object))


def integers(values: Sequence[int]) -> Wide:
    """A column of whole numbers of any size."""
    fits = all(abs(value) <= BOUND for value in values)
    return np.array(values, dtype=np.int64 if fits else object)


def quotient(number: int, divisor: int) -> int:
    """number / divisor, which must be whole."""
    found, rest = divmod(number, divisor)
    assert rest == 0
    return found


def shared(amounts: Wide, part: Ints, whole: Ints) -> tuple[Wide, int]:
    """amounts * part / whole over one common denominator: (numerators, denominator); nothing where whole is 0."""
    shares: dict[int, Ratio] = {
        int(row): Ratio(int(amounts[row]) * int(part[row]), int(whole[row]))
        for row in np.flatnonzero((part != 0) & (part != whole) & (whole != 0))
    }
    den = math.lcm(*(share.denominator for share in shares.values())) if shares else 1
    numerators = product(np.where(part == 0, 0, amounts), den).astype(object)
    for row, share in shares.items():
        numerators[row] = quotient(share.numerator * den, share.denominator)
    return numerators, den


def _carry(quotient: Any, remainder: Any, den: int, mode: RoundingMode) -> Any:
    carries: dict[RoundingMode, Callable[[], Any]] = {
        "down": lambda: 0,
        "up": lambda: remainder > 0,
        "half up": lambda: remainder >= den - remainder,
        "half even": lambda: (remainder > den - remainder) | ((remainder == den - remainder) & (quotient % 2 == 1)),
    }
    return carries[mode]()


def _scaled_objects(amounts: Any, num: int, den: int, mode: RoundingMode) -> Any:
    size = np.abs(amounts)
    quotient = size * num // den
    remainder = size * num - quotient * den
    quotient = quotient + _carry(quotient, remainder, den, mode)
    return np.where(amounts < 0, -quotient, quotient)


def _signed(sizes: Ints, like: Ints) -> Ints:
    """The sizes with the signs of another column."""
    signed: Ints = np.where(like < 0, -sizes, sizes)
    return signed


def _as_int64(values: Any) -> Ints:
    if len(values) and max(abs(value) for value in values) > BOUND:
        raise OverflowError("an amount does not fit 2^63")
    return np.asarray(values, dtype=np.int64)


def _refuse_beyond(amounts: Wide, opening: int) -> None:
    """Raise if a running total of these amounts could pass 2^63: the bound, not the sum, is checked."""
    if not len(amounts) or amounts.dtype == object:
        return
    largest = int(np.abs(amounts).max())
    if largest * len(amounts) + abs(opening) <= BOUND:
        return
    if int(np.abs(amounts.astype(object)).sum()) + abs(opening) > BOUND:
        raise OverflowError("a running total does not fit 2^63")
