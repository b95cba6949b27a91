"""Money paid ahead and credited against what is later earned.

Worked by hand: an advance of 50,000.00; fees of 20,000.00 accrue before the term ends: the 20,000.00 are recouped, so
nothing of them is payable; with 5,000.00 of expenses recorded, 25,000.00 come back on the last day of the term.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from attrs import frozen

from feecalc.clauses.base import Clause
from feecalc.shapes import DATE, ID, MONEY, Choice, ListOf, term


@frozen(kw_only=True)
class Advance(Clause):
    """An advance or retainer: payable when due, credited against named clauses, the unearned part returned or kept."""

    amount: int = term(MONEY, "what is paid ahead")
    due: date = term(DATE, "when it is to be paid")
    credited_against: tuple[str, ...] = term(
        ListOf(ID, at_least=1), "the clauses whose accruals it is credited against, in the order in which it is used up"
    )
    unearned: Literal["returned at the end of the term", "kept"] = term(
        Choice(("returned at the end of the term", "kept")), "what happens to the part that was not earned"
    )
    less_expenses: Literal["recorded expenses", "none"] = term(
        Choice(("recorded expenses", "none")), "whether recorded expenses reduce the part that is returned"
    )
