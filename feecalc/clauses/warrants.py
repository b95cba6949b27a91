"""Warrants as pay: counts of shares, with an exercise price.

Worked by hand. Per amount: 10,000 warrants per 1,000,000.00 on 1,050,000.00 is 10,500 pro rata and 10,000 by whole
steps. Vesting: 125,000 x 5,150,000.00 / 15,000,000.00 = 42,916.67, down to 42,916; at 6,200,000.00 it is 51,666.67,
down to 51,666, so the second closing brings 8,750; past 15,000,000.00 no more than 125,000.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from attrs import frozen

from feecalc import totals
from feecalc.clauses.base import AccruingClause, Unit, WarrantLimit
from feecalc.money import Price, Ratio
from feecalc.shapes import COUNT, DATE, MONEY, PRICE, Choice, Either, Part, term
from feecalc.totals import Ints

EXERCISE_PRICE = Either(("price paid",), PRICE)
EXPIRES = Either(("not stated",), DATE)


@frozen(kw_only=True)
class WarrantClause(AccruingClause):
    """What the kinds of warrant clauses share."""

    unit: ClassVar[Unit] = "warrants"

    exercise_price: Literal["price paid"] | Price = term(
        EXERCISE_PRICE, "a price, or `price paid`: the price per share that the investor of the line paid"
    )
    expires: Literal["not stated"] | date = term(EXPIRES, "the last day of exercise")


@frozen(kw_only=True)
class WarrantsPerAmount(WarrantClause):
    """A number of warrants for each amount of proceeds."""

    warrants: int = term(COUNT, "how many warrants")
    per: int = term(MONEY, "for how much proceeds")
    steps: Literal["pro rata", "whole"] = term(
        Choice(("pro rata", "whole")),
        "whether part of the amount brings part of the warrants, or only whole amounts count",
    )
    limit: WarrantLimit | None = term(Part(WarrantLimit), "the most warrants", default=None)

    def owed(self, base: Ints) -> Ints:
        """Warrants owed once the running base is `base` cents."""
        if self.steps == "whole":
            return totals.whole_steps(base, self.per, self.warrants)
        return totals.scaled(base, Ratio(self.warrants, self.per), self.rounding.mode)


@frozen(kw_only=True)
class VestingWarrants(WarrantClause):
    """A pool of warrants that vests in the proportion of proceeds to a target, up to a maximum."""

    pool: int = term(COUNT, "the number that the fraction multiplies")
    target: int = term(MONEY, "the proceeds at which the whole pool has vested")
    maximum: int = term(COUNT, "the most that vests")

    @property
    def limit(self) -> WarrantLimit:
        """The maximum, as the limit over the agreement that it is."""
        return WarrantLimit(amount=self.maximum, over="agreement", places=self.places)

    def owed(self, base: Ints) -> Ints:
        """Warrants that the fraction alone would vest once the running base is `base` cents, before the maximum."""
        return totals.scaled(base, Ratio(self.pool, self.target), self.rounding.mode)
