"""Money paid ahead and credited against what is later earned.

Worked by hand: an advance of 50,000.00; fees of 20,000.00 accrue before the term ends: the 20,000.00 are recouped, so
nothing of them is payable; with 5,000.00 of expenses recorded, 25,000.00 come back on the last day of the term.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from attrs import frozen

from feecalc.clauses.base import Clause
from feecalc.clauses.times import Period
from feecalc.shapes import DATE, ID, MONEY, Choice, Either, ListOf, Part, Written, term

AT_END = "returned at the end of the term"


@frozen(kw_only=True)
class Returned(Written):
    """The unearned part is returned on a day."""

    returned: date | Period = term(Either((), (DATE, Part(Period))), "the day, or a time after something")


Unearned: TypeAlias = str | Returned


@frozen(kw_only=True)
class Advance(Clause):
    """An advance or retainer: payable when due, credited against named clauses, the unearned part returned or kept.

    Where several advances are credited against one clause, the first in the file is used up first.
    """

    amount: int = term(MONEY, "what is paid ahead")
    due: str | date | Period = term(Either(("at signing",), (DATE, Part(Period))), "when it is to be paid")
    credited_against: tuple[str, ...] = term(
        ListOf(ID, at_least=1), "the clauses whose accruals it is credited against, in the order in which it is used up"
    )
    unearned: Unearned = term(
        Either((AT_END, "kept"), (Part(Returned),)), "what happens to the part that was not earned"
    )
    less_expenses: Literal["recorded expenses", "none"] = term(
        Choice(("recorded expenses", "none")), "whether recorded expenses reduce the part that is returned"
    )

    @property
    def refers_to(self) -> tuple[str, ...]:
        return self.credited_against
