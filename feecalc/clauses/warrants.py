"""Securities as pay: warrants with an exercise price, shares and units.

Worked by hand. Per amount: 10,000 warrants per 1,000,000.00 on 1,050,000.00 is 10,500 pro rata and 10,000 by whole
steps. Vesting: 125,000 x 5,150,000.00 / 15,000,000.00 = 42,916.67, down to 42,916; at 6,200,000.00 it is 51,666.67,
down to 51,666, so the second closing brings 8,750; past 15,000,000.00 no more than 125,000. A rate: 7.5% of 2,360,313
securities is 177,023.475, down to 177,023. Over a price: 2% of 30,000,000.00 at 0.85 is 705,882.35, down to 705,882.
"""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from feecalc.clauses.base import AccruingClause, Clause, Expires, Rounding, WarrantLimit
from feecalc.clauses.fees import FixedClause
from feecalc.clauses.prices import EXERCISE_PRICE, NOT_STATED, PRICE_TERM, PriceTerm
from feecalc.clauses.rates import ANY_RATE, Rate
from feecalc.clauses.times import Period
from feecalc.money import Ratio, units
from feecalc.shapes import AMOUNT, COUNT, DATE, ID, PERCENT, SHARE, Choice, Either, Part, term

EXPIRES = Either(("not stated",), (DATE, Part(Period)))
EXERCISE_DOC = (
    "a price; `price paid`, the price per share that the investor of the line paid; or one made from named prices"
)
EXPIRES_DOC = "the last day of exercise"
Form = Literal["shares", "units"]
FORM = Choice(("shares", "units"))


@frozen(kw_only=True, slots=False)
class Exercised:
    """What all warrants have: an exercise price and a last day of exercise. It joins other clauses as a second base."""

    exercise_price: PriceTerm = term(EXERCISE_PRICE, EXERCISE_DOC)
    expires: Expires = term(EXPIRES, EXPIRES_DOC)

    @property
    def unit(self) -> str:
        return "warrants"

    @property
    def strike(self) -> PriceTerm | None:
        return None if self.exercise_price == NOT_STATED else self.exercise_price

    @property
    def last_exercise(self) -> Expires:
        return self.expires


@frozen(kw_only=True)
class WarrantClause(Exercised, AccruingClause):
    """What the kinds of warrant clauses share that have a way of their own to count."""


@frozen(kw_only=True)
class WarrantsPerAmount(WarrantClause):
    """A number of warrants for each amount of proceeds."""

    warrants: int = term(COUNT, "how many warrants")
    per: int = term(AMOUNT, "for how much of the base")
    steps: Literal["pro rata", "whole"] = term(
        Choice(("pro rata", "whole")),
        "whether part of the amount brings part of the warrants, or only whole amounts count",
    )
    limit: WarrantLimit | None = term(Part(WarrantLimit), "the most warrants", default=None)

    @property
    def step(self) -> int:
        """`per` in units of the base: cents, or securities."""
        return units(self.per) if self.base_counts else self.per

    @property
    def earning(self) -> Rate:
        return Ratio(self.warrants, self.step)


@frozen(kw_only=True)
class VestingWarrants(WarrantClause):
    """A pool of warrants that vests in the proportion of proceeds to a target, up to a maximum."""

    pool: int = term(COUNT, "the number that the fraction multiplies")
    target: int = term(AMOUNT, "the base at which the whole pool has vested")
    maximum: int = term(COUNT, "the most that vests")

    @property
    def limit(self) -> WarrantLimit:
        """The maximum, as the limit over the agreement that it is."""
        return WarrantLimit(amount=self.maximum, over="agreement", places=self.places)

    @property
    def earning(self) -> Rate:
        return Ratio(self.pool, units(self.target) if self.base_counts else self.target)


@frozen(kw_only=True)
class RateOfSecurities(AccruingClause):
    """What warrants and securities at a rate share."""

    rate: Rate = term(ANY_RATE, "the part of the base, such as 8%")
    coverage: Ratio = term(PERCENT, "the coverage that multiplies it, such as 133.1%", default=Ratio(1))
    over_price: PriceTerm | None = term(
        PRICE_TERM, "the price that turns a base in money into a count; needed with such a base", default=None
    )
    limit: WarrantLimit | None = term(Part(WarrantLimit), "the most", default=None)

    @property
    def earning(self) -> Rate:
        return self.rate

    @property
    def plain_rate(self) -> Ratio | None:
        return None if self.over_price is not None or self.coverage != 1 else super().plain_rate


@frozen(kw_only=True)
class Warrants(Exercised, RateOfSecurities):
    """Warrants at a rate of the securities sold, or of proceeds over a price."""


@frozen(kw_only=True)
class Securities(RateOfSecurities):
    """Shares or units at a rate of the securities sold, or of proceeds over a price."""

    form: Form = term(FORM, "what is given")

    @property
    def unit(self) -> str:
        return self.form


@frozen(kw_only=True)
class FixedWarrants(Exercised, FixedClause):
    """A fixed number of warrants at signing, at closings, on a day, at an event, or once a threshold is reached."""

    warrants: int = term(COUNT, "how many")

    @property
    def quantity(self) -> int:
        return self.warrants


@frozen(kw_only=True)
class FixedSecurities(FixedClause):
    """A fixed number of shares or units."""

    securities: int = term(COUNT, "how many")
    form: Form = term(FORM, "what is given")

    @property
    def unit(self) -> str:
        return self.form

    @property
    def quantity(self) -> int:
        return self.securities


@frozen(kw_only=True)
class SecuritiesInLieu(Clause):
    """Shares or units in place of cash that accrues under another clause."""

    of: str = term(ID, "the clause whose cash they replace")
    part: Ratio = term(SHARE, "which part of it, such as 1/2")
    form: Literal["shares", "units", "warrants"] = term(Choice(("shares", "units", "warrants")), "what is given")
    deemed_price: PriceTerm = term(PRICE_TERM, "the price at which they are counted")
    rounding: Rounding = term(Part(Rounding), "how a fraction of a security is rounded")
    fraction: Literal["stays cash", "is dropped"] = term(
        Choice(("stays cash", "is dropped")), "what becomes of the cash that makes no whole security"
    )

    @property
    def unit(self) -> str:
        return self.form

    @property
    def refers_to(self) -> tuple[str, ...]:
        return (self.of,)
