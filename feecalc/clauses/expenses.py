"""Expenses paid back.

Worked by hand: receipts of 70,000.00 and 45,000.00 under a limit of 100,000.00 are paid back with 70,000.00 and
30,000.00. With 50,000.00 for legal expenses and 25,000.00 for travel, receipts of 60,000.00 and 20,000.00 are paid
back with 50,000.00 and 20,000.00.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from attrs import frozen

from feecalc.clauses.base import SETTLED, SETTLED_DOC, CashLimit, Clause, Due, due_shape
from feecalc.clauses.fees import Settled
from feecalc.clauses.times import Period
from feecalc.shapes import DATE, MONEY_OR_NOTHING, NAME, Choice, Either, ListOf, Part, Written, term

DAY_OR_PERIOD = Either((), (DATE, Part(Period)))


@frozen(kw_only=True)
class ExpenseLimit(Written):
    """The most that is paid back of a category, or of the expenses of some days, or of each month, quarter or year."""

    amount: int = term(MONEY_OR_NOTHING, "the most that is paid back; 0.00 for nothing")
    category: str | None = term(NAME, "the category of expenses that it limits", default=None)
    from_: date | Period | None = term(
        DAY_OR_PERIOD, "the first day of expense that it limits, or the time after which it limits them", default=None
    )
    through: date | Period | None = term(
        DAY_OR_PERIOD, "the last day of expense that it limits, or a time after something", default=None
    )
    each: Literal["month", "quarter", "year"] | None = term(
        Choice(("month", "quarter", "year")),
        "afresh for each of these of the calendar; nothing rolls over",
        default=None,
    )


@frozen(kw_only=True)
class Reimbursement(Clause):
    """Recorded out-of-pocket expenses, paid back up to limits."""

    limit: CashLimit | None = term(Part(CashLimit), "the most that is paid back in all", default=None)
    limits: tuple[ExpenseLimit, ...] = term(
        ListOf(Part(ExpenseLimit)), "the most that is paid back of categories and of periods", default=()
    )
    approved: Literal["count as others", "are beyond the limits"] = term(
        Choice(("count as others", "are beyond the limits")),
        "how expenses are taken that the company approved (column approved_by)",
        default="count as others",
    )
    due: Due = term(due_shape("when recorded"), "when it is to be paid: on the date of the expense, or later")
    settled: Settled = term(SETTLED, SETTLED_DOC, default="by payment")
