"""The clauses of an agreement, one module a family: what each says, and the total it owes on a running base.

`KINDS` is the closed list. A new kind is a class in its family's module, a line here, its sentence in `describe`, and
its worked example; where it accrues on a base, it is an
`AccruingClause` and `owed` is all of its arithmetic.
"""

from __future__ import annotations

from typing import TypeAlias

from feecalc.clauses.advances import Advance
from feecalc.clauses.base import (
    AccruingClause,
    CashLimit,
    Clause,
    DaysAfter,
    OtherReading,
    PayeeShare,
    Reading,
    Rounding,
    WarrantLimit,
)
from feecalc.clauses.expenses import Reimbursement
from feecalc.clauses.fees import Percentage
from feecalc.clauses.warrants import VestingWarrants, WarrantClause, WarrantsPerAmount

AnyClause: TypeAlias = Percentage | WarrantsPerAmount | VestingWarrants | Reimbursement | Advance

KINDS: dict[str, type[Clause]] = {
    "percentage": Percentage,
    "reimbursement": Reimbursement,
    "warrants per amount": WarrantsPerAmount,
    "vesting warrants": VestingWarrants,
    "advance": Advance,
}

__all__ = [
    "Advance",
    "AccruingClause",
    "AnyClause",
    "CashLimit",
    "Clause",
    "DaysAfter",
    "KINDS",
    "OtherReading",
    "PayeeShare",
    "Percentage",
    "Reading",
    "Reimbursement",
    "Rounding",
    "VestingWarrants",
    "WarrantClause",
    "WarrantLimit",
    "WarrantsPerAmount",
]
