"""Prices that a clause names: fixed, the price paid, or made from named prices in the records.

Worked by hand: 125% of 1.1651 is 1.456375, half up to four decimals 1.4564.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from attrs import frozen

from feecalc.money import ROUNDING_MODES, Price, Ratio, RoundingMode, shown_rate
from feecalc.shapes import DECIMALS, NAME, PERCENT, PRICE, Choice, Either, ListOf, Part, Written, term

PRICE_PAID = "price paid"


@frozen(kw_only=True)
class PriceOf(Written):
    """A price made from prices that the records name."""

    EXAMPLE: ClassVar[str] = "{of: [price paid], times: 110%, decimals: 2, mode: half up}"

    of: tuple[str, ...] = term(
        ListOf(NAME, at_least=1),
        "`price paid`, or columns of the closings that hold prices, such as market_price or warrant_price",
    )
    pick: Literal["lowest", "highest"] | None = term(
        Choice(("lowest", "highest")), "which of several prices", default=None
    )
    times: Ratio = term(PERCENT, "a percentage of it, such as 110%", default=Ratio(1))
    plus: Price | None = term(PRICE, "an amount added to it, before it is rounded", default=None)
    decimals: int = term(DECIMALS, "the decimals of the price")
    mode: RoundingMode = term(Choice(ROUNDING_MODES), "how it is rounded to them")
    at_most: Price | None = term(PRICE, "at most this price", default=None)
    at_least: Price | None = term(PRICE, "at least this price", default=None)


PriceTerm: TypeAlias = str | Price | PriceOf
PRICE_TERM = Either((PRICE_PAID,), (PRICE, Part(PriceOf)))
NOT_STATED = "not stated"
EXERCISE_PRICE = Either((PRICE_PAID, NOT_STATED), (PRICE, Part(PriceOf)))


def price_words(price: PriceTerm) -> str:
    """The price in words."""
    if not isinstance(price, PriceOf):
        return "the price per share paid" if price == PRICE_PAID else str(price)
    named = " and ".join("the price paid" if name == PRICE_PAID else f"`{name}`" for name in price.of)
    words = f"the {price.pick} of {named}" if price.pick else named
    if price.times != 1:
        words = f"{shown_rate(price.times)} of {words}"
    if price.plus is not None:
        words += f" plus {price.plus}"
    words += f", rounded {price.mode} to {price.decimals} decimals"
    words += f", at most {price.at_most}" if price.at_most is not None else ""
    return words + (f", at least {price.at_least}" if price.at_least is not None else "")
