"""Cash fees on proceeds.

Worked by hand: 6.5% of 5,150,000.00 gross proceeds is 334,750.00; a further 1,050,000.00 brings 68,250.00 more.
"""

from __future__ import annotations

from attrs import frozen

from feecalc import totals
from feecalc.clauses.base import AccruingClause, CashLimit
from feecalc.money import Ratio
from feecalc.shapes import RATE, Part, term
from feecalc.totals import Ints


@frozen(kw_only=True)
class Percentage(AccruingClause):
    """A percentage of a base, such as a placement fee or an allowance that need not be accounted for."""

    rate: Ratio = term(RATE, "the part of the base that is paid, such as 6.5%")
    limit: CashLimit | None = term(Part(CashLimit), "the most that the clause pays", default=None)

    def owed(self, base: Ints) -> Ints:
        """Cents owed once the running base is `base` cents."""
        return totals.scaled(base, self.rate, self.rounding.mode)
