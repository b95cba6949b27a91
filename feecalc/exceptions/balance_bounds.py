"""Between which amounts the balance of a clause lies, on the base that it states.

Worked by hand: 6.5% of 100.10 is 6.5065, rounded once 6.51. Rounded for each closing it hangs on how many there were,
which a balance does not say: each moves it by half a cent at most, so that ten cents take twenty closings. A closing
for each day from the first of the term is taken to be the most, and twenty in any case. Rounded down, each takes less
than a cent, and none adds any. How many lines or investors there were nothing tells; rounded down for each, the amount
is still no more than the rate gives.
"""

from __future__ import annotations

from attrs import frozen

from feecalc.accruing import rounded_to
from feecalc.agreement import Agreement
from feecalc.clauses import AccruingClause, RateOfSecurities, WarrantsPerAmount
from feecalc.clauses.bases import BaseOf
from feecalc.clauses.rates import Each, PartOfPrice, Rate, Recorded, Tiers, leaves
from feecalc.money import Ratio, rounded
from feecalc.openings import opening_base, owed_on, rounded_opening
from feecalc.records import Balance
from feecalc.resuming import terms_by

FEWEST = 20  # closings that there may have been in the shortest time


@frozen
class Bounds:
    """The least and the most that a balance can be, in cents or securities; `most` is None where nothing tells.
    `closings` is how many are taken to have been rounded, None where that does not matter.
    """

    least: int
    most: int | None
    closings: int | None = None

    def hold(self, amount: int) -> bool:
        return self.least <= amount and (self.most is None or amount <= self.most)


def bounds(agreement: Agreement, clause: AccruingClause, balance: Balance) -> Bounds | None:
    """What a clause can have come to by the day of its balance, under all of its terms until then; None where its rates
    do not tell.
    """
    versions = [each for each in terms_by(agreement, clause.id, balance.as_of) if isinstance(each, AccruingClause)]
    base = opening_base(agreement, clause, balance)
    closings = max(FEWEST, (balance.as_of - agreement.term.effective).days + 1)
    alone = [_alone(each, base, closings) for each in versions or [clause]]
    found = [each for each in alone if each is not None]
    if len(found) < len(alone):
        return None
    least, highest = min(each.least for each in found), [each.most for each in found]
    most = None if None in highest else max(each for each in highest if each is not None)
    limits = [each.limit for each in versions or [clause]]
    if any(limit is not None and (limit.over != "agreement" or limit.earlier != "counts") for limit in limits):
        least = 0
    elif any(limit is not None for limit in limits):
        least = min(least, *(limit.amount for limit in limits if limit is not None))
        if None not in limits:
            top = max(limit.amount for limit in limits if limit is not None)
            most = top if most is None else min(most, top)
    if any(clause.id in limit.gives_way for limit in agreement.as_amended().limits):
        least = 0
    return Bounds(least, most, next((each.closings for each in found if each.closings), None))


def _alone(clause: AccruingClause, base: int, closings: int) -> Bounds | None:
    """What one version of a clause gives on a base before any limit."""
    if clause.rounding.over == "agreement" and (exactly := owed_on(clause, base)) is not None:
        return Bounds(exactly, exactly)
    rates = _rates(clause)
    in_round_amounts = isinstance(clause.base, BaseOf) and clause.base.rounded is not None
    if rates is None or (in_round_amounts and clause.rounding.over != "agreement"):
        return None
    base = rounded_opening(clause, base)
    low, high = min(rates) * base, max(rates) * base
    in_steps = isinstance(clause, WarrantsPerAmount) and clause.steps == "whole"
    over, unit = clause.rounding.over, rounded_to(clause)
    parts = len(rates) if clause.rounds_parts else 1
    times = {"agreement": parts, "closing": closings * parts}.get(over)
    mode = clause.rounding.mode
    below = Ratio(unit) * {"up": 0, "down": 1}.get(mode, Ratio(1, 2))
    above = Ratio(unit) * {"up": 1, "down": 0}.get(mode, Ratio(1, 2))
    least = rounded(low, "up")
    most: int | None = rounded(high, "down")
    if in_steps or below:
        least = 0 if in_steps or times is None else rounded(max(low - times * below, Ratio(0)), "up")
    if above:
        most = None if times is None else rounded(high + times * above, "down")
    return Bounds(least, most, closings if over == "closing" else None)


def _rates(clause: AccruingClause) -> list[Ratio] | None:
    """All rates that a clause may have earned at, in its units for one of its base; None where that is not told."""
    factor = clause.coverage if isinstance(clause, RateOfSecurities) else Ratio(1)
    if isinstance(clause, RateOfSecurities) and clause.over_price is not None:
        return None
    found: list[Ratio] = []
    for leaf in leaves(clause.earning):
        of_leaf = _of_leaf(leaf)
        if of_leaf is None:
            return None
        found += of_leaf
    return [rate * factor for rate in found]


def _of_leaf(leaf: Rate) -> list[Ratio] | None:
    match leaf:
        case Ratio():
            return [leaf]
        case Tiers():
            return [tier.rate for tier in leaf.tiers]
        case Recorded():
            return [Ratio(0), leaf.at_most]
        case Each(each=price) if not isinstance(price, PartOfPrice):
            return [price.ratio * 100]
    return None
