"""Expenses paid back.

Worked by hand: receipts of 70,000.00 and 45,000.00 under a limit of 100,000.00 are paid back with 70,000.00 and
30,000.00.
"""

from __future__ import annotations

from attrs import frozen

from feecalc.clauses.base import CashLimit, Clause
from feecalc.shapes import Choice, Part, term


@frozen(kw_only=True)
class Reimbursement(Clause):
    """Recorded out-of-pocket expenses, paid back up to a limit."""

    limit: CashLimit | None = term(Part(CashLimit), "the most that is paid back", default=None)
    due: str = term(Choice(("when recorded",)), "when it is to be paid: on the date of the expense")
