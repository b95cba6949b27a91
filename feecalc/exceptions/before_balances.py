"""What stands in these records and is not later than a balance, which says what had accrued by then: it counts twice
where the balance holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from feecalc.accrual import Accrual, AgreementAccruals
from feecalc.attribution import Attribution
from feecalc.clauses import FixedClause
from feecalc.clauses.fees import Reaches
from feecalc.dates import day_date, day_number
from feecalc.ledger import LedgerException
from feecalc.records import Balance, Records
from feecalc.totals import Codes, Mask


def counted_twice(
    records: Records, attribution: Attribution, accrued: Sequence[AgreementAccruals], as_of: date
) -> Iterator[LedgerException]:
    """Lines, expenses and days on which a clause accrues that are not later than the clause's balance."""
    accruals = {(each.agreement.id, a.clause.id): (each, a) for each in accrued for a in each.accruals}
    for balance in records.balances:
        within, accrual = accruals.get((balance.agreement, balance.clause), (None, None))
        if within is not None and accrual is not None and balance.as_of <= as_of and (balance.amount or balance.base):
            for what, are in _not_later(attribution, within, accrual, balance):
                yield LedgerException(
                    "line-before-balance",
                    "warning",
                    f"the balance of {balance.clause} says what had accrued through {balance.as_of}, and {what} "
                    f"{are} not later; {'they count' if are == 'are' else 'it counts'} as well. Leave out what the "
                    "balance holds, and date the balance before what it does not hold; a closing of which it holds a "
                    "part must stand wholly on one side.",
                    balance.place,
                )


def _not_later(
    attribution: Attribution, within: AgreementAccruals, accrual: Accrual, balance: Balance
) -> Iterator[tuple[str, str]]:
    """What counts under a clause and is not later than its balance, and whether it `is` or they `are`."""
    table, through = attribution.table, day_number(balance.as_of)
    moves = (accrual.base != 0) | (accrual.accrued != 0)
    lines = _counting(attribution, within, accrual, moves)
    lines = lines[table.day[lines] <= through]
    if len(lines):
        codes = table.closing.codes[lines]
        first = table.closing.words[int(codes[np.argmin(table.rank[codes])])]
        yield f"{_counted(len(lines), 'line')} (closing {first} is the first)", "are" if len(lines) > 1 else "is"
    early = (accrual.day <= through) & moves
    spent = accrual.expenses or (None,) * len(accrual)
    expenses = [e for row in np.flatnonzero(early).tolist() if (e := spent[row]) is not None]
    if expenses:
        where = f"{_counted(len(expenses), 'expense')} ({expenses[0].line} is the first)"
        yield where, "are" if len(expenses) > 1 else "is"
    alone = np.flatnonzero(early & (accrual.accrued != 0) & (accrual.closing < 0))
    if len(alone) and not expenses:
        yield f"what accrues on {day_date(int(accrual.day[alone[0]]))}", "is"


def _counting(attribution: Attribution, within: AgreementAccruals, accrual: Accrual, moves: Mask) -> Codes:
    """The closing lines that count under a clause; toward a threshold also those on which nothing accrues."""
    clause = accrual.clause
    found: Codes = np.zeros(0, dtype=np.int32)
    if isinstance(clause, FixedClause) and isinstance(clause.when, Reaches):
        index = next(i for i, agreement in enumerate(attribution.agreements) if agreement.id == within.agreement.id)
        found = attribution.lines_owed(index)
        if clause.lines is not None:
            found = found[attribution.measures(index, found, within.milestones).on(clause.lines)]
    elif accrual.groups is not None:
        found = accrual.groups.lines[moves[accrual.groups.group]]
    return found


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"
