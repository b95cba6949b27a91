"""The clauses of an agreement, one module a family: what each says of itself.

    what base        bases      over which lines   lines      at what rate   rates
    at which price   prices     when               times      limited, rounded, shared, read how   base
    in what form     fees (cash), warrants (warrants, shares, units), expenses, advances

`KINDS` is the closed list. A new kind is a class in its family's module, a line here, its sentence in `describe`, and
its worked example; where it acts on closing lines it is an `AccruingClause`, and its rate is all that is its own.
"""

from __future__ import annotations

from typing import TypeAlias

from feecalc.clauses.advances import Advance, Returned
from feecalc.clauses.base import (
    AccruingClause,
    CashLimit,
    Clause,
    Due,
    OtherReading,
    PayeeShare,
    Reading,
    Rounding,
    WarrantLimit,
)
from feecalc.clauses.expenses import ExpenseLimit, Reimbursement
from feecalc.clauses.fees import FixedClause, FixedFee, Minimum, Percentage
from feecalc.clauses.times import Instalment, Period
from feecalc.clauses.warrants import (
    FixedSecurities,
    FixedWarrants,
    RateOfSecurities,
    Securities,
    SecuritiesInLieu,
    VestingWarrants,
    WarrantClause,
    Warrants,
    WarrantsPerAmount,
)

AnyClause: TypeAlias = (
    Percentage
    | Warrants
    | WarrantsPerAmount
    | VestingWarrants
    | Securities
    | FixedFee
    | FixedWarrants
    | FixedSecurities
    | Reimbursement
    | Minimum
    | SecuritiesInLieu
    | Advance
)

KINDS: dict[str, type[Clause]] = {
    "percentage": Percentage,
    "warrants": Warrants,
    "warrants per amount": WarrantsPerAmount,
    "vesting warrants": VestingWarrants,
    "securities": Securities,
    "fixed fee": FixedFee,
    "fixed warrants": FixedWarrants,
    "fixed securities": FixedSecurities,
    "reimbursement": Reimbursement,
    "minimum": Minimum,
    "securities in lieu": SecuritiesInLieu,
    "advance": Advance,
}

__all__ = [
    "Advance",
    "AccruingClause",
    "AnyClause",
    "CashLimit",
    "Clause",
    "Due",
    "ExpenseLimit",
    "FixedClause",
    "FixedFee",
    "FixedSecurities",
    "FixedWarrants",
    "Instalment",
    "KINDS",
    "Minimum",
    "OtherReading",
    "PayeeShare",
    "Percentage",
    "Period",
    "RateOfSecurities",
    "Reading",
    "Reimbursement",
    "Returned",
    "Rounding",
    "Securities",
    "SecuritiesInLieu",
    "VestingWarrants",
    "WarrantClause",
    "WarrantLimit",
    "Warrants",
    "WarrantsPerAmount",
]
