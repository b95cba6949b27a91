"""Columns of whole numbers at the edge of 64 bits: what fits stays narrow, what does not is widened or refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from feecalc import exact, totals

MOST = 2**63 - 1  # of 64 bits


def column(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


def beyond(*values: int) -> Any:
    """A column of Python integers."""
    return np.array(values, dtype=object)


def is_(found: Any, values: Sequence[int], narrow: bool) -> bool:
    return found.tolist() == list(values) and (found.dtype == np.int64) is narrow


@pytest.mark.parametrize(
    ("codes", "order"),
    [
        ((), []),
        ((3, 1, 2, 1), [1, 3, 2, 0]),
        ((5, -1, 0), [1, 2, 0]),
        ((2**16, 1), [1, 0]),
        ((2**16 - 1, 0), [1, 0]),
        ((2**16 + 5, 3, 0), [2, 1, 0]),
    ],
)
def test_codes_are_sorted_whatever_their_size(codes: tuple[int, ...], order: list[int]) -> None:
    """Also where the last sixteen bits of a code are another's, and below 0."""
    assert totals.order_of(column(*codes)).tolist() == order


def test_whole_units_and_steps() -> None:
    """Steps count toward zero, units toward minus infinity."""
    assert totals.whole_steps(column(2_500_000, -1_999_999, 0), 1_000_000, 7).tolist() == [14, -7, 0]
    assert totals.floored(column(7, -7), 2).tolist() == [3, -4]
    assert totals.whole_steps(column(MOST), 1, 1).tolist() == [MOST]


def test_running_totals_from_an_opening() -> None:
    assert totals.running(column(1, 2), 5).tolist() == [6, 8] and totals.running(column(1, 2)).tolist() == [1, 3]
    assert totals.before(column(1, 2), 5).tolist() == [5, 6] and totals.before(column(1, 2)).tolist() == [0, 1]
    assert totals.differences(column(6, 8), 5).tolist() == [1, 2]


def test_totals_reach_the_bound() -> None:
    assert totals.running(column(MOST)).tolist() == [MOST] and totals.running(column(MOST, 0)).tolist() == [MOST, MOST]
    assert totals.running_within(column(MOST), column(0))[1].tolist() == [MOST]
    assert totals.summed(column(MOST), column(0), 1).tolist() == [MOST]
    assert totals.scaled(beyond(MOST), Fraction(1), "down").tolist() == [MOST]
    assert totals.exact_total(column()) == 0 and totals.exact_total(column(MOST, MOST)) == 2 * MOST


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda: totals.running(column(MOST), 1), "running total"),
        (lambda: totals.running(column(MOST, 1, 0)), "running total"),
        (lambda: totals.running_within(column(2**62, 2**62), column(0, 0)), "running total"),
        (lambda: totals.scaled(column(1, 2**62), Fraction(2), "down"), "amount"),
        (lambda: totals.scaled(beyond(1, 2**63), Fraction(1), "down"), "amount"),
        (lambda: totals.multiplied(column(2**40), column(2**40)), "amount"),
        (lambda: totals.whole_steps(column(2**62), 1, 2), "count"),
    ],
)
def test_one_beyond_the_bound_is_refused(work: Callable[[], object], says: str) -> None:
    with pytest.raises(OverflowError, match=f"an? {says} does not fit"):
        work()


def test_products_are_narrow_where_they_fit() -> None:
    """And exact where they do not, also where only one element is large."""
    assert is_(totals.product(column(1, 0), MOST), [MOST, 0], True)
    assert is_(totals.product(column(5), 2), [10], True) and is_(totals.product(column(5), 3), [15], True)
    assert is_(totals.product(column(2**62, 1), 4), [2**64, 4], False)
    assert is_(totals.product(column(2**40), 2**40), [2**80], False)
    assert is_(totals.product(beyond(5), 3), [15], False) and type(totals.product(beyond(5), 3)[0]) is int
    assert is_(totals.elementwise(column(MOST, 3), column(1, 1)), [MOST, 3], True)
    assert is_(totals.elementwise(column(2**62, 1), column(4, 4)), [2**64, 4], False)
    assert is_(totals.elementwise(column(4, 4), column(2**62, 1)), [2**64, 4], False)
    assert is_(totals.elementwise(column(2**40), beyond(2**40)), [2**80], False)
    assert totals.multiplied(column(2**40, 1), column(1, 2**40)).tolist() == [2**40, 2**40]
    assert totals.multiplied(column(6), column(7)).tolist() == [42]


def test_sums_are_narrow_where_they_fit() -> None:
    assert is_(totals.plus(column(MOST), column(0)), [MOST], True)
    assert is_(totals.plus(column(0), column(MOST)), [MOST], True)
    assert is_(totals.plus(column(MOST, 0), column(1, 1)), [2**63, 1], False)
    assert is_(totals.plus(column(1, 1), column(MOST, 0)), [2**63, 1], False)
    assert is_(totals.plus(beyond(5), column(7)), [12], False)
    assert is_(totals.wide(column(MOST)), [MOST], True) and is_(totals.wide(column()), [], True)
    assert is_(totals.wide(column(MOST), 1), [MOST], False) and is_(totals.wide(column(MOST, 1)), [MOST, 1], False)
    assert is_(totals.integers([MOST]), [MOST], True) and is_(totals.integers([1, 2**63]), [1, 2**63], False)


def test_large_ratios_round_as_small_ones() -> None:
    """Where amounts of 64 bits times the numerator do not fit 64 bits."""
    ratio = Fraction(2**40 - 1, 2**40)
    assert totals.scaled(column(2**40 - 1, 2**40 + 1), ratio, "down").tolist() == [2**40 - 2, 2**40 - 1]


def test_parts_of_wholes_over_one_denominator() -> None:
    rows = [(100, 1, 3), (100, 0, 3), (7, 2, 2), (-9, 2, 4), (10, 3, 1), (8, 1, 1), (5, 0, 0)]
    amounts, part, whole = (column(*values) for values in zip(*rows, strict=True))
    numerators, denominator = totals.shared(amounts, part, whole)
    exact = [Fraction(amount * of, total) if total else Fraction(0) for amount, of, total in rows]
    assert [Fraction(number, denominator) for number in numerators.tolist()] == exact and denominator == 6
    assert totals.shared(column(7), column(2), column(2))[1] == 1


def test_exact_columns_of_one_row_and_of_none() -> None:
    before, after = exact.column(column(1, 2), Fraction(1, 3)).within(None)
    assert (before.num.tolist(), after.num.tolist(), after.den) == ([0, 1], [1, 3], 3)
    assert exact.column(column()).total() == 0 and exact.column(column(1, 2), Fraction(1, 2)).total() == Fraction(3, 2)
    part = exact.shared(column(100), column(1), column(3))
    assert Fraction(int(part.num[0]), part.den) == Fraction(100, 3)
    larger = exact.extreme([exact.column(column(1, 5)), exact.column(column(5, 3), Fraction(1, 2))], True)
    assert (larger.num.tolist(), larger.den) == ([5, 10], 2)
    assert exact.by_code(column(3, 4), np.array([-1, -1], dtype=np.int32), []).den == 1
    chosen = exact.by_code(column(5, 7), np.array([-1, 0], dtype=np.int32), [Fraction(1, 2)])
    assert (chosen.num.tolist(), chosen.den) == ([0, 7], 2)
    assert exact.column(column(7, -7), Fraction(1, 2)).rounded("up").tolist() == [4, -4]
    halves = exact.column(column(5, 6), Fraction(1, 2))
    assert (halves.on(np.array([True, False])).num.tolist(), halves.negative().num.tolist()) == ([5, 0], [-5, -6])
