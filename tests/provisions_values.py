"""The kinds of number that an agreement states, so that a plain dict says how each of them is written.

Money is whole cents and a count is a plain int; a rate, a share of a whole and a price are exact ratios.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

Record = dict[str, Any]


class Money(int):
    """An amount in cents: Money(1_000_00) is 1,000.00."""


class Rate(Fraction):
    """A part of an amount, written with a per cent sign: Rate(6, 100) is 6%."""


class Share(Fraction):
    """A part of a whole, written as a fraction: Share(1, 2) is 1/2."""


class Price(Fraction):
    """Money for one security: Price("2.3333")."""


def dollars(amount: str) -> Money:
    """The cents of an amount in words: dollars("1,000.50") is 100050."""
    cents = Fraction(amount.replace(",", "")) * 100
    assert cents.denominator == 1, amount
    return Money(cents.numerator)
